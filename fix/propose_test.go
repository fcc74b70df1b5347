package fix

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/loaders/edit"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Repairs that no planted fault shows, each of one file.
func TestRepairs(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		old, new   string // what makes the finding
		was, want  string // what the repair does
		safety     Safety
	}{
		{"a region that is a slip", "mesh/tickets.yaml", "to: eu-central-1", "to: us-esat-1", "to: us-esat-1", "to: us-east-1", Safe},
		{"a region that may be another one", "mesh/tickets.yaml", "to: eu-central-1", "to: us-east-7", "to: us-east-7", "to: us-east-1", Judgement},
		{"a subset that may be another one", "mesh/surveys.yaml", "  - name: v2\n", "  - name: second\n", "subset: v3", "subset: v1", Judgement},
		{"a host that is a slip", "mesh/fraud.yaml", "    - destination:\n        host: fraud.payments", "    - destination:\n        host: fruad.payments", "host: fruad.payments", "host: fraud.payments", Safe},
		{"a bound that somebody chose", "mesh/routing.yaml", "      baseEjectionTime: 30s\n", "      baseEjectionTime: 30s\n      maxEjectionPercent: 20 # enough?\n",
			"maxEjectionPercent: 20 # enough?", "maxEjectionPercent: 100 # enough?", Judgement},
		{"retries that somebody keeps at home", "mesh/orders.yaml", "      retryRemoteLocalities: true\n", "      retryRemoteLocalities: false\n",
			"retryRemoteLocalities: false", "retryRemoteLocalities: true", Judgement},
		{"no timeout", "mesh/quotes.yaml", "  - name: default\n", "  - name: default # all\n", "        host: quotes.fulfilment.svc.cluster.local\n", "        host: quotes.fulfilment.svc.cluster.local\n    timeout: 5s\n", Judgement},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := copyOf(t, "shop-broken", map[string][2]string{tc.file: {tc.old, tc.new}})
			before := readFile(t, root, tc.file)
			r, err := tryRepair(t, root, func(o *Options) {
				o.Unsafe = true
				o.Wanted = func(f *analyzer.Finding) bool { return f.Position().File == tc.file }
			})
			if err != nil {
				t.Fatal(err)
			}
			got := string(r.New[tc.file])
			if want := strings.Replace(before, tc.was, tc.want, 1); got != want {
				for _, l := range r.Left {
					t.Logf("%s %s: %s", l.Finding.Rule.ID, l.Finding.Position(), l.Why)
				}
				t.Fatalf("\n%s\nwant\n%s", got, want)
			}
			if f := r.Repaired[0]; f.Safety != tc.safety || f.Edits[0].Safety != tc.safety || f.Edits[0].Rule != f.Finding.Rule.ID || f.Edits[0].Fingerprint != f.Finding.Fingerprint() {
				t.Errorf("%+v, want %s", f, tc.safety)
			}
		})
	}
}

// A subset's loadBalancer gets the list of the host back, and its detection the host's bound.
func TestWhatASubsetTakesAwayIsRepeated(t *testing.T) {
	const file = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, namespace: n}
spec:
  host: a.n.svc.cluster.local
  trafficPolicy:
    loadBalancer: {localityLbSetting: {failover: [{from: a, to: b}]}}
    outlierDetection: {maxEjectionPercent: 60}
  subsets:
  - name: s
    trafficPolicy:
      loadBalancer: {simple: RANDOM} # ours
      outlierDetection:
        interval: 5s # often
`
	docs, _, _ := source.Parse("a.yaml", []byte(file), source.Options{})
	for _, tc := range []struct{ path, was, want string }{
		{"/spec/subsets/0/trafficPolicy/loadBalancer", "{simple: RANDOM}", "{simple: RANDOM, localityLbSetting: {failover: [{from: a, to: b}]}}"},
		{"/spec/subsets/0/trafficPolicy/outlierDetection", "interval: 5s # often\n", "interval: 5s # often\n        maxEjectionPercent: 60\n"},
	} {
		list := policyDiscarded(&Case{Doc: docs[0], Path: tc.path, Finding: &analyzer.Finding{Cause: failover.Cause{Loss: mesh.LossSubset}}})
		if len(list) != 1 || list[0].Safety != Safe || len(list[0].Steps) != 1 {
			t.Errorf("%s: %+v", tc.path, list)
			continue
		}
		c, err := edit.Find("a.yaml", []byte(file), 0, list[0].Steps[0].Op)
		if want := strings.Replace(file, tc.was, tc.want, 1); err != nil || string(c.Apply([]byte(file))) != want {
			t.Errorf("%v:\n%s\nwant\n%s", err, c.Apply([]byte(file)), want)
		}
	}
}
