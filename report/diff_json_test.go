package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/passmuster/muster/analyzer/diff"
)

func diffSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	const base = "https://raw.githubusercontent.com/passmuster/muster/main/docs/schema/"
	for _, name := range []string{"report.schema.json", "diff.schema.json"} {
		data, err := os.ReadFile(filepath.Join("..", "docs", "schema", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(base+name, decode(t, data)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile(base + "diff.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func diffJSON(t *testing.T, d *Diff) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := d.JSON(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDiffJSONFollowsItsSchema(t *testing.T) {
	s := diffSchema(t)
	for name, d := range map[string]*Diff{"by hand": NewDiff(handDiff(t)), "quiet": NewDiff(quiet(t)), "empty": NewDiff(DiffInput{Result: &diff.Result{}})} {
		if err := s.Validate(decode(t, diffJSON(t, d))); err != nil {
			t.Errorf("%s diff: %v", name, err)
		}
	}
	golden(t, "diff.json", string(diffJSON(t, NewDiff(handDiff(t)))))
	golden(t, "diff-quiet.json", string(diffJSON(t, NewDiff(quiet(t)))))
}

// Both the schema and the parser know each name of the contract.
func TestEveryRenamedMemberOfADiffIsRefused(t *testing.T) {
	s := diffSchema(t)
	data := diffJSON(t, NewDiff(handDiff(t)))
	names := map[string]bool{}
	collect(decode(t, data), names)
	if len(names) < 90 {
		t.Fatalf("only %d names in the diff: %v", len(names), names)
	}
	for name := range names {
		for _, other := range []string{name + "X", strings.ToUpper(name)} {
			renamed := bytes.ReplaceAll(data, []byte(`"`+name+`":`), []byte(`"`+other+`":`))
			if s.Validate(decode(t, renamed)) == nil {
				t.Errorf("a diff in which %q is called %q is valid", name, other)
			}
			if _, err := ParseDiff(renamed); err == nil {
				t.Errorf("a diff in which %q is called %q is read", name, other)
			}
		}
	}
}

func TestADiffIsReadBackAsItIs(t *testing.T) {
	for name, in := range map[string]DiffInput{"by hand": handDiff(t), "quiet": quiet(t), "empty": {Result: &diff.Result{}}} {
		want := diffJSON(t, NewDiff(in))
		back, err := ParseDiff(want)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := diffJSON(t, back); !bytes.Equal(got, want) {
			t.Errorf("%s became\n%s\nwant\n%s", name, got, want)
		}
	}
}

// A program may write the same text in another form.
func TestADiffThatIsIndentedIsRead(t *testing.T) {
	var out bytes.Buffer
	if err := json.Indent(&out, diffJSON(t, NewDiff(handDiff(t))), "", "\t"); err != nil {
		t.Fatal(err)
	}
	if _, err := ParseDiff(out.Bytes()); err != nil {
		t.Error(err)
	}
}

func TestWhatContradictsTheContractIsRefused(t *testing.T) {
	good := string(diffJSON(t, NewDiff(handDiff(t))))
	for name, tc := range map[string]struct{ old, new, want string }{
		"another schema":      {`"muster.diff/v1"`, `"muster.diff/v2"`, "schema: want muster.diff/v1"},
		"another tool":        {`{"name":"muster"`, `{"name":"other"`, "tool/name"},
		"a verdict":           {`"verdict": "worse"`, `"verdict": "fine"`, "verdict: want one of"},
		"a threshold":         {`"failOn":"error"`, `"failOn":"all"`, "gate/failOn"},
		"a gate":              {`{"failed":true`, `{"failed":false`, "gate: it fails with a reason"},
		"a revision":          {revision, "HEAD", "base/revision"},
		"a kind of config":    {`"kind":"suppression"`, `"kind":"secret"`, "config/0: kind"},
		"a change":            {`{"change":"unproven"`, `{"change":"gone"`, "cells/0: change"},
		"a level":             {`"level":"warning","service"`, `"level":"fatal","service"`, "cells/0: level"},
		"a count too low":     {`"count":4}`, `"count":1}`, "count: it is 1, of 2"},
		"a negative count":    {`"unchanged": 1`, `"unchanged": -1`, "findings/unchanged: -1"},
		"a huge count":        {`"same":33`, `"same":9223372036854775807`, "summary/cells"},
		"a share":             {`"failingShare":0.6666`, `"failingShare":1.5`, "1.5 is no share"},
		"a duration":          {`"upper":"4.5s"`, `"upper":"soon"`, "is no duration"},
		"an outcome":          {`"outcome":"unknown"`, `"outcome":"fine"`, "outcome: want one of"},
		"a fault":             {`"fault":"partition"`, `"fault":"fire"`, "fire"},
		"a scenario":          {`"scenario":"region=us-west"`, `"scenario":"planet=earth"`, "planet"},
		"no head":             {`,"head":{"cell"`, `,"head":null,"x":{"cell"`, `unknown field "x"`},
		"a line":              {`"lines":[" `, `"lines":["?`, "lines: want each to begin"},
		"a rule":              {`{"rule":"DR103"`, `{"rule":"drop table"`, "findings/new/0: rule"},
		"an empty message":    {`"message":"Somebody accepts this."`, `"message":""`, "message: there is none"},
		"a fingerprint":       {`"fingerprint":"`, `"fingerprint":"x`, "fingerprint: want 32"},
		"another sum":         {`"new":{"error":1`, `"new":{"error":0`, "/summary/new/error: want 1, got 0"},
		"another weakening":   {`"weakened":1`, `"weakened":0`, "/summary/weakened: want 1"},
		"a member unknown":    {`"verdict":`, `"more": 1, "verdict":`, `unknown field "more"`},
		"a position unknown":  {`"path":"/survive"`, `"trap":"x","path":"/survive"`, `member "trap" is unknown`},
		"a null list":         {`"ports":[8080]`, `"ports":null`, "want a list"},
		"text behind the end": {"\n}\n", "\n} {}", "invalid character"},
		"no end":              {"\n}\n", "", "unexpected end"},
	} {
		if !strings.Contains(good, tc.old) {
			t.Errorf("%s: the diff has no %s", name, tc.old)
			continue
		}
		_, err := ParseDiff([]byte(strings.Replace(good, tc.old, tc.new, 1)))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	if _, err := ParseDiff(bytes.Repeat([]byte{' '}, DiffLimit+1)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a diff that is too long: %v", err)
	}
}

func FuzzParseDiff(f *testing.F) {
	for _, name := range []string{"diff.json", "diff-quiet.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"schema":"muster.diff/v1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := ParseDiff(data)
		if err != nil {
			return
		}
		again, err := ParseDiff(diffJSON(t, d))
		if err != nil {
			t.Fatalf("what was written of a diff that was read is not read: %v", err)
		}
		if !bytes.Equal(diffJSON(t, again), diffJSON(t, d)) {
			t.Fatal("a diff changes when it is read back")
		}
		diffText(t, d, Terminal{})
		if page := diffMarkdown(t, d, Options{Limit: 4096}); len(page) > 4096 {
			t.Fatalf("a page of %d bytes", len(page))
		}
	})
}
