package report

import (
	"cmp"
	"slices"
)

// Remark is one thing that a report says, at a place of the repository, as a code host shows it.
type Remark struct {
	File         string // from the root of the repository
	Line, Column int    // from 1
	Level        string // error, warning or note
	Title, Text  string // each on one line, without what steers a terminal
}

// Remarks are findings that nobody accepted, the most severe first, where they are shown in the repository.
func (o Options) Remarks(findings []Finding) []Remark {
	r := Report{Findings: findings}
	var list []Remark
	for _, f := range r.shown() {
		p := o.placeOf(f)
		list = append(list, Remark{p.file, p.line, p.column, f.Level, oneLine(f.Rule+" "+f.Slug, longestText), oneLine(f.described(p), longestText)})
	}
	return list
}

// Missing are the inputs that an audit lacks, the most severe first.
func (o Options) Missing(in *Inputs) []Remark {
	var list []Remark
	for _, s := range in.shortfalls() {
		text := "This " + s.message
		p, ok := o.inRepository(s.at)
		if !ok {
			text = cmp.Or(s.at.String(), "This") + " " + s.message
			p = o.placeOf(&Finding{})
		}
		list = append(list, Remark{p.file, p.line, p.column, s.level, "missing from the audit", oneLine(text, longestText)})
	}
	slices.SortStableFunc(list, func(a, b Remark) int { return cmp.Compare(severity(a.Level), severity(b.Level)) })
	return list
}

// Prose is text of the inputs as it may stand in a paragraph of Markdown: it links, mentions and marks nothing.
func Prose(text string) string { return prose(text) }
