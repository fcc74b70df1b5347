package kubernetes

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

const nodes = `---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {topology.kubernetes.io/region: us-east-1, topology.kubernetes.io/zone: a, disk: ssd}}
---
apiVersion: v1
kind: Node
metadata: {name: n2, labels: {failure-domain.beta.kubernetes.io/region: us-east-1, failure-domain.beta.kubernetes.io/zone: b}}
---
apiVersion: v1
kind: Node
metadata: {name: n3, labels: {topology.kubernetes.io/region: us-east-1, topology.kubernetes.io/zone: c, topology.istio.io/subzone: rack1}}
`

// westNodes have zones of the same names in another region.
var westNodes = strings.NewReplacer("us-east-1", "us-west-2", "name: n", "name: w").Replace(nodes)

const zoneAffinity = `affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [`

// TestWhereSyntheticPodsRun is the table of what decides about the place of pods that are not in
// the inputs: count, region and zone.
func TestWhereSyntheticPodsRun(t *testing.T) {
	unzoned := &mesh.Cluster{Name: "flat", Region: "us-east-1"}
	oneZone := &mesh.Cluster{Name: "one", Region: "us-east-1", Zones: []string{"a"}}
	spread := func(skew, when string) string {
		return "topologySpreadConstraints: [{maxSkew: " + skew + ", topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: " +
			when + ", labelSelector: {matchLabels: {app: cart}}}]"
	}
	tests := []struct {
		name     string
		cluster  *mesh.Cluster
		replicas string
		spec     string
		more     string // further documents
		want     string
		cause    string
	}{
		{name: "the cluster's region, zone undecided", cluster: east, replicas: "2", want: "us-east-1/? us-east-1/?"},
		{name: "no zones known", cluster: unzoned, replicas: "1", want: "us-east-1/?"},
		{name: "a cluster of one zone", cluster: oneZone, replicas: "2", want: "us-east-1/a us-east-1/a"},
		{name: "a zone pinned by nodeSelector", cluster: east, replicas: "2",
			spec: "nodeSelector: {topology.kubernetes.io/zone: b}", want: "us-east-1/b us-east-1/b"},
		{name: "a zone pinned by its beta label", cluster: east, replicas: "1",
			spec: "nodeSelector: {failure-domain.beta.kubernetes.io/zone: b}", want: "us-east-1/b"},
		{name: "a zone that nobody declared", cluster: unzoned, replicas: "1",
			spec: "nodeSelector: {topology.kubernetes.io/zone: z}", want: "us-east-1/z"},
		{name: "region and zone pinned, cluster unknown", cluster: bare, replicas: "1",
			spec: "nodeSelector: {topology.kubernetes.io/region: eu-west-1, topology.kubernetes.io/zone: q}", want: "eu-west-1/q"},
		{name: "another region than the cluster's", cluster: east, replicas: "1",
			spec: "nodeSelector: {topology.kubernetes.io/region: eu-west-1}", want: "eu-west-1/?"},
		{name: "pinned by affinity", cluster: east, replicas: "1",
			spec: zoneAffinity + `{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [c]}]}]}}}`, want: "us-east-1/c"},
		{name: "one of two zones", cluster: east, replicas: "1",
			spec: zoneAffinity + `{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [a, c]}]}]}}}`, want: "us-east-1/?"},
		{name: "alternative terms that agree", cluster: east, replicas: "1",
			spec: zoneAffinity + `{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [c]}]},
{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [c]}, {key: x, operator: Exists}]}]}}}`, want: "us-east-1/c"},
		{name: "an alternative term that leaves it open", cluster: east, replicas: "1",
			spec: zoneAffinity + `{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [c]}]},
{matchExpressions: [{key: x, operator: Exists}]}]}}}`, want: "us-east-1/?"},
		{name: "all zones but one", cluster: east, replicas: "3",
			spec: zoneAffinity + `{matchExpressions: [{key: topology.kubernetes.io/zone, operator: NotIn, values: [b]}]}]}}}, ` + spread("1", "DoNotSchedule"),
			want: "us-east-1/a us-east-1/c us-east-1/a"},
		{name: "a hard spread goes round the zones", cluster: east, replicas: "4", spec: spread("1", "DoNotSchedule"),
			want: "us-east-1/a us-east-1/b us-east-1/c us-east-1/a"},
		{name: "a soft spread decides nothing", cluster: east, replicas: "3", spec: spread("1", "ScheduleAnyway"),
			want: "us-east-1/? us-east-1/? us-east-1/?"},
		{name: "a skew that may leave a zone empty", cluster: east, replicas: "4", spec: spread("2", "DoNotSchedule"),
			want: "us-east-1/? us-east-1/? us-east-1/? us-east-1/?"},
		{name: "a skew that cannot", cluster: east, replicas: "5", spec: spread("2", "DoNotSchedule"),
			want: "us-east-1/a us-east-1/b us-east-1/c us-east-1/a us-east-1/b"},
		{name: "a spread of other pods decides nothing", cluster: east, replicas: "2",
			spec: strings.Replace(spread("1", "DoNotSchedule"), "app: cart", "app: pay", 1), want: "us-east-1/? us-east-1/?"},
		{name: "a hard spread without known zones", cluster: unzoned, replicas: "2", spec: spread("1", "DoNotSchedule"),
			want: "us-east-1/? us-east-1/?"},
		{name: "required anti-affinity over zones", cluster: east, replicas: "2",
			spec: `affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: cart}}}]}}`,
			want: "us-east-1/a us-east-1/b"},
		{name: "anti-affinity over hosts says nothing of zones", cluster: east, replicas: "2",
			spec: `affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: cart}}}]}}`,
			want: "us-east-1/? us-east-1/?"},
		{name: "zones and region of the Nodes", cluster: bare, replicas: "3", spec: spread("1", "DoNotSchedule"), more: nodes,
			want: "us-east-1/a us-east-1/b us-east-1/c"},
		{name: "nothing known", cluster: bare, replicas: "2", want: "? ?",
			cause: "cluster bare has no region in muster.yaml and no Nodes"},
		{name: "a zone without any region", cluster: bare, replicas: "1", spec: "nodeSelector: {topology.kubernetes.io/zone: b}", want: "?",
			cause: "cluster bare has no region in muster.yaml and no Nodes"},
		{name: "Nodes in two regions", cluster: bare, replicas: "1", more: nodes + westNodes, want: "?",
			cause: "cluster bare has Nodes in several regions, and nothing pins the pods to one"},
		{name: "a zone pins the region too", cluster: bare, replicas: "1", spec: "nodeSelector: {topology.kubernetes.io/zone: a}",
			more: nodes + strings.Replace(westNodes, "zone: a", "zone: x", 1),
			want: "us-east-1/a"},
		{name: "a zone in one of the regions allowed", cluster: bare, replicas: "1", more: nodes + westNodes,
			spec: zoneAffinity + `{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [a]},
{key: topology.kubernetes.io/region, operator: In, values: [us-west-2, eu-west-1]}]}]}}}`, want: "us-west-2/a"},
		{name: "a zone's name that says nothing of the region", cluster: bare, replicas: "1", more: nodes + westNodes, want: "?",
			spec:  "nodeSelector: {topology.kubernetes.io/zone: a}",
			cause: "cluster bare has Nodes in several regions, and nothing pins the pods to one"},
		{name: "a zone's name that another region has too", cluster: east, replicas: "1", more: nodes + westNodes,
			spec: "nodeSelector: {topology.kubernetes.io/zone: a}", want: "us-east-1/a"},
		{name: "a place that the pods are labelled with", cluster: east, replicas: "1", spec: "containers: []", want: "mars/crater"},
		{name: "no replicas", cluster: east, replicas: "0", want: ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			labels := "app: cart"
			if strings.HasPrefix(tc.want, "mars") {
				labels += ", istio-locality: mars.crater"
			}
			yaml := `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: ` + tc.replicas + `
  template:
    metadata: {labels: {` + labels + `}}
    spec:
      {` + strings.ReplaceAll(tc.spec, "\n", "\n       ") + `}
` + tc.more
			inv := build(t, tc.cluster, yaml)
			if got := localities(inv.Pods); got != tc.want {
				t.Errorf("pods are in %q, want %q", got, tc.want)
			}
			if w := workloadOf(t, inv, "Deployment/cart"); tc.cause != "" && w.Locality.Cause != tc.cause {
				t.Errorf("unknown because %q, want %q", w.Locality.Cause, tc.cause)
			}
		})
	}
}

