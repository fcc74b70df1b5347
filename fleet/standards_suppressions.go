package fleet

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/mesh"
)

// verdictOn is what becomes of one rule of a suppression of the head.
type verdictOn struct {
	head *reach
	rule string // as written
	// by is the suppression of the base that accepts the same; nil = none does.
	by *reach
	// lacks are those of the objects that the suppression names that the base does not have in it.
	lacks []mesh.Resource
}

// Suppressions divides those of a fleet into those that the base has too, and others. What is kept has the last day, the reason
// and the owner that the base gives, and covers what it covers in the head. A suppression of several rules or objects may be
// divided itself.
func (st *Standards) Suppressions(head *Fleet) (kept, dropped []*mesh.Suppression) {
	for _, v := range st.judge(head) {
		one := *v.head.Suppression
		one.Rules = []string{v.rule}
		if len(v.lacks) > 0 || v.by == nil {
			without := one
			if len(v.lacks) > 0 {
				without.Resources = v.lacks
			}
			dropped = append(dropped, &without)
		}
		if v.by == nil {
			continue
		}
		if len(v.lacks) > 0 {
			one.Resources = slices.DeleteFunc(slices.Clone(one.Resources), func(r mesh.Resource) bool { return slices.Contains(v.lacks, r) })
		}
		one.Until, one.Reason, one.Owner = v.by.Until, v.by.Reason, v.by.Owner
		// Rules that share everything stay one suppression, as they are written.
		if n := len(kept); n > 0 && kept[n-1].Origin == one.Origin && kept[n-1].Until.Equal(one.Until) && kept[n-1].Reason == one.Reason &&
			kept[n-1].Owner == one.Owner && slices.Equal(kept[n-1].Resources, one.Resources) {
			kept[n-1].Rules = append(kept[n-1].Rules, v.rule)
			continue
		}
		kept = append(kept, &one)
	}
	return kept, dropped
}

// judge holds each rule of each suppression of a fleet against those of the base.
func (st *Standards) judge(head *Fleet) []verdictOn {
	list, _ := head.allSuppressions()
	left := mostSteps
	var out []verdictOn
	for _, r := range reaches(head, list, map[string]*filed{}) {
		for _, rule := range r.Rules {
			v := verdictOn{head: r, rule: rule}
			id := st.ruleID(rule)
			for _, b := range st.suppressed {
				if !slices.ContainsFunc(b.Rules, func(name string) bool { return st.ruleID(name) == id }) {
					continue
				}
				lacks, ok := r.acceptedBy(b, &left)
				if ok && (v.by == nil || len(lacks) < len(v.lacks) || len(lacks) == len(v.lacks) && config.LaterDay(b.Until, v.by.Until)) {
					v.by, v.lacks = b, lacks
				}
			}
			out = append(out, v)
		}
	}
	return out
}

// acceptedBy reports whether a suppression of the base accepts what one of the head does, and for which of its objects it does not.
func (r *reach) acceptedBy(base *reach, left *int) (lacks []mesh.Resource, ok bool) {
	if r.By != base.By {
		return nil, false
	}
	switch r.By {
	case mesh.ByComment:
		return nil, r.within(base, left)
	case mesh.ByAnnotation:
		for _, o := range r.Resources {
			if !slices.Contains(base.Resources, o) {
				lacks = append(lacks, o)
			}
		}
		return lacks, len(lacks) < len(r.Resources)
	case mesh.ByConfig:
		return nil, entryOf(r.Suppression) == entryOf(base.Suppression)
	}
	return nil, false
}

// entryOf is where in a config a suppression stands: a fleet that is judged by standards has the config of the base.
func entryOf(s *mesh.Suppression) string { return s.Origin.Position().String() + s.Origin.Path }

// suppressionChanges tells what of suppressions in files differs.
func (st *Standards) suppressionChanges(head *Fleet) (list []config.Change) {
	type half struct {
		base *reach
		rule string
	}
	found := map[half]bool{}
	tell := func(change string, weakens bool, base, head *reach, what string) {
		c := config.Change{Kind: config.KindSuppression, Change: change, What: what, Weakens: weakens}
		if base != nil {
			c.Base = base.Origin.Position()
		}
		if head != nil {
			c.Head = head.Origin.Position()
		}
		list = append(list, c)
	}
	for _, v := range st.judge(head) {
		if v.head.By == mesh.ByConfig {
			continue // configs are compared by themselves
		}
		where := v.rule + " " + v.head.where(v.lacks)
		if v.by == nil || len(v.lacks) > 0 {
			tell(config.Added, true, nil, v.head, fmt.Sprintf("%s is suppressed now%s.", where, until(v.head.Until)))
		}
		if v.by == nil {
			continue
		}
		found[half{v.by, st.ruleID(v.rule)}] = true
		where = v.rule + " " + v.head.where(nil)
		if before, after := v.by.Until, v.head.Until; !before.Equal(after) {
			tell(config.Changed, config.LaterDay(after, before), v.by, v.head, fmt.Sprintf("%s is suppressed%s now, and was%s.", where, until(after), until(before)))
		}
		if before, after := v.by.Reason, v.head.Reason; before != after {
			tell(config.Changed, after == "", v.by, v.head, fmt.Sprintf("%s is suppressed for another reason: %s, and it was %s.", where, given(after), given(before)))
		}
	}
	for _, b := range st.suppressed {
		for _, rule := range b.Rules {
			if b.By != mesh.ByConfig && !found[half{b, st.ruleID(rule)}] {
				tell(config.Removed, false, b, nil, fmt.Sprintf("%s %s is no longer suppressed, or no longer as it was.", rule, b.where(nil)))
			}
		}
	}
	return list
}

// where says what a suppression in a file covers; of objects those that are named, or all.
func (r *reach) where(resources []mesh.Resource) string {
	if r.By == mesh.ByComment {
		return "in " + r.File
	}
	if len(resources) == 0 {
		resources = r.Resources
	}
	var names []string
	for _, o := range resources {
		if name := o.Kind + " " + strings.TrimPrefix(o.Namespace+"/"+o.Name, "/"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return "of " + strings.Join(names, ", ")
}

func until(day time.Time) string {
	if day.IsZero() {
		return " for ever"
	}
	return " until " + day.Format(time.DateOnly)
}

func given(reason string) string {
	if reason == "" {
		return "none"
	}
	return fmt.Sprintf("%q", reason)
}
