package plan

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

var schemaFile = filepath.Join("..", "..", "docs", "schema", "drill-plan.schema.json")

// definition is a struct as the schema describes it.
type definition struct {
	Required             []string
	AdditionalProperties *bool
	Properties           map[string]struct {
		Description string
		Enum        []string
		Items       struct{ Enum []string }
	}
}

func readDefinitions(t *testing.T) map[string]definition {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		ID string `json:"$id"`
		definition
		Defs map[string]json.RawMessage `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	if schema.ID != SchemaURL {
		t.Errorf("$id is %q, want %q", schema.ID, SchemaURL)
	}
	all := map[string]definition{"Plan": schema.definition}
	for name, raw := range schema.Defs {
		var d definition
		if name != "duration" {
			if err := json.Unmarshal(raw, &d); err != nil {
				t.Fatal(err)
			}
			all[name] = d
		}
	}
	return all
}

func TestSchemaHasTheMembersOfTheTypes(t *testing.T) {
	definitions := readDefinitions(t)
	seen := map[string]bool{}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(typ.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[typ.Name()] {
			return
		}
		seen[typ.Name()] = true
		d, ok := definitions[typ.Name()]
		if !ok || d.AdditionalProperties == nil || *d.AdditionalProperties {
			t.Errorf("the schema has no closed definition of %s", typ.Name())
		}
		members := map[string]bool{}
		for i := range typ.NumField() {
			key, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			name := typ.Name() + "." + key
			members[key] = true
			property, ok := d.Properties[key]
			if !ok || property.Description == "" {
				t.Errorf("%s: the schema does not have it, or no description of it", name)
			}
			enum := slices.Concat(property.Enum, property.Items.Enum)
			if !slices.Equal(enum, words[name]) {
				t.Errorf("%s: the schema has the words %v, the reader %v", name, enum, words[name])
			}
			if _, needed := required[name]; needed != slices.Contains(d.Required, key) {
				t.Errorf("%s: required by the reader: %v, by the schema: %v", name, needed, !needed)
			}
			visit(typ.Field(i).Type)
		}
		for key := range d.Properties {
			if !members[key] {
				t.Errorf("%s: the schema has %s, the type has not", typ.Name(), key)
			}
		}
	}
	visit(reflect.TypeFor[Plan]())
	for name := range definitions {
		if !seen[name] {
			t.Errorf("the schema describes %s, which no plan has", name)
		}
	}
	for _, list := range []map[string]bool{keysOf(required), keysOf(words), keysOf(forms)} {
		for name := range list {
			typ, key, _ := strings.Cut(name, ".")
			if _, ok := definitions[typ].Properties[key]; !ok {
				t.Errorf("the reader knows %s, which is no member", name)
			}
		}
	}
}

func keysOf[T any](m map[string]T) map[string]bool {
	keys := map[string]bool{}
	for k := range m {
		keys[k] = true
	}
	return keys
}

func TestSchemaAndReaderAgree(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text []byte) error {
		var x any
		if err := yaml.Unmarshal(text, &x); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(doc)
	}
	for _, p := range []*Plan{checkout(t), full(t)} {
		var text bytes.Buffer
		if err := Write(&text, p); err != nil {
			t.Fatal(err)
		}
		// Dates are text to a plan, and quoted where yaml.v3 would take them for times.
		if err := valid(text.Bytes()); err != nil {
			t.Errorf("a plan that muster writes: %v", err)
		}
	}
	for text, good := range map[string]bool{
		least:                        true,
		least + "objective: ''\n":    true,
		least + "objective: 7\n":     false,
		least + "objectves: {}\n":    false,
		least + "kind: DrillPlans\n": false,
		"apiVersion: passmuster.dev/v1\nkind: DrillPlan\nmetadata: {id: x}\n":             false,
		least + "objectives: {rto: 30s, rpo: 0s, failback: 90d}\n":                        true,
		least + "objectives: {rto: 1h30m}\n":                                              true,
		least + "objectives: {rto: 30}\n":                                                 false,
		least + "objectives: {rto: -1s}\n":                                                false,
		least + "objectives: {encryption: none}\n":                                        false,
		least + "probes: [{name: a, service: s, protocol: http3}]\n":                      false,
		least + "probes: [{name: a, service: s, protocol: tcp, port: -1}]\n":              false,
		least + "fault: {hooks: {'*': {inject: [x]}}}\n":                                  true,
		least + "fault: {hooks: {freeze: {inject: [x]}}}\n":                               false,
		least + "expect: [{cell: 's|1||c|region=eu|crash', outcome: lost}]\n":             false,
		least + "expect: [{cell: 's|x||c|region=eu|crash', outcome: lost, by: zone}]\n":   false,
		least + "expect: [{cell: 's|1||c|region=eu|crash', outcome: lost, by: zone}]\n":   true,
		least + "expect: [{cell: 's|1||c|region=eu|crashed', outcome: lost, by: zone}]\n": false,
		least + "safety: {blocked_dates: ['2026-13-01']}\n":                               false,
		least + "safety: {abort_on: [{metric: cpu}]}\n":                                   false,
		strings.Replace(least, "region=eu", "region", 1):                                  false,
		strings.Replace(least, "[crash]", "[stop]", 1):                                    false,
	} {
		if strings.Count(text, "\nkind:") > 1 {
			text = strings.Replace(text, "kind: DrillPlan\n", "", 1)
		}
		_, problems := Parse("plan.yaml", []byte(text))
		if reads := len(problems) == 0; reads != good {
			t.Errorf("%s\nthe reader says %v", text, problems)
		}
		if err := valid([]byte(text)); (err == nil) != good {
			t.Errorf("%s\nthe schema says %v", text, err)
		}
	}
}