func TestLocalityPointsAtTheLineThatDecides(t *testing.T) {
	tests := []struct{ name, spec, line string }{
		{"the cluster", "containers: []", "muster.yaml"},
		{"nodeSelector", "nodeSelector:\n        topology.kubernetes.io/zone: b", "topology.kubernetes.io/zone: b"},
		{"region", "nodeSelector:\n        topology.kubernetes.io/region: eu", "topology.kubernetes.io/region: eu"},
		{"affinity", zoneAffinity + "\n        {matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [c]}]}]}}}", "{matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [c]}]}]}}}"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			yaml := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\nspec:\n  template:\n    spec:\n      " + tc.spec + "\n"
			inv := build(t, east, yaml)
			if got := line(yaml, inv.Pods[0].Locality.Origin); got != tc.line {
				t.Errorf("decided by %q, want %q", got, tc.line)
			}
		})
	}
}

func TestSpreadLeavesTheZoneOfTheWorkloadOpen(t *testing.T) {
	inv := build(t, east, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: cart}}
    spec:
      topologySpreadConstraints: [{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: cart}}}]
`)
	w := workloadOf(t, inv, "Deployment/cart")
	if w.Locality.V != (mesh.Locality{Region: "us-east-1"}) {
		t.Errorf("%v", w.Locality.V)
	}
	if len(w.Spread) != 1 || !w.Spread[0].Hard || w.Spread[0].MaxSkew != 1 {
		t.Errorf("%+v", w.Spread)
	}
}

func TestDaemonSetRunsOnEveryMatchingNode(t *testing.T) {
	const agent = `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: ops}
