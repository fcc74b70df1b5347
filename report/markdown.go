package report

import (
	"fmt"
	"io"
	"strings"
)

// SummaryLimit and CommentLimit are how many bytes of Markdown GitHub takes: of the summary of a step (1 MiB, with
// room for what other steps write), and of a comment (65,536 characters).
const (
	SummaryLimit = 900_000
	CommentLimit = 65_536
)

// Markdown writes the report for the summary of a pipeline or a comment on a pull request: what was found, by service,
// in sections that unfold. Findings beyond the limit of bytes are counted, the least severe services first.
func (r *Report) Markdown(w io.Writer, o Options) error {
	m := &summaryPage{o: o, names: r.serviceNames()}
	limit := o.Limit
	if limit <= 0 {
		limit = SummaryLimit
	}
	m.head(r)
	tail := m.tail(r)
	// What is cut off is told of in a line.
	const room = 200
	left := 0
	for _, g := range groups(r.Findings) {
		left += m.group(g, limit-len(tail)-room)
	}
	if left > 0 {
		fmt.Fprintf(&m.b, "\n**%s not shown here**, for want of room. The whole report has all.\n", verb(left, "finding is", "findings are"))
	}
	if m.b.Len()+len(tail) <= limit {
		m.b.WriteString(tail)
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

// summaryPage is a page of Markdown on its way.
type summaryPage struct {
	o     Options
	names names
	b     strings.Builder
}

func (m *summaryPage) head(r *Report) {
	list := r.Inputs.shortfalls()
	mark := "✅"
	switch {
	case r.Summary.Error > 0:
		mark = "❌"
	case r.Summary.Warning > 0 || len(list) > 0:
		mark = "⚠️"
	}
	fmt.Fprintf(&m.b, "## %s muster: %s\n\n", mark, r.Summary.levels())
	fmt.Fprintf(&m.b, "%s in %s · %s\n", count(r.Inputs.Resources, "object"), count(r.Inputs.Files, "file"), r.Summary.Cells)
	if r.Summary.Drills != nil {
		fmt.Fprintf(&m.b, "\nDrills: %s\n", r.Summary.Drills)
	}
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(&m.b, "\n**%s missing from the audit:**\n\n", verb(len(list), "thing is", "things are"))
	const most = 20
	for i, s := range list {
		if i == most {
			fmt.Fprintf(&m.b, "- and %d more\n", len(list)-most)
			break
		}
		fmt.Fprintf(&m.b, "- %s: %s\n", codeSpan(s.at.String()), prose(upTo(s.message, 500)))
	}
}

func (m *summaryPage) tail(r *Report) string {
	return fmt.Sprintf("\n<sub>muster %s · <code>muster explain RULE</code> tells what a rule is about, a bad and a good example, and when not to follow it</sub>\n",
		inHTML(upTo(r.Tool.Version, 100)))
}

// group writes the findings of a service as far as they fit into limit bytes, and returns how many do not.
func (m *summaryPage) group(g []*Finding, limit int) int {
	var n Summary
	for _, f := range g {
		n.add(f)
	}
	name := "Configuration"
	if id := g[0].Service; id != "" {
		name = m.names.of(id)
	}
	open := ""
	if n.Error > 0 {
		open = " open"
	}
	head := fmt.Sprintf("\n<details%s><summary><b>%s</b> %s</summary>\n\n", open, inHTML(upTo(name, 300)), n.levels())
	const end = "\n</details>\n"
	var body strings.Builder
	written := 0
	for _, f := range g {
		text := m.finding(f)
		if m.b.Len()+len(head)+body.Len()+len(text)+len(end) > limit {
			break
		}
		body.WriteString(text)
		written++
	}
	if written > 0 {
		m.b.WriteString(head + body.String() + end)
	}
	return len(g) - written
}

var levelMark = map[string]string{"error": "❌", "warning": "⚠️", "note": "ℹ️"}

// finding is an item of a list.
func (m *summaryPage) finding(f *Finding) string {
	const longest = 2000
	var b strings.Builder
	rule := m.link(f.Rule)
	where := resourceName(f.Resource)
	if at := f.Position.At(); !at.IsZero() {
		where = at.String()
	}
	fmt.Fprintf(&b, "- %s **%s %s**", levelMark[f.Level], f.Level, rule)
	if where != "" {
		b.WriteString(" " + codeSpan(upTo(where, longest)))
	}
	fmt.Fprintf(&b, "\n  <br>%s\n", prose(upTo(f.Message, longest)))
	for i, r := range f.Related {
		if i == mostLocations {
			break
		}
		if at := r.Position.At(); at.IsZero() {
			fmt.Fprintf(&b, "  - see %s\n", prose(upTo(r.Message, longest)))
		} else {
			fmt.Fprintf(&b, "  - see %s %s\n", codeSpan(upTo(at.String(), longest)), prose(upTo(r.Message, longest)))
		}
	}
	if n := f.spoilt(); n > 0 {
		text := "spoils " + count(n, "cell") + " of the matrix"
		if f.Scenario != "" && f.Scenario != "none" {
			text += ", the worst under " + codeSpan(upTo(f.Scenario, longest)) + ", " + prose(f.Fault)
		}
		b.WriteString("  - " + text + "\n")
	}
	return b.String()
}

// link is the id of a rule, with its page if it has one.
func (m *summaryPage) link(rule string) string {
	if m.o.rule(rule) == nil {
		return rule
	}
	return fmt.Sprintf("[%s](%s/blob/main/docs/rules/%s.md)", rule, Repository, rule)
}

// What stands for characters that mean something in Markdown as GitHub and GitLab read it. An empty comment keeps
// mentions, references and addresses from becoming links, which would reach people or lead somewhere.
var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "$", `\$`, "&", "&amp;", "<", "&lt;", ">", "&gt;",
	"@", "@<!-- -->", "#", "#<!-- -->", "!", "!<!-- -->", "://", ":<!-- -->//", "www.", "www<!-- -->.", "WWW.", "WWW<!-- -->.",
)

// prose is text of the inputs inside a paragraph.
func prose(text string) string { return markdownEscapes.Replace(oneLine(text, longestText)) }

// inHTML is text of the inputs inside an element.
func inHTML(text string) string { return htmlEscapes.Replace(oneLine(text, longestText)) }

var htmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "@<!-- -->", "#", "#<!-- -->", "://", ":<!-- -->//")

// codeSpan is text of the inputs as code: between more backticks than it has in a row.
func codeSpan(text string) string {
	text = oneLine(text, longestText)
	run, longest := 0, 0
	for _, r := range text {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 {
		text = " " + text + " "
	}
	return fence + text + fence
}
