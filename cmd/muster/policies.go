package main

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/report"
)

// policies reads and compiles, once, the built-in policies, those of the config and those of --policy. A path that cannot be
// read is a mistake in the config or the command line; what is wrong inside is told as not evaluated.
func (o *scanOptions) policies(cfg *config.Config) (*policy.Set, error) {
	if o.compiled == nil {
		set, err := o.compile(cfg)
		if err != nil {
			return nil, err
		}
		o.compiled = set
	}
	return o.compiled, nil
}

func (o *scanOptions) compile(cfg *config.Config) (*policy.Set, error) {
	sources, err := policy.Builtins()
	if err != nil {
		return nil, err
	}
	var problems []policy.Problem
	take := func(path string) error {
		more, wrong, err := policy.Load(path)
		sources, problems = append(sources, more...), append(problems, wrong...)
		return err
	}
	if cfg != nil {
		var mistakes []config.Problem
		for i, path := range cfg.Policies {
			at := cfg.Locate(fmt.Sprintf("/policies/%d", i))
			full := shortest(cfg.Resolve(path))
			if !under(real(full), real(cfg.Dir)) && !under(real(full), real(o.at("."))) {
				mistakes = append(mistakes, config.Problem{Position: at, Message: fmt.Sprintf("policies[%d]: %s leads out of the folder of the config", i, path)})
			} else if err := take(full); err != nil {
				mistakes = append(mistakes, config.Problem{Position: at, Message: fmt.Sprintf("policies[%d]: %v", i, err)})
			}
		}
		if len(mistakes) > 0 {
			err := &config.Error{Problems: mistakes}
			return nil, &exitError{exitUsage, err.Error(), err}
		}
	}
	for _, path := range o.Policies {
		if err := take(path); err != nil {
			return nil, usagef("--policy %s: %w", path, err)
		}
	}
	set := policy.Compile(sources)
	set.Refused = append(set.Refused, problems...)
	return set, nil
}

// shortest is a path relative to the working directory, if it lies below it.
func shortest(path string) string {
	here, err := filepath.Abs(".")
	if err != nil {
		return path
	}
	full, err := filepath.Abs(path)
	if err != nil || !under(full, here) {
		return path
	}
	rel, err := filepath.Rel(here, full)
	if err != nil {
		return path
	}
	return rel
}

func notEvaluated(list []policy.NotEvaluated) []report.NotEvaluated {
	out := make([]report.NotEvaluated, len(list))
	for i, n := range list {
		out[i] = report.NotEvaluated{Rule: n.Rule, Position: report.PositionAt(n.Position), Message: n.Message}
	}
	return out
}

// unjudged tells which policies were not evaluated, and earns exit code 3 for them.
func (o *scanOptions) unjudged(cfg *config.Config) error {
	list := o.notEvaluated
	for _, n := range list {
		fmt.Fprintln(o.err, report.Printable(fmt.Sprintf("%s: %s is not evaluated: %s", n.Position.At(), cmp.Or(n.Rule, "a policy"), n.Message)))
	}
	if len(list) == 0 || o.forgives(cfg) {
		return nil
	}
	return &exitError{code: exitUnreadable, message: "policies were not evaluated, or not as a whole; nobody knows what they would have found; --unreadable=warn accepts that"}
}

// timed wraps rules so that the time that each takes is added to cost; without --profile they stay as they are.
func (o *scanOptions) timed(list []*analyzer.Rule, cost map[string]time.Duration) ([]*analyzer.Rule, map[string]time.Duration) {
	if !o.Profile {
		return list, nil
	}
	var mu sync.Mutex
	for i, r := range list {
		if r.Run == nil {
			continue
		}
		clone := *r
		clone.Run = func(p *analyzer.Pass) {
			start := time.Now()
			r.Run(p)
			mu.Lock()
			defer mu.Unlock()
			cost[r.ID] += time.Since(start)
		}
		list[i] = &clone
	}
	return list, cost
}

// profile tells what rules cost, the dearest first.
func (o *scanOptions) profile(cost map[string]time.Duration) {
	if !o.Profile {
		return
	}
	ids := slices.SortedFunc(maps.Keys(cost), func(a, b string) int {
		return cmp.Or(cmp.Compare(cost[b], cost[a]), cmp.Compare(a, b))
	})
	for _, id := range ids {
		fmt.Fprintf(o.err, "%10.3f ms  %s\n", float64(cost[id].Microseconds())/1000, report.Printable(id))
	}
}
