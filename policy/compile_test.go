package policy

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
)

var update = flag.Bool("update", false, "rewrite docs/schema")

// What does not exist in input or data.graph is an error at its line, with what was probably meant.
func TestMisspeltFieldsDoNotCompile(t *testing.T) {
	const params = "#   params:\n#   - {name: tags, type: strings, default: [], description: x}\n"
	for condition, want := range map[string]string{
		`input.target`: `acme_1.rego:12:2: there is no target here: "target" is none of params, targets; did you mean targets?`,
		`input.zonez`:  `there is no zonez here: "zonez" is none of params, targets`,
		`data.graph.services[id].namespcae == "x"`:                                                         "did you mean namespace?",
		`s := data.graph.services[id]; some w in s.workloads; data.graph.workloads[w].update.histroy == 0`: "did you mean history?",
		`s := data.graph.services[id]; some p in s.ports; p.nubmer == 0`:                                   "did you mean number?",
		`data.graph.servces[id].name == "x"`:                                                               "did you mean services?",
		`data.grpah.services[id].name == "x"`:                                                              "did you mean graph?",
		`input.params.ACME_1.tagz`:                                                                         "did you mean tags?",
		`input.params.ACME_2.tags`:                                                                         "there is no ACME_2 here",
		`data.graph.services[id].name == 1`:                                                                "match error: left : string right : number",
		`data.graph.services[id].endpoints.total == "1"`:                                                   "match error",
	} {
		s := Compile([]Source{over("ACME_1", condition, params)})
		if text := refused(s); !strings.Contains(text, want) || len(s.Policies) > 0 {
			t.Errorf("%s: %q, want %q", condition, text, want)
		}
	}
	right := `s := data.graph.services[id]; s.labels.app == "x"; s.endpoints.clusters.east > 1; s.objective.rto < 60; "a" in input.params.ACME_1.tags; data.graph.hosts[s.host].services[0] == id`
	if text := refused(Compile([]Source{over("ACME_1", right, params)})); text != "" {
		t.Error(text)
	}
}

func TestLint(t *testing.T) {
	for condition, want := range map[string]string{
		`walk(data.graph, [_, v]); v == 1`:                          "acme_1.rego:10:2: it walks over all data",
		`walk(data.objects, [_, v]); v == 1`:                        "it walks over all data",
		`g := data.graph.services; walk(g, [_, v]); v == 1`:         "it walks over all data",
		`data.graph.services[id].name == "x" with data.graph as {}`: "with is for tests",
		`x := 1`: "assigned var x unused",
	} {
		if text := refused(Compile([]Source{over("ACME_1", condition)})); !strings.Contains(text, want) {
			t.Errorf("%s: %q, want %q", condition, text, want)
		}
	}
	if text := refused(Compile([]Source{over("ACME_1", `walk(data.objects[id].spec, [_, v]); v == 1`, "#   selector: {kinds: [Service]}\n")})); text != "" {
		t.Error(text)
	}
}

// METADATA is needed, and what is wrong with it is told at its line.
func TestMetadataIsHeldAgainstWhatItMustSay(t *testing.T) {
	const body = "package muster.rules.ACME_1\n\nfindings contains {\"id\": id} if some id in input.targets\n"
	head := func(lines ...string) string { return "# METADATA\n# " + strings.Join(lines, "\n# ") + "\n" }
	for text, want := range map[string]string{
		"": "p.rego:1:1: METADATA: there is none above the package",
		head("custom: {id: ACME_1, severity: note}"):                                                                         "p.rego:1:1: METADATA: title: want one line",
		head("title: x", "custom: {severity: note}"):                                                                         "custom.id: there is none",
		head("title: x", "custom: {id: ACME_2, severity: note}"):                                                             "custom.id: it is ACME_2, and the package is data.muster.rules.ACME_1",
		head("title: x", "custom: {id: ACME_1}"):                                                                             "custom.severity: there is none",
		head("title: x", "custom: {id: ACME_1, severity: warn}"):                                                             `custom.severity: "warn" is none of error, warning, note; did you mean warning?`,
		head("title: x", "custom: {id: ACME_1, severity: note, remedation: x}"):                                              "did you mean remediation?",
		head("title: x", "custom: {id: ACME_1, severity: note, selector: {over: service}}"):                                  "did you mean services?",
		head("title: x", "custom: {id: ACME_1, severity: note, selector: {kind: [X]}}"):                                      "did you mean kinds?",
		head("title: x", "custom: {id: ACME_1, severity: note, selector: {over: objects}}"):                                  "kinds go with over: objects",
		head("title: x", "custom: {id: ACME_1, severity: note, slug: No}"):                                                   "custom.slug: want small letters",
		head("title: x", "custom: {id: ACME_1, severity: note, default: yes please}"):                                        "custom.default: want true or false",
		head("title: x", "custom: {id: ACME_1, severity: note, params: [{name: a, type: int, default: 1}]}"):                 "custom.params[0].type",
		head("title: x", "custom: {id: ACME_1, severity: note, params: [{name: a, type: integer, default: x}]}"):             "custom.params[0].default: want a whole number",
		head("title: x", "custom: {id: ACME_1, severity: note, params: [{name: a, type: integer, default: 1, minimum: 2}]}"): "want at least 2",
		head("title: x", "schemas: [{input: schema.x}]", "custom: {id: ACME_1, severity: note}"):                             "schemas: leave them out",
	} {
		got := refused(Compile([]Source{{File: "p.rego", Text: []byte(text + body)}}))
		if !strings.Contains(got, want) {
			t.Errorf("%s\n%q, want %q", text, got, want)
		}
	}
}

