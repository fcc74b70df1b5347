package github_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

func finding(level, rule, file string, line int) report.Finding {
	return report.Finding{Rule: rule, Slug: "slug", Level: level, Message: "message of " + rule, Position: report.PositionAt(mesh.Position{File: file, Line: line, Column: 3})}
}

func remark(level, rule, file string, line int) github.Annotation {
	return github.Annotation{Path: file, StartLine: line, EndLine: line, StartColumn: 3, EndColumn: 3, Level: level, Title: rule + " slug", Message: "message of " + rule}
}

func TestAnnotationsAreFindingsThatCountTheWorstFirst(t *testing.T) {
	accepted := finding("error", "DR9", "a.yaml", 1)
	accepted.Suppressed = &report.Suppressed{By: "comment"}
	r := &report.Report{Findings: []report.Finding{finding("note", "DR3", "a.yaml", 1), finding("error", "DR1", "b.yaml", 7), accepted, finding("warning", "DR2", "a.yaml", 2)}}
	r.Inputs.Unreadable = []report.Unreadable{{File: "broken.yaml", Line: 4, Column: 2, Message: "no YAML"}}
	got := github.Annotations(r, report.Options{Base: "deploy/prod"})
	want := []github.Annotation{
		{Path: "deploy/prod/broken.yaml", StartLine: 4, EndLine: 4, StartColumn: 2, EndColumn: 2, Level: "error", Title: "missing from the audit", Message: "This is missing from the audit: no YAML"},
		remark("error", "DR1", "deploy/prod/b.yaml", 7), remark("warning", "DR2", "deploy/prod/a.yaml", 2), remark("note", "DR3", "deploy/prod/a.yaml", 1),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestAnnotationsOfAChangeAreWhatIsNewOrRaised(t *testing.T) {
	d := &report.Diff{Findings: report.DiffFindings{
		New:    []report.Finding{finding("warning", "DR2", "a.yaml", 2)},
		Raised: []report.Finding{finding("error", "DR1", "b.yaml", 7)},
		Gone:   []report.Finding{finding("error", "DR4", "c.yaml", 7)},
	}}
	got := github.DiffAnnotations(d, report.Options{})
	if want := []github.Annotation{remark("error", "DR1", "b.yaml", 7), remark("warning", "DR2", "a.yaml", 2)}; !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if len(d.Findings.New) != 1 || d.Findings.New[0].Rule != "DR2" {
		t.Error("the diff was changed")
	}
	if got := github.DiffAnnotations(&report.Diff{}, report.Options{}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAnnotationsOfHostileInputsAreHarmless(t *testing.T) {
	f := finding("error", "DR1", "../../etc/passwd", 7)
	f.Message = "\x1b[31m::error::x\nsecond line\u202e " + strings.Repeat("y", 100_000)
	live := finding("note", "DR2", "", 0)
	live.Position = report.Position{}
	live.Resource = mesh.Resource{Kind: "Service", Namespace: "shop", Name: "checkout"}
	for _, a := range github.Annotations(&report.Report{Findings: []report.Finding{f, live}}, report.Options{}) {
		if a.Path != "muster.yaml" || a.StartLine != 1 {
			t.Errorf("it stands at %s:%d", a.Path, a.StartLine)
		}
		if strings.ContainsAny(a.Message+a.Title, "\x1b\n\u202e") || len(a.Message) > 64<<10 {
			t.Errorf("%.200q", a.Message)
		}
		contains(t, a.Message, map[string]string{"DR1 slug": "etc/passwd", "DR2 slug": "checkout"}[a.Title])
	}
}
