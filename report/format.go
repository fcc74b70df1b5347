package report

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules/catalogue"
)

// Repository is where the pages of muster's rules stand.
const Repository = "https://github.com/passmuster/muster"

// Options are what the formats for other programs want to know beside the report. The zero value serves.
type Options struct {
	// Base is the working directory as seen from the root of the repository that is audited, slash-separated; "" is
	// the root itself. Positions are relative to the former, and code hosts want them relative to the latter.
	Base string
	// Rules are what is written about the rules; a rule that is not among them is described by its id.
	Rules []*catalogue.Entry
	// Described are rules that are none of muster's own catalogue, as the classes of drift in drills are.
	Described []RuleText
	// Category tells apart the SARIF reports of several runs in one workflow; "" is muster.
	Category string
	// SecuritySeverity makes security alerts of SARIF results.
	SecuritySeverity bool
	// Limit is how many bytes Markdown may have; 0 is SummaryLimit.
	Limit int
}

// RuleText describes a rule that is none of muster's own catalogue.
type RuleText struct {
	ID, Name string
	Title    string
	Why      string // what it finds, a paragraph
	Help     string // what to do about it, a paragraph
	URL      string // of its page
	Level    string // error, warning or note
	Impact   string // critical, high, medium or low
	Tags     []string
}

func (o Options) rule(id string) *catalogue.Entry {
	i := slices.IndexFunc(o.Rules, func(e *catalogue.Entry) bool { return e.ID == id })
	if i < 0 {
		return nil
	}
	return o.Rules[i]
}

// fallbackFile is where a finding is shown that stands in no file, in formats that cannot do without: a live object
// is known to the repository through the config that names its cluster, if at all.
const fallbackFile = "muster.yaml"

// spot is where a finding is shown in a repository.
type spot struct {
	file         string // relative to the root
	line, column int    // from 1
	// elsewhere: the finding itself has no place in the repository.
	elsewhere bool
}

// placeOf is the position of a finding, else the first related one, else the first line of the config.
func (o Options) placeOf(f *Finding) spot {
	if p, ok := o.inRepository(f.Position.At()); ok {
		return p
	}
	for _, r := range f.Related {
		if p, ok := o.inRepository(r.Position.At()); ok {
			p.elsewhere = true
			return p
		}
	}
	file := fallbackFile
	if p, ok := o.inRepository(mesh.Position{File: fallbackFile}); ok {
		file = p.file
	}
	return spot{file: file, line: 1, column: 1, elsewhere: true}
}

// inRepository reports false for what is no file of the repository: standard input, and paths out of it.
func (o Options) inRepository(at mesh.Position) (spot, bool) {
	file := path.Clean(path.Join(o.Base, at.File))
	if at.IsZero() || at.File == "-" || path.IsAbs(at.File) || file == "." || file == ".." || strings.HasPrefix(file, "../") {
		return spot{}, false
	}
	return spot{file: file, line: max(at.Line, 1), column: max(at.Column, 1)}, true
}

// uri is a path as a relative reference, percent-encoded.
func uri(file string) string {
	segments := strings.Split(string([]rune(file)), "/") // bytes that are no text become U+FFFD, as in JSON
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(s), ":", "%3A") // "a:b" would be a scheme
	}
	return strings.Join(segments, "/")
}

// shown are the findings that nobody accepted, the most severe first.
func (r *Report) shown() []*Finding {
	var list []*Finding
	for i := range r.Findings {
		if r.Findings[i].Suppressed == nil {
			list = append(list, &r.Findings[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(severity(a.Level), severity(b.Level)), a.Position.At().Compare(b.Position.At()))
	})
	return list
}

// described is the message of a finding, led by the object or place that it is about if that is shown elsewhere.
func (f *Finding) described(p spot) string {
	if !p.elsewhere {
		return f.Message
	}
	if at := f.Position.At(); !at.IsZero() {
		return at.String() + ": " + f.Message
	}
	if name := resourceName(f.Resource); name != "" {
		return name + ": " + f.Message
	}
	return f.Message
}

// worstCell is the id of the cell that scenario and fault of the finding are taken from, or "".
func (f *Finding) worstCell() string {
	suffix := "|" + f.Scenario + "|" + f.Fault
	i := slices.IndexFunc(f.Cells, func(cell string) bool { return strings.HasSuffix(cell, suffix) })
	if i < 0 {
		return ""
	}
	return f.Cells[i]
}

// serviceNames are what text calls the services of the report.
func (r *Report) serviceNames() names {
	ids := make([]string, len(r.Services))
	for i, s := range r.Services {
		ids[i] = s.ID
	}
	return namesOf(ids)
}

// oneLine is a text of the inputs on one line, cut to most bytes, without what steers a terminal or a pipeline.
func oneLine(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return Printable(s)
}

// spoilt is how many cells the finding spoils.
func (f *Finding) spoilt() int { return max(len(f.Cells), f.spoils) }
