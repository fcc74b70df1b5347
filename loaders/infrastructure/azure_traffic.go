package infrastructure

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

const azure = "the provider azurerm"

// trafficMethods are what traffic_routing_method means (Azure Traffic Manager, "Routing methods"). Callers of a Geographic or Subnet profile have
// the endpoints that their place is mapped to, and no other.
var trafficMethods = map[string]mesh.RecordPolicy{"Priority": mesh.Ordered, "Weighted": mesh.Shared, "Performance": mesh.Nearest,
	"MultiValue": mesh.AnyOf, "Geographic": mesh.Divided, "Subnet": mesh.Divided}

var trafficEndpoints = []string{"azurerm_traffic_manager_azure_endpoint", "azurerm_traffic_manager_external_endpoint",
	"azurerm_traffic_manager_nested_endpoint", "azurerm_traffic_manager_endpoint"}

// trafficManager reads azurerm_traffic_manager_profile with the endpoints that name it. If no endpoint is healthy, all are answered (Azure Traffic
// Manager, "Endpoint monitoring"). One that is disabled answers nothing and is no record.
func trafficManager(b *builder, r *Resource) {
	status := preset(r, r.text("profile_status"), "Enabled", azure)
	if status.V == "Disabled" {
		return
	}
	name := r.text("dns_config", "relative_name")
	method := r.text("traffic_routing_method")
	out := &mesh.Record{Kind: "Traffic Manager profile", Policy: mesh.OtherPolicy, TTL: r.seconds("dns_config", "ttl"), Fallback: mesh.FallbackAll}
	if name.IsKnown() {
		out.Host = bare(name.V) + ".trafficmanager.net"
	} else {
		out.HostCause = because(name.Cause, "it has no relative name")
	}
	if policy, ok := trafficMethods[method.V]; ok && method.IsKnown() {
		out.Policy = policy
	}
	if out.TTL.State == mesh.Absent {
		out.TTL = mesh.UnknownOf[time.Duration]("it has no TTL", r.at("dns_config"))
	}
	b.record(r, out, func() { b.trafficMembers(r, out) })
	if status.State == mesh.Unknown {
		leaveOpen(out, status.Cause)
	}
}

func (b *builder) trafficMembers(r *Resource, out *mesh.Record) {
	endpoints, why := b.partsOf(r, trafficEndpoints, "profile_id", "profile_name")
	if why != "" {
		leaveOpen(out, why)
	}
	priority := map[*mesh.Member]mesh.Value[int]{}
	for _, e := range endpoints {
		m := &mesh.Member{Name: e.text("name").Or(e.Address), Enabled: trafficEnabled(e), Origin: e.here(), RankOrigin: e.here()}
		if place := e.text("endpoint_location"); place.State != mesh.Absent {
			m.Region = azureLocation(e, "endpoint_location")
		}
		target := "target_resource_id"
		if nothing(e.Leaf(target)) {
			target = "target"
		}
		b.pointTo(out, m, e.Leaf(target))
		switch out.Policy {
		case mesh.Shared:
			m.Weight = e.number("weight")
		case mesh.Divided:
			m.For = trafficCallers(e)
		case mesh.Ordered:
			priority[m] = e.number("priority")
			m.RankOrigin = e.at("priority")
		}
		m.Check = b.trafficCheck(r, e, m)
		out.Members = append(out.Members, m)
	}
	if out.Policy == mesh.Ordered && !orderBy(out, priority) {
		out.Policy = mesh.OtherPolicy // whichever was made first comes first
	}
}

// orderBy sorts members by numbers, the lowest first, and gives them their ranks; false if one of several is not known.
func orderBy(out *mesh.Record, number map[*mesh.Member]mesh.Value[int]) bool {
	for _, m := range out.Members {
		if !number[m].IsKnown() {
			return len(out.Members) == 1
		}
	}
	slices.SortStableFunc(out.Members, func(x, y *mesh.Member) int { return cmp.Compare(number[x].V, number[y].V) })
	for i, m := range out.Members {
		if m.Rank = i; i > 0 && number[m].V == number[out.Members[i-1]].V {
			m.Rank = out.Members[i-1].Rank
		}
	}
	return true
}

