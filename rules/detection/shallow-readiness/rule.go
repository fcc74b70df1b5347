// Package shallowreadiness speaks for pods whose readiness probe asks another container than the one that gets the requests.
package shallowreadiness

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, s := range p.Graph.Services {
		if s.Objective == nil || p.Graph.Gap(s) != nil {
			continue
		}
		var told []*mesh.Container
		for _, e := range s.Endpoints {
			w := e.Workload
			if w == nil || w.Readiness == nil { // that there is none is another rule's
				continue
			}
			spec := w.Spec()
			c := spec.Serving(e.Port)
			if c == nil || slices.Contains(told, c) {
				continue
			}
			told = append(told, c)
			asked, ok := others(spec, c)
			when := neglects(s.Objective, c)
			if !ok || when == "" {
				continue
			}
			p.Report(analyzer.Finding{Level: analyzer.Warning, Service: s, Origin: c.Origin,
				Related: []mesh.Evidence{{What: "the readiness probe", Origin: w.Readiness.Origin}},
				Message: fmt.Sprintf("If container %s of a pod of %s %s, the pod stays among the endpoints and gets requests on port %d: in %s %s in %s, readiness asks %s.",
					c.Name, s.Name, when, e.Port, w.Kind, w.Name, w.Cluster, asked)})
		}
	}
}

// others names whom the readiness probes of a pod ask, or false if one of them asks the container.
func others(spec *mesh.PodSpec, serving *mesh.Container) (string, bool) {
	asked := "only the proxy"
	for i := range spec.Containers {
		probe := spec.Containers[i].Readiness
		if probe == nil {
			continue
		}
		at := &spec.Containers[i] // a command runs there, and a port that nobody declares is its own
		for j := range spec.Containers {
			if probe.Port != 0 && len(spec.Containers) > 1 && slices.Contains(spec.Containers[j].Ports, probe.Port) {
				at = &spec.Containers[j]
			}
		}
		if at == serving || probe.Port != 0 && slices.Contains(serving.Ports, probe.Port) {
			return "", false
		}
		asked = "container " + at.Name
	}
	return asked, true
}

// neglects says what of a container the kubelet does not notice otherwise; "" if nothing. A liveness probe of its own
// restarts one that hangs, and a startup probe holds the pod back until it works.
func neglects(o *mesh.Objective, c *mesh.Container) string {
	hangs := (len(o.Faults) == 0 || slices.Contains(o.Faults, "hang")) && (c.Liveness == nil || c.Liveness.Handler == "tcp")
	switch {
	case hangs && c.Startup == nil:
		return "hangs, or has started and cannot work yet"
	case hangs:
		return "hangs"
	case c.Startup == nil:
		return "has started and cannot work yet"
	}
	return ""
}
