package baseline_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/baseline"
	"github.com/passmuster/muster/mesh"
)

func finding(id, name, message string) *analyzer.Finding {
	return &analyzer.Finding{Rule: &analyzer.Rule{ID: id}, Resource: mesh.Resource{Kind: "Service", Namespace: "shop", Name: name, Cluster: "east"}, Message: message}
}

func messages(list []*analyzer.Finding) string {
	var out []string
	for _, f := range list {
		out = append(out, f.Message)
	}
	return strings.Join(out, ",")
}

// An entry is for one finding: the second with its fingerprint is new.
func TestFindingsWithOneFingerprintAreCounted(t *testing.T) {
	b := &baseline.File{Schema: baseline.Schema, Findings: baseline.Known([]*analyzer.Finding{
		finding("DR602", "cart", "b"), finding("DR602", "cart", "a"), finding("DR602", "pay", "c"), finding("DR602", "pay", "c"),
	})}
	for _, tc := range []struct {
		name                string
		findings            []*analyzer.Finding
		known, fresh, goner string
	}{
		{"the same", []*analyzer.Finding{finding("DR602", "cart", "a"), finding("DR602", "cart", "b"), finding("DR602", "pay", "c"), finding("DR602", "pay", "c")}, "a,b,c,c", "", ""},
		{"one more, which is the one with another message", []*analyzer.Finding{
			finding("DR602", "cart", "new"), finding("DR602", "cart", "a"), finding("DR602", "cart", "b"),
			finding("DR602", "pay", "c"), finding("DR602", "pay", "c"), finding("DR602", "pay", "c"),
		}, "a,b,c,c", "new,c", ""},
		{"other words", []*analyzer.Finding{finding("DR602", "cart", "A"), finding("DR602", "cart", "b"), finding("DR602", "pay", "c")}, "A,b,c", "", "c"},
		{"another rule", []*analyzer.Finding{finding("DR601", "cart", "a")}, "", "a", "a,b,c,c"},
		{"nothing", nil, "", "", "a,b,c,c"},
	} {
		c := b.Compare(tc.findings)
		var gone []string
		for _, e := range c.Gone {
			gone = append(gone, e.Message)
		}
		if got := strings.Join(gone, ","); messages(c.Known) != tc.known || messages(c.New) != tc.fresh || got != tc.goner || len(c.Kept) != len(c.Known) {
			t.Errorf("%s: known %s, new %s, gone %s, want %s, %s, %s", tc.name, messages(c.Known), messages(c.New), got, tc.known, tc.fresh, tc.goner)
		}
		if len(c.Kept)+len(c.Gone) != len(b.Findings) {
			t.Errorf("%s: %d kept, %d gone of %d", tc.name, len(c.Kept), len(c.Gone), len(b.Findings))
		}
	}
}

// What was accepted as a warning is no error that somebody accepted. One that has become milder is known, and an entry
// without a level takes any.
func TestAFindingThatBecameWorseIsNew(t *testing.T) {
	at := func(l analyzer.Level) []*analyzer.Finding {
		f := finding("DR101", "cart", string(l))
		f.Level = l
		return []*analyzer.Finding{f}
	}
	for _, tc := range []struct {
		was, is analyzer.Level
		known   bool
	}{
		{analyzer.Warning, analyzer.Error, false}, {analyzer.Note, analyzer.Warning, false}, {analyzer.Warning, analyzer.Warning, true},
		{analyzer.Error, analyzer.Note, true}, {"", analyzer.Error, true},
	} {
		b := &baseline.File{Findings: baseline.Known(at(analyzer.Warning))}
		b.Findings[0].Level = tc.was
		c := b.Compare(at(tc.is))
		if known := len(c.Known) == 1; known != tc.known || len(c.New)+len(c.Known) != 1 || len(c.Gone)+len(c.Kept) != 1 {
			t.Errorf("%q that is %q now: %+v, want known %t", tc.was, tc.is, c, tc.known)
		}
	}
}

