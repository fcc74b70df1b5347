package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules/catalogue"
)

// formats are all formats of a report.
func formats(o Options) map[string]func(*Report, io.Writer) error {
	return map[string]func(*Report, io.Writer) error{
		"text":     func(r *Report, w io.Writer) error { return r.Text(w, Terminal{}, nil) },
		"json":     func(r *Report, w io.Writer) error { return r.JSON(w) },
		"jsonl":    func(r *Report, w io.Writer) error { return r.JSONL(w) },
		"sarif":    func(r *Report, w io.Writer) error { return r.SARIF(w, o) },
		"junit":    func(r *Report, w io.Writer) error { return r.JUnit(w, o) },
		"github":   func(r *Report, w io.Writer) error { return r.GitHub(w, o) },
		"gitlab":   func(r *Report, w io.Writer) error { return r.GitLab(w, o) },
		"markdown": func(r *Report, w io.Writer) error { return r.Markdown(w, o) },
		"csv":      func(r *Report, w io.Writer) error { return r.CSV(w) },
	}
}

// in renders a report in a format.
func in(t *testing.T, format string, r *Report, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := formats(o)[format](r, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// accepted is the hand-made report with one finding that somebody accepted.
func accepted() *Report {
	r := handFleet().report()
	r.Findings[1].Suppressed = &Suppressed{By: "comment", Reason: "known, see OPS-7", Until: "2027-03-31", Owner: "team-edge"}
	r.Summary.Warning--
	r.Summary.Suppressed++
	return r
}

func TestFormatsGolden(t *testing.T) {
	o := Options{Rules: []*catalogue.Entry{aRule()}, Base: "deploy"}
	for format, file := range map[string]string{
		"jsonl": "report.jsonl", "junit": "report-junit.xml", "github": "report-github.txt", "gitlab": "report-gitlab.json", "markdown": "report.md", "csv": "report.csv",
	} {
		golden(t, file, in(t, format, accepted(), o))
	}
}

func TestEveryFormatOfAParsedReportIsTheSame(t *testing.T) {
	r := accepted()
	r.HashLines(func(string) ([]byte, error) { return []byte(strings.Repeat("a line\n", 12)), nil })
	back := written(t, r, true)
	for format := range formats(Options{}) {
		if got, want := in(t, format, back, Options{Base: "x"}), in(t, format, r, Options{Base: "x"}); got != want {
			t.Errorf("%s became\n%s\nwant\n%s", format, got, want)
		}
	}
}

func TestEveryFormatSaysThatItCannotWrite(t *testing.T) {
	for format, render := range formats(Options{}) {
		if render(handFleet().report(), brokenPipe{}) == nil {
			t.Errorf("%s: no error", format)
		}
	}
}

func TestLinesOfJSONAreParts(t *testing.T) {
	r := handFleet().report()
	parts := map[string]string{"service": "service", "topology": "topology", "finding": "finding", "cell": "cell", "summary": "summary"}
	n := map[string]int{}
	for line := range strings.Lines(in(t, "jsonl", r, Options{})) {
		part, ok := decode(t, []byte(line)).(map[string]any)
		if !ok {
			t.Fatalf("%s is no object", line)
		}
		name, _ := part["type"].(string)
		n[name]++
		delete(part, "type")
		if name == "report" {
			if part["schema"] != Schema || part["tool"] == nil || part["inputs"] == nil {
				t.Errorf("the first line is %s", line)
			}
			continue
		}
		if err := schema(t, "#/$defs/"+parts[name]).Validate(part); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if n["report"] != 1 || n["service"] != 3 || n["topology"] != 1 || n["finding"] != 4 || n["cell"] != 50 || n["summary"] != 1 {
		t.Errorf("lines: %v", n)
	}
}

// many is a report with n findings of each level, the least severe first.
func many(n int) *Report {
	r := &Report{}
	for _, level := range []string{"note", "warning", "error"} {
		for i := range n {
			r.Findings = append(r.Findings, Finding{Rule: "DR101", Slug: "objective-not-met", Level: level, Message: fmt.Sprintf("message %d", i),
				Fingerprint: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Position: PositionAt(mesh.Position{File: "a.yaml", Line: i + 1, Column: 1})})
			r.Summary.add(&r.Findings[len(r.Findings)-1])
		}
	}
	return r
}

var annotations = regexp.MustCompile(`^::(error|warning|notice) ((?:(?:file|line|col|title)=[^,:]+,?)+)::(.+)$`)

func TestGitHubShowsTenOfEachKind(t *testing.T) {
	for _, n := range []int{1, 10, 11, 500} {
		lines := strings.Split(strings.TrimSuffix(in(t, "github", many(n), Options{}), "\n"), "\n")
		if want := 3 * min(n, 10); len(lines) != want {
			t.Fatalf("%d findings a level: %d lines, want %d", n, len(lines), want)
		}
		for i, line := range lines {
			m := annotations.FindStringSubmatch(line)
			if m == nil {
				t.Fatalf("line %d is no command: %s", i, line)
			}
			if m[1] != []string{"error", "warning", "notice"}[i/min(n, 10)] {
				t.Errorf("line %d: %s", i, line)
			}
		}
		if more := fmt.Sprintf("%d more of this kind", n-9); strings.Contains(lines[len(lines)-1], more) != (n > 10) {
			t.Errorf("%d findings a level: the last line is %s", n, lines[len(lines)-1])
		}
	}
}

func TestGitLabHasTheMembersThatItNeeds(t *testing.T) {
	var list []struct {
		Description, Fingerprint, Severity string
		CheckName                          string `json:"check_name"`
		Location                           struct {
			Path  string
			Lines struct{ Begin int }
		}
	}
	for name, tc := range map[string]struct {
		r *Report
		n int
	}{"clean": {clean(), 0}, "by hand": {accepted(), 3}, "equal fingerprints": {many(3), 9}} {
		text := in(t, "gitlab", tc.r, Options{})
		if err := json.Unmarshal([]byte(text), &list); err != nil || !strings.HasPrefix(text, "[") {
			t.Fatalf("%v: %s", err, text)
		}
		if len(list) != tc.n {
			t.Errorf("%s: %d issues, want %d", name, len(list), tc.n)
		}
		seen := map[string]bool{}
		for _, i := range list {
			if i.Description == "" || i.CheckName == "" || !slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, i.Severity) {
				t.Errorf("%s: %+v", name, i)
			}
			if p := i.Location.Path; p == "" || strings.HasPrefix(p, "/") || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") || i.Location.Lines.Begin < 1 {
				t.Errorf("%s: %+v", name, i)
			}
			if i.Fingerprint == "" || seen[i.Fingerprint] {
				t.Errorf("%s: fingerprint %q twice", name, i.Fingerprint)
			}
			seen[i.Fingerprint] = true
		}
	}
}

func TestCSVIsATableWithoutFormulas(t *testing.T) {
	r := accepted()
	for _, evil := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", `a "quoted", text`} {
		r.Findings = append(r.Findings, Finding{Rule: "DR101", Level: "error", Message: evil, Service: evil, Resource: mesh.Resource{Name: evil}})
	}
	text := in(t, "csv", r, Options{})
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") || !strings.HasSuffix(text, "\r\n") {
		t.Error("lines do not end as RFC 4180 has it")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll() // refuses rows of different length
	if err != nil || len(rows) != len(r.Findings)+1 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	for _, row := range rows {
		for i, cell := range row {
			if first := strings.TrimSpace(cell); first != "" && strings.ContainsRune("=+-@＝", []rune(first)[0]) {
				t.Errorf("%s is a formula: %q", csvColumns[i], cell)
			}
		}
	}
	if got := rows[len(rows)-1][slices.Index(csvColumns, "message")]; got != `a "quoted", text` {
		t.Errorf("a message became %q", got)
	}
	if got := rows[2][slices.Index(csvColumns, "suppressed_reason")]; got != "known, see OPS-7" {
		t.Errorf("suppressed_reason is %q", got)
	}
}

func TestMarkdownKeepsToItsLimit(t *testing.T) {
	for _, limit := range []int{0, CommentLimit, 3000, 1000} {
		r := many(5000)
		for i := range r.Findings {
			r.Findings[i].Message += strings.Repeat(" word", 20)
			r.Findings[i].Service = fmt.Sprintf("m/m/n/s%d.n", i%70)
		}
		text := in(t, "markdown", r, Options{Limit: limit})
		most := limit
		if limit == 0 {
			most = SummaryLimit
		}
		shown := strings.Count(text, "\n- ")
		if len(text) > most || len(text) < most/2 && limit > 1000 {
			t.Errorf("limit %d: %d bytes", most, len(text))
		}
		if want := strconv.Itoa(15000-shown) + " findings are not shown here"; !strings.Contains(text, want) {
			t.Errorf("limit %d: %d of 15000 are shown, and it does not say %q", most, shown, want)
		}
		if strings.Count(text, "<details") != strings.Count(text, "</details>") {
			t.Errorf("limit %d: a section has no end", most)
		}
	}
	if text := in(t, "markdown", many(1), Options{}); strings.Contains(text, "not shown") {
		t.Errorf("all is shown, and yet: %s", text)
	}
}
