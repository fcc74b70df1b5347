package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// schema is the part of JSON Schema that the projection needs.
type schema struct {
	Type        string
	Description string
	Properties  map[string]schema
	Items       *schema
	Each        *schema // of an object whose keys are data
	closed      bool    // no other properties
}

// MarshalJSON renders JSON Schema.
func (s schema) MarshalJSON() ([]byte, error) {
	m := map[string]any{"type": s.Type}
	if s.Description != "" {
		m["description"] = s.Description
	}
	if s.Properties != nil {
		m["properties"] = s.Properties
	}
	if s.closed {
		m["additionalProperties"] = false
	}
	if s.Items != nil {
		m["items"] = s.Items
	}
	if s.Each != nil {
		m["additionalProperties"] = s.Each
	}
	return json.Marshal(m)
}

// closing is a property that nobody has. OPA takes an object without properties for one that may have any.
const closing = "-"

// raw is the schema as OPA takes it.
func (s schema) raw() any {
	var v any
	data, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		return nil // a schema has nothing that JSON lacks
	}
	return v
}

// nodeSchemas describe the nodes of each section of data.graph.
func nodeSchemas() map[string]schema {
	all := map[string]schema{}
	for _, s := range sections(newProjection(&mesh.Graph{})) {
		node := s.schema
		node.Description = s.doc
		node.Properties = maps.Clone(node.Properties)
		node.Properties["unknown"] = schema{Type: "array", Items: &schema{Type: "string"},
			Description: "Paths of fields that the inputs do not decide. Such a field is absent here, and nobody may conclude anything from that."}
		all[s.name] = node
	}
	return all
}

// inputSchema describes input for policies with some parameters, by the id of the policy.
func inputSchema(params map[string][]analyzer.Param) schema {
	byRule := schema{Type: "object", Description: "Parameters by the id of the policy: those that muster.yaml gives, and the defaults of the others. Durations are seconds."}
	for id, list := range params {
		one := schema{Type: "object", closed: true, Properties: map[string]schema{closing: {Type: "boolean"}}}
		for _, p := range list {
			one.Properties[p.Name] = paramSchema(p.Type)
		}
		if byRule.Properties == nil {
			byRule.Properties, byRule.closed = map[string]schema{}, true
		}
		byRule.Properties[id] = one
	}
	return schema{Type: "object", closed: true, Properties: map[string]schema{
		"targets": {Type: "array", Items: &schema{Type: "string"}, Description: "Ids of the nodes or objects to judge now, at most 100: those that the selector of the policy names."},
		"params":  byRule,
	}}
}

func paramSchema(t analyzer.ParamType) schema {
	switch t {
	case analyzer.Integer, analyzer.Number, analyzer.Duration:
		return schema{Type: "number"}
	case analyzer.Truth:
		return schema{Type: "boolean"}
	case analyzer.Texts:
		return schema{Type: "array", Items: &schema{Type: "string"}}
	}
	return schema{Type: "string"}
}

// Schemas returns the published JSON Schemas by file name: what input and data.graph hold.
func Schemas() (map[string][]byte, error) {
	graph := schema{Type: "object", closed: true, Properties: map[string]schema{}}
	for name, node := range nodeSchemas() {
		graph.Properties[name] = schema{Type: "object", Each: &node, Description: node.Description}
	}
	out := map[string][]byte{}
	for name, s := range map[string]struct {
		title string
		schema
	}{
		"policy-input.schema.json": {"What a policy of muster sees as input", inputSchema(nil)},
		"policy-graph.schema.json": {"What a policy of muster sees as data.graph", graph},
	} {
		m, _ := s.raw().(map[string]any)
		m["$schema"] = "http://json-schema.org/draft-07/schema#"
		m["title"] = s.title
		text, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			return nil, err
		}
		out[name] = append(text, '\n')
	}
	return out, nil
}

// standInFile is a module that defines data.graph for the type checker alone. OPA reads no schema for the values of an
// object whose keys are data; it infers their type from a rule instead.
const standInFile = "muster: types of data.graph"

// standIn returns the module and the schema of the input that types it.
func standIn() (*ast.Module, schema, error) {
	nodes := nodeSchemas()
	var b strings.Builder
	b.WriteString("# METADATA\n# scope: package\n# schemas:\n# - input: schema.nodes\npackage graph\n\n")
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		fmt.Fprintf(&b, "%s[id] := node if {\n\tsome id in input.ids\n\tnode := input.%s\n}\n\n", name, name)
	}
	nodes["ids"] = schema{Type: "array", Items: &schema{Type: "string"}}
	m, err := ast.ParseModuleWithOpts(standInFile, b.String(), ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
	return m, schema{Type: "object", Properties: nodes, closed: true}, err
}
