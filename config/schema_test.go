package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

var schemaFile = filepath.Join("..", "docs", "schema", "config.schema.json")

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// verdict is the schema's, of a config as an editor reads it.
func verdict(t testing.TB, schema *jsonschema.Schema, text []byte) error {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return schema.Validate(jsonValue(t, doc.Content[0]))
}

// jsonValue converts by YAML 1.2, which knows no dates, and where "off" is text.
func jsonValue(t testing.TB, n *yaml.Node) any {
	switch {
	case n.Kind == yaml.AliasNode:
		return jsonValue(t, n.Alias)
	case n.Kind == yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = jsonValue(t, n.Content[i+1])
		}
		return m
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, item := range n.Content {
			list = append(list, jsonValue(t, item))
		}
		return list
	case n.ShortTag() == "!!timestamp":
		return n.Value
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemaAndDecoderAcceptTheExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "fleet", "muster.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := verdict(t, compileSchema(t), text); err != nil {
		t.Error(err)
	}
	if _, problems := Parse("muster.yaml", text); len(problems) > 0 {
		t.Error(problems)
	}
}

func TestSchemaAndDecoderAgree(t *testing.T) {
	const (
		good       = iota
		bad        // both say so
		onlyParsed // bad, which a schema cannot express
	)
	schema := compileSchema(t)
	for _, tc := range []struct {
		text string // after the apiVersion, unless it has one
		want int
	}{
		{"{}", bad},
		{"apiVersion: passmuster.dev/v1", good},
		{"apiVersion: passmuster.dev/v2", bad},
		{"apiVersion: 1", bad},
		{"objective: []", bad},
		{"objectives: []", good},
		{"objectives:", bad},
		{"objectives: {}", bad},

		{"meshes: [{name: prod, kind: istio}]", good},
		{"meshes: [{name: prod}]", bad},
		{"meshes: [{kind: istio}]", bad},
		{"meshes: [{name: prod, kind: nginx}]", bad},
		{"meshes: [{name: a b, kind: istio}]", bad},
		{"meshes: [{name: 7, kind: istio}]", bad},
		{"meshes: [{name: prod, kind: istio, version: 1.30}]", bad},
		{"meshes: [{name: prod, kind: istio, version: latest}]", bad},
		{"meshes: [{name: prod, kind: linkerd, version: edge-25.8.1, edition: enterprise}]", good},
		{"meshes: [{name: prod, kind: linkerd, edition: pro}]", bad},
		{"meshes: [{name: prod, kind: consul, rootNamespace: a}]", bad},
		{"meshes: [{name: prod, kind: istio, rootNamespace: a}]", good},
		{"clusters: [{name: dc9}]\nmeshes: [{name: bank, kind: consul, peers: [{name: partner, cluster: dc9, as: us}, {name: other, cluster: dc9}]}]", good},
		{"meshes: [{name: bank, kind: consul, peers: [{name: partner}]}]", bad},
		{"meshes: [{name: bank, kind: consul, peers: [{name: partner, cluster: dc9}]}]", onlyParsed},
		{"clusters: [{name: dc9}]\nmeshes: [{name: bank, kind: istio, peers: [{name: partner, cluster: dc9}]}]", bad},
		{"meshes: [{name: prod, kind: istio, clusters: []}]", bad},
		{"meshes: [{name: prod, kind: istio, clusters: [east]}]", onlyParsed},
		{"meshes: [{name: prod, kind: istio}, {name: prod, kind: istio}]", onlyParsed},
		{"clusters: [{name: a}]\nmeshes: [{name: prod, kind: istio}, {name: test, kind: istio}]", onlyParsed},

		{"clusters: [{name: east, region: r, zones: [a, b], network: n, sources: []}]", good},
		{"clusters: [{region: r}]", bad},
		{"clusters: [{name: east}, {name: east}]", onlyParsed},
		{"clusters: [{name: east, zones: [a]}]", bad},
		{"clusters: [{name: east, region: r, zones: [a, a]}]", bad},
		{"clusters: [{name: east, region: r/z}]", bad},
		{"clusters: [{name: east, region: ''}]", bad},
		{"clusters: [{name: east, configCluster: west}]", onlyParsed},
		{"clusters: [{name: east, name: west}]", onlyParsed},
		{"clusters: [{name: east, sources: [{path: a}, {path: ../b}]}]", good},
		{"clusters: [{name: east, sources: [{}]}]", bad},
		{"clusters: [{name: east, sources: [{path: /a}]}]", bad},
		{"clusters: [{name: east, sources: [{path: a, helm: b}]}]", bad},
		{"clusters: [{name: east, sources: [{path: a, values: [b]}]}]", bad},
		{"clusters: [{name: east, sources: [{kustomize: a, release: b}]}]", bad},
		{"clusters: [{name: east, sources: [{kustomize: a}]}]", good},
		{"clusters: [{name: east, sources: [{helm: a, set: {x: null}, values: [b], namespace: n, release: r}]}]", good},

		{"environments: {prod: {terraform: infra}}", good},
		{"environments: {prod: {plan: infra/plan.json}}", good},
		{"environments: {prod: {state: terraform.tfstate}}", good},
		{"environments: {prod: {plan: [plan.json]}}", bad},
		{"environments: {prod: {plan: /etc/plan.json}}", bad},
		{"environments: {prod: {}}", bad},
		{"environments: {a/b: {terraform: infra}}", bad},
		{"environments: {prod: {clusters: [east]}}", onlyParsed},

		{"objectives: [{survive: [zone]}]", good},
		{"objectives: [{rto: 30s}]", bad},
		{"objectives: [{survive: []}]", bad},
		{"objectives: [{survive: zone}]", bad},
		{"objectives: [{survive: [zone, zone]}]", bad},
		{"objectives: [{survive: [regoin]}]", bad},
		{"objectives: [{survive: [workload]}]", bad},
		{"objectives: [{survive: [region=a+zone=a/b, release=s@v2, service=a%2Bb]}]", good},
		{"objectives: [{survive: [zone=a]}]", bad},
		{"objectives: [{survive: [release=a]}]", bad},
		{"objectives: [{survive: [region=]}]", bad},
		{"objectives: [{survive: [region=a+]}]", bad},
		{"objectives: [{survive: [region=a%2]}]", bad},
		{"objectives: [{survive: [cluster=west]}]", onlyParsed},
		{"objectives: [{survive: [zone], faults: [error, hang]}]", good},
		{"objectives: [{survive: [zone], faults: []}]", bad},
		{"objectives: [{survive: [zone], faults: [slow]}]", bad},
		{"objectives: [{survive: [zone], rto: 0, rpo: '0', failback: 1h30m, latency: 0.5s}]", good},
		{"objectives: [{survive: [zone], rto: 30}]", bad},
		{"objectives: [{survive: [zone], rto: -1s}]", bad},
		{"objectives: [{survive: [zone], rto: 90000w}]", onlyParsed},
		{"objectives: [{survive: [zone], pattern: active}]", bad},
		{"objectives: [{survive: [zone], encryption: false}]", bad},
		{"objectives: [{survive: [zone], drill: {}}, {survive: [zone], drill: {maxAge: 90d}}]", good},
		{"objectives: [{survive: [zone], drill: 90d}]", bad},
		{"objectives: [{survive: [zone], drill: {every: 90d}}]", bad},
		{"evidence: drills/evidence", good},
		{"evidence: /drills", bad},
		{"evidence: [drills]", bad},
		{"objectives: [{survive: [zone], match: {}}]", good},
		{"objectives: [{survive: [zone], match: {labels: {a: b}}}]", good},
		{"objectives: [{survive: [zone], match: {labels: {a: 1}}}]", bad},
		{"objectives: [{survive: [zone], match: {pod: a}}]", bad},
		{"objectives: [{survive: [zone], match: {service: '['}}]", onlyParsed},

		{"rules: {DR205: off, S01: {level: note}, DR101: {params: {}}}", good},
		{"rules: {IN002: off, IN001: error}\nsuppress: [{rule: IN003, reason: x, until: 2027-01-01}]", good},
		{"rules: {IN02: off}", bad},
		{"rules: {DR205: false}", bad},
		{"rules: {DR205: {}}", bad},
		{"rules: {DR205: {severity: off}}", bad},
		{"rules: {DR205: {params: []}}", bad},
		{"rules: {dr205: off}", bad},
		{"rules: {DR205: {params: {x: .inf}}}", onlyParsed},
		{"policies: policies", bad},
		{"policies: [/policies]", bad},
		{"inputs: {unreadable: warning}", bad},
		{"inputs: {ignore: ['docs/[']}", onlyParsed},

		{"suppress: [{rule: DR103}]", good},
		{"suppress: [{rule: failover-inert, match: {service: a.*, namespace: b, cluster: c, kind: d, name: e, path: 'f/**', labels: {g: h}}}]", good},
		{"suppress: [{rule: Failover-inert}]", bad},
		{"suppress: [{rule: DR103, match: {path: /f}}]", bad},
		{"suppress: [{rule: DR103, match: {file: f}}]", bad},
		{"suppress: [{reason: x}]", bad},
		{"suppress: [{rule: D1}]", bad},
		{"suppress: [{rule: DR103, until: 2027-3-1}]", bad},
		{"suppress: [{rule: DR103, until: 2027-02-30}]", bad},
		{"suppress: [{rule: DR103, reason: ''}]", bad},
	} {
		text := tc.text
		if text != "{}" && !strings.HasPrefix(text, "apiVersion") {
			text = header + text
		}
		_, problems := Parse("muster.yaml", []byte(text))
		if parses := len(problems) == 0; parses != (tc.want == good) {
			t.Errorf("%s: decoder: %v", tc.text, problems)
		}
		if err := verdict(t, schema, []byte(text)); (err == nil) != (tc.want != bad) {
			t.Errorf("%s: schema: %v", tc.text, err)
		}
	}
}

