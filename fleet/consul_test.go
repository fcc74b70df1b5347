package fleet_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

func TestBankIsSilent(t *testing.T) {
	_, _, findings := audit(t, "../testdata/fleets/bank")
	for _, f := range loud(findings, analyzer.Warning) {
		t.Error(f)
	}
}

// The faults of the table are found at their lines, and nothing else is. Levels are the rules' own business, and theirs for
// what a mesh refuses is a warning.
func TestBankFaultsAreFound(t *testing.T) {
	const dir = "../testdata/fleets/bank-broken"
	data, err := os.ReadFile(filepath.Join(dir, "faults.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var faults []struct {
		Service, Rule string
		At            struct{ File, Match string }
	}
	if err := yaml.Unmarshal(data, &faults); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, f := range faults {
		text, err := os.ReadFile(filepath.Join(dir, f.At.File))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if strings.Contains(line, f.At.Match) {
				want[f.Rule+" "+f.Service+" "+f.At.File+":"+mesh.Position{File: "x", Line: i + 1}.String()[2:]] = true
			}
		}
	}
	_, _, findings := audit(t, dir)
	for _, f := range findings {
		if !f.Level.AtLeast(analyzer.Warning) {
			continue
		}
		got := f.Rule.ID + " " + string(f.Service.ID) + " " + f.Position().File + ":" + mesh.Position{File: "x", Line: f.Position().Line}.String()[2:]
		if !want[got] {
			t.Errorf("found and not planted: %s: %s", got, f.Message)
		}
		delete(want, got)
	}
	for _, missing := range slices.Sorted(maps.Keys(want)) {
		t.Error("planted and not found: " + missing)
	}
}

// What the inputs do not decide leaves a gap: neither a finding nor a pass.
func TestConsulGaps(t *testing.T) {
	locality := map[string]string{"entries/pay.hcl": "Kind = \"service-resolver\"\nName = \"pay\"\nPrioritizeByLocality { Mode = \"failover\" }\n"}
	edition := func(e string) map[string]string {
		files := maps.Clone(locality)
		files["muster.yaml"] = strings.Replace(federation{}.files()["muster.yaml"], "edition: community, clusters: [one", e+"clusters: [one", 1)
		return files
	}
	for _, c := range []struct {
		name string
		more map[string]string
		gap  string // begins so; "" = none
	}{
		{"nothing is open", nil, ""},
		{"an Enterprise feature in the Community edition is refused", locality, ""},
		{"an Enterprise feature, and nobody declares the edition", edition(""), "service-resolver pay uses what only Consul Enterprise has, and nobody declares the edition"},
		{"an Enterprise feature in Enterprise", edition("edition: enterprise, "), "service-resolver pay uses what only Consul Enterprise has, and what follows"},
		{"a datacenter of which nothing is known", map[string]string{"two/pay.hcl": "", "two/gateways.hcl": ""}, "nothing that is registered in two"},
		{"a filter that looks at what registrations do not tell", map[string]string{
			"entries/pay.hcl": "Kind = \"service-resolver\"\nName = \"pay\"\nDefaultSubset = \"a\"\nSubsets { a = { Filter = \"Node.Meta.rack == a\" } }\n"}, "the filter of the subset a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := federation{more: c.more}.load(t).Graph.Service("bank/one/default/pay")
			switch {
			case s.Gap == nil && c.gap != "":
				t.Errorf("no gap, want %q", c.gap)
			case s.Gap != nil && (c.gap == "" || !strings.HasPrefix(s.Gap.What, c.gap)):
				t.Errorf("%q, want %q", s.Gap.What, c.gap)
			}
		})
	}
}

