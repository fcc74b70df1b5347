package mesh

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// LocalityTiers is Istio's locality load balancing: localities are ranked for the client, and
// Envoy keeps a tier until its healthy share times 1.4 falls below 1.
// Istio: pilot/pkg/networking/core/loadbalancer.
type LocalityTiers struct {
	// On: tiers are made. Without it every endpoint is in one flat tier (no outlier detection in
	// the effective policy, or locality load balancing switched off). Distribute acts all the same.
	On bool
	// Why tells what switches tiers on or off, for traces.
	Why              string
	Failover         []FailoverTo
	FailoverPriority []string // labels, most significant first; "key" or "key=value"
	// PreferNetwork: a first priority label "topology.istio.io/network" is preferred, not required
	// (Istio 1.31).
	PreferNetwork bool
	// IgnoresPriority: the list of labels is written and does nothing (subsets of DNS hosts, and
	// DNS hosts before Istio 1.30).
	IgnoresPriority bool
	Distribute      []Distribution
	// ZoneAware ranks own region, failover targets, rest; zones inside a region are the proxy's.
	ZoneAware bool
	// Weighted: localities share a tier by weight, in place of one pool of endpoints.
	Weighted bool
	// TrafficDistribution (PreferClose and its kin) stands in place of settings.
	TrafficDistribution string
	Origin              Origin // of the setting in effect
}

// FailoverTo sends clients of one region to another region next.
type FailoverTo struct {
	From, To string
	Origin   Origin
}

// Distribution divides the traffic of clients in From over localities, in percent. Localities
// that no entry matches lose their endpoints.
type Distribution struct {
	From   string
	To     []LocalityShare
	Origin Origin
}

// LocalityShare is one weight of a Distribution; the locality may end in "*".
type LocalityShare struct {
	Locality string
	Percent  uint32
}

// Arrange ranks the pool's endpoints for a client.
func (t *LocalityTiers) Arrange(c *Client, p *Pool) Arrangement {
	groups := t.group(p, make([]ranked, 0, 16)) // mostly enough, and then it stays on the stack
	a := Arrangement{Weighted: t.Weighted, ZoneAware: t.ZoneAware}
	switch {
	case len(t.Distribute) > 0:
		a.Localized = t.distribute(c.Locality, groups)
	case t.On:
		a.Localized = true
		if len(t.FailoverPriority) > 0 {
			groups = t.prioritise(c, groups)
		}
		if t.ByDistance() {
			t.rank(c.Locality, groups)
		}
	}
	a.Tiers = compact(groups)
	return a
}

// ranked is a Group on its way to a tier.
type ranked struct {
	Group
	rank int
	text string // of the locality
}

// group puts the endpoints of one locality together, and adds up what they weigh. One locality
// written in two ways makes two groups.
func (t *LocalityTiers) group(p *Pool, groups []ranked) []ranked {
	n := 0
	for _, target := range p.Targets {
		for i, e := range target.Endpoints {
			if i > 0 && e.sameGroup(target.Endpoints[i-1]) {
				continue
			}
			if at, found := find(groups, e); !found {
				groups = slices.Insert(groups, at, ranked{Group: Group{Locality: e.Locality}, text: e.LocalityText})
			}
		}
		n += len(target.Endpoints)
	}
	if len(groups) == 1 && len(p.Targets) == 1 { // as they are listed
		groups[0].Endpoints = slices.Clone(p.Targets[0].Endpoints)
		for _, e := range groups[0].Endpoints {
			groups[0].Weight += e.weight()
		}
		return groups
	}
	at := 0
	each := func(visit func(*ranked, *Endpoint)) {
		for _, target := range p.Targets {
			for i, e := range target.Endpoints {
				if i == 0 || !e.sameGroup(target.Endpoints[i-1]) {
					at, _ = find(groups, e)
				}
				visit(&groups[at], e)
			}
		}
	}
	each(func(g *ranked, _ *Endpoint) { g.rank++ }) // their number, until the memory is divided
	all := make([]*Endpoint, n)
	for i := range groups {
		g := &groups[i]
		g.Endpoints, all, g.rank = all[:0:g.rank], all[g.rank:], 0
	}
	each(func(g *ranked, e *Endpoint) {
		g.Endpoints = append(g.Endpoints, e)
		g.Weight += e.weight()
	})
	return groups
}

// find is where the group of an endpoint is, or belongs.
func find(groups []ranked, e *Endpoint) (int, bool) {
	return slices.BinarySearchFunc(groups, e, func(g ranked, e *Endpoint) int {
		return cmp.Or(g.Locality.Compare(e.Locality), cmp.Compare(g.text, e.LocalityText))
	})
}

func (e *Endpoint) sameGroup(o *Endpoint) bool {
	return e.Locality == o.Locality && e.LocalityText == o.LocalityText
}

func (e *Endpoint) weight() uint32 { return max(e.Weight, 1) }

// distribute divides the weights of the localities by the first entry for the client's place, and
// empties the localities that the entry does not name. It reports whether there is such an entry.
// Istio: applyLocalityWeights.
func (t *LocalityTiers) distribute(client Locality, groups []ranked) bool {
	d, ok := t.Distributes(client)
	if !ok {
		return false
	}
	named := make([]bool, len(groups))
	for _, share := range d.To {
		total := uint32(0)
		var matched []int
		for i := range groups {
			if !named[i] && localityMatches(groups[i].Locality, share.Locality) {
				named[i] = true
				matched = append(matched, i)
				total += groups[i].Weight
			}
		}
		for _, i := range matched {
			if w := math.Ceil(float64(groups[i].Weight*share.Percent) / float64(total)); w > 0 {
				groups[i].Weight = uint32(w)
			}
		}
	}
	for i := range groups {
		if !named[i] {
			groups[i].Endpoints = nil
		}
	}
	return true
}

