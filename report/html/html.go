// Package html renders a report, or what a change does to survival, as one file for a browser: the page holds its data, its
// code and its styles, and its policy (CSP) forbids it every request.
package html

import (
	"io"
	"maps"
	"slices"

	"github.com/passmuster/muster/report"
)

// Options are what a page shows beside what the report holds. The zero value serves.
type Options struct {
	// Line gives the text of lines of the inputs; nil = the page shows positions alone.
	Line report.Line
	// MostCells is how many cells the page lists one by one; the heat map counts all. 0 is DefaultCells.
	MostCells int
}

// DefaultCells is how many cells a page lists. Beyond three quarters of it cells that survive are left out.
const DefaultCells = 1_500_000

// mostTraces bounds the texts of traces, in bytes before compression: cells beyond it come without the steps of their prediction.
const mostTraces = 24 << 20

// Write writes the page of a report. Cells are read once, as a stream; what the page keeps of them is bounded.
func Write(w io.Writer, r *report.Report, o Options) error {
	e := newEncoder(r, o)
	for c := range r.Cells {
		e.cell(c)
	}
	if err := r.Unfinished(); err != nil {
		return err
	}
	return page{title: "muster report", data: e.payload(r)}.write(w)
}

// snippets are the lines that the page shows, by file and number.
type snippets struct {
	line  report.Line
	text  map[string]map[int]string
	count int
}

// Lines of inputs may be long, and many findings name many of them.
const (
	mostSnippets = 20_000
	longestLine  = 300 // characters
)

func newSnippets(line report.Line) *snippets {
	return &snippets{line: line, text: map[string]map[int]string{}}
}

// add keeps the line of a position, if there is one.
func (s *snippets) add(p report.Position) {
	at := p.At()
	if s.line == nil || at.Line < 1 || s.count >= mostSnippets {
		return
	}
	if _, known := s.text[at.File][at.Line]; known {
		return
	}
	text, ok := s.line(at.File, at.Line)
	if !ok {
		return
	}
	if r := []rune(text); len(r) > longestLine {
		text = string(r[:longestLine]) + "…"
	}
	if s.text[at.File] == nil {
		s.text[at.File] = map[int]string{}
	}
	s.text[at.File][at.Line] = text
	s.count++
}

// snippet is one line: file, number, text.
type snippet [3]any

func (s *snippets) list() []snippet {
	out := []snippet{}
	for _, file := range slices.Sorted(maps.Keys(s.text)) {
		for _, n := range slices.Sorted(maps.Keys(s.text[file])) {
			out = append(out, snippet{file, n, s.text[file][n]})
		}
	}
	return out
}
