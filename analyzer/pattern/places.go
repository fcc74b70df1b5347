package pattern

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// places infers the pattern over regions or clusters from where callers send requests today, and
// where their tiers would send them next. elsewhere are the uses of the services that other clusters have under the same name.
func (i *Inferred) places(s *mesh.Service, uses []failover.Use, elsewhere func() [][]failover.Use) {
	x, unknown := spreadOf(s, uses)
	if unknown != "" {
		i.Unknown = unknown
	}
	if x == nil || len(x.serving) == 0 {
		return
	}
	if len(x.serving) == 1 && len(x.others) > 0 {
		x.servesItself(elsewhere)
	}
	i.Serving, i.Waiting, i.Unit = x.serving, x.others, x.unit()
	if len(x.serving) > 1 {
		i.Places, i.Ordered = mesh.ActiveActive, x.ordered()
		i.show(x.together(), x.decider(s))
		for _, u := range x.uses {
			i.explain(u)
		}
		return
	}
	for _, u := range x.uses { // one place serves: what would follow it?
		if x.follows(i, u) {
			return
		}
	}
	x.isolated(i)
}

// together says that several places answer, and whether each does for its own callers.
func (x *spread) together() string {
	text := and(x.serving) + " answer requests on a normal day"
	for _, u := range x.uses {
		if len(u.in) != 1 || u.in[0] != x.placeOf(u.Client) {
			return text
		}
	}
	return text + ": each serves its own callers first"
}

// ordered reports whether a list is in effect, and each class of callers uses one place.
func (x *spread) ordered() bool {
	found := false
	for _, u := range x.uses {
		if len(u.in) > 1 {
			return false
		}
		switch t := u.Pool.Tiering.(type) {
		case *mesh.LocalityTiers:
			if t.On {
				_, _, says := list(u, t)
				found = found || says
			}
		case mesh.OrderedTargets, mesh.OperatorDriven:
			found = found || len(u.Pool.Targets) > 1
		case *mesh.Priorities:
			found = found || len(t.Tiers) > 1
		}
	}
	return found
}

// decider is the line that makes a normal day what it is: that of the first use which spreads its
// requests, else of the first.
func (x *spread) decider(s *mesh.Service) mesh.Origin {
	first := -1
	for i, u := range x.uses {
		if len(u.in) > 0 && (first < 0 || len(u.in) > 1 && len(x.uses[first].in) < 2) {
			first = i
		}
	}
	if first < 0 {
		return s.Origin
	}
	return decides(x.uses[first])
}

// follows judges what stands behind the only place that serves, for one use. It returns false if
// nothing does.
func (x *spread) follows(i *Inferred, u use) bool {
	serving := x.serving[0]
	next := slices.DeleteFunc(x.where(u.Next), func(p string) bool { return p == serving })
	lt, local := u.Pool.Tiering.(*mesh.LocalityTiers)
	if d, ok := distributes(u); ok {
		i.Places = mesh.ActivePassive
		i.show(fmt.Sprintf("distribute sends every request from %s to %s: %s stands by and is never used, not even when %s fails",
			d.From, serving, and(x.others), serving), d.Origin)
		return true
	}
	if fixed(u.Pool.Tiering) || len(next) == 0 {
		return false
	}
	if local && !listed(lt) && x.placeOf(u.Client) == serving {
		i.Places = mesh.ActiveActive
		i.show(fmt.Sprintf("each of %s serves its own callers first, and no list prefers one; the callers in the inputs are all in %s",
			and(slices.Sorted(slices.Values(slices.Concat(x.serving, x.others)))), serving), decides(u))
		return true
	}
	i.Places = mesh.ActivePassive
	i.show(fmt.Sprintf("%s answers every request on a normal day, and %s %s by", serving, and(next), verb(next, "stands", "stand")), decides(u))
	i.explain(u)
	return true
}

// fixed reports whether weights alone decide, which never move to a target of weight 0.
func fixed(t mesh.Tiering) bool {
	_, weighted := t.(mesh.WeightedAvailable)
	return weighted
}

// isolated says why places that hold endpoints are no standby.
func (x *spread) isolated(i *Inferred) {
	serving := x.serving[0]
	for _, b := range idle(x.uses) {
		i.show(fmt.Sprintf("weight 0 makes no standby of %s: nothing sends requests there when %s fails", backend(b), serving), b.WeightOrigin())
	}
	for _, u := range x.uses {
		for _, l := range u.Pool.Losses {
			if l.Kind == mesh.LossWeightZero && len(i.Evidence) > 0 {
				continue // said
			}
			if gone := x.where(l.Endpoints); len(gone) > 0 {
				i.show(fmt.Sprintf("callers have no endpoint of %s: %s", and(gone), l.Detail), l.Origin)
			}
		}
	}
	if len(i.Evidence) == 0 {
		i.show(fmt.Sprintf("%s answers every request, and nothing sends requests to %s when it fails", serving, and(x.others)), x.service.Origin)
	}
}

func backend(b mesh.Backend) string {
	if b.Subset != "" {
		return "subset " + b.Subset
	}
	return b.Host
}

// and renders "a", "a and b", "a, b and c".
func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

func verb(list []string, one, many string) string {
	if len(list) == 1 {
		return one
	}
	return many
}
