package export

import (
	"slices"
	"strings"
)

// chaosMesh writes objects of Chaos Mesh (chaos-mesh.org/v1alpha1): one for each fault mode and cluster, and a workflow that
// brings about one mode after the other. Kinds and members are those of its CRDs; a test holds them against these.
func (w *writer) chaosMesh() {
	for _, cluster := range w.clusters() {
		var steps []map[string]any
		for _, mode := range w.plan.Scenario.FaultModes {
			selectors := w.selectors(cluster)
			if mode == "error" { // the port is that of the drilled service
				selectors = w.targetSelectors(cluster)
			}
			if len(selectors) == 0 {
				w.warn("%s: nothing in cluster %s can be selected: the plan names no workloads with labels (fault.targets)", mode, cluster)
				continue
			}
			remarks := w.chaosMeshRemarks(mode)
			var objects []map[string]any
			for i, selector := range selectors {
				kind, spec := w.chaosMeshSpec(mode, selector)
				if kind == "" {
					continue
				}
				id := name(w.plan.Metadata.ID, mode, ordinal(i, len(selectors)))
				objects = append(objects, map[string]any{
					"apiVersion": "chaos-mesh.org/v1alpha1", "kind": kind,
					"metadata": map[string]any{"name": id, "namespace": "chaos-mesh"}, "spec": spec,
				})
				steps = append(steps, map[string]any{"mode": mode, "kind": kind, "spec": spec})
			}
			if len(objects) > 0 {
				w.objects(fileName(cluster, mode), remarks, objects...)
			}
		}
		w.workflow(cluster, steps)
	}
	w.warn("Chaos Mesh acts on pods: nodes and the control plane of the cluster stay, so endpoints may be withdrawn sooner than when a whole place dies")
	w.warn("a Schedule is not written: a fault that comes back while nobody probes shows nothing")
}

// selectors choose the pods that fail.
func (w *writer) selectors(cluster string) []map[string]any {
	var list []map[string]any
	for _, p := range w.places() {
		if p.cluster != "" && p.cluster != cluster {
			continue
		}
		s := map[string]any{"namespaces": w.namespaces()}
		if nodes := p.nodes(); nodes != nil {
			s["nodeSelectors"] = nodes
		}
		list = append(list, s)
	}
	if len(w.places()) > 0 {
		return list
	}
	return w.targetSelectors(cluster)
}

// targetSelectors choose the pods of the drilled workloads that fail.
func (w *writer) targetSelectors(cluster string) []map[string]any {
	var list []map[string]any
	for _, t := range w.targets(cluster) {
		if len(t.Labels) == 0 {
			continue
		}
		s := map[string]any{"namespaces": []string{t.Namespace}, "labelSelectors": t.Labels}
		if places := w.places(); len(places) == 1 && places[0].nodes() != nil {
			s["nodeSelectors"] = places[0].nodes()
		}
		list = append(list, s)
	}
	return list
}

func ordinal(i, n int) string {
	if n == 1 {
		return ""
	}
	return string(rune('a' + i%26))
}

// chaosMeshSpec is the object that comes closest to a fault mode; "" = there is none.
func (w *writer) chaosMeshSpec(mode string, selector map[string]any) (kind string, spec map[string]any) {
	spec = map[string]any{"mode": "all", "selector": selector, "duration": w.seconds()}
	switch mode {
	case "crash":
		spec["action"] = "pod-failure"
		return "PodChaos", spec
	case "hang":
		spec["action"], spec["direction"] = "delay", "to"
		spec["delay"] = map[string]any{"latency": seconds(w.silence()), "jitter": "0s", "correlation": "0"}
		return "NetworkChaos", spec
	case "partition":
		spec["action"], spec["direction"] = "partition", "both"
		return "NetworkChaos", spec
	case "error":
		port := w.httpPort()
		if port == 0 {
			w.warn("error: Chaos Mesh changes answers of HTTP alone, and no probe of the plan speaks HTTP")
			return "", nil
		}
		spec["target"], spec["port"], spec["path"] = "Response", port, "*"
		spec["replace"] = map[string]any{"code": 503}
		return "HTTPChaos", spec
	}
	return "", nil
}

