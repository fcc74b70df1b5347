package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
)

// load reads a fleet of plain files, with its muster.yaml if it has one.
func load(t *testing.T, root string) *fleet.Fleet {
	t.Helper()
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	o := fleet.Options{Source: source.Options{Root: root}}
	if _, err := os.Stat(filepath.Join(root, "muster.yaml")); err != nil {
		o.Inputs = []source.Input{{Path: root}}
	} else if o.Config, err = config.Load(filepath.Join(root, "muster.yaml"), root); err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// shop is the clean fleet of the repository.
func shop(t *testing.T) *fleet.Fleet {
	t.Helper()
	return load(t, "../testdata/fleets/shop")
}

// own is the source of a policy of a user, with METADATA for its id.
func own(id, body string, more ...string) Source {
	return Source{File: strings.ToLower(id) + ".rego", Text: []byte("# METADATA\n# title: Something is wrong\n# custom:\n#   id: " + id +
		"\n#   severity: warning\n" + strings.Join(more, "\n") + "package muster.rules." + id + "\n\n" + body)}
}

// over is a policy with one condition on each of its targets.
func over(id, condition string, more ...string) Source {
	return own(id, "findings contains {\"id\": id} if {\n\tsome id in input.targets\n\t"+condition+"\n}\n", more...)
}

// judge evaluates policies over a fleet and returns findings as "ID level service place: message".
func judge(t *testing.T, f *fleet.Fleet, s *Set, o Options) ([]string, *Result) {
	t.Helper()
	o.Graph, o.Objects = f.Graph, f.Objects(s.Kinds())
	r, err := s.Evaluate(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range analyzer.Run(f.Graph, &failover.Matrix{}, r.Rules, o.Settings) {
		service := "-"
		if x.Service != nil {
			service = x.Service.Name
		}
		got = append(got, strings.Join([]string{x.Rule.ID, string(x.Level), service, x.Position().String() + ":", x.Message}, " "))
	}
	return got, r
}

func refused(s *Set) string {
	var lines []string
	for _, p := range s.Refused {
		lines = append(lines, p.Error())
	}
	return strings.Join(lines, "\n")
}

func missed(r *Result) string {
	var lines []string
	for _, n := range r.NotEvaluated {
		lines = append(lines, n.Position.String()+" "+n.Rule+": "+n.Message)
	}
	return strings.Join(lines, "\n")
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s\n\t%s\nwant\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// A finding stands at a node of the graph, at the line of a field, or at a value of an object; it is about the service
// that it names, that it stands at, or that alone is behind it.
func TestFindingsStandWhereTheyBelong(t *testing.T) {
	f := shop(t)
	s := Compile([]Source{
		own("ACME_1", `findings contains {"id": id, "field": "objective", "args": {"name": s.name, "n": s.endpoints.total}} if {
	some id in input.targets
	s := data.graph.services[id]
	s.name == "orders"
}
`, "#   message: \"{name} has {n} pods, {and} more.\"\n"),
		own("ACME_2", `findings contains {"id": w, "field": "containers.0.image", "service": id, "level": "note"} if {
	some id in input.targets
	some w in data.graph.services[id].workloads
	data.graph.workloads[w].containers[0].image.tag == "4.4.1"
}
`),
		own("ACME_3", `findings contains {"id": id, "path": "/spec/host", "message": data.objects[id].cluster} if {
	some id in input.targets
	contains(data.objects[id].spec.host, "orders")
	data.objects[id].cluster == "eu"
}
`, "#   selector: {kinds: [DestinationRule]}\n"),
		over("ACME_4", `data.graph.workloads[id].name == "orders"; data.graph.workloads[id].cluster == "us-west"`, "#   selector: {over: workloads}\n"),
		over("ACME_5", `data.graph.clusters[id].region == "eu-west-1"`, "#   selector: {over: clusters}\n"),
	})
	if text := refused(s); text != "" {
		t.Fatal(text)
	}
	got, r := judge(t, f, s, Options{})
	equal(t, "findings", got, []string{
		"ACME_4 warning orders clusters/us-west/checkout/orders.yaml:7:1: Something is wrong",
		"ACME_3 warning orders mesh/orders.yaml:7:3: eu",
		"ACME_5 warning - muster.yaml:21:5: Something is wrong",
		"ACME_1 warning orders muster.yaml:49:14: orders has 12 pods, {and} more.",
		"ACME_2 note orders clusters/us-east/checkout/orders.yaml:35:9: Something is wrong",
		"ACME_2 note orders clusters/us-west/checkout/orders.yaml:35:9: Something is wrong",
	})
	if text := missed(r); text != "" {
		t.Error(text)
	}
}

// Levels and parameters of the config hold for policies as they do for rules in Go.
func TestSettingsHoldForPolicies(t *testing.T) {
	f := shop(t)
	params := "#   params:\n#   - {name: names, type: strings, default: [], description: x}\n#   - {name: wait, type: duration, default: 1m, description: x}\n"
	s := Compile([]Source{
		own("ACME_1", `findings contains {"id": id, "message": sprintf("%v", [input.params.ACME_1.wait])} if {
	some id in input.targets
	data.graph.services[id].name in input.params.ACME_1.names
}
`, params),
		over("ACME_2", `data.graph.services[id].name == "orders"`, "#   default: false\n"),
	})
	if text := refused(s); text != "" {
		t.Fatal(text)
	}
	none, _ := judge(t, f, s, Options{})
	equal(t, "without settings", none, nil)
	names := map[string]any{"names": []any{"orders"}, "wait": "90s"}
	got, _ := judge(t, f, s, Options{Settings: map[string]analyzer.Setting{"ACME_1": {Level: "error", Params: names}, "ACME_2": {Level: "note"}}})
	equal(t, "with settings", got, []string{
		"ACME_1 error orders clusters/us-east/checkout/orders.yaml:65:3: 90",
		"ACME_2 note orders clusters/us-east/checkout/orders.yaml:65:3: Something is wrong",
	})
	off, r := judge(t, f, s, Options{Settings: map[string]analyzer.Setting{"ACME_1": {Level: "off", Params: names}}})
	equal(t, "switched off", off, nil)
	if len(r.Rules) != 0 {
		t.Errorf("%d rules ran, want none", len(r.Rules))
	}
}

// What the inputs do not decide is absent and listed; what nobody wrote is absent alone.
func TestUnknownIsToldFromAbsent(t *testing.T) {
	root := t.TempDir()
	text := `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: ${REPLICAS}
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
      - {name: cart, image: "registry.example/cart:1"}
`
	if err := os.WriteFile(filepath.Join(root, "cart.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Compile([]Source{
		over("ACME_1", `"locality" in data.graph.workloads[id].unknown; not data.graph.workloads[id].locality`, "#   selector: {over: workloads}\n"),
		over("ACME_2", `"terminationGrace" in data.graph.workloads[id].unknown`, "#   selector: {over: workloads}\n"),
		over("ACME_3", `not data.graph.workloads[id].terminationGrace`, "#   selector: {over: workloads}\n"),
	})
	if text := refused(s); text != "" {
		t.Fatal(text)
	}
	got, _ := judge(t, load(t, root), s, Options{})
	var ids []string
	for _, line := range got {
		ids = append(ids, line[:6])
	}
	equal(t, "policies that speak", ids, []string{"ACME_1", "ACME_3"})
}

// A finding that cannot be shown is told, and never lost in silence.
func TestFindingsThatCannotBeShown(t *testing.T) {
	f := shop(t)
	for finding, want := range map[string]string{
		`"orders"`:                         "want an object",
		`{"field": "objective"}`:           "id: there is none",
		`{"id": "nobody"}`:                 "there is no nobody in the fleet",
		`{"id": "east"}`:                   "there is no east in the fleet",
		`{"id": id, "field": "objektive"}`: "has no field objektive",
		`{"id": id, "path": "/spec"}`:      "path: it belongs to objects",
		`{"id": id, "level": "loud"}`:      `"loud" is none of error, warning, note`,
		`{"id": id, "service": "x"}`:       "service: there is no x",
		`{"id": id, "messsage": "x"}`:      "did you mean message?",
		`{"id": id, "message": 1}`:         "message: want text",
		`{"id": id, "args": ["x"]}`:        "args: want an object",
	} {
		s := Compile([]Source{own("ACME_1", "findings contains "+finding+" if {\n\tsome id in input.targets\n\tdata.graph.services[id].name == \"orders\"\n}\n")})
		if text := refused(s); text != "" {
			t.Fatal(text)
		}
		got, r := judge(t, f, s, Options{})
		if text := missed(r); !strings.Contains(text, want) || len(got) > 0 {
			t.Errorf("%s: %v, not evaluated: %q, want %q", finding, got, text, want)
		}
	}
}
