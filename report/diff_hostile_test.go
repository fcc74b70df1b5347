package report

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/passmuster/muster/analyzer/failover"
)

// hostileDiff holds a text wherever a diff holds one of the inputs.
func hostileDiff(evil string) *Diff {
	r := hostileReport(evil)
	at := r.Findings[0].Position
	id := r.Services[0].ID
	cell := func(outcome string, share float64, encryption string) *Cell {
		return &Cell{ID: evil, Service: id, Port: 80, Subset: evil, Client: Client{ID: evil, Namespace: evil, Cluster: evil, Locality: evil},
			Scenario: failover.One(failover.Region, "r"+strings.ToValidUTF8(evil, "?")).String(), Fault: "hang", Outcome: outcome, Reason: evil, FailingShare: share, Authorized: true,
			Destinations: []failover.Destination{{Locality: evil, Cluster: evil, Service: evil, Share: 1, Encryption: encryption}},
			Recovery:     Recovery{Lower: "1s", Upper: "2s", Terms: []Term{{Name: evil, Lower: "1s", Upper: "2s", Position: at}}}, Trace: []string{evil}}
	}
	d := &Diff{
		Tool: Tool{Name: "muster", Version: "v1"}, Verdict: verdictWorse,
		Base: DiffSide{Name: evil, Revision: revision, Inputs: r.Inputs, Services: 2}, Head: DiffSide{Name: evil, Inputs: r.Inputs, Services: 2},
		Gate:     Gate{Failed: true, FailOn: "error", Reasons: []string{evil}},
		Config:   []ConfigChange{{Kind: "rule", Change: "added", What: evil, Weakens: true, Head: at}, {Kind: "config", Change: "removed", What: evil, Base: at}},
		Services: DiffServices{Added: r.Services, Removed: r.Services[1:]},
		Edges:    DiffEdges{Added: []DiffEdge{{From: id, To: evil, What: evil, Position: at}}, Removed: []DiffEdge{{To: id, Strong: true, What: evil}}},
		Findings: DiffFindings{New: r.Findings, Raised: r.Findings[:1], Gone: r.Findings},
	}
	for i := range d.Findings.New { // as a parser wants them
		d.Findings.New[i].Fingerprint = strings.Repeat("ab", 16)
		if s := d.Findings.New[i].Suppressed; s != nil {
			s.By, s.Until = "comment", "2027-01-01"
		}
	}
	for i, change := range []string{"unproven", "worse", "slower", "fails", "better"} {
		d.Cells = append(d.Cells, CellGroup{Change: change, Level: "error", Service: id, Ports: []int{80}, Message: evil, Cause: evil, Position: at, InBase: i == 4,
			Lines: []string{"-" + evil, "+" + evil, " " + evil}, Worst: CellPair{Base: cell("survives", 0, "mtls"), Head: cell("degraded", 0.5, "plaintext")},
			Cells: []CellChange{{ID: evil, Base: CellGist{Outcome: "survives", Upper: "1s", Encryption: "mtls"}, Head: CellGist{Outcome: "lost", FailingShare: 1, Upper: "2s"}}}, Count: 1})
	}
	d.Summary.Cells = DiffCells{1, 1, 1, 1, 1, 1}
	d.sum()
	return d
}

// fences are blocks of changed lines: nothing in them has a meaning, so that they are held to their own form.
var fences = regexp.MustCompile("(?m)^  (````*)diff\n((?:  [-+ ].*\n)*)  (````*)\n")

// unfenced takes the blocks out.
func unfenced(t *testing.T, text string) string {
	t.Helper()
	return fences.ReplaceAllStringFunc(text, func(block string) string {
		m := fences.FindStringSubmatch(block)
		if m[1] != m[3] || strings.Contains(m[2], m[1]) {
			t.Errorf("a block ends early: %.300q", block)
		}
		return "  diff\n"
	})
}

func TestNoTextBreaksOutOfADiff(t *testing.T) {
	shape := func(evil string) string {
		return markdownShape(unfenced(t, diffMarkdown(t, hostileDiff(evil), Options{})))
	}
	want := shape("plain")
	if strings.Count(want, "\n") < 60 {
		t.Fatalf("the page is too short to prove anything:\n%s", want)
	}
	for _, evil := range append(hostile, "`````", "\\|", "|", "a\\", "~~~", "</summary>", "\u2066x") {
		d := hostileDiff(evil)
		d.Verbose = true
		texts := map[string]string{
			"text": diffText(t, d, Terminal{}), "markdown": diffMarkdown(t, d, Options{}), "json": string(diffJSON(t, d)),
		}
		for format, text := range texts {
			for _, c := range text {
				if c != '\n' && !unicode.IsPrint(c) {
					t.Errorf("%s: %q leaves %U", format, evil, c)
					break
				}
			}
			if obeyed.MatchString(text) {
				t.Errorf("%s: %q is a command to a pipeline: %q", format, evil, obeyed.FindString(text))
			}
		}
		for line := range strings.Lines(texts["markdown"]) { // a bar ends a cell of a table even inside code
			if strings.HasPrefix(line, "| ") && strings.Count(escaped.ReplaceAllString(line, ""), "|") != 5 {
				t.Errorf("%.80q changes a row of the table: %.500s", evil, line)
			}
		}
		if got := shape(evil); got != want {
			t.Errorf("%.80q changes the shape of the page:\n%s\nwant\n%s", evil, got, want)
		}
		if utf8.ValidString(evil) && len(evil) < 1000 {
			if _, err := ParseDiff([]byte(texts["json"])); err != nil {
				t.Errorf("%q: %v", evil, err)
			}
		}
	}
}

// Reports of what is new are made by the formats that report findings.
func TestNewFindingsInEveryFormat(t *testing.T) {
	d := NewDiff(handDiff(t))
	r := d.NewFindings()
	if len(r.Findings) != 4 || r.Summary.Error != 1 || r.Summary.Warning != 2 || r.Summary.Suppressed != 1 {
		t.Fatalf("new findings: %+v", r.Summary)
	}
	for format := range formats(Options{}) {
		text := in(t, format, r, Options{})
		if text == "" {
			t.Errorf("%s is empty", format)
		}
		if strings.Contains(text, "leave the region already today") {
			t.Errorf("%s tells of what is gone:\n%s", format, text)
		}
	}
	checkSARIF(t, []byte(in(t, "sarif", r, Options{})))
	if text := in(t, "gitlab", r, Options{}); strings.Contains(text, "Somebody accepts") || strings.Count(text, "check_name") != 3 {
		t.Errorf("GitLab shows\n%s", text)
	}
	for _, f := range r.Findings {
		if f.Position.At().File == "testdata/fleet.yaml" && f.LineHash == "" {
			t.Errorf("no hash of the line of %s", f.Message)
		}
	}
}
