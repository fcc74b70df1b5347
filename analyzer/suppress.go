package analyzer

import (
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Judged is a suppression with what became of it in one scan.
type Judged struct {
	*mesh.Suppression
	Expired bool
	Matched int // findings that it covers, expired or not
	// Unused are those of its rules of which it covers no finding, although they could have spoken; Refused are those
	// whose findings nobody can suppress. Both by id.
	Unused, Refused []string

	rules []*Rule
	used  map[*Rule]bool
}

// Suppressing says how suppressions are to be taken.
type Suppressing struct {
	AsOf time.Time // the day of the audit: a suppression holds to the end of its last day, in UTC
	// Strict: rules that speak under --strict only could have spoken.
	Strict bool
	// Partial: not all of the fleet was read, so that nothing can be called unused.
	Partial  bool
	Baseline *Baseline // nil = none
}

// Baseline is a record of findings that are known.
type Baseline struct {
	*mesh.Suppression
	// Take returns those of the findings that the record has.
	Take func([]*Finding) []*Finding
}

// Mistake is a suppression that names a rule which does not exist. It suppresses nothing of that rule.
type Mistake struct {
	*mesh.Suppression
	Rule string // as written
}

// Suppress marks the findings that somebody accepted, and adds what rules find about the suppressions themselves. A
// finding has the first suppression that holds, those nearest to it before others.
func Suppress(findings []*Finding, list []*mesh.Suppression, rules []*Rule, settings map[string]Setting, o Suppressing) ([]*Finding, []Mistake) {
	all, mistakes := judge(list, rules, o)
	index := indexOf(all)
	for _, f := range findings {
		index.accept(f)
	}
	for _, s := range all {
		s.leftOver(settings, o)
	}
	if b := o.Baseline; b != nil {
		all = append(all, b.judge(findings, o))
	}
	findings = append(findings, audit(rules, settings, all)...)
	sortFindings(findings)
	return findings, mistakes
}

// AuditsSuppressions reports whether the rule is about suppressions, and therefore runs after all others.
func (r *Rule) AuditsSuppressions() bool { return strings.HasPrefix(r.ID, "S") }

func judge(list []*mesh.Suppression, rules []*Rule, o Suppressing) (all []*Judged, mistakes []Mistake) {
	named := map[string]*Rule{}
	for _, r := range rules {
		named[r.ID], named[r.Slug] = r, r
	}
	for _, s := range list {
		j := &Judged{Suppression: s, Expired: expired(s, o.AsOf), used: map[*Rule]bool{}}
		for _, name := range s.Rules {
			switch r := named[name]; {
			case r == nil:
				mistakes = append(mistakes, Mistake{s, name})
			case r.Fixed:
				j.Refused = append(j.Refused, r.ID)
			case !slices.Contains(j.rules, r):
				j.rules = append(j.rules, r)
			}
		}
		all = append(all, j)
	}
	return all, mistakes
}

// expired reports whether the last day of a suppression is over.
func expired(s *mesh.Suppression, asOf time.Time) bool {
	return !s.Until.IsZero() && asOf.UTC().Truncate(24*time.Hour).After(s.Until)
}

// leftOver sees what a suppression covers nothing of. What is off, could not speak, or may have been hidden by what was
// not read, is not held against it.
func (j *Judged) leftOver(settings map[string]Setting, o Suppressing) {
	for _, r := range j.rules {
		if !j.used[r] && !o.Partial && !settings[r.ID].Silent() && (o.Strict || !r.Strict) {
			j.Unused = append(j.Unused, r.ID)
		}
	}
}

// judge marks the findings that a baseline has, as far as nobody else accepted them.
func (b *Baseline) judge(findings []*Finding, o Suppressing) *Judged {
	j := &Judged{Suppression: b.Suppression, Expired: expired(b.Suppression, o.AsOf)}
	open := slices.DeleteFunc(slices.Clone(findings), func(f *Finding) bool { return f.Suppressed != nil || f.Rule.Fixed })
	for _, f := range b.Take(open) {
		j.Matched++
		if !j.Expired {
			f.Suppressed = b.Suppression
		}
	}
	return j
}

// suppressionKey is what suppressions are looked up by: a rule, and the file or object that they are written in.
type suppressionKey struct {
	rule     *Rule
	file     string
	resource mesh.Resource // without its cluster
}

type suppressionIndex map[suppressionKey][]*Judged

func indexOf(all []*Judged) suppressionIndex {
	index := suppressionIndex{}
	for _, j := range all {
		for _, r := range j.rules {
			keys := []suppressionKey{{rule: r, file: j.File}}
			if len(j.Resources) > 0 {
				keys = nil
				for _, resource := range j.Resources {
					if k := (suppressionKey{rule: r, resource: objectOf(resource)}); !slices.Contains(keys, k) {
						keys = append(keys, k)
					}
				}
			}
			for _, k := range keys {
				index[k] = append(index[k], j)
			}
		}
	}
	return index
}

// accept counts a finding for every suppression that covers it, and gives it the first that holds.
func (x suppressionIndex) accept(f *Finding) {
	if len(x) == 0 {
		return
	}
	subject := &mesh.Subject{Service: f.Service, Resource: f.Resource, Position: f.Position()}
	keys := []suppressionKey{{rule: f.Rule, file: subject.Position.File}, {rule: f.Rule, resource: objectOf(f.Resource)}, {rule: f.Rule}}
	for i, k := range keys {
		if slices.Contains(keys[:i], k) {
			continue // it stands in no file, or concerns no object
		}
		for _, j := range x[k] {
			if !j.covers(subject) {
				continue
			}
			j.Matched++
			j.used[f.Rule] = true
			if !j.Expired && f.Suppressed == nil {
				f.Suppressed = j.Suppression
			}
		}
	}
}

// objectOf is an object whatever its cluster, and however its namespace is written.
func objectOf(r mesh.Resource) mesh.Resource {
	r.Cluster = ""
	if r.Namespace == "default" {
		r.Namespace = ""
	}
	return r
}

func (j *Judged) covers(s *mesh.Subject) bool {
	if len(j.Resources) > 0 && !slices.ContainsFunc(j.Resources, func(r mesh.Resource) bool {
		return objectOf(r) == objectOf(s.Resource) && (r.Cluster == s.Resource.Cluster || r.Cluster == "" || s.Resource.Cluster == "")
	}) {
		return false
	}
	return j.Covers == nil || j.Covers(s)
}

// audit lets the rules about suppressions speak.
func audit(rules []*Rule, settings map[string]Setting, all []*Judged) []*Finding {
	var findings []*Finding
	for _, r := range rules {
		if !r.AuditsSuppressions() || settings[r.ID].Silent() {
			continue
		}
		p := &Pass{Graph: &mesh.Graph{}, Matrix: &failover.Matrix{}, Suppressions: all, Params: r.params(settings[r.ID].Params), rule: r}
		r.Run(p)
		findings = append(findings, p.found...)
	}
	return settle(dedupe(findings), settings)
}

// Names are the rules that the suppression names, for messages.
func (j *Judged) Names() string { return strings.Join(j.Rules, ", ") }