func TestABaselineLeavesOutWhatOthersAcceptAndWhatNobodyCan(t *testing.T) {
	accepted, fixed := finding("DR101", "a", "a"), finding("S01", "b", "b")
	accepted.Suppressed, fixed.Rule.Fixed = &mesh.Suppression{}, true
	list := baseline.Known([]*analyzer.Finding{accepted, fixed, finding("DR101", "c", "c")})
	if len(list) != 1 || list[0].Message != "c" {
		t.Errorf("%v", list)
	}
	b := &baseline.File{Findings: []baseline.Entry{{Fingerprint: fixed.Fingerprint(), Rule: "S01"}, {Fingerprint: accepted.Fingerprint(), Rule: "DR101"}}}
	if c := b.Compare([]*analyzer.Finding{accepted, fixed}); len(c.Known) != 0 || len(c.New) != 0 || len(c.Gone) != 2 {
		t.Errorf("%+v", c)
	}
}

// What is written is read again, is the same in any order of findings, and fits the schema.
func TestWrittenBaselines(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/baseline.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := finding("DR602", "cart", "<a> & b"), finding("DR101", "pay", "x"), finding("DR602", "cart", "<a> & b")
	b.Service = &mesh.Service{ID: "m/m/shop/pay"}
	var texts []string
	for _, list := range [][]*analyzer.Finding{{a, b, c}, {c, b, a}, nil} {
		f := &baseline.File{Schema: baseline.Schema, Reason: "first", Until: "2027-03-31", Owner: "me", Findings: baseline.Known(list)}
		data, err := f.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
		read, err := baseline.Parse(data)
		if err != nil || len(read.Findings) != len(list) || read.Until != "2027-03-31" {
			t.Errorf("%+v, %v", read, err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Error(err)
		}
	}
	if texts[0] != texts[1] || !strings.Contains(texts[0], "<a> & b") {
		t.Errorf("%s\n%s", texts[0], texts[1])
	}
}

func TestFilesThatAreNoBaseline(t *testing.T) {
	entry := `{"fingerprint":"` + strings.Repeat("0", 32) + `","rule":"DR101","resource":{},"message":""}`
	if _, err := baseline.Parse([]byte(`{"schema":"muster.baseline/v1","findings":[` + entry + `]}`)); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		``:                                "is no baseline: line 1: ",
		"{\n\"schema\": \n}":              "is no baseline: line 3: ",
		`[]`:                              "is no baseline: ",
		`{}`:                              `its schema is "", want "muster.baseline/v1"`,
		`{"schema":"muster.report/v1"}`:   `its schema is "muster.report/v1"`,
		`{"schema":"muster.baseline/v1"}`: "it has no list of findings",
		`{"schema":"muster.baseline/v1","findings":[],"more":1}`:                                                            `unknown field "more"`,
		`{"schema":"muster.baseline/v1","findings":[]}{}`:                                                                   "is no baseline: line 1: ",
		`{"schema":"muster.baseline/v1","findings":[],"until":"soon"}`:                                                      `until: "soon" is no date`,
		`{"schema":"muster.baseline/v1","findings":[{"rule":"DR101"}]}`:                                                     "findings[0]: want a rule and a fingerprint",
		`{"schema":"muster.baseline/v1","findings":[` + strings.ToUpper(entry[:20]) + `]}`:                                  "is no baseline",
		`{"schema":"muster.baseline/v1","findings":[` + strings.Replace(entry, `"rule"`, `"level":"loud","rule"`, 1) + `]}`: "findings[0].level: want error, warning or note",
		`{"schema":"muster.baseline/v1","findings":[` + strings.Replace(entry, "00", "0g", 1) + `]}`:                        "findings[0]",
	} {
		if f, err := baseline.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v, want %q", text, f, err, want)
		}
	}
}

// No text makes the reader fail in another way, and what it takes it can write.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"schema":"muster.baseline/v1","reason":"x","findings":[{"fingerprint":"00000000000000000000000000000000","rule":"DR101","resource":{"kind":"Service"},"message":""}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := baseline.Parse(data)
		if err != nil {
			return
		}
		out, err := b.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := baseline.Parse(out)
		if err != nil {
			t.Fatal(err)
		}
		if x, _ := json.Marshal(again.Findings); len(again.Findings) != len(b.Findings) {
			t.Fatalf("%s", x)
		}
	})
}
