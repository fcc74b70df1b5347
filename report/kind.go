package report

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// kind groups scenarios for tables.
type kind int

const (
	kindToday kind = iota
	kindZone
	kindRegion
	kindCluster
	kindDatacenter
	kindGateway
	kindService
	kindCopy // a service's own pods in one region, everything around them alive
	kindRelease
	kindSeveral
	kinds // how many there are
)

var kindNames = [kinds]string{"today", "zone", "region", "cluster", "datacenter", "gateway", "service", "copy", "release", "several"}

func (k kind) String() string { return kindNames[k] }

var kindOfTarget = map[failover.Target]kind{
	failover.Zone: kindZone, failover.Region: kindRegion, failover.Cluster: kindCluster, failover.Datacenter: kindDatacenter,
	failover.Gateway: kindGateway, failover.Service: kindService, failover.Workload: kindCopy, failover.Endpoint: kindCopy, failover.Release: kindRelease,
}

func kindOf(s failover.Scenario) kind {
	if s.IsNone() {
		return kindToday
	}
	k := kindOfTarget[s.Parts[0].Target]
	for _, p := range s.Parts[1:] {
		if kindOfTarget[p.Target] != k || k != kindCopy {
			return kindSeveral
		}
	}
	return k
}

// column names a cell's scenario at the head of a column, below its kind.
func column(c *failover.Cell) string {
	switch k := kindOf(c.Scenario); k {
	case kindToday:
		return "no failure"
	case kindCopy:
		return strings.Join(regionsOf(c.Service, c.Scenario), "+")
	case kindService:
		return shortName(c.Scenario.Parts[0].Value)
	case kindRelease:
		_, version, _ := strings.Cut(c.Scenario.Parts[0].Value, "@")
		return version
	case kindSeveral:
		return c.Scenario.String()
	default:
		return c.Scenario.Parts[0].Value
	}
}

// regionsOf lists where the workloads and endpoints of a scenario run, or their names if no
// endpoint of the service is among them.
func regionsOf(s *mesh.Service, sc failover.Scenario) []string {
	var places []string
	add := func(place string) {
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	for _, p := range sc.Parts {
		found := false
		for _, e := range s.Endpoints {
			if (e.Workload != nil && e.Workload.ID == p.Value || e.Address == p.Value) && e.Locality.Region != "" {
				add(e.Locality.Region)
				found = true
			}
		}
		if !found {
			add(p.Value)
		}
	}
	slices.Sort(places)
	return places
}

// KindOf names the kind of failure that a scenario is: today, zone, region, cluster, datacenter, gateway, service, copy
// (of one region's own pods), release or several.
func KindOf(s failover.Scenario) string { return kindOf(s).String() }
