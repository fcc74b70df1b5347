package report

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/rules/catalogue"
)

// aRule is what tests say about the rule of the hand-made fleet, so that golden files do not change with its page.
func aRule() *catalogue.Entry {
	return &catalogue.Entry{
		Metadata: catalogue.Metadata{
			ID: "DR103", Title: "Failover is configured and does nothing", Since: "0.1.0", Levels: []analyzer.Level{analyzer.Error, analyzer.Warning},
			Precision: "very-high", Impact: "critical", Meshes: map[string]string{"istio": "answers", "linkerd": "n/a: x", "consul": "n/a: x"},
			Controls: map[string][]string{"soc2": {"A1.2"}}, Remediation: "Add outlierDetection.",
		},
		Category: "failover", Slug: "failover-inert",
		Page: "Tiers need `outlierDetection`.\nWithout it there is one.\n\n## Bad\n\n```yaml\na: 1\n```\n\n## Good\n\n```yaml\na: 2\n```\n",
	}
}

func asSARIF(t *testing.T, r *Report, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := r.SARIF(&out, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSARIFGolden(t *testing.T) {
	r := handFleet().report()
	r.HashLines(func(string) ([]byte, error) { return []byte(strings.Repeat("a line\n", 12)), nil })
	golden(t, "report.sarif", string(asSARIF(t, r, Options{Rules: []*catalogue.Entry{aRule()}, Base: "deploy"})))
}

var sarifSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	return jsonschema.NewCompiler().Compile("testdata/sarif-schema-2.1.0.json")
})

// checkSARIF holds a document against the schema of OASIS and against what GitHub's code scanning demands beyond it
// (docs: SARIF support for code scanning).
func checkSARIF(t *testing.T, data []byte) sarifLog {
	t.Helper()
	schema, err := sarifSchema()
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(decode(t, data)); err != nil {
		t.Error(err)
	}
	var log sarifLog
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || log.Schema == "" || run.Tool.Driver.Name == "" || run.Results == nil || run.Tool.Driver.Rules == nil {
		t.Errorf("a required member is missing: %+v", log)
	}
	if id := run.AutomationDetails.ID; !strings.HasSuffix(id, "/") || len(id) < 2 {
		t.Errorf("automationDetails.id is %q", id)
	}
	for _, rule := range run.Tool.Driver.Rules {
		checkSARIFRule(t, rule)
	}
	seen := map[string]bool{}
	for _, js := range run.Results {
		var r sarifResult
		if err := json.Unmarshal(js, &r); err != nil {
			t.Fatal(err)
		}
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("result of %s points at rule %d", r.RuleID, r.RuleIndex)
		}
		checkSARIFResult(t, r)
		key := r.RuleID + " " + r.Fingerprints["primaryLocationLineHash"]
		if seen[key] {
			t.Errorf("two results are one alert: %s", key)
		}
		seen[key] = true
	}
	return log
}

func checkSARIFRule(t *testing.T, r sarifRule) {
	t.Helper()
	for name, text := range map[string]string{"id": r.ID, "name": r.Name, "short": r.Short.Text, "full": r.Full.Text} {
		if text == "" || len(text) > longestRule {
			t.Errorf("rule %s: %s has %d bytes", r.ID, name, len(text))
		}
	}
	if r.Help.Text == "" || len(r.Name) > 255 || len(r.Properties.Tags) > mostTags || r.Properties.Precision == "" {
		t.Errorf("rule %s: %+v", r.ID, r)
	}
	if strings.Contains(r.Help.Markdown, "](../") {
		t.Errorf("rule %s: its help has a link that works in the repository only", r.ID)
	}
}

var embedded = regexp.MustCompile(`\[[^\]]*\]\(([^)]*)\)`)

