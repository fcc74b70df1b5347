package failover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// of groups the callers of a service.
func (x *callers) of(s *mesh.Service) []caller {
	guarded := false
	for _, e := range s.Endpoints {
		if e.Inbound != nil && e.Inbound.Authorization != nil {
			guarded = true
			break
		}
	}
	d := x.drafts.Get().(*callersDraft)
	defer d.giveBack(x)
	identities := 0
	if guarded {
		identities = len(x.whos)
	}
	d.begin(x.seats, identities)
	var order []*callerClass
	for _, c := range x.candidates(s, guarded, d) {
		if c.Mesh != s.Mesh || servesOnly(c.Client, s) {
			continue
		}
		at := &d.seats[c.seat]
		if !at.known {
			class := x.class(c.known, s)
			*at = callerSeat{view: x.graph.ViewOf(s, c.Client, class), known: true, blind: class == "-"}
			at.ordered = at.view != nil && slices.ContainsFunc(at.view.Pools, ordersByLabels)
			k := callerTold{class, c.Cluster, c.Network, c.Kind}
			n, ok := d.kinds[k]
			if !ok {
				n = len(d.kinds)
				d.kinds[k] = n
			}
			at.told = n
		}
		if at.blind {
			continue
		}
		k := callerKey{told: at.told, place: c.place}
		if at.ordered {
			k.labels = priorityLabels(at.view, c.Client)
		}
		if guarded {
			k.admitted = d.admits(s, c)
		}
		old := d.groups[k]
		if old == nil {
			old = &callerClass{Client: *c.Client, view: at.view}
			d.groups[k] = old
			order = append(order, old)
			continue
		}
		old.Members += c.Members
		old.namespaces = old.namespaces || old.Namespace != c.Namespace
		if !slices.Equal(old.Principals, c.Principals) {
			old.accounts = true // one identity stands for all that are admitted alike
		}
		old.Workloads = nil
	}
	list := make([]caller, 0, len(order))
	for _, c := range order {
		who := c.Namespace
		switch {
		case c.namespaces:
			who = "*"
		case guarded && !c.accounts && len(c.Principals) == 1:
			who += "/" + c.Principals[0][strings.LastIndexByte(c.Principals[0], '/')+1:]
		}
		if c.Kind != mesh.Sidecar {
			who = string(c.Kind) + ":" + who
		}
		c.ID = c.Cluster + "/" + who + "@" + c.Locality.String()
		list = append(list, caller{&c.Client, c.view})
	}
	slices.SortStableFunc(list, func(a, b caller) int { return strings.Compare(a.ID, b.ID) })
	for i := 1; i < len(list); i++ { // classes of one place and namespace that differ by labels
		if baseID(list[i].ID) == baseID(list[i-1].ID) {
			list[i].ID = fmt.Sprintf("%s#%d", baseID(list[i].ID), ordinal(list[i-1].ID)+1)
		}
	}
	return list
}

func baseID(id string) string {
	base, _, _ := strings.Cut(id, "#")
	return base
}

func ordinal(id string) int {
	_, n, ok := strings.Cut(id, "#")
	if !ok {
		return 1
	}
	var v int
	if _, err := fmt.Sscanf(n, "%d", &v); err != nil {
		return 1
	}
	return v
}

// servesOnly leaves a service's own pods out of its callers.
func servesOnly(c *mesh.Client, s *mesh.Service) bool {
	if len(c.Workloads) == 0 {
		return false
	}
	for _, w := range c.Workloads {
		own := false
		for _, e := range s.Endpoints {
			if e.Workload == w {
				own = true
				break
			}
		}
		if !own {
			return false
		}
	}
	return true
}

// priorityLabels are the labels of its own by which a client orders the endpoints of a service:
// clients that differ in them hold different tiers.
func priorityLabels(v *mesh.View, c *mesh.Client) string {
	if v == nil {
		return ""
	}
	var b strings.Builder
	var last []string
	for _, p := range v.Pools {
		if !ordersByLabels(p) {
			continue
		}
		lt, ok := p.Tiering.(*mesh.LocalityTiers)
		if !ok || slices.Equal(lt.FailoverPriority, last) {
			continue
		}
		last = lt.FailoverPriority
		for _, l := range last {
			if key, _, given := strings.Cut(l, "="); !given && c.Labels[key] != "" {
				b.WriteString("|" + c.Label(key))
			} else {
				b.WriteByte('|')
			}
		}
	}
	return b.String()
}

// ordersByLabels reports whether labels of its callers order the endpoints of a pool.
func ordersByLabels(p *mesh.Pool) bool {
	lt, ok := p.Tiering.(*mesh.LocalityTiers)
	return ok && lt.On && len(lt.FailoverPriority) > 0
}

// Callers groups the fleet's client scopes into classes that get the same answer for a service
// by construction: same configuration class and place and, where policies guard the service,
// same identity. Classes are never merged by what the answer turns out to be, so that ids stay
// the same when answers change.
func Callers(g *mesh.Graph, s *mesh.Service) []*mesh.Client {
	var list []*mesh.Client
	for _, c := range newCallers(g).of(s) {
		list = append(list, c.Client)
	}
	return list
}
