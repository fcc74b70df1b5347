package analyzer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// at is a Locator of one place.
type at mesh.Position

func (a *at) Locate(string) mesh.Position { return mesh.Position(*a) }

func day(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s)
	return t
}

func TestSuppress(t *testing.T) {
	one := &analyzer.Rule{ID: "DR101", Slug: "one"}
	fixed := &analyzer.Rule{ID: "DR102", Slug: "two", Fixed: true}
	strict := &analyzer.Rule{ID: "IN001", Slug: "strict", Strict: true}
	audit := &analyzer.Rule{ID: "S02", Slug: "audit", Fixed: true}
	var judged []string
	audit.Run = func(p *analyzer.Pass) {
		for _, s := range p.Suppressions {
			judged = append(judged, strings.TrimSpace(fmt.Sprintf("%s expired=%v matched=%d unused=%v refused=%v", s.Reason, s.Expired, s.Matched, s.Unused, s.Refused)))
		}
	}
	object := mesh.Resource{Kind: "Service", Namespace: "shop", Name: "cart", Cluster: "east"}
	west := object
	west.Cluster = "west"
	finding := func(r *analyzer.Rule, resource mesh.Resource, line int) *analyzer.Finding {
		return &analyzer.Finding{Rule: r, Level: analyzer.Error, Resource: resource, Origin: mesh.At(&at{File: "a.yaml", Line: line, Column: 1}, "")}
	}
	by := func(w mesh.Writer, reason string, until string, rules ...string) *mesh.Suppression {
		s := &mesh.Suppression{By: w, Rules: rules, Reason: reason}
		if until != "" {
			s.Until = day(until)
		}
		return s
	}
	comment := func(s *mesh.Suppression, line int) *mesh.Suppression {
		s.File, s.Covers = "a.yaml", func(x *mesh.Subject) bool { return x.Position.Line == line }
		return s
	}
	on := func(s *mesh.Suppression, resources ...mesh.Resource) *mesh.Suppression {
		s.Resources = resources
		return s
	}
	const asOf = "2027-03-31"
	for _, tc := range []struct {
		name     string
		findings []*analyzer.Finding
		list     []*mesh.Suppression
		how      analyzer.Suppressing
		off      string
		want     []string // of the findings: what suppresses them
		judged   []string
		mistakes int
	}{
		{
			name:     "the nearest that holds",
			findings: []*analyzer.Finding{finding(one, object, 1), finding(one, object, 2), finding(one, west, 3)},
			list: []*mesh.Suppression{
				comment(by(mesh.ByComment, "over", "2027-03-30", "DR101"), 1), comment(by(mesh.ByComment, "line", asOf, "one"), 1),
				on(by(mesh.ByAnnotation, "object", "", "DR101"), object), by(mesh.ByConfig, "all", "", "DR101"),
			},
			want: []string{"line", "object", "all"},
			judged: []string{
				"over expired=true matched=1 unused=[] refused=[]", "line expired=false matched=1 unused=[] refused=[]",
				"object expired=false matched=2 unused=[] refused=[]", "all expired=false matched=3 unused=[] refused=[]",
			},
		},
		{
			name:     "an annotation holds for its object in its clusters",
			findings: []*analyzer.Finding{finding(one, object, 1), finding(one, west, 2), finding(one, mesh.Resource{Kind: "Service", Namespace: "shop", Name: "pay", Cluster: "west"}, 3)},
			list: []*mesh.Suppression{on(by(mesh.ByAnnotation, "x", "", "DR101"), object,
				mesh.Resource{Kind: "Service", Namespace: "shop", Name: "other", Cluster: "west"})},
			want: []string{"x", "", ""}, judged: []string{"x expired=false matched=1 unused=[] refused=[]"},
		},
		{
			name:     "rules that nobody can suppress, that are unknown, off, or could not speak",
			findings: []*analyzer.Finding{finding(fixed, object, 1)},
			list:     []*mesh.Suppression{by(mesh.ByConfig, "x", "", "DR102", "S02", "IN001", "DR999", "DR101")},
			off:      "DR101",
			want:     []string{""}, judged: []string{"x expired=false matched=0 unused=[] refused=[DR102 S02]"}, mistakes: 1,
		},
		{
			name: "unused", list: []*mesh.Suppression{by(mesh.ByConfig, "x", "", "IN001", "one", "DR101")}, how: analyzer.Suppressing{Strict: true},
			judged: []string{"x expired=false matched=0 unused=[IN001 DR101] refused=[]"},
		},
		{
			name: "not all was read", list: []*mesh.Suppression{by(mesh.ByConfig, "x", "", "DR101")}, how: analyzer.Suppressing{Partial: true},
			judged: []string{"x expired=false matched=0 unused=[] refused=[]"},
		},
		{
			name:     "a baseline, of what is left",
			findings: []*analyzer.Finding{finding(one, object, 1), finding(one, object, 2), finding(fixed, object, 3)},
			list:     []*mesh.Suppression{comment(by(mesh.ByComment, "line", "", "DR101"), 1)},
			how: analyzer.Suppressing{Baseline: &analyzer.Baseline{Suppression: by(mesh.ByBaseline, "known", ""), Take: func(l []*analyzer.Finding) []*analyzer.Finding {
				return l
			}}},
			want:   []string{"line", "known", ""},
			judged: []string{"line expired=false matched=1 unused=[] refused=[]", "known expired=false matched=1 unused=[] refused=[]"},
		},
		{
			name:     "a baseline whose last day is over",
			findings: []*analyzer.Finding{finding(one, object, 1)},
			how: analyzer.Suppressing{Baseline: &analyzer.Baseline{Suppression: by(mesh.ByBaseline, "known", "2027-03-30"), Take: func(l []*analyzer.Finding) []*analyzer.Finding {
				return l
			}}},
			want: []string{""}, judged: []string{"known expired=true matched=1 unused=[] refused=[]"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			judged = nil
			tc.how.AsOf = day(asOf).Add(23 * time.Hour)
			all := slices.Clone(tc.findings)
			_, mistakes := analyzer.Suppress(all, tc.list, []*analyzer.Rule{one, fixed, strict, audit}, map[string]analyzer.Setting{tc.off: {Level: "off"}}, tc.how)
			var got []string
			for _, f := range tc.findings {
				reason := ""
				if f.Suppressed != nil {
					reason = f.Suppressed.Reason
				}
				got = append(got, reason)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("suppressed by %q, want %q", got, tc.want)
			}
			if !slices.Equal(judged, tc.judged) {
				t.Errorf("judged\n%s\nwant\n%s", strings.Join(judged, "\n"), strings.Join(tc.judged, "\n"))
			}
			if len(mistakes) != tc.mistakes {
				t.Errorf("mistakes %v, want %d", mistakes, tc.mistakes)
			}
		})
	}
}