spec: {template: {spec: {nodeSelector: {SELECTOR}}}}
`
	daemonSet := func(selector string) string { return strings.Replace(agent, "SELECTOR", selector, 1) }

	inv := build(t, east, daemonSet("")+nodes)
	if got := localities(inv.Pods); got != "us-east-1/a us-east-1/b us-east-1/c/rack1" || inv.Pods[1].Node != "n2" {
		t.Errorf("pods in %s", got)
	}
	if w := workloadOf(t, inv, "DaemonSet/agent"); w.Replicas.V != 3 {
		t.Errorf("replicas %+v", w.Replicas)
	}

	inv = build(t, east, daemonSet("disk: ssd")+nodes)
	if w := workloadOf(t, inv, "DaemonSet/agent"); w.Replicas.V != 1 || localities(inv.Pods) != "us-east-1/a" {
		t.Errorf("replicas %+v, pods in %s", w.Replicas, localities(inv.Pods))
	}

	inv = build(t, east, daemonSet(""))
	if w := workloadOf(t, inv, "DaemonSet/agent"); w.Replicas.State != mesh.Unknown || localities(inv.Pods) != "us-east-1/a us-east-1/b us-east-1/c" {
		t.Errorf("without Nodes: replicas %+v, pods in %s", w.Replicas, localities(inv.Pods))
	}
}

func TestNodeSelectorOperators(t *testing.T) {
	labels := map[string]string{"zone": "a", "cpus": "8"}
	tests := []struct {
		requirement
		want bool
	}{
		{requirement{"zone", "In", []string{"a", "b"}}, true},
		{requirement{"rack", "In", []string{""}}, false},
		{requirement{"zone", "NotIn", []string{"a"}}, false},
		{requirement{"rack", "NotIn", []string{"a"}}, true},
		{requirement{"zone", "Exists", nil}, true},
		{requirement{"zone", "DoesNotExist", nil}, false},
		{requirement{"cpus", "Gt", []string{"4"}}, true},
		{requirement{"cpus", "Lt", []string{"4"}}, false},
		{requirement{"zone", "Gt", []string{"4"}}, false},
		{requirement{"zone", "in", []string{"a"}}, false},
	}
	for _, tc := range tests {
		if got := tc.matches(labels); got != tc.want {
			t.Errorf("%s %s %v: %t", tc.Key, tc.Operator, tc.Values, got)
		}
	}
}
