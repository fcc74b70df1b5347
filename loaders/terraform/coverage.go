package terraform

import (
	"cmp"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// Coverage is how much of the configured attributes is known, and what the rest waits for.
type Coverage struct {
	Leaves, Unknown int
	Causes          []Cause // the most frequent first
}

// Cause is a reason and how many leaves are unknown for it.
type Cause struct {
	Reason string
	Leaves int
}

// Coverage counts the leaves of all instances. A leaf that is unknown for several reasons counts for the first.
func (r *Root) Coverage(instances []Instance) Coverage { return Covered(instances) }

// Covered counts the leaves of instances of any source, as Root.Coverage does.
func Covered(instances []Instance) Coverage {
	var out Coverage
	count := map[string]int{}
	for _, in := range instances {
		if in.plan != nil {
			in.plan.count(&out, count)
			continue
		}
		in.count(in.scope.contentsOf(in.block, in.at), &out, count)
	}
	for reason, n := range count {
		out.Causes = append(out.Causes, Cause{reason, n})
	}
	slices.SortFunc(out.Causes, func(a, b Cause) int { return cmp.Or(b.Leaves-a.Leaves, cmp.Compare(a.Reason, b.Reason)) })
	return out
}

// count counts what a plan says of an instance.
func (x *planned) count(out *Coverage, causes map[string]int) {
	_ = cty.Walk(x.value, func(_ cty.Path, v cty.Value) (bool, error) {
		v, _ = v.Unmark()
		if v.IsKnown() && (v.IsNull() || v.CanIterateElements()) {
			return !v.IsNull(), nil
		}
		if out.Leaves++; !v.IsKnown() {
			out.Unknown++
			causes[AfterApply]++
		}
		return false, nil
	})
}

func (in Instance) count(c *contents, out *Coverage, causes map[string]int) {
	for _, name := range c.body.names() {
		if v, ok := c.attrs[name]; ok {
			_ = cty.Walk(v, func(p cty.Path, v cty.Value) (bool, error) {
				v, _ = v.Unmark()
				if v.IsKnown() && !v.IsNull() && v.CanIterateElements() && v.LengthInt() > 0 {
					return true, nil
				}
				if out.Leaves++; !v.IsKnown() {
					out.Unknown++
					t := newTracer(false)
					t.follow(in.scope, c.body.attrs[name].expr, c.frame, pathSteps(p))
					first := "its parts are not known"
					if len(t.causes) > 0 {
						first = t.causes[0]
					}
					causes[first]++
				}
				return false, nil
			})
		}
	}
	for _, list := range c.blocks {
		for _, b := range list {
			in.count(b, out, causes)
		}
	}
	for _, why := range c.open {
		out.Leaves++
		out.Unknown++
		causes[why]++
	}
}