// Intentions: the highest rank decides alone, what looks at requests is not known, and without a default nobody knows what
// holds for others.
func TestConsulIntentions(t *testing.T) {
	intentions := func(to, sources string) string {
		return "Kind = \"service-intentions\"\nName = \"" + to + "\"\nSources = [" + sources + "]\n"
	}
	const web, other, peer = "consul/ns/default/dc/one/svc/web", "consul/ns/default/dc/three/svc/other", "consul/ns/default/dc/frankfurt/svc/web"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  map[string]mesh.Verdict
	}{
		{"none at all", nil, map[string]mesh.Verdict{web: mesh.Allowed, other: mesh.Allowed}},
		{"an allow, and no default", map[string]string{"entries/i.hcl": intentions("pay", `{ Name = "web", Action = "allow" }`)},
			map[string]mesh.Verdict{web: mesh.Allowed, other: mesh.VerdictUnknown, peer: mesh.VerdictUnknown}},
		{"an allow, and deny by default", map[string]string{"entries/i.hcl": intentions("pay", `{ Name = "web", Action = "allow" }`), "one/agent.hcl": "acl { enabled = true, default_policy = \"deny\" }\n"},
			map[string]mesh.Verdict{web: mesh.Allowed, other: mesh.Denied, peer: mesh.Denied}},
		{"a deny of one, a wildcard allows the rest", map[string]string{"entries/i.hcl": intentions("pay", `{ Name = "web", Action = "deny" }, { Name = "*", Action = "allow" }`), "one/agent.hcl": "default_intention_policy = \"deny\"\n"},
			map[string]mesh.Verdict{web: mesh.Denied, other: mesh.Allowed}},
		{"an exact allow outranks a wildcard deny", map[string]string{"entries/i.hcl": intentions("pay", `{ Name = "*", Action = "deny" }, { Name = "web", Action = "allow" }`)},
			map[string]mesh.Verdict{web: mesh.Allowed, other: mesh.Denied}},
		{"a wildcard destination", map[string]string{"entries/i.hcl": intentions("*", `{ Name = "*", Action = "deny" }`), "entries/j.hcl": intentions("pay", `{ Name = "web", Action = "allow" }`)},
			map[string]mesh.Verdict{web: mesh.Allowed, other: mesh.Denied}},
		{"permissions look at requests", map[string]string{"entries/i.hcl": intentions("pay", `{ Name = "web", Permissions = [{ Action = "allow", HTTP { PathPrefix = "/v1" } }] }`), "one/agent.hcl": "acl { enabled = true, default_policy = \"deny\" }\n"},
			map[string]mesh.Verdict{web: mesh.VerdictUnknown, other: mesh.Denied}},
		{"a peer's caller is named with its peer", map[string]string{"entries/i.hcl": intentions("pay", `{ Name = "web", Peer = "eu", Action = "allow" }`), "one/agent.hcl": "acl { enabled = true, default_policy = \"deny\" }\n"},
			map[string]mesh.Verdict{peer: mesh.Allowed, web: mesh.Denied}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := federation{more: c.files}.load(t).Graph.Service("bank/one/default/pay")
			for who, want := range c.want {
				got, at := s.Endpoints[0].Inbound.Authorization.Decide(mesh.Caller{Principal: who, Namespace: "default", Port: 8080})
				if got != want {
					t.Errorf("%s: %d, want %d (%s)", who, got, want, at)
				}
			}
		})
	}
}

// Pods of consul-k8s are registered by their annotations, and called by those that name them.
func TestConsulPods(t *testing.T) {
	pods := `apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: bank}
spec:
  replicas: 2
  selector: {matchLabels: {app: NAME}}
  template:
    metadata:
      labels: {app: NAME}
      annotations: {consul.hashicorp.com/connect-inject: "true", consul.hashicorp.com/transparent-proxy: "false", ANNOTATION}
    spec:
      containers:
      - {name: c, image: "x:1", ports: [{containerPort: 9090}], readinessProbe: {httpGet: {path: /, port: 9090}, periodSeconds: 5, timeoutSeconds: 1, failureThreshold: 2}}
`
	deployment := func(name, annotation string) string {
		return strings.NewReplacer("NAME", name, "ANNOTATION", annotation).Replace(pods)
	}
	f := federation{without: "pay one", more: map[string]string{
		"one/pay.yaml": deployment("pay", `consul.hashicorp.com/connect-service: pay`),
		"one/web.hcl":  "", "one/web.yaml": deployment("web", `consul.hashicorp.com/connect-service: web, consul.hashicorp.com/connect-service-upstreams: "pay:9000"`),
		"one/idle.yaml":    deployment("idle", `consul.hashicorp.com/connect-service: idle`),
		"one/outside.yaml": strings.Replace(deployment("outside", `consul.hashicorp.com/connect-service: outside`), `connect-inject: "true"`, `connect-inject: "false"`, 1),
	}}
	g := f.load(t).Graph
	s := g.Service("bank/one/default/pay")
	if s == nil || s.Ports[0].Number != 9090 || len(s.Endpoints) != 4 || s.Endpoints[0].Workload.Identity != "consul/ns/default/dc/one/svc/pay" {
		t.Fatalf("pay: %+v", s)
	}
	if g.Service("bank/one/default/outside") != nil {
		t.Error("a pod without injection is in the mesh")
	}
	for _, c := range failover.Callers(g, s) {
		if c.Labels["consul.hashicorp.com/service"] == "idle" || c.Cluster != "one" || len(c.Principals) != 1 || !strings.HasSuffix(c.Principals[0], "/svc/web") {
			t.Errorf("caller %s %v", c.ID, c.Principals)
		}
	}
	hang := ask(t, g, "one", "workload=one/bank/Deployment/pay", failover.Hang)
	if hang.Outcome != failover.Survives || hang.Destinations[0].Cluster != "two" {
		t.Errorf("hang with a readiness probe: %s to %v", hang.Outcome, hang.Destinations)
	}
}