// Only what concerns neither an object nor a service is told apart by its file: nothing else tells one from another.
func TestFingerprintsDoNotSeeLinesAndFiles(t *testing.T) {
	rule := &analyzer.Rule{ID: "DR101"}
	print := func(resource mesh.Resource, file string, line int, path string) string {
		f := analyzer.Finding{Rule: rule, Resource: resource, Origin: mesh.At(&at{File: file, Line: line, Column: 1}, path)}
		return f.Fingerprint()
	}
	object := mesh.Resource{Kind: "Service", Namespace: "shop", Name: "cart"}
	if print(object, "a.yaml", 1, "/spec") != print(object, "b/c.yaml", 9, "/spec") {
		t.Error("a finding of an object has another fingerprint in another file")
	}
	if print(object, "a.yaml", 1, "/spec") == print(object, "a.yaml", 1, "/spec/host") {
		t.Error("two places of an object have one fingerprint")
	}
	if print(mesh.Resource{}, "a.yaml", 1, "") == print(mesh.Resource{}, "b.yaml", 1, "") {
		t.Error("two files that cannot be read have one fingerprint")
	}
	if print(mesh.Resource{}, "a.yaml", 1, "") != print(mesh.Resource{}, "a.yaml", 7, "") {
		t.Error("a line changes a fingerprint")
	}
}
