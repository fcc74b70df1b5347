package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Aspect is one thing in which two objectives differ.
type Aspect struct {
	Member  string // of an objective: survive, faults, rto, …
	What    string // completes "the objective for … "
	Weakens bool
}

// CompareObjectives tells in what a promise differs from an earlier one, in the order of the members of an objective. Either
// may be nil, where nothing is promised.
func CompareObjectives(base, head *mesh.Objective) []Aspect {
	switch {
	case base == nil && head == nil:
		return nil
	case base == nil:
		return []Aspect{{"", "is new", false}}
	case head == nil:
		return []Aspect{{"", "is gone", true}}
	}
	p := promises{base, head}
	list := slices.Concat(p.survive(), p.faults(),
		p.span("rto", base.RTO, head.RTO), p.span("rpo", base.RPO, head.RPO),
		p.span("failback", base.Failback, head.Failback), p.span("latency", base.Latency, head.Latency), p.drill())
	if before, after := string(base.Pattern), string(head.Pattern); before != after {
		// A pattern of releases lets versions differ, and any other one takes the place of what was promised.
		list = append(list, p.word("pattern", before, after, before != "" || ofReleases(head.Pattern)))
	}
	if before, after := base.Encryption, head.Encryption; before != after {
		list = append(list, p.word("encryption", before, after, protection(after) < protection(before)))
	}
	return list
}

// promises are two promises of the same.
type promises struct{ base, head *mesh.Objective }

func ofReleases(p mesh.Pattern) bool { return p == mesh.Canary || p == mesh.BlueGreen || p == mesh.AB }

// protection orders what objectives say of encryption. Saying nothing still makes an error of requests that lose theirs.
func protection(encryption string) int {
	return slices.Index([]string{"any", "", "tls", "mtls"}, encryption)
}

func (p promises) survive() (list []Aspect) {
	var gone, narrowed []string
	for _, what := range lacking(p.base.Survive, p.head.Survive) {
		kind, _, one := strings.Cut(what, "=")
		if one && !strings.Contains(what, "+") && slices.Contains(p.head.Survive, kind) {
			narrowed = append(narrowed, what)
			continue // any one of the kind is meant
		}
		gone = append(gone, what)
	}
	if len(gone) > 0 {
		list = append(list, Aspect{"survive", "no longer lists " + strings.Join(gone, ", "), true})
	}
	if len(narrowed) > 0 {
		list = append(list, Aspect{"survive", "lists " + strings.Join(narrowed, ", ") + " no longer by name", false})
	}
	if more := lacking(p.head.Survive, p.base.Survive); len(more) > 0 {
		list = append(list, Aspect{"survive", "lists " + strings.Join(more, ", ") + " now", false})
	}
	return list
}

// releases reports whether an objective speaks of bad releases.
func releases(o *mesh.Objective) bool {
	return o.Pattern == mesh.Canary || o.Pattern == mesh.BlueGreen ||
		slices.ContainsFunc(o.Survive, func(what string) bool { return strings.HasPrefix(what, "release") })
}

func (p promises) faults() (list []Aspect) {
	gone, more := lacking(p.base.Faults, p.head.Faults), lacking(p.head.Faults, p.base.Faults)
	if p.base.UsualFaults && !p.head.UsualFaults && !slices.Contains(p.head.Faults, "error") && releases(p.base) {
		gone = append(gone, "error of a release")
	}
	if p.head.UsualFaults && !p.base.UsualFaults && !slices.Contains(p.base.Faults, "error") && releases(p.head) {
		more = append(more, "error of a release")
	}
	if len(gone) > 0 {
		list = append(list, Aspect{"faults", "no longer lists " + strings.Join(gone, ", "), true})
	}
	if len(more) > 0 {
		list = append(list, Aspect{"faults", "lists " + strings.Join(more, ", ") + " now", false})
	}
	return list
}

// span compares a time that may not be exceeded.
func (p promises) span(member string, base, head mesh.Value[time.Duration]) []Aspect {
	before, was := base.Get()
	after, is := head.Get()
	switch {
	case was == is && before == after:
		return nil
	case !was:
		return []Aspect{{member, fmt.Sprintf("has %s %s now", article(member), after), false}}
	case !is:
		return []Aspect{{member, fmt.Sprintf("has no %s any more, and had %s", member, before), true}}
	}
	return []Aspect{{member, fmt.Sprintf("has %s %s now, and had %s", article(member), after, before), after > before}}
}

// drill compares how old drills may be.
func (p promises) drill() []Aspect {
	before, was := p.base.Drill.MaxAge.Get()
	after, is := p.head.Drill.MaxAge.Get()
	days := func(d time.Duration) string { return fmt.Sprintf("%g days", d.Hours()/24) }
	switch {
	case was == is && before == after:
		return nil
	case !was:
		return []Aspect{{"drill", "asks for drills that are no older than " + days(after) + " now", false}}
	case !is:
		return []Aspect{{"drill", "no longer asks for drills", true}}
	}
	return []Aspect{{"drill", fmt.Sprintf("lets drills be %s old now, and let them be %s old", days(after), days(before)), after > before}}
}

