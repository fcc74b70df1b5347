package main

import (
	"fmt"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/rules/catalogue"
)

// knownRules tells a comparison of configs what the rules are: those of muster, and the policies that were read.
func knownRules(set *policy.Set) config.Rules {
	all := rules.All()
	if set != nil {
		for _, p := range set.Policies {
			all = append(all, p.Rule)
		}
	}
	list, err := rules.Catalogue()
	if err != nil {
		list = nil // their levels are not known, and what lowers them can only be judged
	}
	known := map[string]config.KnownRule{}
	for _, r := range all {
		k := config.KnownRule{ID: r.ID, OptIn: r.OptIn, Params: r.Values}
		if e := catalogue.Find(list, r.ID); e != nil {
			for _, l := range e.Levels {
				k.Levels = append(k.Levels, config.Level(l))
			}
		}
		known[r.ID] = k
		if r.Slug != "" {
			known[r.Slug] = k
		}
	}
	return func(name string) (config.KnownRule, bool) {
		k, ok := known[name]
		return k, ok
	}
}

// policyChanges tells what a change does to the policies of a config: each config's own paths in its own folder.
func policyChanges(base, head *config.Config) []config.Change {
	var list []config.Change
	for _, c := range policy.Changes(policiesOf(base), policiesOf(head)) {
		what := map[string]string{
			config.Added: "The policy %s is new.", config.Removed: "The policy %s is gone.", config.Changed: "The policy %s says something else.",
		}[c.Change]
		list = append(list, config.Change{Kind: config.KindPolicy, Change: c.Change, What: fmt.Sprintf(what, c.Package), Weakens: c.Weakens(), Base: c.Base, Head: c.Head})
	}
	return list
}

// policiesOf reads the policies of a config. What cannot be read is not there; who compiles them tells.
func policiesOf(c *config.Config) (list []policy.Source) {
	if c == nil {
		return nil
	}
	for _, path := range c.Policies {
		full := c.Resolve(path)
		if !under(real(full), real(c.Dir)) && !under(real(full), real(".")) {
			continue
		}
		if more, _, err := policy.Load(full); err == nil {
			list = append(list, more...)
		}
	}
	return list
}