// A module that is wrong is refused with all that needs it; the others are compiled.
func TestOneBrokenPolicyDoesNotBreakTheOthers(t *testing.T) {
	lib := func(body string) Source { return Source{File: "lib.rego", Text: []byte("package acme.lib\n\n" + body)} }
	needs := over("ACME_2", `data.acme.lib.big(data.graph.services[id].endpoints.total)`)
	s := Compile([]Source{over("ACME_1", `nothing(id)`), needs, lib("big(n) if n > 10\n"), good(), {File: "x.rego", Text: []byte("package x\n\nfoo if {")}})
	if text := refused(s); strings.Count(text, "\n") != 1 || !strings.Contains(text, "acme_1.rego:10:2: undefined function nothing") || !strings.Contains(text, "x.rego:") {
		t.Error(text)
	}
	if len(s.Policies) != 2 || s.Policies[0].ID != "ACME_2" || s.Policies[1].ID != "ACME_9" {
		t.Errorf("%d policies", len(s.Policies))
	}
	s = Compile([]Source{needs, lib("big(n) if http.send(n)\n"), good()})
	if text := refused(s); !strings.Contains(text, "lib.rego:3:11: undefined function http.send") || !strings.Contains(text, "acme_2.rego:") || len(s.Policies) != 1 {
		t.Errorf("%d policies\n%s", len(s.Policies), text)
	}
}

// Nobody takes the place of a built-in rule, of another policy, or of the data.
func TestPackagesThatAreTaken(t *testing.T) {
	for _, id := range []string{"DR103", "IN001", "S01", "DR999", "acme_1"} {
		if text := refused(Compile([]Source{over(id, "true")})); !strings.Contains(text, "ids without one belong to muster") {
			t.Errorf("%s: %q", id, text)
		}
	}
	again := over("ACME_9", "true")
	again.File = "zzz.rego"
	s := Compile([]Source{good(), again})
	if text := refused(s); text != "zzz.rego:6:1: the package muster.rules.ACME_9 is that of acme_9.rego already" || len(s.Policies) != 1 {
		t.Error(text)
	}
	for _, pkg := range []string{"graph", "graph.services", "objects", "muster", "muster.rules", "muster.rules.ACME_1.deep", "muster.lib", "system.authz"} {
		s := Compile([]Source{{File: "p.rego", Text: []byte("package " + pkg + "\n\nservices := {}\n")}, good()})
		if text := refused(s); !strings.Contains(text, "belongs to muster") || len(s.Policies) != 1 {
			t.Errorf("%s: %q", pkg, text)
		}
	}
	builtin := Source{File: "rules/a.rego", Text: over("DR541", "true").Text, Builtin: &analyzer.Rule{ID: "DR541", Title: "Something is wrong"}}
	if text := refused(Compile([]Source{builtin})); text != "" {
		t.Error(text)
	}
}

// The published schemas are those of the projection.
func TestPublishedSchemasAreUpToDate(t *testing.T) {
	files, err := Schemas()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		path := "../docs/schema/" + name
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
			t.Errorf("%s is stale: go test ./policy -update (%v)", path, err)
		}
	}
}
