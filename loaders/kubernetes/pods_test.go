package kubernetes

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// pod writes a running pod.
func pod(name, labels, more string) string {
	return "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: " + name + "\n  namespace: shop\n  labels: {" + labels + "}\n" + more
}

func TestLocalityOfARunningPod(t *testing.T) {
	const on = "spec: {nodeName: NODE}\nstatus: {podIP: 10.0.0.1}\n"
	tests := []struct {
		name, labels, node, more string
		cluster                  *mesh.Cluster
		want, line               string
	}{
		{"of its Node", "", "n1", nodes, east, "us-east-1/a", "n1"},
		{"beta labels and none of its own", "", "n2", nodes, east, "us-east-1/b", "n2"},
		{"with subzone", "", "n3", nodes, east, "us-east-1/c/rack1", "n3"},
		{"its own label wins", "topology.istio.io/locality: eu.x.r1", "n1", nodes, east, "eu/x/r1", "topology.istio.io/locality"},
		{"its own older label, with slashes in JSON", `istio-locality: "eu/x.y"`, "n1", nodes, east, "eu/x.y", "istio-locality"},
		{"a Node without labels: Istio sees no place", "", "m", "---\napiVersion: v1\nkind: Node\nmetadata: {name: m}\n", east, "", "name: m"},
		{"its Node is not in the inputs", "", "elsewhere", "", east, "us-east-1/?", "muster.yaml"},
		{"nothing known", "", "elsewhere", "", bare, "?", ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			yaml := pod("cart-0", tc.labels, strings.Replace(on, "NODE", tc.node, 1)) + tc.more
			inv := build(t, tc.cluster, yaml)
			if got := localities(inv.Pods); got != tc.want {
				t.Errorf("in %q, want %q", got, tc.want)
			}
			if got := line(yaml, inv.Pods[0].Locality.Origin); !strings.Contains(got, tc.line) {
				t.Errorf("decided by %q, want the line with %q", got, tc.line)
			}
		})
	}
}

