package policy

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
)

// shop is the clean fleet of the repository.
func shop(t *testing.T) *fleet.Fleet {
	t.Helper()
	root, err := filepath.Abs("../testdata/fleets/shop")
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(root, "muster.yaml"), root)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Load(t.Context(), fleet.Options{Config: cfg, Source: source.Options{Root: root}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// own is the source of a policy of a user, with METADATA for its id.
func own(id, body string, more ...string) Source {
	return Source{File: strings.ToLower(id) + ".rego", Text: []byte("# METADATA\n# title: Something is wrong\n# custom:\n#   id: " + id +
		"\n#   severity: warning\n" + strings.Join(more, "\n") + "package muster.rules." + id + "\n\n" + body)}
}

// judge evaluates policies over a fleet and returns findings as "ID level place: message".
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

func TestFindingsStandWhereTheyBelong(t *testing.T) {
	f := shop(t)
	s := Compile([]Source{
		own("ACME_1", `findings contains {"id": id, "field": "objective", "args": {"name": s.name, "n": s.endpoints.total}} if {
	some id in input.targets
	s := data.graph.services[id]
	s.name == "orders"
}
`, "#   message: \"{name} has {n} pods.\"\n"),
		own("ACME_2", `findings contains {"id": w, "field": "containers.0.image", "service": id, "level": "note"} if {
	some id in input.targets
	some w in data.graph.services[id].workloads
	data.graph.workloads[w].containers[0].image.tag == "4.4.1"
}
`),
		own("ACME_3", `findings contains {"id": id, "path": "/spec/host"} if {
	some id in input.targets
	contains(data.objects[id].spec.host, "orders")
}
`, "#   selector: {kinds: [DestinationRule]}\n"),
	})
	if text := refused(s); text != "" {
		t.Fatal(text)
	}
	got, r := judge(t, f, s, Options{})
	if len(r.NotEvaluated) > 0 {
		t.Error(r.NotEvaluated)
	}
	for _, line := range got {
		t.Log(line)
	}
}

func TestTypos(t *testing.T) {
	for body, want := range map[string]string{
		`findings contains {"id": id} if { some id in input.target }`:                                                                                                    "targets",
		`findings contains {"id": id} if { some id in input.targets; data.graph.services[id].namespcae == "x" }`:                                                         "namespace",
		`findings contains {"id": id} if { some id in input.targets; s := data.graph.services[id]; some w in s.workloads; data.graph.workloads[w].update.histroy == 0 }`: "history",
		`findings contains {"id": id} if { some id in input.targets; data.grpah.services[id].name == "x" }`:                                                              "graph",
		`findings contains {"id": id} if { some id in input.targets; s := data.graph.services[id]; some p in s.ports; p.nubmer == 0 }`:                                   "number",
		`findings contains {"id": id} if { some id in input.targets; input.params.ACME_1.tagz }`:                                                                         "tagz",
		`findings contains {"id": id} if { some id in input.targets; http.send({"url": "http://x"}) }`:                                                                   "http.send",
		`findings contains {"id": opa.runtime().env.HOME} if { some id in input.targets }`:                                                                               "opa.runtime",
		`findings contains {"id": id} if { some id in input.targets; walk(data.graph, [_, v]); v == 1 }`:                                                                 "walk",
		`findings contains {"id": id} if { some id in input.targets; data.graph.services[id].name == 1 }`:                                                                "match error",
	} {
		s := Compile([]Source{own("ACME_1", body)})
		if text := refused(s); !strings.Contains(text, want) {
			t.Errorf("%s: %s, want %q", body, text, want)
		} else {
			t.Log(text)
		}
	}
}

func TestHostile(t *testing.T) {
	f := shop(t)
	s := Compile([]Source{
		own("ACME_1", `findings contains {"id": id, "message": sprintf("%d", [n])} if { some id in input.targets; some n in numbers.range(1, 1000000) }`),
		own("ACME_2", `findings contains {"id": id} if { some id in input.targets; count([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i == j]) > 5 }`),
		own("ACME_3", `findings contains {"id": id} if { some id in input.targets; endswith(id, "orders.checkout.svc.cluster.local") }`),
		own("ACME_4", `findings contains {"id": id} if { some id in input.targets; to_number("x") == 1 }`),
	})
	if text := refused(s); text != "" {
		t.Fatal(text)
	}
	start := time.Now()
	got, r := judge(t, f, s, Options{Deadline: time.Second})
	for _, line := range got {
		t.Log(line)
	}
	t.Log(r.NotEvaluated, time.Since(start))
}
