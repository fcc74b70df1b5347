package infrastructure

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/mesh"
)

var (
	lbTypes       = []string{"aws_lb", "aws_alb", "data.aws_lb", "data.aws_alb"}
	groupTypes    = []string{"aws_lb_target_group", "aws_alb_target_group", "data.aws_lb_target_group", "data.aws_alb_target_group"}
	listenerTypes = []string{"aws_lb_listener", "aws_alb_listener", "data.aws_lb_listener", "data.aws_alb_listener"}
	subnetTypes   = []string{"aws_subnet", "data.aws_subnet", "aws_default_subnet"}
)

// loadBalancer reads aws_lb and aws_alb, and the data sources of these names.
func loadBalancer(b *builder, r *Resource) {
	kind := given(r, r.text("load_balancer_type"), "application")
	out := &mesh.Balancer{ID: r.id(), Kind: "load balancer", Name: r.known("name"), Region: r.region(), Origin: r.here()}
	if k, ok := kind.Get(); ok {
		out.Kind = k + " load balancer"
	}
	out.Protected = given(r, r.flag("enable_deletion_protection"), false)
	out.Zones = b.zonesOf(r, [][]any{{"subnets"}}, "subnet_mapping")
	b.keep(r, out)
	b.tagged(r, out)
	b.afterwards(func() {
		groups, open := b.groupsOf(r)
		out.Spills = b.spills(r, kind, groups)
		out.Checks = b.groupChecks(groups, open, r.here())
		b.attached(groups, out)
	})
}

// spills: an application load balancer sends to targets of all zones, another one only if it is told to (Elastic Load Balancing, "Cross-zone
// load balancing"). A target group may say otherwise.
func (b *builder) spills(r *Resource, kind mesh.Value[string], groups []*Resource) mesh.Value[bool] {
	own := given(r, r.flag("enable_cross_zone_load_balancing"), false)
	switch k, ok := kind.Get(); {
	case !ok:
		own = mesh.UnknownOf[bool]("the type of load balancer is not known: "+kind.Cause, kind.Origin)
	case k == "application":
		own = mesh.Of(true, mesh.Default("AWS application load balancers"))
	}
	out := own
	for _, g := range groups {
		says := own
		switch v := g.text("load_balancing_cross_zone_enabled"); {
		case v.State == mesh.Unknown:
			says = mesh.UnknownOf[bool](v.Cause, v.Origin)
		case v.V == "true" || v.V == "false":
			says = mesh.Of(v.V == "true", v.Origin)
		case v.State == mesh.Absent && g.Mode == "data":
			says = mesh.UnknownOf[bool]("data source: "+g.Address, g.here())
		}
		if g == groups[0] || says.State == mesh.Unknown && out.Or(true) || says.IsKnown() && !says.V {
			out = says
		}
	}
	return out
}

// classicBalancer reads aws_elb and data.aws_elb.
func classicBalancer(b *builder, r *Resource) {
	out := &mesh.Balancer{ID: r.id(), Kind: "classic load balancer", Name: r.known("name"), Region: r.region(), Origin: r.here()}
	out.Spills = given(r, r.flag("cross_zone_load_balancing"), true)
	if out.Zones = b.zonesOf(r, [][]any{{"subnets"}}, ""); len(out.Zones) == 0 {
		out.Zones = texts(r, "availability_zones")
	}
	out.Checks = classicChecks(r)
	b.keep(r, out)
	b.tagged(r, out)
	b.afterwards(func() { b.attached([]*Resource{r}, out) })
}

// zonesOf are the availability zones of the subnets that lists and blocks name; none if one of them is not known.
func (b *builder) zonesOf(r *Resource, lists [][]any, mapping string) (zones []string) {
	var subnets []*Resource
	for _, path := range lists {
		list, why := b.listed(r, subnetTypes, path...)
		if why != "" {
			return nil
		}
		subnets = append(subnets, list...)
	}
	if mapping != "" {
		n, open := r.count(mapping)
		if open != "" {
			return nil
		}
		for i := range n {
			s := b.link(r.Leaf(mapping, i, "subnet_id"), subnetTypes...)
			if s == nil {
				return nil
			}
			subnets = append(subnets, s)
		}
	}
	for _, s := range subnets {
		zone, ok := s.text("availability_zone").Get()
		if !ok {
			return nil
		}
		zones = append(zones, zone)
	}
	slices.Sort(zones)
	return slices.Compact(zones)
}

// texts are the elements of a list; none if one of them is not known.
func texts(r *Resource, path ...any) (out []string) {
	leaves, open := r.elements(path...)
	if open != "" {
		return nil
	}
	for _, l := range leaves {
		text, ok := r.textOf(l)
		if !ok {
			return nil
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Tags by which the controllers of Kubernetes know their load balancers (cloud-provider-aws; AWS Load Balancer Controller).
const (
	tagService    = "kubernetes.io/service-name"
	tagOwner      = "kubernetes.io/cluster/"
	tagController = "elbv2.k8s.aws/cluster"
	tagStack      = "service.k8s.aws/stack"
)

// tagged reads what tags tell of the cluster and the Service of a load balancer.
func (b *builder) tagged(r *Resource, out *mesh.Balancer) {
	tags := knownTags(r)
	for _, name := range []string{tagService, tagStack} {
		if ns, service, ok := strings.Cut(tags[name], "/"); ok && out.Service == "" {
			out.Namespace, out.Service = ns, service
		}
	}
	out.Cluster = clusterTag(tags)
}

// clusterTag is the one cluster that tags name; "" = none, or several.
func clusterTag(tags map[string]string) string {
	name, several := tags[tagController], false
	for tag := range tags {
		if owner, ok := strings.CutPrefix(tag, tagOwner); ok {
			several = several || name != "" && name != owner
			name = owner
		}
	}
	if several {
		return ""
	}
	return name
}

// knownTags are the tags whose names and values are known.
func knownTags(r *Resource) map[string]string {
	out := map[string]string{}
	l := r.Leaf("tags")
	v := l.Value
	if l.Sensitive || v == cty.NilVal || !v.IsKnown() || v.IsNull() || !v.CanIterateElements() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return out
	}
	v, _ = v.Unmark()
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if text, ok := asText(value); ok {
			out[key.AsString()] = text
		}
	}
	return out
}
