package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

var update = flag.Bool("update", false, "rewrite golden files")

func text(t *testing.T, r *Report, term Terminal) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.Text(&out, term, snippets); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTextGolden(t *testing.T) {
	r := handFleet().report()
	golden(t, "report.txt", text(t, r, Terminal{}))
	verbose := handFleet().report()
	verbose.Verbose = true
	golden(t, "report-verbose.txt", text(t, verbose, Terminal{}))
	golden(t, "report-ascii.txt", text(t, r, Terminal{ASCII: true, Width: 60}))
	golden(t, "report-colour.txt", text(t, r, Terminal{Color: true, Links: true, Dir: "/repo"}))
}

func TestTextKeepsToItsWidth(t *testing.T) {
	for _, width := range []int{0, 40, 60, 80, 120} {
		for i, r := range []*Report{handFleet().report(), clean()} {
			for line := range strings.Lines(text(t, r, Terminal{Width: width})) {
				line = strings.TrimSuffix(line, "\n")
				longest := 0
				for _, word := range strings.Fields(line) {
					longest = max(longest, utf8.RuneCountInString(word))
				}
				most := max(width, leastWidth)
				if width == 0 {
					most = DefaultWidth
				}
				if n := utf8.RuneCountInString(line); n > most && longest < 30 {
					t.Errorf("report %d: %d characters where %d fit: %q", i, n, most, line)
				}
				if strings.TrimRight(line, " ") != line {
					t.Errorf("report %d: trailing space: %q", i, line)
				}
			}
		}
	}
}

var escapes = regexp.MustCompile(`\x1b(\[[0-9;]*m|\]8;;[^\x1b]*\x1b\\)`)

func TestColoursOnlyDecorate(t *testing.T) {
	for _, r := range []*Report{handFleet().report(), clean()} {
		bare := text(t, r, Terminal{})
		painted := text(t, r, Terminal{Color: true, Links: true, Dir: "/repo"})
		if got := escapes.ReplaceAllString(painted, ""); got != bare {
			t.Errorf("without its escapes the coloured report is\n%s\nwant\n%s", got, bare)
		}
		if strings.ContainsRune(bare, '\x1b') {
			t.Error("an escape in a report without colours")
		}
		if !escapes.MatchString(painted) {
			t.Error("no colour in a coloured report")
		}
	}
}

func TestASCIIHasNoOtherCharacter(t *testing.T) {
	m := handFleet().matrix()
	var out bytes.Buffer
	if err := MatrixText(&out, Terminal{ASCII: true}, m.Cells, true, nil); err != nil {
		t.Fatal(err)
	}
	if err := Explain(&out, Terminal{ASCII: true}, m.Cells[0], nil); err != nil {
		t.Fatal(err)
	}
	out.WriteString(text(t, handFleet().report(), Terminal{ASCII: true}))
	for line := range strings.Lines(out.String()) {
		for _, r := range line {
			if r > 126 {
				t.Errorf("%q in %q", r, line)
			}
		}
	}
}

// Names and snippets come from files that nobody vouches for.
func TestControlCharactersOfInputsNeverReachTheTerminal(t *testing.T) {
	f := handFleet()
	evil := "\x1b]0;owned\x07\x1b[2J\u202etxt\u200b\n  error DR999 fake"
	r := New(Scan{Services: f.graph.Services, Matrix: &failover.Matrix{}, Findings: []*analyzer.Finding{{
		Rule: &analyzer.Rule{ID: "DR601"}, Level: analyzer.Note, Message: evil, Origin: f.graph.Services[0].Origin,
		Related: []mesh.Evidence{{What: evil}, {What: evil, Origin: f.graph.Services[0].Origin}}, Scenario: evil, Cells: analyzer.SpoilsIDs("x"),
	}}, Inputs: Inputs{
		Unreadable: []Unreadable{{File: evil, Message: evil}}, Rendered: []Rendered{{Kind: evil, Dir: evil}},
		Missing: []Missing{{What: evil, Help: evil}}, Skipped: []Skipped{SkippedOf(evil, evil, []string{evil})},
		NotUnderstood: []NotUnderstood{NotUnderstoodOf(evil, evil, f.graph.Services[0].Origin)},
	}})
	r.Verbose = true
	var out bytes.Buffer
	if err := r.Text(&out, Terminal{}, func(string, int) (string, bool) { return evil, true }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []string{"\x1b", "\x07", "\u202e", "\u200b", "\n  error DR999"} {
		if strings.Contains(out.String(), c) {
			t.Errorf("%q in the report", c)
		}
	}
}

// GitHub reads "::command::" at the start of a line, and it and others "##[command]" anywhere.
func TestNamesOfInputsAreNoCommandsToAPipeline(t *testing.T) {
	for _, evil := range []string{"::add-mask::shop", "::stop-commands::x", "##[error]no", "##vso[task.complete]x", "##teamcity[x]"} {
		long := strings.Repeat("word ", 14) + evil + strings.Repeat(" word", 14)
		r := New(Scan{Matrix: &failover.Matrix{}, Inputs: Inputs{
			Unreadable:    []Unreadable{{File: evil, Line: 1, Message: evil + " " + long}},
			NotUnderstood: []NotUnderstood{{Message: long}},
			Skipped:       []Skipped{SkippedOf(evil, "", []string{evil, evil})},
		}})
		r.Verbose = true
		for line := range strings.Lines(text(t, r, Terminal{})) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || regexp.MustCompile(`##[a-z]*\[`).MatchString(line) {
				t.Errorf("a pipeline obeys %q", line)
			}
		}
	}
	if got := Printable("a::b ##c"); got != "a::b ##c" {
		t.Errorf("what is no command became %q", got)
	}
}

