package mesh

import (
	"cmp"
)

// Labels that Istio adds to every client and endpoint, besides their own.
const (
	LabelRegion   = "topology.kubernetes.io/region"
	LabelZone     = "topology.kubernetes.io/zone"
	LabelSubzone  = "topology.istio.io/subzone"
	LabelCluster  = "topology.istio.io/cluster"
	LabelNetwork  = "topology.istio.io/network"
	LabelHostname = "kubernetes.io/hostname"
)

// Label returns a label of the endpoint as Istio sees it: its own, and its place. A gateway that
// stands for other endpoints is known by cluster and network only.
func (e *Endpoint) Label(key string) string {
	if e.Gateway != nil {
		return placeLabel(key, nil, Locality{}, e.Cluster, e.Network)
	}
	return placeLabel(key, e.Labels, e.Locality, e.Cluster, e.Network)
}

// Label returns a label of the client as Istio sees it: its own, and its place.
func (c *Client) Label(key string) string {
	return placeLabel(key, c.Labels, c.Locality, c.Cluster, c.Network)
}

// placeLabel is the value of a label once the place is added. A network label of the workload's
// own outweighs the network that is known of it; everything else is the other way round.
// Istio: serviceregistry/util/label.AugmentLabels.
func placeLabel(key string, own map[string]string, l Locality, cluster, network string) string {
	added := ""
	switch key {
	case LabelRegion:
		added = l.Region
	case LabelZone:
		added = l.Zone
	case LabelSubzone:
		added = l.Subzone
	case LabelCluster:
		added = cluster
	case LabelNetwork:
		return cmp.Or(own[key], network)
	}
	return cmp.Or(added, own[key])
}

type labelValue struct{ key, value string }

// HasLabels reports whether anything is known by which a client can be ranked.
func (c *Client) HasLabels() bool {
	return len(c.Labels) > 0 || c.Cluster != "" || c.Network != "" || !c.Locality.IsZero()
}
