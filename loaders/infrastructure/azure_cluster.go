package infrastructure

import (
	"slices"
	"time"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// azureCluster reads azurerm_kubernetes_cluster and the data source of that name. Its nodes stand in the zones of its pools, which nodes know as
// region and number: westeurope-1 (AKS, "Availability zones").
func azureCluster(b *builder, r *Resource) {
	c := &Cluster{ID: r.id(), Name: r.text("name"), Region: azureLocation(r, "location"), Origin: r.here()}
	b.out.Clusters = append(b.out.Clusters, c)
	if r.Mode == "data" {
		c.Region = preset(r, r.text("location"), "", azure)
		return
	}
	b.afterwards(func() {
		pools, why := b.partsOf(r, []string{"azurerm_kubernetes_cluster_node_pool"}, "kubernetes_cluster_id")
		zones, open := r.leaves("default_node_pool", "zones")
		why = because(why, open)
		for _, p := range pools {
			list, open := p.leaves("zones")
			zones, why = append(zones, list...), because(why, open)
		}
		for _, l := range zones {
			zone, ok := textOf(l).Get()
			if region, known := c.Region.Get(); ok && known && why == "" {
				c.Zones = append(c.Zones, region+"-"+zone)
			} else {
				why = "one of them is not known"
			}
		}
		if why != "" {
			c.Zones = nil
		}
		slices.Sort(c.Zones)
		c.Zones = slices.Compact(c.Zones)
	})
}

// azureBalancer reads azurerm_lb and azurerm_application_gateway. It listens on the public addresses of its frontends.
func azureBalancer(b *builder, r *Resource) {
	kind := "Azure load balancer"
	if r.Type == "azurerm_application_gateway" {
		kind = "application gateway"
	}
	out := b.lb(r, &mesh.Balancer{Kind: kind, Name: r.text("name").Or(""), Region: azureLocation(r, "location"),
		Checks: mesh.UnknownOf[*mesh.HealthCheck]("its probes are not looked at", r.here())})
	b.step(linkBalancers, func() {
		n, _ := r.blocks("frontend_ip_configuration")
		zones, open := r.leaves("zones")
		for i := range n {
			if ip := b.whole(r.Leaf("frontend_ip_configuration", i, "public_ip_address_id"), "azurerm_public_ip"); ip != nil {
				b.rulesOf[ip] = append(b.rulesOf[ip], r)
				list, why := ip.leaves("zones")
				zones, open = append(zones, list...), because(open, why)
			}
		}
		for _, l := range zones {
			if zone, ok := textOf(l).Get(); ok && open == "" && out.Region.IsKnown() {
				out.Zones = append(out.Zones, out.Region.V+"-"+zone)
			}
		}
		slices.Sort(out.Zones)
		out.Zones = slices.Compact(out.Zones)
	})
}

// azureName reads records of azurerm_dns_* and azurerm_private_dns_*: "@" is the zone itself. One with target_resource_id is an alias, whose TTL
// is not that of what it leads to.
func azureName(b *builder, r *Resource) {
	name, zone := r.text("name"), r.text("zone_name")
	n := plainName{kind: "Azure DNS record", zone: zone.V, ttl: r.seconds("ttl")}
	switch {
	case !name.IsKnown() || !zone.IsKnown():
		n.cause = because(name.Cause, zone.Cause, "its name is not written")
	case name.V == "@":
		n.host = bare(zone.V)
	default:
		n.host = bare(name.V + "." + zone.V)
	}
	switch r.Type {
	case "azurerm_private_dns_a_record", "azurerm_private_dns_aaaa_record", "azurerm_private_dns_cname_record":
		n.zone += " private"
	}
	switch r.Type {
	case "azurerm_dns_aaaa_record", "azurerm_private_dns_aaaa_record":
		n.zone += " AAAA"
	}
	if n.ttl.State == mesh.Absent {
		n.ttl = mesh.UnknownOf[time.Duration]("it has no TTL", r.here())
	}
	switch {
	case !nothing(r.Leaf("target_resource_id")):
		n.answers = []terraform.Leaf{r.Leaf("target_resource_id")}
	case !nothing(r.Leaf("record")):
		n.answers = []terraform.Leaf{r.Leaf("record")}
	default:
		n.answers, n.open = r.leaves("records")
	}
	b.plainRecord(r, n)
}
