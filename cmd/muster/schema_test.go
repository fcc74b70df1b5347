package main

import (
	"bytes"
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
