package export

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/plan"
)

// planProbe is one of a plan's probes.
type planProbe = plan.Probe

// istio writes VirtualServices with faults (networking.istio.io/v1). The callers' proxies make these faults themselves, before an
// endpoint is chosen, and leave out timeouts and retries where they do: nothing of the failover is exercised by them.
func (w *writer) istio() {
	w.warn("Istio's faults are made by the callers' proxies before an endpoint is chosen: no endpoint is ejected, nothing fails over, and timeouts and retries are off. They show what callers do with errors and delays, and not what survives the loss of a place: no cell of the plan is confirmed by them")
	w.warn("a VirtualService of the same host is not merged with these: put the member fault into it instead, and note what it was")
	var services []string
	for i := range w.plan.Probes {
		p := &w.plan.Probes[i]
		id := p.Service
		if !strings.HasPrefix(p.Protocol, "http") && !strings.HasPrefix(p.Protocol, "grpc") {
			w.warn("%s is asked by %s: Istio makes faults for HTTP and gRPC alone", id, p.Protocol)
			continue
		}
		if !slices.Contains(services, id) {
			services = append(services, id)
		}
	}
	for _, mode := range w.plan.Scenario.FaultModes {
		fault := map[string]any{}
		switch mode {
		case "error":
			fault["abort"] = map[string]any{"httpStatus": 503, "percentage": map[string]any{"value": 100}}
		case "hang":
			fault["delay"] = map[string]any{"fixedDelay": seconds(w.silence()), "percentage": map[string]any{"value": 100}}
		default:
			w.warn("%s: Istio cannot refuse connections or drop packets", mode)
			continue
		}
		var objects []map[string]any
		for _, id := range services {
			parts := strings.Split(id, "/")
			host, namespace := parts[len(parts)-1], ""
			if len(parts) > 1 {
				namespace = parts[len(parts)-2]
			}
			objects = append(objects, map[string]any{
				"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
				"metadata": map[string]any{"name": name(w.plan.Metadata.ID, mode), "namespace": namespace},
				"spec": map[string]any{"hosts": []any{host}, "http": []any{map[string]any{
					"fault": fault, "route": []any{map[string]any{"destination": map[string]any{"host": host}}},
				}}},
			})
		}
		if len(objects) > 0 {
			w.objects(fileName("", mode), []string{"All requests of callers with a proxy get it, wherever the endpoints are: a region cannot be chosen.",
				"The callers' proxies make the fault before an endpoint is chosen. Nothing fails over, so this exercises callers alone."}, objects...)
		}
	}
}

// seconds writes a time in whole seconds, as all these tools read it.
func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) + "s" }

func secondsOf(n int) time.Duration { return time.Duration(n) * time.Second }