// localityMatches compares a place with a rule such as "us-east1/*" or "us-east1/a". A missing or
// starred part of the rule matches anything; so does a region "*". Istio: util.LocalityMatch.
func localityMatches(l Locality, rule string) bool {
	r := ParseLocality(rule)
	return (r.Region == "*" || r.Region == l.Region) &&
		(r.Zone == "*" || r.Zone == "" || r.Zone == l.Zone) &&
		(r.Subzone == "*" || r.Subzone == "" || r.Subzone == l.Subzone)
}

// prioritise splits the groups by how far their endpoints agree with the client on the list of
// labels. Istio: applyFailoverPriorities.
func (t *LocalityTiers) prioritise(c *Client, groups []ranked) []ranked {
	if t.IgnoresPriority || !c.HasLabels() {
		return groups
	}
	given := map[string]string{} // for every entry with the label
	for _, l := range t.FailoverPriority {
		if key, value, ok := strings.Cut(l, "="); ok && !strings.Contains(value, "=") {
			given[key] = value
		}
	}
	want := make([]labelValue, len(t.FailoverPriority))
	for i, l := range t.FailoverPriority {
		key, _, _ := strings.Cut(l, "=")
		value, ok := given[key]
		if !ok {
			value = c.Label(key)
		}
		want[i] = labelValue{key, value}
	}
	var out []ranked
	for _, g := range groups {
		split := len(out)
		for _, e := range g.Endpoints {
			rank := t.mismatch(want, e)
			at, found := slices.BinarySearchFunc(out[split:], rank, func(r ranked, rank int) int { return cmp.Compare(r.rank, rank) })
			at += split
			if !found {
				out = slices.Insert(out, at, ranked{Group: Group{Locality: g.Locality}, rank: rank})
			}
			out[at].Endpoints = append(out[at].Endpoints, e)
			out[at].Weight += e.weight()
		}
	}
	return out
}

// mismatch is the tier that an endpoint gets from its labels: the number of labels less the index
// of the first that disagrees, 0 if all agree.
func (t *LocalityTiers) mismatch(want []labelValue, e *Endpoint) int {
	extra := 0
	for i, w := range want {
		if e.Label(w.key) == w.value {
			continue
		}
		if i == 0 && w.key == LabelNetwork && t.PreferNetwork {
			extra = len(want)
			continue
		}
		return extra + len(want) - i
	}
	return extra
}

// rank orders the groups by distance. Ranks by labels come first; at most five ranks by distance
// fit between two of them. Istio: applyLocalityFailover.
func (t *LocalityTiers) rank(client Locality, groups []ranked) {
	for i := range groups {
		groups[i].rank = groups[i].rank*5 + t.Distance(client, groups[i].Locality)
	}
}

// Distance is how far from a client a locality ranks: another region that the client's region does not
// fail over to comes last.
func (t *LocalityTiers) Distance(client, l Locality) int {
	distance := t.distance(client, l)
	if distance != otherRegion {
		return distance
	}
	for _, f := range t.Failover {
		if f.From == client.Region {
			if l.Region != f.To {
				distance++
			}
			break
		}
	}
	return distance
}

// ByDistance reports whether the client's place orders the tiers.
func (t *LocalityTiers) ByDistance() bool {
	return t.On && len(t.Distribute) == 0 && (len(t.FailoverPriority) == 0 || len(t.Failover) > 0 || t.ZoneAware)
}

// otherRegion is the distance of an endpoint in another region.
const otherRegion = 3

func (t *LocalityTiers) distance(a, b Locality) int {
	switch {
	case a.Region != b.Region:
		return otherRegion
	case t.ZoneAware:
		return 0 // the proxy chooses among the zones of its region
	case a.Zone != b.Zone:
		return 2
	case a.Subzone != b.Subzone:
		return 1
	}
	return 0
}

// compact turns ranks into tiers without gaps. Ranks without endpoints make no tier.
func compact(groups []ranked) []Tier {
	slices.SortStableFunc(groups, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	full, tiers := 0, 0
	rank := 0
	for i := range groups {
		if g := &groups[i]; len(g.Endpoints) > 0 {
			if full++; tiers == 0 || g.rank != rank {
				tiers, rank = tiers+1, g.rank
			}
		}
	}
	if full == 0 {
		return nil
	}
	out, all := make([]Tier, 0, tiers), make([]Group, 0, full)
	for i := range groups {
		g := &groups[i]
		if len(g.Endpoints) == 0 {
			continue
		}
		all = append(all, g.Group)
		if len(out) == 0 || out[len(out)-1].Rank != g.rank {
			out = append(out, Tier{Rank: g.rank, Groups: all[len(all)-1:]})
			continue
		}
		last := &out[len(out)-1]
		last.Groups = last.Groups[:len(last.Groups)+1]
	}
	for i := range out { // nobody appends to another tier's groups
		out[i].Groups = slices.Clip(out[i].Groups)
	}
	return out
}

// Distributes returns the first entry for clients in a place: the one that they obey.
func (t *LocalityTiers) Distributes(client Locality) (Distribution, bool) {
	for _, d := range t.Distribute {
		if t.Obeys(client, d) {
			return d, true
		}
	}
	return Distribution{}, false
}

// Obeys reports whether a distribution is for clients in a place.
func (t *LocalityTiers) Obeys(client Locality, d Distribution) bool {
	return localityMatches(client, d.From)
}

// Names reports whether some share of the distribution is for a locality.
func (d Distribution) Names(l Locality) bool {
	for _, share := range d.To {
		if localityMatches(l, share.Locality) {
			return true
		}
	}
	return false
}