func (w *writer) chaosMeshRemarks(mode string) []string {
	switch mode {
	case "crash":
		return []string{"pod-failure replaces the images of the pods by one that does nothing, and puts them back: connections are refused for as long as it lasts.",
			"pod-kill would not last: killed pods are started again."}
	case "hang":
		w.warn("hang: Chaos Mesh cannot stop a process in a pod (its process chaos is for machines); a delay longer than the fault stands in for it, which keeps connections from being made too")
		return []string{"Chaos Mesh cannot stop a process in a pod. A delay that is longer than the fault leaves every request without an answer, but connections",
			"are not accepted either, as they are by a process that hangs: detection that counts failed connections may act here, and not on a real hang."}
	case "partition":
		return []string{"Without a target all packets of the pods are dropped, in both directions; kubelet's probes fail too, so readiness withdraws the pods where the",
			"control plane still hears of it."}
	case "error":
		w.warn("error: HTTPChaos sees plain HTTP at the container's port; where a sidecar encrypts in front of it, try it on one pod first")
		return []string{"Answers get status 503. The port is that of the service: put that of the container if it is another one."}
	}
	return nil
}

// httpPort is the port of the first probe that speaks HTTP; 0 = none does.
func (w *writer) httpPort() int {
	i := slices.IndexFunc(w.plan.Probes, func(p planProbe) bool { return strings.HasPrefix(p.Protocol, "http") && p.Port != 0 })
	if i < 0 {
		return 0
	}
	return w.plan.Probes[i].Port
}

// workflow brings about one mode after the other, with the normal day between them.
func (w *writer) workflow(cluster string, steps []map[string]any) {
	if len(steps) == 0 {
		return
	}
	members := map[string]string{"PodChaos": "podChaos", "NetworkChaos": "networkChaos", "HTTPChaos": "httpChaos"}
	var order []string
	var templates []any
	parallel, ofMode := map[string][]string{}, map[string]int{}
	for _, s := range steps {
		ofMode[s["mode"].(string)]++
	}
	for _, s := range steps {
		mode, kind := s["mode"].(string), s["kind"].(string)
		spec := map[string]any{}
		for k, v := range s["spec"].(map[string]any) {
			if k != "duration" { // the deadline of the template decides
				spec[k] = v
			}
		}
		id := name(mode, ordinal(len(parallel[mode]), ofMode[mode]))
		templates = append(templates, map[string]any{"name": id, "templateType": kind, "deadline": w.seconds(), members[kind]: spec})
		if parallel[mode] == nil {
			order = append(order, mode)
		}
		parallel[mode] = append(parallel[mode], id)
	}
	pause := max(w.plan.Fault.After, w.plan.Fault.Before)
	total := 0
	var children []any
	for i, mode := range order {
		if i > 0 {
			children = append(children, "return")
			total += int(pause.Std().Seconds())
		}
		total += int(w.duration().Seconds())
		if len(parallel[mode]) == 1 {
			children = append(children, parallel[mode][0])
			continue
		}
		id := name("all-of", mode)
		templates = append(templates, map[string]any{"name": id, "templateType": "Parallel", "deadline": w.seconds(), "children": parallel[mode]})
		children = append(children, id)
	}
	if len(order) > 1 {
		templates = append(templates, map[string]any{"name": "return", "templateType": "Suspend", "deadline": seconds(pause.Std())})
	}
	entry := map[string]any{"name": "drill", "templateType": "Serial", "deadline": seconds(secondsOf(total + 60)), "children": children}
	w.objects(fileName(cluster, "workflow"), []string{"All fault modes, one after the other. muster drill run brings each about by itself: apply this only where it does not."}, map[string]any{
		"apiVersion": "chaos-mesh.org/v1alpha1", "kind": "Workflow",
		"metadata": map[string]any{"name": name(w.plan.Metadata.ID), "namespace": "chaos-mesh"},
		"spec":     map[string]any{"entry": "drill", "templates": append([]any{entry}, templates...)},
	})
}
