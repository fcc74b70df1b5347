package kubernetes

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// restriction is what a template says about the values of a topology label that its pods accept.
type restriction struct {
	in     []string // alternatives; nil = any
	notIn  []string
	origin mesh.Origin
}

func (r restriction) allows(v string) bool {
	return (r.in == nil || slices.Contains(r.in, v)) && !slices.Contains(r.notIn, v)
}

// single is the only value that is left, or "".
func (r restriction) single() string {
	if len(r.in) == 1 {
		return r.in[0]
	}
	return ""
}

// restrict reads the nodeSelector, then the required node affinity, for one of the given labels.
// The terms of an affinity are alternatives, so each of them has to restrict the label.
func (t *template) restrict(labels ...string) restriction {
	for _, label := range labels {
		if v := t.spec.NodeSelector[label]; v != "" {
			return restriction{in: []string{v}, origin: t.at("/spec/nodeSelector/" + escape(label))}
		}
	}
	if t.spec.Affinity == nil || t.spec.Affinity.NodeAffinity.Required == nil {
		return restriction{}
	}
	var all restriction
	terms := t.spec.Affinity.NodeAffinity.Required.Terms
	for i, term := range terms {
		var r restriction
		for j, e := range term.MatchExpressions {
			if !slices.Contains(labels, e.Key) {
				continue
			}
			switch e.Operator {
			case "In":
				r.in = e.Values
			case "NotIn":
				r.notIn = e.Values
			}
			r.origin = t.at("/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution" +
				"/nodeSelectorTerms/" + strconv.Itoa(i) + "/matchExpressions/" + strconv.Itoa(j))
		}
		if len(terms) == 1 {
			all = r
			continue
		}
		if len(r.in) == 0 {
			return restriction{}
		}
		for _, v := range r.in {
			if r.allows(v) && !slices.Contains(all.in, v) {
				all.in = append(all.in, v)
			}
		}
		if i == 0 {
			all.origin = r.origin
		}
	}
	if all.in != nil && all.notIn != nil {
		all.in = slices.DeleteFunc(slices.Clone(all.in), func(v string) bool { return slices.Contains(all.notIn, v) })
	}
	return all
}

// runsOn reports whether the scheduler may put pods of the template on a node, going by the
// node's labels and name.
func (t *template) runsOn(n *Node) bool {
	if !subset(t.spec.NodeSelector, n.Labels) {
		return false
	}
	if t.spec.Affinity == nil || t.spec.Affinity.NodeAffinity.Required == nil {
		return true
	}
	name := map[string]string{"metadata.name": n.Name}
	return slices.ContainsFunc(t.spec.Affinity.NodeAffinity.Required.Terms, func(term nodeSelectorTerm) bool {
		return len(term.MatchExpressions)+len(term.MatchFields) > 0 &&
			matchAll(term.MatchExpressions, n.Labels) && matchAll(term.MatchFields, name)
	})
}

// sites is where the pods of a cluster can run, as far as the inputs tell.
type sites struct {
	region  mesh.Value[string] // of the whole cluster
	zones   []mesh.Locality    // in the order of muster.yaml, else sorted
	zonesAt mesh.Origin
}

func newSites(cluster *mesh.Cluster, nodes []*Node) *sites {
	s := &sites{region: clusterRegion(cluster, nodes), zonesAt: cluster.Origin}
	var ofNodes []mesh.Locality
	for _, n := range nodes {
		zone := mesh.Locality{Region: cmp.Or(n.Locality.Region, cluster.Region), Zone: n.Locality.Zone}
		if zone.Zone != "" && !slices.Contains(ofNodes, zone) {
			ofNodes = append(ofNodes, zone)
			s.zonesAt = n.localityOrigin()
		}
	}
	slices.SortFunc(ofNodes, mesh.Locality.Compare)
	if len(cluster.Zones) == 0 {
		s.zones = ofNodes
		return s
	}
	s.zonesAt = cluster.Origin
	for _, name := range cluster.Zones {
		known := len(s.zones)
		for _, zone := range ofNodes {
			if zone.Zone == name {
				s.zones = append(s.zones, zone)
			}
		}
		if len(s.zones) == known {
			s.zones = append(s.zones, mesh.Locality{Region: cluster.Region, Zone: name})
		}
	}
	return s
}

// clusterRegion is the region of muster.yaml, else the only one of the Nodes.
func clusterRegion(cluster *mesh.Cluster, nodes []*Node) mesh.Value[string] {
	if cluster.Region != "" {
		return mesh.Of(cluster.Region, cluster.Origin)
	}
	var region mesh.Value[string]
	for _, n := range nodes {
		switch name := n.Locality.Region; {
		case name == "" || name == region.V:
		case region.V != "":
			return mesh.UnknownOf[string]("cluster "+cluster.Name+" has Nodes in several regions, and nothing pins the pods to one",
				cluster.Origin)
		default:
			region = mesh.Of(name, n.localityOrigin())
		}
	}
	switch {
	case region.IsKnown():
		return region
	case len(nodes) > 0:
		return mesh.UnknownOf[string]("cluster "+cluster.Name+" has no region in muster.yaml, and its Nodes name none", cluster.Origin)
	}
	return mesh.UnknownOf[string]("cluster "+cluster.Name+" has no region in muster.yaml and no Nodes", cluster.Origin)
}

// placement is where the pods of a template run. The locality has a zone only if there is one
// possible zone; zones are the possible ones, as far as they are known.
type placement struct {
	locality mesh.Value[mesh.Locality]
	zones    []mesh.Locality
	origin   mesh.Origin // of zones
}

// place decides what can be said about the place of pods that are not in the inputs.
func (s *sites) place(t *template) placement {
	wantRegion := t.restrict(regionLabel, betaRegionLabel)
	wantZone := t.restrict(zoneLabel, betaZoneLabel)
	region := s.region
	if one := wantRegion.single(); one != "" {
		region = mesh.Of(one, wantRegion.origin)
	}
	zones, origin := s.candidates(wantZone, wantRegion, region), wantZone.origin
	if origin.IsZero() {
		origin = s.zonesAt
	}
	if wantZone.in != nil && !region.IsKnown() && len(zones) > 0 && sameRegion(zones) {
		region = mesh.Of(zones[0].Region, wantZone.origin)
	}
	switch {
	case !region.IsKnown():
		return placement{locality: mesh.UnknownOf[mesh.Locality](region.Cause, region.Origin)}
	case len(zones) == 1:
		return placement{mesh.Of(zones[0], origin), zones, origin}
	}
	return placement{mesh.Of(mesh.Locality{Region: region.V}, region.Origin), zones, origin}
}

// candidates are the zones that the pods may run in: the known ones, and those that the template
// itself names.
func (s *sites) candidates(zone, region restriction, in mesh.Value[string]) []mesh.Locality {
	known := s.zones
	for _, name := range zone.in {
		if !slices.ContainsFunc(s.zones, func(z mesh.Locality) bool { return z.Zone == name }) {
			known = append(known[:len(known):len(known)], mesh.Locality{Region: in.V, Zone: name})
		}
	}
	var out []mesh.Locality
	for _, z := range known {
		if z.Region != "" && zone.allows(z.Zone) && region.allows(z.Region) && (!in.IsKnown() || z.Region == in.V) {
			out = append(out, z)
		}
	}
	return out
}

func sameRegion(zones []mesh.Locality) bool {
	return !slices.ContainsFunc(zones, func(z mesh.Locality) bool { return z.Region != zones[0].Region })
}