func checkSARIFResult(t *testing.T, r sarifResult) {
	t.Helper()
	if r.Message.Text == "" || len(r.Locations) != 1 || r.Fingerprints["primaryLocationLineHash"] == "" {
		t.Errorf("a required member is empty: %+v", r)
	}
	linked := 0
	for _, m := range embedded.FindAllStringSubmatch(r.Message.Text, -1) {
		if linked++; m[1] != fmt.Sprint(linked) {
			t.Errorf("a link to %q in %q", m[1], r.Message.Text)
		}
	}
	if linked != len(r.Related) {
		t.Errorf("%d of %d related locations are linked from %q", linked, len(r.Related), r.Message.Text)
	}
	list := append([]sarifLocation{r.Locations[0]}, r.Related...)
	for _, c := range r.CodeFlows {
		for _, s := range c.ThreadFlows[0].Locations {
			list = append(list, s.Location)
		}
	}
	for _, l := range list {
		at := l.Physical.Region
		if at.StartLine < 1 || at.StartColumn < 1 || at.EndLine != at.StartLine || at.EndColumn <= at.StartColumn {
			t.Errorf("region %+v", at)
		}
		u, err := url.Parse(l.Physical.Artifact.URI)
		if err != nil || u.Scheme != "" || u.Path == "" || path.IsAbs(u.Path) || strings.Contains(u.Path, "..") || strings.Contains(l.Physical.Artifact.URI, `\`) {
			t.Errorf("URI %q: %v", l.Physical.Artifact.URI, err)
		}
	}
}

func TestSARIFIsWhatCodeScanningTakes(t *testing.T) {
	list, err := rules.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	f := handFleet()
	var all []*analyzer.Finding // one of every rule
	for _, rule := range rules.All() {
		all = append(all, &analyzer.Finding{Rule: rule, Level: analyzer.Note, Message: "x", Origin: f.graph.Services[0].Origin})
	}
	for name, r := range map[string]*Report{
		"by hand": f.report(), "clean": clean(), "every rule": New(Scan{Matrix: &failover.Matrix{}, Findings: all}),
	} {
		t.Run(name, func(t *testing.T) {
			log := checkSARIF(t, asSARIF(t, r, Options{Rules: list}))
			if n := len(log.Runs[0].Results); n != len(r.Findings) {
				t.Errorf("%d results of %d findings", n, len(r.Findings))
			}
			for _, rule := range log.Runs[0].Tool.Driver.Rules {
				if rule.Properties.SecuritySeverity != "" || rule.Help.Markdown == "" {
					t.Errorf("%s: security-severity %q without being asked for, or no page", rule.ID, rule.Properties.SecuritySeverity)
				}
			}
			for _, rule := range checkSARIF(t, asSARIF(t, r, Options{Rules: list, SecuritySeverity: true})).Runs[0].Tool.Driver.Rules {
				if rule.Properties.SecuritySeverity == "" {
					t.Errorf("%s: no security-severity", rule.ID)
				}
			}
		})
	}
}

func TestSARIFLeavesOutWhatWasAccepted(t *testing.T) {
	r := handFleet().report()
	r.Findings[0].Suppressed = &Suppressed{By: "x", Reason: "y"}
	if n := len(checkSARIF(t, asSARIF(t, r, Options{})).Runs[0].Results); n != len(r.Findings)-1 {
		t.Errorf("%d results", n)
	}
}

// Code scanning keeps 5,000 results, and takes files of up to 10 MB when compressed.
func TestSARIFKeepsTheWorstWithinTheLimits(t *testing.T) {
	noise := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(' ' + noise.IntN(95))
		}
		return string(b)
	}
	for name, tc := range map[string]struct{ findings, length, least, most int }{
		"many": {mostResults + 7, 10, mostResults, mostResults}, "long": {2000, 7000, 500, 1900}, "as many as fit": {mostResults, 10, mostResults, mostResults},
	} {
		r := &Report{Tool: ToolOf("v1.0.0")}
		for i := range tc.findings {
			level := "note"
			if i%100 == 99 {
				level = "error"
			}
			r.Findings = append(r.Findings, Finding{Rule: "DR101", Level: level, Message: text(tc.length), Fingerprint: fmt.Sprintf("%08x%024x", i, i),
				Position: PositionAt(mesh.Position{File: "a.yaml", Line: i + 1})})
		}
		data := asSARIF(t, r, Options{})
		var log sarifLog
		if name == "as many as fit" { // the others are checked in full
			if err := json.Unmarshal(data, &log); err != nil {
				t.Fatal(err)
			}
		} else {
			log = checkSARIF(t, data)
		}
		n := len(log.Runs[0].Results)
		if n < tc.least || n > tc.most {
			t.Errorf("%s: %d results", name, n)
		}
		errors := 0
		for _, js := range log.Runs[0].Results {
			if bytes.Contains(js, []byte(`"level": "error"`)) {
				errors++
			}
		}
		if want := tc.findings / 100; errors != want {
			t.Errorf("%s: %d of %d errors are left", name, errors, want)
		}
		left := fmt.Sprintf("%d of %d findings are left out", tc.findings-n, tc.findings)
		if notes := log.Runs[0].Invocations[0].Notifications; (len(notes) == 1 && strings.HasPrefix(notes[0].Message.Text, left)) != (n < tc.findings) {
			t.Errorf("%s: notifications %+v", name, notes)
		}
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		if _, err := z.Write(data); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		if zipped.Len() > 10<<20 {
			t.Errorf("%s: %d bytes when compressed", name, zipped.Len())
		}
	}
}

func TestSARIFShowsAFindingWithoutAFileSomewhere(t *testing.T) {
	there := PositionAt(mesh.Position{File: "mesh/a.yaml", Line: 4, Column: 2})
	for name, tc := range map[string]struct {
		f       Finding
		base    string
		uri     string
		message string
	}{
		"of its own":       {Finding{Position: there}, "", "mesh/a.yaml", "m"},
		"below the root":   {Finding{Position: there}, "deploy/x", "deploy/x/mesh/a.yaml", "m"},
		"above the folder": {Finding{Position: PositionAt(mesh.Position{File: "../b.yaml", Line: 1})}, "deploy", "b.yaml", "m"},
		"related":          {Finding{Related: []Related{{there, "x"}}, Resource: mesh.Resource{Kind: "Pod", Name: "p"}}, "", "mesh/a.yaml", "Pod p: m"},
		"live":             {Finding{Resource: mesh.Resource{Kind: "Pod", Namespace: "n", Name: "p", Cluster: "c"}}, "deploy", "deploy/muster.yaml", "Pod n/p in c: m"},
		"outside":          {Finding{Position: PositionAt(mesh.Position{File: "../b.yaml", Line: 3, Column: 1})}, "", "muster.yaml", "../b.yaml:3:1: m"},
		"absolute":         {Finding{Position: PositionAt(mesh.Position{File: "/b.yaml", Line: 3, Column: 1})}, "", "muster.yaml", "/b.yaml:3:1: m"},
		"standard input":   {Finding{Position: PositionAt(mesh.Position{File: "-", Line: 3, Column: 1})}, "", "muster.yaml", "-:3:1: m"},
		"odd names":        {Finding{Position: PositionAt(mesh.Position{File: "a b/c:d%?#.yaml", Line: 1})}, "", "a%20b/c%3Ad%25%3F%23.yaml", "m"},
	} {
		tc.f.Rule, tc.f.Level, tc.f.Message, tc.f.Fingerprint = "DR101", "error", "m", strings.Repeat("a", 32)
		var r sarifResult
		log := checkSARIF(t, asSARIF(t, &Report{Findings: []Finding{tc.f}}, Options{Base: tc.base}))
		if err := json.Unmarshal(log.Runs[0].Results[0], &r); err != nil {
			t.Fatal(err)
		}
		if got := r.Locations[0].Physical.Artifact.URI; got != tc.uri {
			t.Errorf("%s: at %s, want %s", name, got, tc.uri)
		}
		if got, _, _ := strings.Cut(r.Message.Text, "\n"); got != tc.message {
			t.Errorf("%s: %q, want %q", name, got, tc.message)
		}
	}
}

// Code scanning takes results of one rule and one hash for one alert.
func TestFindingsOfOneLineAreAlertsOfTheirOwn(t *testing.T) {
	r := &Report{}
	for _, fingerprint := range []string{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"} {
		r.Findings = append(r.Findings, Finding{Rule: "DR101", Level: "error", Message: "m", Fingerprint: fingerprint, LineHash: "12ab:1",
			Position: PositionAt(mesh.Position{File: "a.yaml", Line: 1})})
	}
	checkSARIF(t, asSARIF(t, r, Options{}))
	r.Findings[0].LineHash, r.Findings[1].LineHash = "", ""
	checkSARIF(t, asSARIF(t, r, Options{}))
	if data := asSARIF(t, r, Options{}); !bytes.Contains(data, []byte(`"12ab:1"`)) {
		t.Errorf("the first finding of a line does not carry its hash: %s", data)
	}
}

func TestVersionsForSARIF(t *testing.T) {
	for version, want := range map[string]string{"v1.2.3": "1.2.3", "(devel)": "", "v0.0.0-20260101000000-abcdef012345+dirty": "0.0.0-20260101000000-abcdef012345+dirty", "": ""} {
		if got := semantic(version); got != want {
			t.Errorf("%q is %q, want %q", version, got, want)
		}
	}
}
