package istio

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// parsed reads documents of one cluster.
func parsed(t *testing.T, cluster, text string) []*source.Document {
	t.Helper()
	docs, _, diags := source.Parse(cluster+".yaml", []byte(text), source.Options{})
	for _, d := range diags {
		t.Fatal(d)
	}
	for _, d := range docs {
		d.Cluster = cluster
	}
	return docs
}

func decodedRule(t *testing.T, spec string) (*DestinationRule, []unknownField) {
	t.Helper()
	docs := parsed(t, "one", "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: cart, namespace: shop}\nspec: "+spec)
	o := decodeAll(docs)[0]
	if o.diag != nil {
		t.Fatal(o.diag)
	}
	return o.object.(*DestinationRule), o.unknown
}

func TestUnknownFieldsAreFoundWhereverTheyStand(t *testing.T) {
	tests := []struct{ spec, want string }{
		{"{host: cart, trafficPolicy: {outlierDetection: {interval: 5s}}}", ""},
		{"{host: cart, trafficPolicies: {}}", "/spec/trafficPolicies means trafficPolicy"},
		{"{host: cart, trafficPolicy: {outlierdetection: {}}}", "/spec/trafficPolicy/outlierdetection means outlierDetection"},
		{"{host: cart, trafficPolicy: {circuitBreaker: {}}}", "/spec/trafficPolicy/circuitBreaker means "},
		{"{host: cart, subsets: [{name: v1}, {name: v2, lables: {a: b}}]}", "/spec/subsets/1/lables means labels"},
		{"{host: cart, subsets: [{name: v1, labels: {lables: anything, goes: here}}]}", ""},
		{"{host: cart, traffic_policy: {outlier_detection: {consecutive_5xx_errors: 3}}}", ""},
		{"{host: cart, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}, too: c}]}}}}",
			"/spec/trafficPolicy/loadBalancer/localityLbSetting/distribute/0/too means to"},
		{"{host: cart, trafficPolicy: {portLevelSettings: [{port: {number: 80, name: http}, tls: {mode: DISABLE}}]}}",
			"/spec/trafficPolicy/portLevelSettings/0/port/name means "},
		{"{host: cart, a/b~c: 1}", "/spec/a~1b~0c means "},
	}
	for _, test := range tests {
		_, unknown := decodedRule(t, test.spec)
		var got []string
		for _, u := range unknown {
			got = append(got, u.path+" means "+u.meant)
		}
		if text := strings.Join(got, "\n"); text != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.spec, text, test.want)
		}
	}
}

func TestWhatStandsBesideAnUnknownFieldIsKept(t *testing.T) {
	d, unknown := decodedRule(t, "{host: cart, trafficPolicy: {outlierDetections: {}, outlierDetection: {maxEjectionPercent: 50, consecutive5xxErrors: 7}}}")
	o := d.Spec.GetTrafficPolicy().GetOutlierDetection()
	if len(unknown) != 1 || o.GetMaxEjectionPercent() != 50 || o.GetConsecutive_5XxErrors().GetValue() != 7 {
		t.Errorf("%v, %v", unknown, o)
	}
}

func TestDurationsAreReadAsGoReadsThem(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5s": 5 * time.Second, "1m": time.Minute, "500ms": 500 * time.Millisecond, "1h30m": 90 * time.Minute, "0.5s": 500 * time.Millisecond,
	} {
		d, unknown := decodedRule(t, "{host: cart, trafficPolicy: {outlierDetection: {interval: "+text+"}}}")
		if got := d.Spec.GetTrafficPolicy().GetOutlierDetection().GetInterval().AsDuration(); got != want || len(unknown) > 0 {
			t.Errorf("%s is %v (%v)", text, got, unknown)
		}
	}
}

