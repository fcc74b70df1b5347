package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// thin keeps every 20th cell: a matrix has tens of thousands, and their shapes repeat.
func thin(report []byte) []byte {
	lines := bytes.SplitAfter(report, []byte{'\n'})
	var out []byte
	n := 0
	for _, line := range lines {
		if bytes.HasPrefix(line, []byte(`    {"cell":`)) && bytes.HasSuffix(line, []byte(",\n")) {
			if n++; n%20 != 0 {
				continue
			}
		}
		out = append(out, line...)
	}
	return out
}

// TestReportsOfTheExampleFleetsFollowTheSchema holds the contract on fleets as people write them.
func TestReportsOfTheExampleFleetsFollowTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"demo-books", "demo-boutique", "shop-alt"} {
		dir := filepath.Join("../../testdata/fleets", name)
		t.Run(name, func(t *testing.T) {
			var out, again, errs bytes.Buffer
			code := run([]string{"scan", dir, "-o", "json"}, strings.NewReader(""), &out, &errs)
			if code > 1 {
				t.Fatalf("exit %d: %s", code, errs.String())
			}
			report, err := jsonschema.UnmarshalJSON(bytes.NewReader(thin(out.Bytes())))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(report); err != nil {
				t.Error(err)
			}
			run([]string{"scan", dir, "-o", "json"}, strings.NewReader(""), &again, &errs)
			if !bytes.Equal(out.Bytes(), again.Bytes()) {
				t.Error("the same fleet gave two different reports")
			}
		})
	}
}

// TestGraphsOfTheExampleFleetsFollowTheSchema holds the contract of muster graph -o json.
func TestGraphsOfTheExampleFleetsFollowTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/graph.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"demo-books", "demo-boutique", "shop", "shop-alt", "atlas"} {
		var out, errs bytes.Buffer
		if code := run([]string{"graph", filepath.Join("../../testdata/fleets", name), "-o", "json"}, strings.NewReader(""), &out, &errs); code != exitClean {
			t.Fatalf("%s: exit %d: %s", name, code, errs.String())
		}
		graph, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(graph); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, list := range []string{"meshes", "clusters", "services", "workloads"} {
			if all, ok := graph.(map[string]any)[list].([]any); !ok || len(all) == 0 {
				t.Errorf("%s: no %s", name, list)
			}
		}
		for _, list := range []string{"environments", "records", "balancers", "stores"} {
			if all, ok := graph.(map[string]any)[list].([]any); !ok || len(all) == 0 == (name == "atlas") {
				t.Errorf("%s: %d %s", name, len(all), list)
			}
		}
	}
}

// TestTheListOfRulesFollowsTheSchema holds the contract of muster rules -o json.
func TestTheListOfRulesFollowsTheSchema(t *testing.T) {
	const base = "https://passmuster.dev/schema/"
	compiler := jsonschema.NewCompiler()
	for _, name := range []string{"rule.schema.json", "rules.schema.json"} {
		text, err := os.ReadFile(filepath.Join("../../docs/schema", name))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(base+name, doc); err != nil {
			t.Fatal(err)
		}
	}
	schema, err := compiler.Compile(base + "rules.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"rules", "-o", "json"}, {"rules", "-o", "json", "--mesh", "linkerd"}} {
		var out, errs bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &errs); code != exitClean {
			t.Fatalf("exit %d: %s", code, errs.String())
		}
		list, err := jsonschema.UnmarshalJSON(&out)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(list); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
}
