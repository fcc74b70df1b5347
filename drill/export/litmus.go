package export

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/drill/plan"
)

// litmus writes ChaosEngines (litmuschaos.io/v1alpha1) for the experiments of its public hub, one for each workload, fault mode and
// cluster: pod-delete, pod-network-latency, pod-network-partition and pod-http-status-code, with the variables of its 3.17.
func (w *writer) litmus() {
	for _, cluster := range w.clusters() {
		targets := slices.DeleteFunc(w.targets(cluster), func(t plan.Target) bool { return len(t.Labels) == 0 || litmusKinds[t.Kind] == "" })
		if len(targets) == 0 {
			w.warn("nothing in cluster %s can be selected: Litmus wants Deployments, StatefulSets or DaemonSets with labels (fault.targets)", cluster)
			continue
		}
		for _, mode := range w.plan.Scenario.FaultModes {
			experiment, env, remarks := w.litmusExperiment(mode)
			if experiment == "" {
				continue
			}
			var engines []map[string]any
			for _, t := range targets {
				engines = append(engines, w.engine(&t, mode, experiment, env))
			}
			w.objects(fileName(cluster, mode), remarks, engines...)
		}
	}
	if len(w.places()) > 0 {
		w.warn("Litmus acts on the named workloads alone: what else the place takes with it (other services, gateways, the control plane) lives on")
	}
	w.warn("the service accounts (NAME-sa) and the ChaosExperiments are those of the Litmus hub: install them in each namespace first")
}

var litmusKinds = map[string]string{"Deployment": "deployment", "StatefulSet": "statefulset", "DaemonSet": "daemonset", "Rollout": "rollout"}

// litmusExperiment is the one that comes closest to a fault mode; "" = there is none.
func (w *writer) litmusExperiment(mode string) (experiment string, env map[string]string, remarks []string) {
	env = map[string]string{"TOTAL_CHAOS_DURATION": strconv.Itoa(int(w.duration().Seconds())), "PODS_AFFECTED_PERC": "100"}
	if nodes := w.nodeLabel(); nodes != "" {
		env["NODE_LABEL"] = nodes
	}
	switch mode {
	case "crash":
		env["FORCE"], env["CHAOS_INTERVAL"], env["SEQUENCE"] = "true", "5", "parallel"
		w.warn("crash: pod-delete deletes all pods again every 5 s; between two deletions new pods may answer")
		return "pod-delete", env, []string{"Pods are deleted without grace, and again every 5 seconds: those that start in between may answer."}
	case "hang":
		env["NETWORK_LATENCY"] = strconv.FormatInt(w.silence().Milliseconds(), 10)
		w.warn("hang: Litmus cannot stop a process; a latency longer than the fault stands in for it, which keeps connections from being made too")
		return "pod-network-latency", env, []string{"Litmus cannot stop a process. A latency that is longer than the fault leaves every request without an answer, but connections",
			"are not accepted either, as they are by a process that hangs. CONTAINER_RUNTIME and SOCKET_PATH may have to be set."}
	case "partition":
		env["POLICY_TYPES"] = "all"
		delete(env, "PODS_AFFECTED_PERC")
		delete(env, "NODE_LABEL") // a NetworkPolicy knows pods by their labels alone
		w.warn("partition: pod-network-partition works by a NetworkPolicy: the network plugin has to enforce it, and may let connections live that exist already")
		return "pod-network-partition", env, []string{"A NetworkPolicy cuts the pods off, whatever nodes they are on: the network plugin has to enforce it, and may let connections live that exist."}
	case "error":
		port := w.httpPort()
		if port == 0 {
			w.warn("error: Litmus changes answers of HTTP alone, and no probe of the plan speaks HTTP")
			return "", nil, nil
		}
		env["STATUS_CODE"], env["TARGET_SERVICE_PORT"], env["TOXICITY"] = "503", strconv.Itoa(port), "100"
		w.warn("error: pod-http-status-code puts a proxy in front of plain HTTP; where a sidecar encrypts, try it on one pod first")
		return "pod-http-status-code", env, []string{"TARGET_SERVICE_PORT is that of the service: put that of the container if it is another one."}
	}
	return "", nil, nil
}

// nodeLabel chooses the nodes of the one place that fails; "" = Litmus has no way to.
func (w *writer) nodeLabel() string {
	places := w.places()
	if len(places) != 1 {
		return ""
	}
	if places[0].zone != "" {
		return "topology.kubernetes.io/zone=" + places[0].zone
	}
	if places[0].region != "" {
		return "topology.kubernetes.io/region=" + places[0].region
	}
	return ""
}

func (w *writer) engine(t *plan.Target, mode, experiment string, env map[string]string) map[string]any {
	var labels []string
	for _, key := range slices.Sorted(maps.Keys(t.Labels)) {
		labels = append(labels, key+"="+t.Labels[key])
	}
	var list []any
	for _, key := range slices.Sorted(maps.Keys(env)) {
		list = append(list, map[string]any{"name": key, "value": env[key]})
	}
	return map[string]any{
		"apiVersion": "litmuschaos.io/v1alpha1", "kind": "ChaosEngine",
		"metadata": map[string]any{"name": name(w.plan.Metadata.ID, mode, t.Name), "namespace": t.Namespace},
		"spec": map[string]any{
			"engineState": "active", "chaosServiceAccount": experiment + "-sa", "jobCleanUpPolicy": "retain",
			"appinfo":     map[string]any{"appns": t.Namespace, "applabel": strings.Join(labels, ","), "appkind": litmusKinds[t.Kind]},
			"experiments": []any{map[string]any{"name": experiment, "spec": map[string]any{"components": map[string]any{"env": list}}}},
		},
	}
}
