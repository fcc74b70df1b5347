package config

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// accepted is a suppression with what it is known by.
type accepted struct {
	*Suppression
	rule  string // its id, if that is known
	match selection
	index int
}

func (a *accepted) key() string { return a.rule + "\x00" + a.match.key() }

func (c *comparison) accepted(of *Config) []accepted {
	var list []accepted
	for i := range of.Suppress {
		s := &of.Suppress[i]
		list = append(list, accepted{s, c.id(s.Rule), s.Match.selection(), i})
	}
	return list
}

// LaterDay reports whether the last day of one suppression is later than that of another; the zero day never comes.
func LaterDay(after, before time.Time) bool {
	return !before.IsZero() && (after.IsZero() || after.After(before))
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

func (c *comparison) suppressions() {
	base, head := c.accepted(c.base), c.accepted(c.head)
	// Those of one rule and match are alike; which is which among them, their days and reasons tell.
	alike := map[string][]*accepted{}
	for i := range head {
		alike[head[i].key()] = append(alike[head[i].key()], &head[i])
	}
	var gone []*accepted
	var pairs [][2]*accepted
	for _, exact := range []bool{true, false} {
		for i := range base {
			b := &base[i]
			if slices.ContainsFunc(pairs, func(p [2]*accepted) bool { return p[0] == b }) {
				continue
			}
			list := alike[b.key()]
			n := slices.IndexFunc(list, func(h *accepted) bool {
				return !exact || h.Until.Equal(b.Until) && h.Reason == b.Reason && h.Owner == b.Owner
			})
			if n >= 0 {
				pairs = append(pairs, [2]*accepted{b, list[n]})
				alike[b.key()] = slices.Delete(slices.Clone(list), n, n+1)
			} else if !exact {
				gone = append(gone, b)
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b [2]*accepted) int { return a[0].index - b[0].index })
	for _, p := range pairs {
		c.suppression(p[0], p[1])
	}
	for _, b := range gone {
		c.tell(KindSuppression, Removed, false, place(c.base, "suppress", b.index, ""), mesh.Position{}, "%s is no longer suppressed for %s.", b.Rule, findings(b.match))
	}
	for i := range head {
		h := &head[i]
		if !slices.Contains(alike[h.key()], h) {
			continue
		}
		within := slices.ContainsFunc(base, func(b accepted) bool {
			return b.rule == h.rule && b.match.contains(h.match) && !LaterDay(h.Until, b.Until) && (h.Reason != "" || b.Reason == "")
		})
		until := " for ever"
		if !h.Until.IsZero() {
			until = " until " + day(h.Until)
		}
		if within {
			until += ", which it was before"
		}
		c.tell(KindSuppression, Added, !within, mesh.Position{}, place(c.head, "suppress", h.index, ""), "%s is suppressed for %s%s.", h.Rule, findings(h.match), until)
	}
}

// suppression compares two that accept the same findings of the same rule.
func (c *comparison) suppression(b, h *accepted) {
	what := "the suppression of " + h.Rule + " for " + findings(h.match)
	at, now := place(c.base, "suppress", b.index, ""), place(c.head, "suppress", h.index, "")
	c.value(KindSuppression, "The last day of "+what, day(b.Until), day(h.Until), LaterDay(h.Until, b.Until), at, now)
	c.value(KindSuppression, "The reason of "+what, quoted(b.Reason), quoted(h.Reason), h.Reason == "", at, now)
	c.value(KindSuppression, "The owner of "+what, quoted(b.Owner), quoted(h.Owner), false, at, now)
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return shown(s)
}

func (c *comparison) policies() {
	clean := func(list []string) []string {
		out := make([]string, len(list))
		for i := range list {
			out[i] = path.Clean(list[i])
		}
		return out
	}
	base, head := clean(c.base.Policies), clean(c.head.Policies)
	for _, p := range lacking(base, head) {
		c.tell(KindPolicy, Removed, true, place(c.base, "policies", slices.Index(base, p), ""), mesh.Position{}, "The policies of %s are no longer asked.", p)
	}
	for _, p := range lacking(head, base) {
		c.tell(KindPolicy, Added, false, mesh.Position{}, place(c.head, "policies", slices.Index(head, p), ""), "The policies of %s are asked now.", p)
	}
}

func (c *comparison) inputs() {
	base, head := c.base.Inputs, c.head.Inputs
	for _, glob := range lacking(base.Ignore, head.Ignore) {
		c.tell(KindInputs, Removed, false, c.base.Locate("/inputs/ignore"), mesh.Position{}, "Files that match %s are no longer ignored.", glob)
	}
	for _, glob := range lacking(head.Ignore, base.Ignore) {
		within := slices.ContainsFunc(base.Ignore, func(wide string) bool {
			return !hasMeta(glob) && source.Covers(wide, glob) || strings.HasPrefix(glob, strings.TrimSuffix(wide, "/**")+"/") && !hasMeta(strings.TrimSuffix(wide, "/**"))
		})
		c.tell(KindInputs, Added, !within, mesh.Position{}, c.head.Locate("/inputs/ignore"), "Files that match %s are ignored now.", glob)
	}
	c.evidence()
	if before, after := base.forgives(), head.forgives(); before != after {
		c.tell(KindInputs, Changed, after, c.base.Locate("/inputs/unreadable"), c.head.Locate("/inputs/unreadable"),
			"Inputs that cannot be read are %s now, and were %s.", taken(after), taken(before))
	}
}

// evidence compares where drills are told of. Another folder may lack the one that failed.
func (c *comparison) evidence() {
	before, after := c.base.Evidence, c.head.Evidence
	switch {
	case before == after, before != "" && after != "" && path.Clean(before) == path.Clean(after):
	case before == "":
		c.tell(KindInputs, Added, false, mesh.Position{}, c.head.Locate("/evidence"), "What drills have shown is read from %s now.", after)
	case after == "":
		c.tell(KindInputs, Removed, true, c.base.Locate("/evidence"), mesh.Position{}, "What drills have shown is no longer read from %s.", before)
	default:
		c.tell(KindInputs, Changed, true, c.base.Locate("/evidence"), c.head.Locate("/evidence"), "What drills have shown is read from %s now, and was read from %s.", after, before)
	}
}

func (i *Inputs) forgives() bool { return i.Unreadable == "warn" }

func taken(forgiven bool) string {
	if forgiven {
		return "warnings"
	}
	return "errors"
}
