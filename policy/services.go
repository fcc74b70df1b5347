package policy

import (
	"slices"
	"time"

	"github.com/passmuster/muster/mesh"
)

func serviceShape(p *projection) shape[*mesh.Service] {
	return shape[*mesh.Service]{
		text("id", "mesh/scope/namespace/host.", func(s *mesh.Service) string { return string(s.ID) }),
		text("mesh", "The mesh's name.", func(s *mesh.Service) string { return s.Mesh }),
		text("namespace", "Its namespace.", func(s *mesh.Service) string { return s.Namespace }),
		text("name", "Its short name, or an external host.", func(s *mesh.Service) string { return s.Name }),
		text("host", "The host of its id.", func(s *mesh.Service) string { return s.ID.Host() }),
		texts("hosts", "All its hosts.", func(s *mesh.Service) []string { return s.Hosts }),
		list("ports", "What it offers.", portShape(), func(s *mesh.Service) []mesh.Port { return s.Ports }, func(x mesh.Port) mesh.Origin { return x.Origin }),
		texts("clusters", "Where it is declared.", func(s *mesh.Service) []string { return s.Clusters }),
		truth("external", "It is outside the mesh.", func(s *mesh.Service) bool { return s.External }),
		labels("labels", "Its labels.", func(s *mesh.Service) map[string]string { return s.Labels }),
		truth("drIntent", "An objective, or the configuration itself, asks for it to survive something.", func(s *mesh.Service) bool { return s.Objective != nil || s.Intent.Declared() }),
		nested("objective", "What its owners declare; absent if nothing.", objectiveShape(), func(s *mesh.Service) (*mesh.Objective, bool) { return s.Objective, s.Objective != nil },
			func(o *mesh.Objective) mesh.Origin { return o.Origin }),
		nested("intent", "What the configuration shows that its author wants; absent if nothing.", intentShape(), func(s *mesh.Service) (mesh.Intent, bool) { return s.Intent, s.Intent.Declared() },
			func(i mesh.Intent) mesh.Origin { return i.Evidence[0].Origin }),
		texts("regions", "Where it has endpoints, as far as that is known.", func(s *mesh.Service) []string {
			return placesOf(s, func(e *mesh.Endpoint) string { return e.Locality.Region })
		}),
		texts("networks", "The networks that its endpoints are in.", func(s *mesh.Service) []string {
			return placesOf(s, func(e *mesh.Endpoint) string { return e.Network })
		}),
		list("addressGuards", "Policies that admit callers by addresses in which the gateway in front of its pods is not known to be.", addressGuardShape(),
			(*mesh.Service).AddressGuards, func(g mesh.AddressGuard) mesh.Origin { return g.Origin }),
		list("tries", "How long requests and their single tries may take, where both are written at the service or at its routes (Linkerd).", tryShape(),
			func(s *mesh.Service) []mesh.Try { return s.Tries }, func(t mesh.Try) mesh.Origin { return t.PerTry.Origin }),
		nested("endpoints", "How many pods are behind it.", endpointsShape(), func(s *mesh.Service) (pods, bool) { return podsBehind(s), true }, nil),
		texts("workloads", "The ids of the workloads whose pods are behind it.", func(s *mesh.Service) []string { return workloadIDs(s.Workloads()) }),
		texts("dependsOn", "The ids of services that it cannot do without.", func(s *mesh.Service) []string { return p.dependsOn[s.ID] }),
		texts("dependents", "The ids of services that cannot do without it.", func(s *mesh.Service) []string { return p.dependents[s.ID] }),
		texts("reach", "The ids of all services that it cannot do without, directly or through others.", func(s *mesh.Service) []string { return p.reach(s.ID) }),
		text("gap", "What is known to be missing of its configuration: with a gap, what is absent may exist all the same.", func(s *mesh.Service) string {
			if gap := p.graph.Gap(s); gap != nil {
				return gap.What
			}
			return ""
		}),
	}
}

func addressGuardShape() shape[mesh.AddressGuard] {
	return shape[mesh.AddressGuard]{
		text("policy", "namespace/name.", func(g mesh.AddressGuard) string { return g.Policy }),
		texts("networks", "The addresses, as they are written.", func(g mesh.AddressGuard) []string { return g.Networks }),
		text("gateway", "The id of the gateway.", func(g mesh.AddressGuard) string { return g.Gateway }),
		truth("refused", "The pods of the gateway certainly have other addresses.", func(g mesh.AddressGuard) bool { return g.Refused }),
	}
}

