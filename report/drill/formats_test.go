package drillreport

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
)

// in renders a report in a format.
func in(t *testing.T, name string, r *audit.Report) string {
	t.Helper()
	var out bytes.Buffer
	i := slices.Index(Names, name)
	if err := Formats(Options{Base: "deploy"})[i].Write(&out, r, terminal); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFormatsGolden(t *testing.T) {
	golden(t, "fail.md", in(t, "markdown", failing()))
	golden(t, "inconclusive.md", in(t, "markdown", undecided()))
	golden(t, "fail-junit.xml", in(t, "junit", failing()))
	golden(t, "inconclusive-junit.xml", in(t, "junit", undecided()))
	golden(t, "fail.sarif", in(t, "sarif", failing()))
}

func TestClassesAreComplete(t *testing.T) {
	if len(Classes) != 25 {
		t.Fatalf("%d classes", len(Classes))
	}
	names := map[string]bool{}
	for i, c := range Classes {
		if c.ID != fmt.Sprintf("D%02d", i+1) || names[c.Name] || c.Title == "" || len(c.Why) < 60 || len(c.Next) < 10 || len(c.Why) > 1000 || levels[c.Severity] == "" {
			t.Errorf("%+v", c)
		}
		names[c.Name] = true
	}
	for _, kind := range []measure.DoubtKind{measure.DoubtIncomplete, measure.DoubtClosed, measure.DoubtLate, measure.DoubtDropped, measure.DoubtMissing, measure.DoubtProber, measure.DoubtClock, measure.DoubtNull, measure.DoubtShort} {
		if remedies[string(kind)] == "" {
			t.Errorf("nothing is said about what to do about %s", kind)
		}
	}
}

// What an auditor looks for is there, and filled in.
func TestMarkdownHasThePartsOfAnAfterActionReport(t *testing.T) {
	got := in(t, "markdown", failing())
	for _, want := range []string{"# After-action report: Loss of eu-west", "## Objective", "## Scope", "## Participants", "## Timeline", "## Results against the objectives", "## Findings", "## Follow-ups", "## Documents", "## What this proves", "## Evidence",
		"| recovery time (RTO) | 2 s |", "Approved by team-sre on 2026-11-19", "Had to do without: pay-lead", "| 40.000 s | 40.012 s | injected: eu-west hangs (f2) |",
		"line that decides: `mesh/pay.yaml:12:5`", "| D01 in hang | team-pay | 2026-12-15 | open |", "| **to be named** |", "Runbook of payments", "Kept for 7 years", "muster drill verify"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if got := in(t, "markdown", passing()); !strings.Contains(got, "One green drill proves little") || !strings.Contains(got, "## Findings\n\nNone.") {
		t.Errorf("a drill that passed:\n%s", got)
	}
	if got := in(t, "markdown", undecided()); !strings.Contains(got, "made without the plan") || strings.Contains(got, "## Participants") {
		t.Errorf("a report without a plan:\n%s", got)
	}
}

var (
	commentOf = regexp.MustCompile(`<!-- -->`)
	ownTags   = regexp.MustCompile(`</?(details|summary)>`)
)

func TestMarkdownMakesNothingOfHostileNames(t *testing.T) {
	got := in(t, "markdown", hostile())
	outside := regexp.MustCompile("(`+) ?[^`\n].*?(`+)").ReplaceAllString(got, "")
	rest := ownTags.ReplaceAllString(commentOf.ReplaceAllString(outside, ""), "")
	for _, bad := range []string{"<script", "<img", "\x1b", " [x]"} {
		if strings.Contains(rest, bad) {
			t.Errorf("%q is in it", bad)
		}
	}
	if regexp.MustCompile(`(^|[^\\])\]\(|@team|##\[error`).MatchString(outside) {
		t.Error("a link, a mention or a command is in it")
	}
	columns := 0
	for line := range strings.Lines(got) {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if columns != 0 && n != columns {
			t.Errorf("a row of %d columns in a table of %d: %.200s", n-1, columns-1, line)
		}
		columns = n
	}
}

type suites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Suites   []struct {
		Tests      int    `xml:"tests,attr"`
		Timestamp  string `xml:"timestamp,attr"`
		Properties []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"properties>property"`
		Cases []struct {
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
			} `xml:"failure"`
			Error *struct {
				Text string `xml:",chardata"`
			} `xml:"error"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestJUnitHasACaseForEachCell(t *testing.T) {
	for name, tc := range map[string]struct {
		r                       *audit.Report
		tests, failures, errors int
	}{"pass": {passing(), 3, 0, 0}, "fail": {failing(), 3, 2, 0}, "inconclusive": {undecided(), 2, 0, 2}, "hostile": {hostile(), 3, 2, 0}} {
		var s suites
		if err := xml.Unmarshal([]byte(in(t, "junit", tc.r)), &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if s.Tests != tc.tests || s.Failures != tc.failures || s.Errors != tc.errors || len(s.Suites) != 1 || len(s.Suites[0].Cases) != tc.tests {
			t.Errorf("%s: %d tests, %d failures, %d errors", name, s.Tests, s.Failures, s.Errors)
		}
		if name == "fail" && !strings.Contains(s.Suites[0].Cases[1].Failure.Message, "at least 7 s, objective 2 s") {
			t.Errorf("%+v", s.Suites[0].Cases[1].Failure)
		}
		if name == "inconclusive" && !strings.Contains(s.Suites[0].Cases[0].Error.Text, "next: Probe faster") {
			t.Errorf("%+v", s.Suites[0].Cases[0].Error)
		}
	}
}

func TestSARIFIsValid(t *testing.T) {
	s, err := jsonschema.NewCompiler().Compile("../testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range fixtures() {
		if err := s.Validate(decode(t, []byte(in(t, "sarif", r)))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type log struct {
	Runs []struct {
		AutomationDetails struct{ ID string }
		Invocations       []struct {
			ExecutionSuccessful        bool
			ToolExecutionNotifications []struct{ Message struct{ Text string } }
		}
		Tool struct {
			Driver struct {
				Rules []struct {
					ID, HelpURI string
					Help        struct{ Text, Markdown string }
				}
			}
		}
		Results []struct {
			RuleID, Level string
			Locations     []struct {
				PhysicalLocation struct {
					ArtifactLocation struct{ URI string }
					Region           struct{ StartLine int }
				}
			}
			PartialFingerprints map[string]string
		}
	}
}

func TestSARIFStandsAtTheLineThatDecides(t *testing.T) {
	var l log
	if err := json.Unmarshal([]byte(in(t, "sarif", failing())), &l); err != nil {
		t.Fatal(err)
	}
	run := l.Runs[0]
	if run.AutomationDetails.ID != "muster-drill/" || len(run.Results) != 2 || !run.Invocations[0].ExecutionSuccessful {
		t.Fatalf("%+v", run)
	}
	for i, line := range []int{12, 14} {
		at := run.Results[i].Locations[0].PhysicalLocation
		if at.ArtifactLocation.URI != "deploy/mesh/pay.yaml" || at.Region.StartLine != line || run.Results[i].Level != "error" || len(run.Results[i].PartialFingerprints["musterFingerprint/v1"]) != 32 {
			t.Errorf("%+v", run.Results[i])
		}
	}
	for _, rule := range run.Tool.Driver.Rules {
		if !strings.HasSuffix(rule.HelpURI, "docs/drills/drift.md") || rule.Help.Markdown == "" || rule.Help.Text == "" {
			t.Errorf("%+v", rule)
		}
	}
	l = log{}
	if err := json.Unmarshal([]byte(in(t, "sarif", undecided())), &l); err != nil {
		t.Fatal(err)
	}
	if run := l.Runs[0]; run.Invocations[0].ExecutionSuccessful || len(run.Invocations[0].ToolExecutionNotifications) != 1 || len(run.Results) != 2 {
		t.Errorf("%+v", run)
	}
	l = log{}
	if err := json.Unmarshal([]byte(in(t, "sarif", hostile())), &l); err != nil {
		t.Fatal(err)
	}
	for _, r := range l.Runs[0].Results {
		if uri := r.Locations[0].PhysicalLocation.ArtifactLocation.URI; strings.Contains(uri, "..") || strings.Contains(uri, "<") || strings.HasPrefix(uri, "/") {
			t.Errorf("a result at %s", uri)
		}
	}
}

func TestPositions(t *testing.T) {
	for text, want := range map[string]string{"mesh/pay.yaml:12:5": "mesh/pay.yaml:12:5", "a:b.yaml:3": "a:b.yaml:3", "": "-", "pay.yaml": "-", ":1:1": ":1:1", "x:0:1": "x:0:1", "a.yaml:1:x": "-"} {
		if got := position(text).String(); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
