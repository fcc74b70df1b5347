package report

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// hostile are names and values that a stranger's pull request may hold.
var hostile = []string{
	"\x1b]0;owned\x07\x1b[2J", "\u009b31m", "a\u202etxt\u200b", "a\nb\r\nc\rd\u2028e",
	"::error::owned", "x\n::error::owned", "x%0A::error::owned", "x,title=owned::owned", "##[error]owned", "x ##vso[task.complete]",
	"</testcase><testcase name=\"owned\">", "]]>", "<![CDATA[", "&owned;", "<!--", "-->", "\"' onload=owned", "</details><script>owned</script>",
	"| owned | owned |", "`", "``` owned", "`` ` ```", "[owned](https://owned.example)", "![owned](https://owned.example)", "<img src=https://owned.example>",
	"@owned", "owner/repo#1", "https://owned.example", "www.owned.example", "# owned", "- owned", "1. owned", "> owned", "---", "$$owned$$", "*_~owned~_*",
	"=owned()", "+owned", "-owned", "@SUM(owned)", "\t=owned()", "a\",\"b", "a;b", "a,b", "\xff\xfe", "\x00", "%", "\\", "\\](https://owned.example)", "{\"type\":\"finding\"}",
	strings.Repeat("é", 20000),
}

// hostileReport holds a name wherever a report holds a text of the inputs.
func hostileReport(evil string) *Report {
	at := PositionAt(mesh.Position{File: "d/" + evil, Line: 3, Column: 4, Path: evil, Via: []mesh.Via{{File: evil, Line: 1, What: evil}}})
	id := "m/" + evil + "/n/" + evil
	r := &Report{
		Tool:     ToolOf("v1.0.0"),
		Services: []Service{{ID: id, Hosts: []string{evil}, Mesh: evil, Clusters: []string{evil}, DRIntent: true, IntentEvidence: []string{evil}}, {ID: evil, DRIntent: true}},
		Inputs: Inputs{
			Unreadable: []Unreadable{{File: evil, Line: 1, Column: 1, Message: evil}}, Rendered: []Rendered{{Kind: "helm", Dir: evil, Cluster: evil}},
			Missing: []Missing{{Position: at, What: evil, Help: evil}}, Skipped: []Skipped{SkippedOf(evil, evil, []string{evil})},
			NotUnderstood: []NotUnderstood{{Position: at, Kind: evil, Message: evil}},
		},
		Findings: []Finding{
			{Rule: "DR101", Slug: "objective-not-met", Level: "error", Message: evil, Service: id, Position: at, Related: []Related{{at, evil}, {Position{}, evil}},
				Resource: mesh.Resource{Kind: evil, Namespace: evil, Name: evil, Cluster: evil}, Scenario: "region=" + evil, Fault: "hang", Cells: []string{evil, evil + "|region=" + evil + "|hang"}, Fingerprint: "0123456789abcdef"},
			{Rule: "DR101", Slug: evil, Level: "warning", Message: evil, Service: evil, Resource: mesh.Resource{Kind: evil, Name: evil}, Fingerprint: evil},
			{Rule: "DR101", Slug: evil, Level: "note", Message: evil, Position: at, Suppressed: &Suppressed{By: evil, Reason: evil, Until: evil, Owner: evil, Position: at}},
		},
		Cells: func(yield func(*Cell) bool) {
			yield(&Cell{ID: evil, Service: evil, Outcome: "lost", Reason: evil, Trace: []string{evil}})
		},
		Verbose: true,
	}
	for i := range r.Findings {
		r.Summary.add(&r.Findings[i])
	}
	r.conclude(&tally{survival: []survival{{service: id, worst: [kinds]failover.Outcome{kindRegion: failover.Lost}}}})
	return r
}

// A pipeline's log reads every line of what is printed.
var obeyed = regexp.MustCompile(`(?m)^\s*::(add-mask|error|warning|stop-commands|set-output)|^\s*##[A-Za-z]*\[`)

