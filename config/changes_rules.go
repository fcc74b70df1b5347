package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// levels orders those that a config gives.
var levels = []Level{LevelOff, LevelNote, LevelWarning, LevelError}

// lower reports whether a rule may be quieter at the second level than at the first. "" is as it comes: what that is,
// only the rule knows.
func (k *KnownRule) lower(before, after Level) bool {
	rank := func(l Level) int { return slices.Index(levels, l) }
	switch {
	case before == after, before == LevelOff, after == LevelError:
		return false
	case before != "" && after != "":
		return rank(after) < rank(before)
	case after == LevelOff:
		return k == nil || !k.OptIn
	case k != nil && k.OptIn:
		return after == ""
	case k == nil || len(k.Levels) == 0:
		return true
	case before == "":
		return slices.ContainsFunc(k.Levels, func(l Level) bool { return rank(after) < rank(l) })
	}
	return slices.ContainsFunc(k.Levels, func(l Level) bool { return rank(l) < rank(before) })
}

func (l Level) told() string {
	if l == "" {
		return "as it comes"
	}
	return string(l)
}

func (c *comparison) known(name string) *KnownRule {
	if c.rules == nil {
		return nil
	}
	if k, ok := c.rules(name); ok {
		return &k
	}
	return nil
}

// id is that of a rule that may be named by its slug.
func (c *comparison) id(name string) string {
	if k := c.known(name); k != nil {
		return k.ID
	}
	return name
}

func (c *comparison) settings() {
	all := maps.Clone(c.base.Rules)
	if all == nil {
		all = map[string]RuleSetting{}
	}
	maps.Copy(all, c.head.Rules)
	for _, id := range slices.Sorted(maps.Keys(all)) {
		s := setting{comparison: c, id: id, rule: c.known(id), base: c.base.Rules[id], head: c.head.Rules[id]}
		if s.base.Level == s.head.Level || c.silent(s.rule, s.base.Level) && c.silent(s.rule, s.head.Level) {
			s.head.Level = s.base.Level
		} else {
			s.level()
		}
		s.scopes()
		s.params()
	}
}

// silent reports whether a level makes a rule say nothing.
func (c *comparison) silent(k *KnownRule, l Level) bool {
	return l == LevelOff || l == "" && k != nil && k.OptIn
}

// setting is what both configs say of one rule.
type setting struct {
	*comparison
	id         string
	rule       *KnownRule
	base, head RuleSetting
}

// places are those of a member of a setting in both configs; zero where one has no setting.
func (s *setting) places(member string) (base, head mesh.Position) {
	if _, ok := s.comparison.base.Rules[s.id]; ok {
		base = s.comparison.base.Locate("/rules/" + s.id + member)
	}
	if _, ok := s.comparison.head.Rules[s.id]; ok {
		head = s.comparison.head.Locate("/rules/" + s.id + member)
	}
	return base, head
}

func (s *setting) tell(change, member string, weakens bool, what string, args ...any) {
	base, head := s.places(member)
	s.comparison.tell(KindRule, change, weakens, base, head, what, args...)
}

func (s *setting) level() {
	s.tell(Changed, "/level", s.rule.lower(s.base.Level, s.head.Level), "The level of rule %s is %s now, and was %s.", s.id, s.head.Level.told(), s.base.Level.told())
}

// rulings are the scopes, and behind them the level of what none matches.
func (s *setting) rulings(of *RuleSetting) []ruling[Level] {
	var list []ruling[Level]
	for i := range of.Scopes {
		match := of.Scopes[i].Match.selection()
		list = append(list, ruling[Level]{match, match.key(), of.Scopes[i].Level, i})
	}
	rest := of.Level
	if rest == "" && len(of.Scopes) > 0 && s.rule != nil && s.rule.OptIn {
		rest = LevelOff
	}
	return append(list, ruling[Level]{selection{}, "", rest, -1})
}

func (s *setting) scopes() {
	equal := func(a, b Level) bool { return a == b }
	r := rival(s.rulings(&s.base), s.rulings(&s.head), s.rule.lower, equal)
	at := func(x *ruling[Level]) string { return fmt.Sprintf("/scopes/%d", x.index) }
	for _, p := range r.same {
		b, h := &r.base[p[0]], &r.head[p[1]]
		if b.value == h.value || b.index < 0 && h.index < 0 {
			continue // the level of all others is told
		}
		base, head := s.places("")
		if b.index >= 0 {
			base, _ = s.places(at(b))
		}
		if h.index >= 0 {
			_, head = s.places(at(h))
		}
		s.comparison.tell(KindRule, Changed, s.rule.lower(b.value, h.value), base, head, "The level of rule %s for %s is %s now, and was %s.", s.id, findings(b.match), h.value.told(), b.value.told())
	}
	for _, p := range r.moved {
		b, h := &r.base[p[0]], &r.head[p[1]]
		base, _ := s.places(at(b))
		_, head := s.places(at(h))
		s.comparison.tell(KindRule, Changed, r.weakens(p[0]) || r.displaces(p[1]) >= 0, base, head, "The level %s of rule %s for %s is for %s now.", b.value.told(), s.id, findings(b.match), findings(h.match))
	}
	for _, i := range r.lost {
		b := &r.base[i]
		base, _ := s.places(at(b))
		if b.index < 0 {
			base, _ = s.places("")
		}
		s.comparison.tell(KindRule, Removed, r.weakens(i), base, mesh.Position{}, "Rule %s no longer has the level %s for %s.", s.id, b.value.told(), findings(b.match))
	}
	for _, k := range r.fresh {
		h := &r.head[k]
		_, head := s.places(at(h))
		if h.index < 0 {
			_, head = s.places("")
		}
		s.comparison.tell(KindRule, Added, r.displaces(k) >= 0 || r.large, mesh.Position{}, head, "Rule %s has the level %s for %s now.", s.id, h.value.told(), findings(h.match))
	}
	swap(r, func(weakens bool, b, h *ruling[Level], first, second selection) {
		s.tell(Changed, "/scopes", weakens, "The level of rule %s for %s now comes before that for %s, and decides for findings that both match.", s.id, findings(first), findings(second))
	})
}

// findings tells which findings a match selects.
func findings(s selection) string {
	if len(s) == 0 {
		return "every finding"
	}
	return s.String()
}

// same reports whether a parameter has the same value in both.
func (s *setting) same(name string) bool {
	if s.rule != nil && s.rule.Params != nil {
		before, was := s.rule.Params(s.base.Params)[name]
		after, is := s.rule.Params(s.head.Params)[name]
		if was && is {
			return reflect.DeepEqual(before, after)
		}
	}
	before, was := s.base.Params[name]
	after, is := s.head.Params[name]
	return was == is && reflect.DeepEqual(plainNumber(before), plainNumber(after))
}

func (s *setting) params() {
	names := map[string]bool{}
	for name := range s.base.Params {
		names[name] = true
	}
	for name := range s.head.Params {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !s.same(name) {
			s.tell(Changed, "/params/"+escape.Replace(name), true, "The parameter %s of rule %s is %s now, and was %s.", name, s.id, shown(s.head.Params[name]), shown(s.base.Params[name]))
		}
	}
}

// plainNumber makes all numbers of one type, so that 10 is 10.0.
func plainNumber(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		if int64(float64(v)) == v {
			return float64(v)
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plainNumber(v[i])
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for key := range v {
			m[key] = plainNumber(v[key])
		}
		return m
	}
	return v
}

// shown is a value as JSON, short enough for a sentence.
func shown(v any) string {
	if v == nil {
		return "not told"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "unreadable"
	}
	if r := []rune(string(text)); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return string(text)
}