// trafficEnabled reads enabled, and endpoint_status of the old type.
func trafficEnabled(e *Resource) mesh.Value[bool] {
	if e.Type == "azurerm_traffic_manager_endpoint" {
		return oneOf(preset(e, e.text("endpoint_status"), "Enabled", azure), "Enabled")
	}
	return e.flag("enabled")
}

// trafficCallers are the places whose callers an endpoint is for.
func trafficCallers(e *Resource) string {
	places, open := e.leaves("geo_mappings")
	var list []string
	for _, l := range places {
		list = append(list, textOf(l).Or("?"))
	}
	switch {
	case open != "":
		return "?"
	case slices.Contains(list, "WORLD"):
		return "*"
	case len(list) == 0:
		return "subnets"
	}
	return strings.Join(list, ", ")
}

// trafficCheck is the profile's monitor, which asks each endpoint on its own; none where always_serve_enabled turns it off. An endpoint that is a
// profile is healthy while enough of its own endpoints are.
func (b *builder) trafficCheck(r, e *Resource, m *mesh.Member) mesh.Value[*mesh.RecordCheck] {
	if always := e.flag("always_serve_enabled"); always.State == mesh.Unknown {
		return mesh.UnknownOf[*mesh.RecordCheck](always.Cause, always.Origin)
	} else if always.V {
		return mesh.Value[*mesh.RecordCheck]{Origin: always.Origin}
	}
	nested := e.Type == "azurerm_traffic_manager_nested_endpoint" || e.text("type").Or("") == "nestedEndpoints"
	if !nested {
		return trafficMonitor(r, "Traffic Manager on "+e.id())
	}
	for _, path := range []string{"minimum_child_endpoints", "min_child_endpoints"} {
		if least := e.number(path); least.State == mesh.Unknown {
			return mesh.UnknownOf[*mesh.RecordCheck](least.Cause, least.Origin)
		} else if least.V > 1 {
			return mesh.UnknownOf[*mesh.RecordCheck]("it needs several healthy endpoints of the nested profile", least.Origin)
		}
	}
	child := b.whole(e.Leaf("target_resource_id"), "azurerm_traffic_manager_profile")
	if child == nil || m.Next == nil {
		return mesh.UnknownOf[*mesh.RecordCheck]("the nested profile is not in the inputs", e.at("target_resource_id"))
	}
	c := trafficMonitor(child, "Traffic Manager on "+e.id())
	if c.IsKnown() {
		c.V.Follows = true
	}
	return c
}

// trafficMonitor reads monitor_config: every 30 s, 10 s for an answer, 3 failures that are tolerated before the one that counts
// (azurerm_traffic_manager_profile).
func trafficMonitor(r *Resource, id string) mesh.Value[*mesh.RecordCheck] {
	const c = "monitor_config"
	protocol, failures := r.text(c, "protocol"), preset(r, r.number(c, "tolerated_number_of_failures"), 3, azure)
	failures.V++
	handler := "http"
	switch {
	case protocol.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](protocol.Cause, protocol.Origin)
	case strings.EqualFold(protocol.V, "tcp"):
		handler = "tcp"
	}
	if n, open := r.blocks(c); n == 0 {
		return mesh.UnknownOf[*mesh.RecordCheck](because(open, "it says nothing about its monitor"), r.here())
	}
	return probe(id, "Traffic Manager", handler, preset(r, r.seconds(c, "interval_in_seconds"), 30*time.Second, azure),
		preset(r, r.seconds(c, "timeout_in_seconds"), 10*time.Second, azure), failures, r.at(c))
}