func TestNoNameBreaksOutOfAnyFormat(t *testing.T) {
	plain := map[string]string{}
	for format := range formats(Options{}) {
		plain[format] = in(t, format, hostileReport("plain"), Options{})
	}
	for _, evil := range hostile {
		r := hostileReport(evil)
		for format, harmless := range plain {
			text := in(t, format, r, Options{})
			for _, c := range text {
				if c != '\n' && !unicode.IsPrint(c) && (format != "csv" || c != '\r') {
					t.Errorf("%s: %q leaves %U", format, evil, c)
					break
				}
			}
			if obeyed.MatchString(text) && format != "github" {
				t.Errorf("%s: %q is a command to a pipeline: %q", format, evil, obeyed.FindString(text))
			}
			if format == "text" { // wraps what it shows
				continue
			}
			if got, want := shapeOf(t, format, text), shapeOf(t, format, harmless); got != want {
				t.Errorf("%s: %.80q changes the shape of the report:\n%s\nwant\n%s\n%.3000s", format, evil, got, want, text)
			}
		}
	}
}

// shapeOf is a document without its texts: what a name must not be able to change.
func shapeOf(t *testing.T, format, text string) string {
	t.Helper()
	switch format {
	case "json", "sarif", "gitlab":
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if format == "sarif" {
			checkSARIF(t, []byte(text))
		}
		return bare(v)
	case "jsonl":
		var b strings.Builder
		for line := range strings.Lines(text) {
			var v any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			b.WriteString(bare(v) + "\n")
		}
		return b.String()
	case "junit":
		return checkJUnit(t, text).shape()
	case "github":
		var b strings.Builder
		for line := range strings.Lines(text) {
			m := annotations.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
			if m == nil {
				t.Fatalf("%s is no command", line)
			}
			b.WriteString(m[1] + strings.Join(regexp.MustCompile(`(^|,)(file|line|col|title)=`).FindAllString(m[2], -1), "") + "\n")
		}
		return b.String()
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
					t.Errorf("%q is a formula", cell)
				}
			}
		}
		return strings.Repeat(".", len(rows))
	case "markdown":
		return markdownShape(text)
	}
	t.Fatalf("no shape of %s", format)
	return ""
}

// bare is JSON with every string, and every list of strings, as one letter.
func bare(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, k+":"+bare(v[k]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, bare(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case string:
		return "s"
	}
	return "v"
}

func (e element) shape() string {
	var children []string
	for _, c := range e.Children {
		children = append(children, c.shape())
	}
	slices.Sort(children) // suites are in the order of their names
	return "<" + e.XMLName.Local + strings.Join(children, "") + ">"
}

// What GitHub's Markdown acts on, in the order in which it takes it: code first, then what is escaped.
var (
	escaped = regexp.MustCompile("\\\\[!-/:-@\\[-`{-~]")
	acts    = regexp.MustCompile("<[A-Za-z/!][^>]*>|[*_~`|$]+|!?\\[|\\]\\(|[@#][A-Za-z0-9]|://|(?i:www\\.)|&[A-Za-z#]")
	inTags  = regexp.MustCompile("<[A-Za-z/!][^>]*>|[@#][A-Za-z0-9]|://|&[A-Za-z#]")
	begins  = regexp.MustCompile(`^(\s*)(#+ |[-+*] |[0-9]+[.)] |> |---)?`)
	entity  = regexp.MustCompile(`&(amp|lt|gt|quot|#34|#39);`)
)

// markdownShape keeps of each line how it begins, and what in it has a meaning.
func markdownShape(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.ReplaceAll(line, "<!-- -->", "\u00b7")
		if strings.HasPrefix(line, "<details") { // HTML up to the next empty line
			b.WriteString(strings.Join(inTags.FindAllString(entity.ReplaceAllString(line, ""), -1), "") + "\n")
			continue
		}
		line = cutCode(line)
		line = entity.ReplaceAllString(escaped.ReplaceAllString(line, ""), "")
		begin := begins.FindString(line)
		b.WriteString(begin + strings.Join(acts.FindAllString(line, -1), "") + "\n")
	}
	return b.String()
}

// cutCode takes out code spans as CommonMark has it: a run of backticks ends at the next run of the same length.
func cutCode(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		switch {
		case line[i] == '\\' && i+1 < len(line):
			b.WriteString(line[i : i+2])
			i += 2
		case line[i] == '`':
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], "`"))
			end := closing(line[i+n:], n)
			if end < 0 {
				b.WriteString(line[i : i+n])
				i += n
				continue
			}
			i += n + end
		default:
			b.WriteByte(line[i])
			i++
		}
	}
	return b.String()
}

// closing is where the run of n backticks that closes a code span ends, or -1.
func closing(s string, n int) int {
	for i := 0; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if run == n {
			return i + n
		}
		i += run
	}
	return -1
}
