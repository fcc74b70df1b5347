package kubernetes

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// FuzzBuild reads arbitrary fleets. Whatever they hold, Build must not panic, every pod must have
// a workload and an address of its own, and every origin must be locatable.
func FuzzBuild(f *testing.F) {
	f.Add([]byte(cart+nodes+endpoints), "us-east-1")
	f.Add([]byte(fleet(1)), "")
	f.Add([]byte(nodes+pod("p", "a: b", "  ownerReferences: [{kind: ReplicaSet, name: x-y}]\nspec: {nodeName: n1}\nstatus: {podIP: 1.2.3.4}\n")), "")
	for _, kinds := range kinds {
		for _, kind := range kinds {
			f.Add([]byte("apiVersion: v1\nkind: "+kind+"\nmetadata: {name: [x], labels: 1}\nspec: {replicas: {}, template: [], selector: x, ports: {a: b}}\n"), "r")
			f.Add([]byte("apiVersion: apps/v1\nkind: "+kind+"\nmetadata: {name: x, annotations: null}\nspec: null\nstatus: null\ndata: {a: null}\n"), "")
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, region string) {
		if bytes.Count(data, []byte("---")) > 50 {
			t.Skip("many documents find nothing that a few do not")
		}
		docs, _, _ := source.Parse("fuzz.yaml", data, source.Options{})
		inv, diags := Build(&mesh.Cluster{Name: "c", Region: region, Zones: []string{"a", "b"}}, docs)
		checkInventory(t, inv, diags)
	})
}

// checkInventory holds what is true of every inventory.
func checkInventory(t *testing.T, inv *Inventory, diags []source.Diagnostic) {
	t.Helper()
	for _, d := range diags {
		if d.Message == "" {
			t.Error("a diagnostic without a message")
		}
	}
	names := map[Key]bool{}
	for _, p := range inv.Pods {
		if p.Workload == nil || p.IP == "" {
			t.Errorf("pod %s: workload %v, address %q", p.Name, p.Workload, p.IP)
		}
		if names[p.Key] && p.Synthetic {
			t.Errorf("two pods are called %s", p.Name)
		}
		names[p.Key] = true
		_ = p.Meshed.Origin.String() + p.Locality.Origin.String()
		for _, s := range inv.Services {
			for _, port := range s.Ports {
				inv.TargetPort(port, p)
			}
		}
	}
	for _, w := range inv.Workloads {
		_ = w.Meshed.Origin.String() + w.Locality.Origin.String() + w.Replicas.Origin.String()
		if w.Meshed.State == mesh.Absent || w.Locality.State == mesh.Absent || w.Replicas.State == mesh.Absent {
			t.Errorf("%s leaves a value absent", w.ID)
		}
	}
	for _, s := range inv.Services {
		inv.SelectPods(s.Namespace, s.Selector)
	}
	for _, r := range References(inv) {
		if r.Host == "" || r.Workload == nil {
			t.Errorf("%+v", r)
		}
	}
}

// TestNoValueOfAWrongTypeStopsABuild replaces every value of a fleet in turn by values of every
// type, which random bytes seldom manage.
func TestNoValueOfAWrongTypeStopsABuild(t *testing.T) {
	docs := documents(t, cart+nodes+endpoints+"---\n"+fleet(1)+pod("cart-1", "app: cart", `  annotations: {passmuster.dev/depends-on: a}
  ownerReferences: [{kind: ReplicaSet, name: cart-x}]
spec:
  nodeName: n1
  affinity:
    nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [a]}]}]}}
    podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: x, labelSelector: {matchExpressions: [{key: app, operator: Exists}]}}]}
status: {podIP: 1.2.3.4, conditions: [{type: Ready, status: "True"}]}
`))
	builds := 0
	for i, doc := range docs {
		original := doc.JSON
		var object any
		if err := json.Unmarshal(original, &object); err != nil {
			t.Fatal(err)
		}
		replaceEach(object, func() {
			doc.JSON, _ = json.Marshal(object)
			inv, diags := Build(east, docs[max(0, i-1):min(len(docs), i+2)])
			checkInventory(t, inv, diags)
			builds++
		})
		doc.JSON = original
	}
	if builds < 1000 {
		t.Errorf("only %d builds", builds)
	}
}

// replaceEach puts values of every type in the place of every value below v, one at a time.
func replaceEach(v any, visit func()) {
	junk := []any{nil, true, -1.5, 1e300, "", "x", []any{}, []any{nil, 1.0, "x"}, map[string]any{}, map[string]any{"a/b~": "x"}}
	try := func(old any, set func(any)) {
		for _, j := range junk {
			set(j)
			visit()
		}
		set(old)
		replaceEach(old, visit)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			try(v[k], func(j any) { v[k] = j })
		}
	case []any:
		for i := range v {
			try(v[i], func(j any) { v[i] = j })
		}
	}
}