func tryShape() shape[mesh.Try] {
	return shape[mesh.Try]{
		value("timeout", "The whole request, in seconds.", func(t mesh.Try) mesh.Value[time.Duration] { return t.Timeout }, time.Duration.Seconds),
		value("perTry", "One try, in seconds.", func(t mesh.Try) mesh.Value[time.Duration] { return t.PerTry }, time.Duration.Seconds),
		integer("retries", "After the first try.", func(t mesh.Try) int { return t.Retries }),
		truth("copied", "A federated service has a copy of the rule.", func(t mesh.Try) bool { return t.Copied }),
	}
}

func portShape() shape[mesh.Port] {
	return shape[mesh.Port]{
		integer("number", "The port.", func(x mesh.Port) int { return x.Number }),
		text("name", "Its name.", func(x mesh.Port) string { return x.Name }),
		text("protocol", "HTTP, HTTP2, GRPC, HTTPS, TLS, TCP or UDP.", func(x mesh.Port) string { return string(x.Protocol) }),
	}
}

func objectiveShape() shape[*mesh.Objective] {
	span := func(name, doc string, get func(*mesh.Objective) mesh.Value[time.Duration]) field[*mesh.Objective] {
		return value(name, doc+" Seconds.", get, time.Duration.Seconds)
	}
	return shape[*mesh.Objective]{
		texts("survive", "The failures, each any one at a time: zone, region, cluster, service, gateway, or one by name.", func(o *mesh.Objective) []string { return o.Survive }),
		texts("faults", "crash, hang, partition, error.", func(o *mesh.Objective) []string { return o.Faults }),
		span("rto", "How long recovery may take.", func(o *mesh.Objective) mesh.Value[time.Duration] { return o.RTO }),
		span("rpo", "How much data may be lost.", func(o *mesh.Objective) mesh.Value[time.Duration] { return o.RPO }),
		span("failback", "How long the way back may take.", func(o *mesh.Objective) mesh.Value[time.Duration] { return o.Failback }),
		span("latency", "What a request may take.", func(o *mesh.Objective) mesh.Value[time.Duration] { return o.Latency }),
		text("pattern", "active-active, active-passive, canary or blue-green.", func(o *mesh.Objective) string { return string(o.Pattern) }),
		text("encryption", "mtls, tls or any.", func(o *mesh.Objective) string { return o.Encryption }),
		span("drillMaxAge", "How old the last drill of it may be; null where no drills are asked for.", func(o *mesh.Objective) mesh.Value[time.Duration] { return o.Drill.MaxAge }),
	}
}

func intentShape() shape[mesh.Intent] {
	return shape[mesh.Intent]{
		texts("evidence", "What shows it, in words.", func(i mesh.Intent) []string {
			words := make([]string, len(i.Evidence))
			for n, e := range i.Evidence {
				words[n] = e.What
			}
			return words
		}),
		truth("mechanism", "Configuration sets out to move traffic.", func(i mesh.Intent) bool { _, ok := i.Mechanism(); return ok }),
	}
}

// pods counts what is behind a service.
type pods struct {
	total                           int
	clusters, localities, workloads map[string]int
}

func podsBehind(s *mesh.Service) pods {
	n := pods{clusters: map[string]int{}, localities: map[string]int{}, workloads: map[string]int{}}
	places := map[mesh.Locality]int{}
	for _, e := range podsOf(s) {
		n.total++
		n.clusters[e.Cluster]++
		places[e.Locality]++
		if e.Workload != nil {
			n.workloads[e.Workload.ID]++
		}
	}
	for at, count := range places {
		if !at.IsZero() {
			n.localities[at.String()] += count
		}
	}
	return n
}

func endpointsShape() shape[pods] {
	return shape[pods]{
		integer("total", "In the fleet.", func(n pods) int { return n.total }),
		counts("clusters", "By cluster.", func(n pods) map[string]int { return n.clusters }),
		counts("localities", "By region/zone, or region where the zone is not known.", func(n pods) map[string]int { return n.localities }),
		counts("workloads", "By the id of their workload.", func(n pods) map[string]int { return n.workloads }),
	}
}

// podsOf are the endpoints of a service, each pod once whatever its ports.
func podsOf(s *mesh.Service) []*mesh.Endpoint {
	if len(s.Ports) <= 1 {
		return s.Endpoints
	}
	type pod struct{ cluster, name string }
	seen := make(map[pod]bool, len(s.Endpoints))
	var list []*mesh.Endpoint
	for _, e := range s.Endpoints {
		if k := (pod{e.Cluster, e.Name}); !seen[k] {
			seen[k] = true
			list = append(list, e)
		}
	}
	return list
}

// placesOf are the places of a service's endpoints, sorted; "" is left out.
func placesOf(s *mesh.Service, of func(*mesh.Endpoint) string) []string {
	var list []string
	for _, e := range s.Endpoints {
		if at := of(e); at != "" && !slices.Contains(list, at) {
			list = append(list, at)
		}
	}
	slices.Sort(list)
	return list
}
