package baseline

import (
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Comparison holds the findings of an audit against a baseline.
type Comparison struct {
	Known []*analyzer.Finding // in the baseline
	New   []*analyzer.Finding // not in it, there more often than in it, or worse
	Gone  []Entry             // in the baseline, and no finding any more
	Kept  []Entry             // the entries of Known
}

// Compare takes each entry for one finding with its fingerprint: one with the same message where there is one. Findings
// that somebody else accepted, and those that nobody can accept, have no part in it.
func (f *File) Compare(findings []*analyzer.Finding) Comparison {
	entries := map[string][]Entry{}
	for _, e := range f.Findings {
		entries[e.Fingerprint] = append(entries[e.Fingerprint], e)
	}
	taken := map[*analyzer.Finding]Entry{}
	take := func(x *analyzer.Finding, fits func(Entry) bool) {
		print := x.Fingerprint()
		for i, e := range entries[print] {
			if e.Rule == x.Rule.ID && (e.Level == "" || e.Level.AtLeast(x.Level)) && fits(e) {
				taken[x] = e
				entries[print] = append(append([]Entry{}, entries[print][:i]...), entries[print][i+1:]...)
				return
			}
		}
	}
	var open []*analyzer.Finding
	for _, x := range findings {
		if x.Suppressed == nil && !x.Rule.Fixed {
			open = append(open, x)
			take(x, func(e Entry) bool { return e.Message == x.Message })
		}
	}
	var c Comparison
	for _, x := range open {
		if _, ok := taken[x]; !ok {
			take(x, func(Entry) bool { return true })
		}
		if e, ok := taken[x]; ok {
			c.Known, c.Kept = append(c.Known, x), append(c.Kept, e)
		} else {
			c.New = append(c.New, x)
		}
	}
	for _, e := range f.Findings { // in the order of the file
		for i, left := range entries[e.Fingerprint] {
			if left == e {
				entries[e.Fingerprint] = append(append([]Entry{}, entries[e.Fingerprint][:i]...), entries[e.Fingerprint][i+1:]...)
				c.Gone = append(c.Gone, e)
				break
			}
		}
	}
	return c
}

// Suppression is the baseline as what accepts its findings. name is the file, as positions name it.
func (f *File) Suppression(name string) *mesh.Suppression {
	until, _ := time.Parse(time.DateOnly, f.Until) // Parse has seen it; none is the zero time
	return &mesh.Suppression{
		By: mesh.ByBaseline, Reason: f.Reason, Until: until, Owner: f.Owner,
		Origin: mesh.Origin{In: &place{name}},
	}
}

// Baseline is what analyzer.Suppress takes.
func (f *File) Baseline(name string) *analyzer.Baseline {
	return &analyzer.Baseline{Suppression: f.Suppression(name), Take: func(findings []*analyzer.Finding) []*analyzer.Finding {
		return f.Compare(findings).Known
	}}
}

// place is the file of a baseline.
type place struct{ file string }

// Locate returns the beginning of the file.
func (p *place) Locate(string) mesh.Position { return mesh.Position{File: p.file, Line: 1, Column: 1} }
