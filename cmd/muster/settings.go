package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/rules"
)

// settings are the levels and parameters of rules that the config or a flag decides; a flag has the last word. A
// parameter that its rule cannot take is a mistake in the config.
func (o *scanOptions) settings(cfg *config.Config) (map[string]analyzer.Setting, error) {
	settings := map[string]analyzer.Setting{}
	if cfg != nil {
		if problems := checkParams(cfg); len(problems) > 0 {
			err := &config.Error{Problems: problems}
			return nil, &exitError{exitUsage, err.Error(), err}
		}
		for id, s := range cfg.Rules {
			settings[id] = analyzer.Setting{Level: string(s.Level), Params: s.Params}
		}
	}
	if o.StrictUnknown {
		for _, id := range unproven {
			s := settings[id]
			s.Level = string(analyzer.Error)
			settings[id] = s
		}
	}
	return settings, nil
}

// unproven are the rules that speak for objectives that are not proven.
var unproven = []string{"DR110", "DR508"}

// checkParams holds the parameters of a config against those that its rules declare.
func checkParams(cfg *config.Config) []config.Problem {
	catalogue := rules.All()
	var problems []config.Problem
	for _, id := range slices.Sorted(maps.Keys(cfg.Rules)) {
		params := cfg.Rules[id].Params
		if len(params) == 0 {
			continue
		}
		at := "/rules/" + id + "/params"
		i := slices.IndexFunc(catalogue, func(r *analyzer.Rule) bool { return r.ID == id })
		if i < 0 {
			problems = append(problems, config.Problem{Position: cfg.Locate(at),
				Message: fmt.Sprintf("rules.%s.params: this muster has no rule %s that would read them", id, id)})
			continue
		}
		for _, p := range catalogue[i].Check(params) {
			problems = append(problems, config.Problem{Position: cfg.Param(id, p.Name),
				Message: fmt.Sprintf("rules.%s.params.%s: %s", id, p.Name, p.Message)})
		}
	}
	slices.SortStableFunc(problems, func(a, b config.Problem) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Message, b.Message))
	})
	return problems
}