func TestJSONHasNoCharacterThatSteersATerminal(t *testing.T) {
	evil := "a\u009b31m\x7f\u202e\U000e0001é✓\x1b"
	r := New(Scan{Matrix: &failover.Matrix{}, Inputs: Inputs{Unreadable: []Unreadable{{File: evil, Message: evil}}}})
	js := asJSON(t, r)
	for _, c := range string(js) {
		if c != '\n' && !unicode.IsPrint(c) {
			t.Errorf("%U in the JSON", c)
		}
	}
	var got struct {
		Inputs struct{ Unreadable []Unreadable }
	}
	if err := json.Unmarshal(js, &got); err != nil || got.Inputs.Unreadable[0].Message != evil {
		t.Errorf("%v: read back %+v, want %q", err, got.Inputs.Unreadable, evil)
	}
}

func TestLongValuesOfInputsAreCut(t *testing.T) {
	r := New(Scan{Matrix: &failover.Matrix{}, Inputs: Inputs{Unreadable: []Unreadable{{File: "f", Message: strings.Repeat("é", 1<<20)}}}})
	if got := len(text(t, r, Terminal{})); got > 2*longestText {
		t.Errorf("%d bytes of text", got)
	}
}

// clean is a report without findings.
func clean() *Report {
	f := handFleet()
	f.graph.Services[1].Objective = nil
	m := &failover.Matrix{Cells: f.matrix().Cells[8:12]} // catalog without us-west
	return New(Scan{Version: "v1", Services: f.graph.Services, Matrix: m, Inputs: Inputs{Files: 1, Documents: 3, Resources: 3}})
}

func TestCleanReportSaysWhatWasChecked(t *testing.T) {
	want := `✓ No findings.
  Of 3 services, 1 declares an objective. Asked of 1: the loss of any one
  region, by crash, hang, partition or error.

Survival
  ✓ 1 service survives all that was asked

no findings · 4 cells: 4 survive, 0 degraded, 0 lost, 0 unknown
3 objects in 1 file
`
	if got := text(t, clean(), Terminal{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCleanReportOwnsUpToWhatNobodyPromised(t *testing.T) {
	f := handFleet()
	got := text(t, New(Scan{Services: f.graph.Services, Matrix: f.matrix()}), Terminal{})
	if want := "No promise speaks of the 13 cells that do not survive."; !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
		t.Errorf("no %q in\n%s", want, got)
	}
}

func TestReportWithoutPromisesSaysSo(t *testing.T) {
	f := handFleet()
	r := New(Scan{Services: f.graph.Services[2:], Matrix: &failover.Matrix{}})
	got := text(t, r, Terminal{})
	if !strings.Contains(got, "None of the 1 service declares an objective") {
		t.Errorf("got\n%s", got)
	}
}

// Most severe first: a service with an error stands before one with warnings, whatever its name.
func TestGroupsAreOrderedBySeverity(t *testing.T) {
	var list []Finding
	for i, level := range []string{"note", "warning", "warning", "error", "error", "error"} {
		list = append(list, Finding{Level: level, Rule: fmt.Sprint("DR", 100+i), Service: "abbcad"[i : i+1]})
	}
	var got []string
	for _, g := range groups(list) {
		for _, f := range g {
			got = append(got, f.Service+":"+f.Level)
		}
	}
	want := "a:error a:note c:error d:error b:warning b:warning"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestLongLinesAreCutAroundTheColumn(t *testing.T) {
	line := strings.Repeat("a", 100) + "B" + strings.Repeat("c", 100)
	for _, column := range []int{1, 50, 101, 201} {
		part, at := cut(line, column, 40, "…")
		if utf8.RuneCountInString(part) != 40 || at < 1 || at > 41 {
			t.Errorf("column %d: %q at %d", column, part, at)
		}
		if strings.HasPrefix(part, "…") != (column > 30) || strings.HasSuffix(part, "…") != (column < 201) {
			t.Errorf("column %d: %q does not show what is missing", column, part)
		}
		if r := []rune(part); column == 101 && r[at-1] != 'B' {
			t.Errorf("column 101 points at %q in %q", r[at-1], part)
		}
	}
	if part, at := cut("short", 99, 40, "…"); part != "short" || at != 6 {
		t.Errorf("a column behind the line: %q at %d, want its end", part, at)
	}
}

func TestServicesAreNamedShortUnlessThatIsAmbiguous(t *testing.T) {
	ids := []string{
		"prod/prod/shop/cart.shop.svc.cluster.local", "prod/east/shop/cart.shop.svc.cluster.local",
		"prod/prod/pay/pay.pay.svc.cluster.local", "prod/prod/pay/api.example.com", "c/dc1/default/default/ledger",
	}
	n := namesOf(ids)
	for id, want := range map[string]string{ids[0]: ids[0], ids[1]: ids[1], ids[2]: "pay/pay", ids[3]: "pay/api.example.com", ids[4]: "default/ledger"} {
		if n.of(id) != want {
			t.Errorf("%s is called %s, want %s", id, n.of(id), want)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestEveryFormatReportsThatItCannotWrite(t *testing.T) {
	f := handFleet()
	r, m := f.report(), f.matrix()
	for name, err := range map[string]error{
		"text": r.Text(brokenPipe{}, Terminal{}, nil), "json": r.JSON(brokenPipe{}),
		"matrix": MatrixText(brokenPipe{}, Terminal{}, m.Cells, false, nil), "matrix json": MatrixJSON(brokenPipe{}, "", m.Cells, nil),
		"explain": Explain(brokenPipe{}, Terminal{}, m.Cells[0], nil),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