func article(member string) string {
	if strings.HasPrefix(member, "r") {
		return "an " + member
	}
	return "a " + member
}

func (p promises) word(member, before, after string, weakens bool) Aspect {
	switch {
	case before == "":
		return Aspect{member, fmt.Sprintf("asks for %s %s now", member, after), weakens}
	case after == "":
		return Aspect{member, fmt.Sprintf("no longer asks for %s %s", member, before), weakens}
	}
	return Aspect{member, fmt.Sprintf("asks for %s %s now, and asked for %s", member, after, before), weakens}
}

func lesserObjective(base, head *Objective) bool {
	return slices.ContainsFunc(CompareObjectives(&base.Objective, &head.Objective), func(a Aspect) bool { return a.Weakens })
}

func equalObjectives(a, b *Objective) bool {
	return len(CompareObjectives(&a.Objective, &b.Objective)) == 0
}

func objectiveRulings(c *Config) []ruling[*Objective] {
	var list []ruling[*Objective]
	for i := range c.Objectives {
		s := c.Objectives[i].Match.selection()
		list = append(list, ruling[*Objective]{s, s.key(), &c.Objectives[i], i})
	}
	return list
}

// services tells which services a match selects.
func services(s selection) string {
	if len(s) == 0 {
		return "every service"
	}
	return s.String()
}

func (c *comparison) objectives() {
	r := rival(objectiveRulings(c.base), objectiveRulings(c.head), lesserObjective, equalObjectives)
	at := func(b *ruling[*Objective], member string) mesh.Position {
		return place(c.base, "objectives", b.index, member)
	}
	now := func(h *ruling[*Objective], member string) mesh.Position {
		return place(c.head, "objectives", h.index, member)
	}
	for _, p := range r.same {
		b, h := &r.base[p[0]], &r.head[p[1]]
		for _, a := range CompareObjectives(&b.value.Objective, &h.value.Objective) {
			c.tell(KindObjective, Changed, a.Weakens, at(b, a.Member), now(h, a.Member), "The objective for %s %s.", services(b.match), a.What)
		}
	}
	for _, p := range r.moved {
		b, h := &r.base[p[0]], &r.head[p[1]]
		c.tell(KindObjective, Changed, r.weakens(p[0]) || r.displaces(p[1]) >= 0, at(b, "match"), now(h, "match"),
			"The objective for %s is for %s now.", services(b.match), services(h.match))
	}
	for _, i := range r.lost {
		b := &r.base[i]
		if k, ok := r.hidden[i]; ok {
			c.tell(KindObjective, Changed, r.weakens(i), at(b, ""), now(&r.head[k], ""),
				"The objective for %s is never asked, because that for %s now stands before it.", services(b.match), services(r.head[k].match))
			continue
		}
		c.tell(KindObjective, Removed, r.weakens(i), at(b, ""), mesh.Position{}, "There is no objective for %s any more: it was to survive %s.",
			services(b.match), strings.Join(b.value.Survive, ", "))
	}
	for _, k := range r.fresh {
		h := &r.head[k]
		what := fmt.Sprintf("There is an objective for %s now: it is to survive %s", services(h.match), strings.Join(h.value.Survive, ", "))
		i := r.displaces(k)
		switch {
		case i >= 0:
			what += "; it takes the place of that for " + services(r.base[i].match) + ", which asked for more"
		case h.value.Encryption == "any":
			what += ", and may lose its encryption"
		case ofReleases(h.value.Pattern):
			what += fmt.Sprintf(", and its versions may differ (pattern %s)", h.value.Pattern)
		}
		c.tell(KindObjective, Added, i >= 0 || h.value.Encryption == "any" || ofReleases(h.value.Pattern) || r.large, mesh.Position{}, now(h, ""), "%s.", what)
	}
	swap(r, func(weakens bool, b, h *ruling[*Objective], first, second selection) {
		c.tell(KindObjective, Changed, weakens, at(b, ""), now(h, ""), "The objective for %s now comes before that for %s, and decides for services that both match.", services(first), services(second))
	})
}

// swap tells of another order, once: of the first pair that weakens, else of the first one.
func swap[V any](r *rivals[V], tell func(weakens bool, b, h *ruling[V], first, second selection)) {
	if len(r.swapped) == 0 {
		return
	}
	told, weakens := r.swapped[0], false
	for _, w := range r.swapped {
		for _, p := range r.same {
			if p[0] == w[1] && slices.Contains(r.weaker, [2]int{w[0], p[1]}) && !weakens {
				told, weakens = w, true
			}
		}
	}
	for _, p := range r.same {
		if p[0] == told[1] {
			tell(weakens, &r.base[told[1]], &r.head[p[1]], r.base[told[1]].match, r.base[told[0]].match)
		}
	}
}
