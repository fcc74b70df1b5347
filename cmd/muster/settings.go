package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/rules"
)

// settings are the levels and parameters of rules that the config or a flag decides; a flag has the last word. A
// parameter that its rule cannot take is a mistake in the config.
func (o *scanOptions) settings(cfg *config.Config, covers func(*config.Accepted, *mesh.Subject) bool, set *policy.Set) (map[string]analyzer.Setting, error) {
	settings := map[string]analyzer.Setting{}
	if cfg != nil {
		if problems := checkRules(cfg, set); len(problems) > 0 {
			err := &config.Error{Problems: problems}
			return nil, &exitError{exitUsage, err.Error(), err}
		}
		for id, s := range cfg.Rules {
			one := analyzer.Setting{Level: string(s.Level), Params: s.Params}
			for i := range s.Scopes {
				one.Scopes = append(one.Scopes, analyzer.Scope{Level: string(s.Scopes[i].Level),
					Covers: func(subject *mesh.Subject) bool { return covers(&s.Scopes[i].Match, subject) }})
			}
			settings[id] = one
		}
	}
	if o.StrictUnknown {
		for _, id := range unproven {
			settings[id] = analyzer.Setting{Level: string(analyzer.Error), Params: settings[id].Params}
		}
	}
	return settings, nil
}

// unproven are the rules that speak for objectives that are not proven.
var unproven = []string{"DR110", "DR508"}

// checkRules holds what a config says of rules against the rules that there are: parameters against those that they
// declare, and the ids of policies against those that were read.
func checkRules(cfg *config.Config, set *policy.Set) []config.Problem {
	known := rules.All()
	for _, p := range set.Policies {
		known = append(known, p.Rule)
	}
	var problems []config.Problem
	for _, id := range slices.Sorted(maps.Keys(cfg.Rules)) {
		params := cfg.Rules[id].Params
		i := slices.IndexFunc(known, func(r *analyzer.Rule) bool { return r.ID == id })
		switch {
		case i >= 0:
			for _, p := range known[i].Check(params) {
				problems = append(problems, config.Problem{Position: cfg.Param(id, p.Name),
					Message: fmt.Sprintf("rules.%s.params.%s: %s", id, p.Name, p.Message)})
			}
		case policy.IsOwnID(id) && len(set.Refused) > 0:
			// It may be one of those that were refused, which is told elsewhere.
		case policy.IsOwnID(id):
			problems = append(problems, config.Problem{Position: cfg.Locate("/rules/" + id),
				Message: fmt.Sprintf("rules.%s: none of the policies that were read has this id; policies and --policy say where they are", id)})
		case len(params) > 0:
			problems = append(problems, config.Problem{Position: cfg.Locate("/rules/" + id + "/params"),
				Message: fmt.Sprintf("rules.%s.params: this muster has no rule %s that would read them", id, id)})
		}
	}
	slices.SortStableFunc(problems, func(a, b config.Problem) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Message, b.Message))
	})
	return problems
}