func TestAnObjectThatCannotBeReadIsLeftOut(t *testing.T) {
	docs := parsed(t, "one", `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: bad, namespace: shop}
spec:
  host: [cart]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: good, namespace: shop}
spec: {host: cart}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: bad, namespace: shop}
spec: {rules: {}}
`)
	f := Build(Input{Mesh: &mesh.Mesh{Name: "m"}, Clusters: []*mesh.Cluster{{Name: "one"}}, Docs: docs})
	var got []string
	for _, d := range f.Diagnostics() {
		got = append(got, fmt.Sprintf("%s %s", d.Position.Short(), d.Message))
	}
	if len(got) != 2 || !strings.HasPrefix(got[0], "one.yaml:5 DestinationRule shop/bad is left out") || !strings.Contains(got[1], "HTTPRoute shop/bad") {
		t.Errorf("%q", got)
	}
	if rules := f.Config("one").DestinationRules; len(rules) != 1 || rules[0].Name != "good" {
		t.Errorf("%v", rules)
	}
}

func TestOlderVersionsOfTheAPIAreTheSame(t *testing.T) {
	var text []string
	for _, version := range []string{"v1", "v1beta1", "v1alpha3"} {
		text = append(text, fmt.Sprintf("apiVersion: networking.istio.io/%s\nkind: DestinationRule\nmetadata: {name: %s, namespace: shop}\nspec: {host: cart}", version, version))
	}
	f := Build(Input{Mesh: &mesh.Mesh{Name: "m"}, Clusters: []*mesh.Cluster{{Name: "one"}}, Docs: parsed(t, "one", strings.Join(text, "\n---\n"))})
	if n := len(f.Config("one").DestinationRules); n != 3 {
		t.Errorf("%d rules", n)
	}
}

func TestTheMeshsConfigurationIsLaidOverTheDefaults(t *testing.T) {
	operator := `
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh, namespace: istio-system}
spec:
  meshConfig:
    connectTimeout: 1500ms
    localityLbSetting: {enabled: false}
  values:
    global:
      network: net1
      meshNetworks:
        net2: {endpoints: [{fromRegistry: two}], gateways: [{address: 1.2.3.4, port: 15443}]}
`
	configMap := `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    connectTimeout: 2s
    localityLBSetting: {}
`
	type settings struct {
		timeout  time.Duration
		locality bool
		gateways int
	}
	for _, test := range []struct {
		name, text string
		want       settings
	}{
		{"nothing is said", "", settings{10 * time.Second, true, 0}},
		{"an installation says it", operator, settings{1500 * time.Millisecond, false, 1}},
		{"the ConfigMap says it", configMap, settings{2 * time.Second, true, 0}},
		{"the ConfigMap is what istiod reads", operator + "---" + configMap, settings{2 * time.Second, false, 1}},
	} {
		var istio, others []*source.Document
		if test.text != "" {
			for _, d := range parsed(t, "one", test.text) {
				if Reads(d) {
					istio = append(istio, d)
				} else {
					others = append(others, d)
				}
			}
		}
		c := &mesh.Cluster{Name: "one"}
		inv, _ := kubernetes.Build(c, others)
		f := Build(Input{Mesh: &mesh.Mesh{Name: "m"}, Clusters: []*mesh.Cluster{c}, Docs: istio, Inventories: map[string]*kubernetes.Inventory{"one": inv}})
		w := f.worlds[0]
		got := settings{w.settings.ConnectTimeout.AsDuration(), w.settings.LocalityLbSetting.GetEnabled().GetValue(), len(w.gateways.all)}
		if got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
		unknown := slices.ContainsFunc(f.Facts(), func(f *mesh.Fact) bool {
			return f.Kind == mesh.FactUnknownField && strings.Contains(f.Message, "localityLbSetting?")
		})
		if unknown != strings.Contains(test.text, "localityLBSetting") {
			t.Errorf("%s: unknown field reported: %v", test.name, unknown)
		}
	}
}

func TestNumbersInNamesCountByTheirValue(t *testing.T) {
	names := []string{"rule-10", "rule-9", "rule", "rule-009b", "rule-9a", "a", "rule-2-10", "rule-2-9"}
	slices.SortStableFunc(names, compareNumbered)
	if got := strings.Join(names, " "); got != "a rule rule-2-9 rule-2-10 rule-9 rule-9a rule-009b rule-10" {
		t.Error(got)
	}
}
