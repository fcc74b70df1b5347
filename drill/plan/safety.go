package plan

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// targetsOf are the workloads that the scenario takes, sorted: of a place those of the drilled services, else all.
func targetsOf(g *mesh.Graph, cells []*failover.Cell, sc failover.Scenario) []Target {
	seen := map[string]bool{}
	var list []Target
	add := func(w *mesh.Workload) {
		if w != nil && !seen[w.ID] {
			seen[w.ID] = true
			list = append(list, Target{Cluster: w.Cluster, Namespace: w.Namespace, Kind: w.Kind, Name: w.Name, Labels: w.Labels})
		}
	}
	services := g.Services
	if slices.ContainsFunc(sc.Parts, func(p failover.Part) bool {
		return p.Target == failover.Region || p.Target == failover.Zone || p.Target == failover.Cluster || p.Target == failover.Datacenter
	}) {
		services = servicesOf(cells)
	}
	for _, s := range services {
		for _, e := range s.Endpoints {
			if e.Workload != nil && takes(sc, s, e) {
				add(e.Workload)
			}
		}
	}
	for _, gw := range g.Gateways {
		if slices.Contains(sc.Parts, failover.Part{Target: failover.Gateway, Value: gw.ID}) {
			for _, w := range gw.Workloads {
				add(w)
			}
		}
	}
	slices.SortFunc(list, func(a, b Target) int { return strings.Compare(a.key(), b.key()) })
	return list
}

func (t *Target) key() string {
	return strings.Join([]string{t.Cluster, t.Namespace, t.Kind, t.Name}, "/")
}

// Inside are the services that have an endpoint which a scenario surely takes.
func Inside(g *mesh.Graph, sc failover.Scenario) []mesh.ServiceID {
	ids := []mesh.ServiceID{}
	for _, s := range g.Services {
		if !s.External && slices.ContainsFunc(s.Endpoints, func(e *mesh.Endpoint) bool { return e.Gateway == nil && takes(sc, s, e) }) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// takes reports whether an endpoint of a service surely is in what fails.
func takes(sc failover.Scenario, s *mesh.Service, e *mesh.Endpoint) bool {
	return slices.ContainsFunc(sc.Parts, func(p failover.Part) bool {
		switch p.Target {
		case failover.Region:
			return e.Locality.Region == p.Value
		case failover.Zone:
			return e.Locality.Region+"/"+e.Locality.Zone == p.Value
		case failover.Cluster, failover.Datacenter:
			return e.Cluster == p.Value
		case failover.Service:
			return string(s.ID) == p.Value || slices.Contains(s.Hosts, p.Value)
		case failover.Workload:
			return e.Workload != nil && e.Workload.ID == p.Value
		case failover.Endpoint:
			return e.Address == p.Value || e.Name == p.Value
		case failover.Release:
			_, version, _ := strings.Cut(p.Value, "@")
			return version != "" && (e.Labels["version"] == version || e.Labels["app.kubernetes.io/version"] == version || e.Workload != nil && e.Workload.Name == version)
		}
		return false
	})
}

// watching are namespaces that look at the others: a drill that takes them down cannot be seen.
var watching = []string{"monitoring", "observability", "logging", "tracing", "prometheus", "telemetry"}

func safetyOf(in Input, sc failover.Scenario, p *Plan) Safety {
	s := Safety{OutcomeSignal: "outage_interval", NullMaxAge: Duration(24 * time.Hour), BlastRadius: BlastRadius{MaxRegions: len(regionsOf(in.Graph, sc))}}
	touched := in.Touched
	if touched == nil {
		for _, c := range in.Cells {
			touched = append(touched, c.Service.ID)
		}
	}
	for _, id := range touched {
		s.BlastRadius.Services = append(s.BlastRadius.Services, string(id))
	}
	slices.Sort(s.BlastRadius.Services)
	s.BlastRadius.Services = slices.Compact(s.BlastRadius.Services)
	s.BlastRadius.MaxServices = len(s.BlastRadius.Services)
	for _, svc := range in.Graph.Services {
		if slices.Contains(watching, svc.Namespace) && !slices.Contains(s.BlastRadius.Exclude, svc.Namespace) {
			s.BlastRadius.Exclude = append(s.BlastRadius.Exclude, svc.Namespace)
		}
	}
	slices.Sort(s.BlastRadius.Exclude)
	s.AbortOn = []Abort{{Metric: "error_ratio", Over: abortRatio(p), For: Duration(max(time.Minute, p.leastFaultTime()))}}
	return s
}

// abortRatio is clearly more than what is predicted to fail. Where all is predicted to be lost the drill ends early, which is
// as it should be.
func abortRatio(p *Plan) float64 {
	worst := 0.0
	for i := range p.Expect {
		worst = max(worst, p.Expect[i].FailingShare)
	}
	return math.Round(min(0.9, max(0.2, worst+0.2))*100) / 100
}

// regionsOf are the regions that fail in a scenario, or that what fails is in.
func regionsOf(g *mesh.Graph, sc failover.Scenario) []string {
	var list []string
	add := func(region string) {
		if region != "" && !slices.Contains(list, region) {
			list = append(list, region)
		}
	}
	for _, p := range sc.Parts {
		switch p.Target {
		case failover.Region:
			add(p.Value)
		case failover.Zone:
			add(mesh.ParseLocality(p.Value).Region)
		case failover.Cluster, failover.Datacenter:
			if c := g.Cluster(p.Value); c != nil {
				add(c.Region)
			}
		case failover.Workload, failover.Gateway:
			cluster, _, _ := strings.Cut(p.Value, "/")
			if c := g.Cluster(cluster); c != nil {
				add(c.Region)
			}
		}
	}
	slices.Sort(list)
	return list
}

// rollbackOf is the way back, by the driver of the fault.
func rollbackOf(sc failover.Scenario, p *Plan) Rollback {
	what := strings.Join(thingsOf(sc), " and ")
	undo := map[string]string{
		"external":     "restore " + what + " by whatever took it down",
		"command":      "run fault.hooks remove of the mode that holds; where it fails, do by hand what it does",
		"istio":        "kubectl delete the VirtualService with the fault, or apply the one that it replaced",
		"chaos-mesh":   "kubectl delete the Chaos Mesh objects of this drill; where the controller is gone, restart the pods of " + what,
		"litmus":       "kubectl patch the ChaosEngines of this drill to engineState: stop, then delete them",
		"chaostoolkit": "chaos run with --rollback-strategy=always has gone back; check its journal, and run the hooks' remove where it was interrupted",
		"kubectl":      "run the undo part of the script: uncordon, scale back, delete the NetworkPolicies",
		"sigstop":      "send SIGCONT to the processes of " + what,
		"nft":          "nft delete table ip drill (and ip6 drill) on the hosts of " + what,
	}
	r := Rollback{MaxTime: Duration(10 * time.Minute)}
	r.Steps = []string{
		"stop the prober only after the last step: it shows whether the way back worked",
		undo[p.Fault.Driver],
		"wait until all pods of " + what + " are ready",
		"verify that requests are answered as on the day before: " + places(p),
	}
	return r
}

// places tells where requests go on a normal day.
func places(p *Plan) string {
	var all []string
	for i := range p.Expect {
		for place := range p.Expect[i].Before {
			if !slices.Contains(all, place) {
				all = append(all, place)
			}
		}
	}
	slices.Sort(all)
	if len(all) == 0 {
		return "the plan does not tell by whom"
	}
	return strings.Join(all, ", ")
}
