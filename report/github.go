package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// mostAnnotations is how many of each kind GitHub shows for a step; it drops others without a word.
const mostAnnotations = 10

// GitHub writes workflow commands, which GitHub Actions shows as annotations: inputs that were not read, then findings
// that nobody accepted, the most severe first. Where there are more of a kind than GitHub shows, the last one counts
// the rest.
func (r *Report) GitHub(w io.Writer, o Options) error {
	kinds := map[string][]string{}
	for _, s := range r.Inputs.shortfalls() {
		p, ok := o.inRepository(s.at)
		text := "This " + s.message
		if !ok {
			text = s.at.String() + " " + s.message
		}
		kinds[s.level] = append(kinds[s.level], command(s.level, p, "missing from the audit", text))
	}
	for _, f := range r.shown() {
		name := annotation[f.Level]
		kinds[name] = append(kinds[name], command(name, o.placeOf(f), f.Rule+" "+f.Slug, f.described(o.placeOf(f))))
	}
	b := bufio.NewWriter(w)
	for _, kind := range [...]string{"error", "warning", "notice"} {
		list := kinds[kind]
		if n := len(list) - mostAnnotations; n > 0 {
			list = append(list[:mostAnnotations-1:mostAnnotations-1], command(kind, spot{}, "muster",
				fmt.Sprintf("%d more of this kind; GitHub shows %d a step, the whole report has all", n+1, mostAnnotations)))
		}
		for _, line := range list {
			b.WriteString(line + "\n")
		}
	}
	return b.Flush()
}

var annotation = map[string]string{"error": "error", "warning": "warning", "note": "notice"}

// command is one workflow command (docs.github.com: Workflow commands for GitHub Actions).
func command(name string, p spot, title, text string) string {
	properties := "title=" + property(title)
	if p.file != "" {
		properties = fmt.Sprintf("file=%s,line=%d,col=%d,%s", property(p.file), p.line, p.column, properties)
	}
	return "::" + name + " " + properties + "::" + data.Replace(oneLine(text, longestText))
}

// What stands for characters that end a command or a property (actions/toolkit, packages/core/src/command.ts).
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inOption = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func property(text string) string { return inOption.Replace(oneLine(text, longestText)) }
