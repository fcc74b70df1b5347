package linkerd_test

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/mesh"
)

func TestWhatCannotBeReadIsReportedWithItsPlace(t *testing.T) {
	for _, tc := range []struct{ name, objects, want string }{
		{"a port that is none", webService("annotations: {config.linkerd.io/opaque-ports: '80,x,90-80,70000,'}", ""),
			"k.yaml:4:54: Linkerd ignores \"x\": it is no port, range or name of a port\n" +
				"k.yaml:4:54: Linkerd ignores \"90-80\": it is no port, range or name of a port\n" +
				"k.yaml:4:54: Linkerd ignores \"70000\": it is no port, range or name of a port"},
		{"a name where names are not known", meshed("p", "config.linkerd.io/skip-inbound-ports: http"),
			"k.yaml:5:110: Linkerd ignores \"http\": it is no port, range or name of a port"},
		{"a wrong type", "{apiVersion: linkerd.io/v1alpha2, kind: ServiceProfile, metadata: {name: a.b.svc.cluster.local, namespace: b}, spec: {routes: {}}}",
			"k.yaml:1:119: spec.routes has to be a list"},
		{"a profile that Linkerd rejects", profileOf("shop", "retryBudget: {retryRatio: 0.5, ttl: 10}"),
			"k.yaml:6:39: spec.retryBudget.ttl has to be a string; put 10 in quotes\n" +
				"k.yaml:6:39: Linkerd cannot use this ServiceProfile, and clients go on without it: the retry budget needs a ttl, such as 10s"},
		{"a weight that is none", split("", "{service: web, weight: much}"), "k.yaml:6:48: this weight is no quantity; it counts as 0"},
		{"a weight that takes minutes to read", split("", "{service: web, weight: 1e999999999}"), "k.yaml:6:48: this weight is no quantity; it counts as 0"},
		{"a selector of an unknown operator", "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {name: s}, spec: {port: 1, podSelector: {matchExpressions: [{key: a, operator: Is}]}}}",
			`k.yaml:1:92: this selector selects nothing: "Is" is not a valid label selector operator`},
		{"an object without a name", "{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {namespace: a}}", "k.yaml:1:55: this Server has no metadata.name"},
		{"other kinds", "{apiVersion: example.org/v1, kind: Server, spec: 1}", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, diags := tryParse(t, tc.objects)
			var got []string
			for _, d := range diags {
				got = append(got, d.Error())
			}
			expect(t, strings.Join(got, "\n"), tc.want)
		})
	}
}

// Of two definitions the first counts, and a fact tells of the second.
func TestTwoOfOne(t *testing.T) {
	objects, diags := tryParse(t, split("", "{service: web, weight: 1}")+split("", "{service: web, weight: 1}"))
	if len(diags) != 0 || len(objects.Refused) != 1 {
		t.Fatalf("%v, %d facts", diags, len(objects.Refused))
	}
	f := objects.Refused[0]
	want := "TrafficSplit shop/t is defined twice; the definition at k.yaml:3 counts, and this one is left out: remove one of them"
	if f.Kind != mesh.FactDuplicate || f.Message != want || len(f.Related) != 1 {
		t.Errorf("%s: %s, want %s", f.Kind, f.Message, want)
	}
}

func TestProblemsOfOneDocumentAreNotToldForEver(t *testing.T) {
	_, diags := tryParse(t, webService("annotations: {config.linkerd.io/opaque-ports: '"+strings.Repeat("no,", 1000)+"80'}", "")+split("", "{service: web, weight: much}"))
	if len(diags) != 21 {
		t.Errorf("%d diagnostics", len(diags))
	}
	_, diags = tryParse(t, webService("annotations: {config.linkerd.io/opaque-ports: \"80,\\e[31m"+strings.Repeat("x", 1000)+"\"}", ""))
	if len(diags) != 1 || strings.ContainsRune(diags[0].Message, 0x1b) || len(diags[0].Message) > 150 {
		t.Errorf("%v", diags)
	}
}

func TestLinks(t *testing.T) {
	objects := parse(t, `
apiVersion: multicluster.linkerd.io/v1alpha3
kind: Link
metadata: {name: east, namespace: linkerd-multicluster}
spec:
  targetClusterName: east
  targetClusterDomain: cluster.local
  targetClusterLinkerdNamespace: linkerd
  gatewayAddress: "192.0.2.1, gw.example.org"
  gatewayPort: "4143"
  probeSpec: {path: /ready, port: "4191", period: 3s, failureThreshold: 3}
  selector: {matchLabels: {mirror.linkerd.io/exported: "true"}}
  remoteDiscoverySelector: {}
`)
	l := objects.Links[0]
	if l.Cluster != "east" || strings.Join(l.GatewayAddresses, " ") != "192.0.2.1 gw.example.org" || l.GatewayPort != 4143 || l.GatewayIdentity != "" {
		t.Errorf("%+v", l)
	}
	if l.ProbePeriod != 3*time.Second || l.ProbeTimeout != 0 || l.ProbePort != 4191 || l.ProbeFailures != 3 {
		t.Errorf("%+v", l)
	}
	exported := labels.Set{"mirror.linkerd.io/exported": "true"}
	for name, tc := range map[string]struct {
		s    labels.Selector
		want bool
	}{"mirrored": {l.Mirrored, true}, "flat, of an empty selector": {l.Flat, false}, "federated, of none": {l.Federated, false}} {
		if got := tc.s.Matches(exported); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestHandles(t *testing.T) {
	for kind, want := range map[string]bool{
		"linkerd.io/v1alpha1 ServiceProfile": true, "policy.linkerd.io/v1beta1 Server": true, "v1 Pod": true,
		"networking.istio.io/v1 Sidecar": false, "apps/v1 Pod": false, "policy.linkerd.io/v1beta1 Link": false,
	} {
		version, name, _ := strings.Cut(kind, " ")
		if got := linkerd.Handles(version, name); got != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}
