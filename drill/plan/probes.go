package plan

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// probesOf are one for each service, port and class of callers.
func probesOf(cells []*failover.Cell, p *Plan) []Probe {
	var list []Probe
	for _, c := range cells {
		name := slug(c.Service.Name + "-" + strconv.Itoa(c.Port) + "-" + c.Client.ID)
		id := string(c.Service.ID)
		if slices.ContainsFunc(list, func(o Probe) bool { return o.Service == id && o.Port == c.Port && o.Client == c.Client.ID }) {
			continue
		}
		for n := 2; slices.ContainsFunc(list, func(o Probe) bool { return o.Name == name }); n++ {
			name = strings.TrimSuffix(name, "-"+strconv.Itoa(n-1)) + "-" + strconv.Itoa(n)
		}
		one := Probe{
			Name: name, Service: id, Port: c.Port, Client: c.Client.ID, Source: sourceOf(c.Client), Protocol: protocolOf(c),
			Rate: rateFor(time.Duration(p.Objectives.RTO)), Timeout: Duration(timeoutFor(time.Duration(p.Objectives.RTO))),
		}
		if one.Protocol != "tcp" && one.Protocol != "tls" {
			one.Echo = Echo{Region: "x-region", Zone: "x-zone", Cluster: "x-cluster", Workload: "x-workload", TLS: "x-tls", Peer: "x-peer"}
		}
		list = append(list, one)
	}
	return list
}

// rateFor is 10 requests per second, or as many as make ten of an RTO, at most 100.
func rateFor(rto time.Duration) float64 {
	if rto <= 0 {
		return 10
	}
	return math.Min(100, math.Max(10, math.Ceil(10/rto.Seconds())))
}

// timeoutFor is two seconds, and less than half of an RTO.
func timeoutFor(rto time.Duration) time.Duration {
	const usual = 2 * time.Second
	if rto <= 0 {
		return usual
	}
	return min(usual, (rto * 2 / 5).Truncate(time.Millisecond))
}

func protocolOf(c *failover.Cell) string {
	i := slices.IndexFunc(c.Service.Ports, func(p mesh.Port) bool { return p.Number == c.Port })
	if i < 0 {
		return "tcp"
	}
	switch c.Service.Ports[i].Protocol {
	case mesh.HTTP, mesh.HTTPS:
		return "http1"
	case mesh.HTTP2:
		return "http2"
	case mesh.GRPC:
		return "grpc-health"
	case mesh.TLS:
		return "tls"
	}
	return "tcp"
}

// sourceOf names whom requests stand for: "web@eu-west".
func sourceOf(c *mesh.Client) string {
	name := c.Namespace
	if len(c.Workloads) > 0 {
		name = c.Workloads[0].Name
	}
	if place := c.Locality.Region; place != "" {
		return name + "@" + place
	}
	return name
}