// Editors find the schema by the address that muster init writes, which has to be the schema's own.
func TestSchemaStandsWhereEditorsLookForIt(t *testing.T) {
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		ID string `json:"$id"`
	}
	if err := json.Unmarshal(text, &schema); err != nil || schema.ID != SchemaURL {
		t.Errorf("$id is %q, want %q (%v)", schema.ID, SchemaURL, err)
	}
}

// An editor checks parameters of rules, which the decoder leaves to the rules themselves.
func TestSchemaKnowsTheParametersOfRules(t *testing.T) {
	schema := compileSchema(t)
	for text, fits := range map[string]bool{
		"DR108: {params: {minReplicas: 3}}":                                       true,
		"DR108: {params: {minReplicas: none}}":                                    false,
		"DR108: {params: {maxReplicas: 3}}":                                       false,
		"DR403: {params: {tags: [latest, stable]}, level: error}":                 true,
		"DR403: {params: {tags: latest}}":                                         false,
		"ACME_001: {params: {anything: 1}}":                                       true,
		"DR503: {level: off, scopes: [{match: {namespace: pay}, level: error}]}":  true,
		"DR503: {scopes: [{match: {}, level: error}]}":                            false,
		"DR503: {scopes: [{match: {namespace: pay}}]}":                            false,
		"DR503: {scopes: [{match: {namespaces: pay}, level: error}], level: off}": false,
	} {
		if err := verdict(t, schema, []byte("apiVersion: passmuster.dev/v1\nrules:\n  "+text+"\n")); (err == nil) != fits {
			t.Errorf("%s: %v", text, err)
		}
	}
}
