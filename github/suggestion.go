package github

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/fix"
	"github.com/passmuster/muster/report"
)

// Suggestion proposes other lines for those of a file, as a reviewer would.
type Suggestion struct {
	Path               string   // from the root of the repository, slash-separated
	StartLine, EndLine int      // of the head, from 1, both included
	Lines              []string // that take their place, without ends; none = they are deleted
	Titles             []string // what it repairs, one line each
	Fingerprints       []string // of the findings
}

// mostLines is how many lines a suggestion spans: reviewers read larger repairs as a diff.
const mostLines = 20

// Key is what a suggestion is recognised by: findings, file and text, but not the line, which moves.
func (s Suggestion) Key() string {
	parts := append([]string{s.Path, strings.Join(s.Lines, "\n")}, s.Fingerprints...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:12])
}

// Suggestions are proven repairs (fix.Result.Repaired) as suggestions. old holds the files as the head has them
// (fix.Result.Old). Repairs that touch the same lines become one suggestion. A repair that is in several files, or spans more
// than 20 lines, cannot be accepted by a click, and is counted in left.
func Suggestions(repaired []fix.Repaired, old map[string][]byte, o report.Options) (list []Suggestion, left int) {
	var units []unit
	for _, r := range repaired {
		if len(r.Edits) == 0 {
			continue // another repair takes it along
		}
		u, ok := unitOf(r, old)
		if !ok {
			left++
			continue
		}
		units = append(units, u)
	}
	for _, u := range merged(units) {
		file := path.Clean(path.Join(o.Base, u.file))
		if !isInside(file) || u.to-u.from >= mostLines {
			left += len(u.titles)
			continue
		}
		list = append(list, Suggestion{Path: file, StartLine: u.from, EndLine: u.to, Lines: u.text(old[u.file]), Titles: u.titles, Fingerprints: u.fingerprints})
	}
	return list, left
}

// unit is edits of a file that belong together.
type unit struct {
	file                 string
	from, to             int // lines
	edits                []fix.Edit
	titles, fingerprints []string
}

func unitOf(r fix.Repaired, old map[string][]byte) (unit, bool) {
	u := unit{file: r.Edits[0].File, edits: r.Edits, titles: []string{r.Finding.Rule.ID + ": " + r.Description}, fingerprints: []string{r.Edits[0].Fingerprint}}
	data, ok := old[u.file]
	if !ok {
		return u, false
	}
	for i, e := range r.Edits {
		if e.File != u.file || e.Start < 0 || e.End < e.Start || e.End > len(data) {
			return u, false
		}
		from, to := touched(data, e)
		if i == 0 {
			u.from, u.to = from, to
		}
		u.from, u.to = min(u.from, from), max(u.to, to)
	}
	return u, u.to-u.from < mostLines
}

// touched are the lines that an edit changes. An insertion between two lines changes the one before it, if there is one.
func touched(data []byte, e fix.Edit) (from, to int) {
	start, end := e.Start, e.End
	if start == end && start > 0 && data[start-1] == '\n' {
		start--
		end--
	}
	from = 1 + strings.Count(string(data[:start]), "\n")
	to = from + strings.Count(string(data[start:max(end-1, start)]), "\n")
	return from, to
}

// merged joins units that share a line of a file.
func merged(units []unit) []unit {
	slices.SortStableFunc(units, func(a, b unit) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	var out []unit
	for _, u := range units {
		if n := len(out) - 1; n >= 0 && out[n].file == u.file && u.from <= out[n].to {
			last := &out[n]
			last.to = max(last.to, u.to)
			last.edits = append(slices.Clip(last.edits), u.edits...)
			last.titles = append(slices.Clip(last.titles), u.titles...)
			last.fingerprints = append(slices.Clip(last.fingerprints), u.fingerprints...)
			continue
		}
		out = append(out, u)
	}
	return out
}

// text is the lines of the unit with its edits.
func (u unit) text(data []byte) []string {
	start, end := offset(data, u.from), offset(data, u.to+1)
	edits := slices.Clone(u.edits)
	slices.SortStableFunc(edits, func(a, b fix.Edit) int { return cmp.Compare(a.Start, b.Start) })
	var b strings.Builder
	at := start
	for _, e := range edits {
		b.Write(data[at:max(e.Start, at)])
		b.WriteString(e.New)
		at = max(e.End, at)
	}
	b.Write(data[min(at, end):end])
	text := strings.ReplaceAll(b.String(), "\r\n", "\n")
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// offset is where a line begins, from 1; behind the last one, the end.
func offset(data []byte, line int) int {
	at := 0
	for range line - 1 {
		i := strings.IndexByte(string(data[at:]), '\n')
		if i < 0 {
			return len(data)
		}
		at += i + 1
	}
	return at
}
