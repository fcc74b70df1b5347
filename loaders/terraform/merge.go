package terraform

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Match sets a configuration beside the plan or state: positions are those of its lines, references are followed through its locals, and
// what a plan does not show (lifecycle, calls of modules) comes from it. Nothing that the plan knows changes.
func (p *Planned) Match(root *Root) { p.match(root.Instances()) }

func (p *Planned) match(configured []Instance) {
	exact, loose := map[string]*Instance{}, map[string]*Instance{}
	for i := range configured {
		in := &configured[i]
		exact[in.Address] = in
		if key := keyless(in.Address); loose[key] == nil {
			loose[key] = in
		}
	}
	for i := range p.instances {
		in := &p.instances[i]
		c := exact[in.Address]
		if c == nil {
			c = loose[keyless(in.Address)]
		}
		if c == nil || c.Mode != in.Mode {
			continue
		}
		in.plan.config = c
		in.plan.drift = len(in.plan.differences(*in, *c)) > 0
		if !isSet(in.Region) || !in.Region.IsKnown() {
			in.Region = c.Region
		}
		if in.Provider == "" {
			in.Provider = c.Provider
		}
	}
}

// Merge is what a plan, a state and a configuration say together of a root module, each of which may be nil: the plan goes before the state,
// the state before the configuration. Where the configuration is there, positions are its lines (Planned.Match).
//
// A plan decides which instances there are; what only the configuration has is newer than the plan, and stays. A state decides how many there
// are where the configuration cannot tell, and adds what providers worked out; what only the state has is on its way out, and goes. Every
// difference is a note; values are not shown in it.
func Merge(plan, state *Planned, root *Root) ([]Instance, []Diagnostic) {
	m := merging{}
	if root != nil {
		m.configured = root.Instances()
	}
	switch {
	case plan != nil:
		m.over(plan, true)
		if state != nil {
			m.compare(plan, state)
		}
	case state != nil:
		m.over(state, root == nil)
	default:
		m.list = m.configured
	}
	slices.SortStableFunc(m.notes, func(a, b Diagnostic) int {
		if c := strings.Compare(a.Range.Filename, b.Range.Filename); c != 0 {
			return c
		}
		return a.Range.Start.Byte - b.Range.Start.Byte
	})
	return m.list, m.notes
}

type merging struct {
	configured []Instance
	list       []Instance
	notes      []Diagnostic
}

func (m *merging) note(in Instance, message string) {
	m.notes = append(m.notes, Diagnostic{Range: in.Range, Message: in.Address + ": " + message, Note: true})
}

// over lays what was planned, or what is there, over the configuration; all says that nothing of it goes.
func (m *merging) over(p *Planned, all bool) {
	p.match(m.configured)
	kind := "plan"
	if p.State {
		kind = "state"
	}
	there, several := map[string]bool{}, map[string]bool{}
	for _, in := range p.instances {
		c := in.plan.config
		switch {
		case c == nil && len(m.configured) > 0:
			m.note(in, "it is in the "+kind+" and not in the configuration")
			if !all {
				continue
			}
		case c == nil:
		case c.Unsure == "" && c.Address != in.Address && !strings.Contains(c.Address, "[?]"):
			m.note(*c, "the "+kind+" has "+in.Address+" and the configuration has not")
			if !all {
				continue
			}
		default:
			for _, name := range in.plan.differences(in, *c) {
				m.note(*c, name+" differs between the "+kind+" and the configuration")
			}
		}
		there[in.Address], several[keyless(in.Address)] = true, true
		m.list = append(m.list, in)
	}
	for _, c := range m.configured {
		open := strings.Contains(c.Address, "[?]")
		if there[c.Address] || open && several[keyless(c.Address)] {
			continue
		}
		if !p.State {
			m.note(c, "it is in the configuration and not in the plan")
		}
		m.list = append(m.list, c)
	}
}

// compare notes where a plan and a state differ: what the plan is going to change.
func (m *merging) compare(plan, state *Planned) {
	at := map[string]Instance{}
	for _, in := range state.instances {
		at[in.Address] = in
	}
	for _, in := range plan.instances {
		if s, ok := at[in.Address]; ok {
			for _, name := range in.plan.differences(in, s) {
				m.note(in, name+" differs between the plan and the state")
			}
		}
	}
}

// differences are the attributes that both sides know, and know otherwise.
func (x *planned) differences(in, other Instance) (names []string) {
	theirs, _ := other.Values.Unmark()
	if x.opaque != "" || !theirs.IsKnown() || !theirs.Type().IsObjectType() {
		return nil
	}
	for name, b := range theirs.AsValueMap() {
		a, ok := x.attr(name)
		if !ok {
			continue
		}
		a, _ = a.UnmarkDeep()
		b, _ = b.UnmarkDeep()
		if c := (comparison{maxAlike}); !c.alike(a, b) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// maxAlike bounds the comparisons of one attribute; one that needs more is taken to differ.
const maxAlike = 100_000

// comparison holds what is left of the bound.
type comparison struct{ left int }

// alike reports whether two values may be one: as far as both are known, as providers write texts and numbers, in any order of a list, and
// with what a provider adds to objects on either side.
func (c *comparison) alike(a, b cty.Value) bool {
	if c.left--; c.left < 0 {
		return false
	}
	if !a.IsKnown() || !b.IsKnown() || nothing(b) {
		return true // what is not configured, a provider may fill in
	}
	if nothing(a) {
		return false
	}
	text, one := plainText(a)
	other, two := plainText(b)
	if one || two {
		return one && two && text == other
	}
	a, b = members(a), members(b)
	if a.Type().IsObjectType() != b.Type().IsObjectType() {
		return false
	}
	if a.Type().IsObjectType() {
		theirs := b.AsValueMap()
		for name, v := range a.AsValueMap() {
			if o, ok := theirs[name]; ok && !c.alike(v, o) {
				return false
			}
		}
		return true
	}
	if a.LengthInt() != b.LengthInt() {
		return false
	}
	left := b.AsValueSlice()
	for _, e := range a.AsValueSlice() {
		i := slices.IndexFunc(left, func(o cty.Value) bool { return c.alike(e, o) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

// members is a map as an object, and a single block as what is in it.
func members(v cty.Value) cty.Value {
	if v.Type().IsMapType() {
		return cty.ObjectVal(v.AsValueMap())
	}
	if blocksLike(v) && v.LengthInt() == 1 {
		return v.Index(cty.Zero)
	}
	return v
}

// nothing reports whether a value is null, or an empty list or object.
func nothing(v cty.Value) bool {
	return v.IsKnown() && (v.IsNull() || v.CanIterateElements() && v.LengthInt() == 0)
}
