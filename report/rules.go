package report

import (
	"encoding/json"
	"io"
	"unicode/utf8"

	"github.com/passmuster/muster/rules/catalogue"
)

// Rules writes the catalogue as a table, by category.
func Rules(w io.Writer, t Terminal, list []*catalogue.Entry) error {
	p := newPen(w, t)
	if len(list) == 0 {
		p.line("no rule matches")
	}
	wide := 0
	for _, e := range list {
		wide = max(wide, utf8.RuneCountInString(e.Title))
	}
	wide = min(wide, p.t.width()-2-len("DR103")-2-2-len("error, warning, note"))
	for _, c := range catalogue.Categories {
		first := true
		for _, e := range list {
			if e.Category != c.Name {
				continue
			}
			if first {
				p.space()
				p.line(t.paint(bold, c.Title))
				first = false
			}
			p.line("  " + t.paint(cyan, e.ID) + "  " + pad(t.shorten(e.Title, wide), wide) + "  " + t.paint(dim, catalogue.Words(e.Levels)))
		}
	}
	p.space()
	p.line(count(len(list), "rule") + t.glyph(" · ", " - ") + "muster explain ID tells what one of them is about")
	return p.flush()
}

// RulesJSON writes the catalogue for programs.
func RulesJSON(w io.Writer, version string, list []*catalogue.Entry) error {
	type rule struct {
		catalogue.Metadata
		Category string `json:"category"`
		Slug     string `json:"slug"`
	}
	out := struct {
		Schema string `json:"schema"`
		Tool   Tool   `json:"tool"`
		Rules  []rule `json:"rules"`
	}{"muster.rules/v1", ToolOf(version), []rule{}}
	for _, e := range list {
		out.Rules = append(out.Rules, rule{e.Metadata, e.Category, e.Slug})
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}