func TestReadinessOfPods(t *testing.T) {
	tests := []struct{ name, more, want string }{
		{"no status", "", "ready"},
		{"running", "status: {phase: Running, podIP: 10.0.0.1}\n", "ready"},
		{"ready", "status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]}\n", "ready"},
		{"not ready", "status: {podIP: 10.0.0.1, conditions: [{type: Initialized, status: 'True'}, {type: Ready, status: 'False'}]}\n", "not ready"},
		{"nobody knows", "status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: Unknown}]}\n", "not ready"},
		{"being deleted", "  deletionTimestamp: 2026-01-01T00:00:00Z\nstatus: {podIP: 10.0.0.1}\n", "terminating"},
		{"succeeded", "status: {phase: Succeeded, podIP: 10.0.0.1}\n", "absent"},
		{"failed", "status: {phase: Failed}\n", "absent"},
		{"pending without an address", "status: {phase: Pending}\n", "absent"},
		{"pending with an address", "status: {phase: Pending, podIP: 10.0.0.1, conditions: [{type: Ready, status: 'False'}]}\n", "not ready"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			inv := build(t, east, pod("cart-0", "", tc.more))
			got := "absent"
			if len(inv.Pods) > 0 {
				switch p := inv.Pods[0]; {
				case p.Terminating && !p.Ready:
					got = "terminating"
				case p.Ready:
					got = "ready"
				default:
					got = "not ready"
				}
			}
			if got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

// TestWhoAPodBelongsTo is the table of owners: the workload of one running pod, and how many
// synthetic pods appear beside it.
func TestWhoAPodBelongsTo(t *testing.T) {
	owned := func(kind, name string) string {
		return "  ownerReferences: [{kind: Other, name: x}, {kind: " + kind + ", name: " + name + ", controller: true}]\nstatus: {podIP: 10.0.0.1}\n"
	}
	const replicaSet = "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: cart-5d9, namespace: shop, ownerReferences: [{kind: Deployment, name: OWNER}]}\nspec: {replicas: 3, template: {}}\n"
	const cronJob = "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: cart, namespace: shop}\nspec: {}\n"
	rollout := strings.NewReplacer("apps/v1", "argoproj.io/v1alpha1", "Deployment", "Rollout").Replace(cart)
	tests := []struct {
		name, labels, pod, more, want string
		synthetic                     int
	}{
		{name: "ReplicaSet of a Deployment", labels: "app: cart", pod: owned("ReplicaSet", "cart-5d9"), more: cart, want: "Deployment/cart"},
		{name: "ReplicaSet of a Rollout", labels: "app: cart", pod: owned("ReplicaSet", "cart-5d9"), more: rollout, want: "Rollout/cart"},
		{name: "ReplicaSet that is in the inputs", labels: "app: cart", pod: owned("ReplicaSet", "cart-5d9"),
			more: cart + strings.Replace(replicaSet, "OWNER", "cart", 1), want: "Deployment/cart"},
		{name: "ReplicaSet of a Deployment that is not", labels: "app: x", pod: owned("ReplicaSet", "cart-5d9"),
			more: strings.Replace(replicaSet, "OWNER", "other", 1), want: "Deployment/other"},
		{name: "nothing but the pod", labels: "app: cart, pod-template-hash: 5d9", pod: owned("ReplicaSet", "cart-5d9"), want: "Deployment/cart"},
		{name: "nothing but the pod of a Rollout", labels: "rollouts-pod-template-hash: 5d9", pod: owned("ReplicaSet", "cart-5d9"), want: "Rollout/cart"},
		{name: "a ReplicaSet without hash", labels: "app: cart", pod: owned("ReplicaSet", "cart-5d9"), want: "ReplicaSet/cart-5d9"},
		{name: "StatefulSet", labels: "app: x", pod: owned("StatefulSet", "db"), want: "StatefulSet/db"},
		{name: "Job of a CronJob", labels: "app: x", pod: owned("Job", "cart-2901"), more: cronJob, want: "CronJob/cart"},
		{name: "an operator's kind", labels: "app: x", pod: owned("KafkaNodePool", "k"), want: "KafkaNodePool/k"},
		{name: "a selector that matches", labels: "app: cart", pod: "status: {podIP: 10.0.0.1}\n", more: cart, want: "Deployment/cart"},
		{name: "a selector that does not", labels: "app: pay", pod: "status: {podIP: 10.0.0.1}\n", more: cart, want: "Pod/cart-7", synthetic: 3},
		{name: "the owner counts more than a selector", labels: "app: cart", pod: owned("StatefulSet", "db"), more: cart, want: "StatefulSet/db"},
		{name: "a static pod", labels: "app: x", pod: owned("Node", "n1"), want: "Pod/cart-7"},
		{name: "a bare pod", pod: "status: {podIP: 10.0.0.1}\n", want: "Pod/cart-7"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			inv := build(t, east, tc.more+pod("cart-7", tc.labels, tc.pod))
			p := inv.Pod(Key{"shop", "cart-7"})
			if got := p.Workload.Kind + "/" + p.Workload.Name; got != tc.want {
				t.Errorf("belongs to %s, want %s", got, tc.want)
			}
			if got := len(inv.Pods) - 1; got != tc.synthetic {
				t.Errorf("%d synthetic pods beside it, want %d", got, tc.synthetic)
			}
			if w := workloadOf(t, inv, tc.want); w != p.Workload {
				t.Error("the workload is not the one of the inventory")
			}
		})
	}
}

func TestPodsWithoutTheirOwnerMakeOneWorkload(t *testing.T) {
	inv := build(t, east, nodes+
		pod("cart-1", "app: cart, pod-template-hash: x", "  ownerReferences: [{kind: ReplicaSet, name: cart-x}]\nspec: {nodeName: n1}\nstatus: {podIP: 10.0.0.1}\n")+
		pod("cart-2", "app: cart, pod-template-hash: x", "  ownerReferences: [{kind: ReplicaSet, name: cart-x}]\nspec: {nodeName: n2}\nstatus: {podIP: 10.0.0.2}\n"))
	if len(inv.Workloads) != 1 {
		t.Fatalf("%d workloads", len(inv.Workloads))
	}
	w := inv.Workloads[0]
	if w.Replicas.V != 2 || len(w.Labels) != 1 || w.Labels["app"] != "cart" || w.Locality.V.String() != "us-east-1" {
		t.Errorf("replicas %d, labels %v, in %s", w.Replicas.V, w.Labels, w.Locality.V)
	}
}

func TestFinishedPodsKeepTheirWorkloadFromBeingSynthesized(t *testing.T) {
	inv := build(t, east, cart+pod("cart-9", "app: cart", "  ownerReferences: [{kind: ReplicaSet, name: cart-x}]\nstatus: {phase: Failed}\n"))
	if len(inv.Pods) != 0 {
		t.Errorf("pods %s", podNames(inv.Pods))
	}
}

func TestWorkloadOfMixedPodsIsNotCertainlyMeshed(t *testing.T) {
	inv := build(t, east, cart+
		pod("cart-1", "app: cart, security.istio.io/tlsMode: istio", "status: {podIP: 10.0.0.1}\n")+
		pod("cart-2", "app: cart", "status: {podIP: 10.0.0.2}\n"))
	w := workloadOf(t, inv, "Deployment/cart")
	if w.Meshed.State != mesh.Unknown || w.Meshed.Cause != "some of its pods have a proxy and some have none" {
		t.Errorf("%+v", w.Meshed)
	}
}

func TestSyntheticPods(t *testing.T) {
	inv := build(t, east, cart)
	if got := podNames(inv.Pods); got != "cart-0 cart-1 cart-2" {
		t.Fatalf("pods %s", got)
	}
	p := inv.Pods[1]
	if !p.Synthetic || !p.Ready || p.IP != "cart-1.shop.east" || p.ServiceAccount != "cart-sa" || p.Labels["tier"] != "web" {
		t.Errorf("%+v", p)
	}
	if p.Workload != inv.Workloads[0] {
		t.Error("it does not belong to its workload")
	}
}

func TestSyntheticPodsAreCappedAndTheCountIsKept(t *testing.T) {
	inv := build(t, east, strings.Replace(cart, "replicas: 3", "replicas: 2147483647", 1))
	if n := workloadOf(t, inv, "Deployment/cart").Replicas.V; len(inv.Pods) != maxSynthetic || n != 2147483647 {
		t.Errorf("%d pods of %d", len(inv.Pods), n)
	}
}

func TestSyntheticPodsHaveNamesOfTheirOwn(t *testing.T) {
	inv := build(t, east, cart+"---"+strings.Replace(cart, "kind: Deployment", "kind: StatefulSet", 1)+
		pod("cart-1", "app: other", "status: {podIP: 10.0.0.1}\n"))
	seen := map[string]bool{}
	for _, p := range inv.Pods {
		if seen[p.IP] {
			t.Errorf("address %s twice", p.IP)
		}
		seen[p.IP] = true
	}
	if len(seen) != 7 {
		t.Errorf("%d pods", len(seen))
	}
}

func TestStatefulSetPodsCanBeSelectedOneByOne(t *testing.T) {
	inv := build(t, east, strings.Replace(cart, "kind: Deployment", "kind: StatefulSet", 1))
	pods := inv.SelectPods("shop", map[string]string{"statefulset.kubernetes.io/pod-name": "cart-1"})
	if got := podNames(pods); got != "cart-1" {
		t.Errorf("selected %q", got)
	}
	if len(inv.Workloads[0].Labels) != 2 {
		t.Errorf("the workload has its pods' labels: %v", inv.Workloads[0].Labels)
	}
}

func TestSelectPods(t *testing.T) {
	inv := build(t, east, cart+
		pod("a", "app: x, v: one", "")+pod("b", "app: x, v: two", "")+pod("c", "app: x, v: one", ""))
	tests := []struct {
		selector map[string]string
		want     string
	}{
		{map[string]string{"app": "x"}, "a b c"},
		{map[string]string{"app": "x", "v": "one"}, "a c"},
		{map[string]string{"v": "two", "app": "cart"}, ""},
		{map[string]string{"app": "nobody"}, ""},
		{nil, ""},
	}
	for _, tc := range tests {
		if got := podNames(inv.SelectPods("shop", tc.selector)); got != tc.want {
			t.Errorf("%v selects %q, want %q", tc.selector, got, tc.want)
		}
	}
	if got := podNames(inv.SelectPods("other", map[string]string{"app": "x"})); got != "" {
		t.Errorf("another namespace: %q", got)
	}
	if got := podNames(inv.PodsIn("shop")); got != "a b c cart-0 cart-1 cart-2" {
		t.Errorf("in the namespace: %q", got)
	}
}
