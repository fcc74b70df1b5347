package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

func TestGateAndVerdict(t *testing.T) {
	f := handFleet()
	ledger := f.graph.Services[1]
	rule := &analyzer.Rule{ID: "DR103", Slug: "failover-inert"}
	finding := func(l analyzer.Level, by *mesh.Suppression) *analyzer.Finding {
		return &analyzer.Finding{Rule: rule, Level: l, Message: "It fails.", Service: ledger, Suppressed: by}
	}
	cells := func(c diff.Change, l analyzer.Level) diff.Result {
		west := failover.One(failover.Region, "us-west")
		p := diff.Pair{Base: f.cell(ledger, 8080, west, failover.Hang, failover.Survives), Head: f.cell(ledger, 8080, west, failover.Hang, failover.Lost)}
		p.ID = p.Head.ID()
		r := diff.Result{Groups: []*diff.Group{{Change: c, Level: l, Service: ledger, Cells: []diff.Pair{p, p}, More: 3}}}
		*map[diff.Change]*int{diff.Unproven: &r.Cells.Unproven, diff.Worse: &r.Cells.Worse, diff.Slower: &r.Cells.Slower, diff.Fails: &r.Cells.Fails, diff.Better: &r.Cells.Better}[c] = 5
		return r
	}
	accepted := &mesh.Suppression{By: "comment"}
	broken := Inputs{Unreadable: []Unreadable{{File: "a.yaml", Message: "no"}}}
	weak := []ConfigChange{{Kind: "rule", Change: "changed", What: "DR103 is off.", Weakens: true}, {Kind: "mesh", Change: "changed", What: "The version is newer."}}
	for name, tc := range map[string]struct {
		in      DiffInput
		result  diff.Result
		verdict string
		reasons []string
	}{
		"nothing":                   {DiffInput{}, diff.Result{}, "unchanged", nil},
		"a new error":               {DiffInput{}, diff.Result{New: []*analyzer.Finding{finding(analyzer.Error, nil)}}, "worse", []string{"1 new finding at level error"}},
		"a new error, accepted":     {DiffInput{}, diff.Result{New: []*analyzer.Finding{finding(analyzer.Error, accepted)}}, "unchanged", nil},
		"a new warning":             {DiffInput{}, diff.Result{New: []*analyzer.Finding{finding(analyzer.Warning, nil)}}, "unchanged", nil},
		"a new warning, for those":  {DiffInput{FailOn: "warning"}, diff.Result{New: []*analyzer.Finding{finding(analyzer.Warning, nil), finding(analyzer.Error, nil)}}, "worse", []string{"2 new findings at level warning or above"}},
		"a new error, for nobody":   {DiffInput{FailOn: "none"}, diff.Result{New: []*analyzer.Finding{finding(analyzer.Error, nil)}}, "unchanged", nil},
		"raised to an error":        {DiffInput{}, diff.Result{Raised: []diff.Raised{{Base: finding(analyzer.Warning, nil), Head: finding(analyzer.Error, nil)}}}, "worse", []string{"1 finding is more severe than before, at level error"}},
		"raised, accepted":          {DiffInput{}, diff.Result{Raised: []diff.Raised{{Base: finding(analyzer.Warning, nil), Head: finding(analyzer.Error, accepted)}}}, "unchanged", nil},
		"raised to a warning":       {DiffInput{}, diff.Result{Raised: []diff.Raised{{Base: finding(analyzer.Note, nil), Head: finding(analyzer.Warning, nil)}}}, "unchanged", nil},
		"gone":                      {DiffInput{}, diff.Result{Gone: []*analyzer.Finding{finding(analyzer.Error, nil)}}, "better", nil},
		"gone, accepted":            {DiffInput{}, diff.Result{Gone: []*analyzer.Finding{finding(analyzer.Error, accepted)}}, "unchanged", nil},
		"worse, an error":           {DiffInput{}, cells(diff.Worse, analyzer.Error), "worse", []string{"5 cells of 1 service became worse, at level error"}},
		"worse, a warning":          {DiffInput{}, cells(diff.Worse, analyzer.Warning), "worse", nil},
		"worse, no promise":         {DiffInput{FailOn: "warning"}, cells(diff.Worse, ""), "worse", nil},
		"worse, for all":            {DiffInput{FailOn: "note"}, cells(diff.Worse, ""), "worse", []string{"5 cells of 1 service became worse, at level note or above"}},
		"worse, for nobody":         {DiffInput{FailOn: "none"}, cells(diff.Worse, analyzer.Error), "worse", nil},
		"unproven":                  {DiffInput{}, cells(diff.Unproven, analyzer.Error), "unproven", nil},
		"unproven, and it matters":  {DiffInput{FailOn: "none", FailOnUnproven: true}, cells(diff.Unproven, analyzer.Note), "unproven", []string{"5 cells of 1 service are no longer proven"}},
		"slower":                    {DiffInput{FailOn: "note", FailOnUnproven: true}, cells(diff.Slower, analyzer.Error), "unchanged", nil},
		"new and fails":             {DiffInput{FailOn: "note", FailOnUnproven: true}, cells(diff.Fails, analyzer.Error), "unchanged", nil},
		"better":                    {DiffInput{}, cells(diff.Better, analyzer.Error), "better", nil},
		"a side is broken":          {DiffInput{Base: DiffState{Inputs: broken}}, cells(diff.Better, analyzer.Error), "incomplete", nil},
		"the other side is broken":  {DiffInput{Head: DiffState{Inputs: broken}}, diff.Result{}, "incomplete", nil},
		"broken and worse":          {DiffInput{Head: DiffState{Inputs: broken}}, cells(diff.Worse, analyzer.Error), "worse", []string{"5 cells of 1 service became worse, at level error"}},
		"config weakened":           {DiffInput{Config: weak}, diff.Result{}, "unchanged", []string{"1 change of what muster judges by may hide findings, and nobody accepted it"}},
		"config weakened, accepted": {DiffInput{Config: weak, AcceptConfig: true}, diff.Result{}, "unchanged", nil},
		"config changed":            {DiffInput{Config: weak[1:]}, diff.Result{}, "unchanged", nil},
	} {
		tc.in.Result = &tc.result
		d := NewDiff(tc.in)
		if d.Verdict != tc.verdict || d.Gate.Failed != (len(tc.reasons) > 0) || !slices.Equal(d.Gate.Reasons, tc.reasons) {
			t.Errorf("%s: %s, %+v, want %s, %q", name, d.Verdict, d.Gate, tc.verdict, tc.reasons)
		}
		clean := name == "nothing"
		page := diffMarkdown(t, d, Options{})
		if strings.HasPrefix(page, "✅ muster: no change in survival (") != clean || clean && strings.Count(page, "\n") != 1 {
			t.Errorf("%s: the page is\n%s", name, page)
		}
		if d.Gate.Failed != strings.Contains(page, "❌ muster") || d.Gate.Failed != strings.Contains(page, "**This fails the check:**") {
			t.Errorf("%s: the page of a gate that failed, or did not:\n%s", name, page)
		}
		if _, err := ParseDiff(diffJSON(t, d)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHeadlines(t *testing.T) {
	errors := DiffFindings{New: []Finding{{Level: "error"}}}
	for want, d := range map[string]Diff{
		"no change in survival":                             {Verdict: verdictUnchanged},
		"3 cells became worse":                              {Verdict: verdictWorse, Summary: DiffSummary{Cells: DiffCells{Worse: 3, Better: 2, Slower: 1}}},
		"1 cell became worse, 2 cells are no longer proven": {Verdict: verdictWorse, Summary: DiffSummary{Cells: DiffCells{Worse: 1, Unproven: 2}}},
		"1 new finding":                                     {Verdict: verdictWorse, Findings: errors},
		"no cell became worse, 2 cells became slower, 1 new cell does not survive": {Verdict: verdictUnchanged, Summary: DiffSummary{Cells: DiffCells{Slower: 2, Fails: 1}}},
		"no cell became worse, 1 new finding":                                      {Verdict: verdictUnchanged, Findings: errors},
		"2 cells became better, 1 finding is gone, 1 new finding":                  {Verdict: verdictBetter, Findings: DiffFindings{Gone: errors.New, New: errors.New}, Summary: DiffSummary{Cells: DiffCells{Better: 2}}},
		"no change for the worse in what was read, and not everything was read":    {Verdict: verdictIncomplete, Summary: DiffSummary{Cells: DiffCells{Better: 2}}},
	} {
		d.sum()
		if got := d.headline(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What could not be read is said first, of the side that lacks it, and what that means for the comparison.
func TestIncompleteSidesAreTold(t *testing.T) {
	for side, want := range map[string]string{"base": "what is new or worse may have been so before", "head": "what is gone or as before may only be hidden"} {
		in := quiet(t)
		state := map[string]*DiffState{"base": &in.Base, "head": &in.Head}[side]
		state.Name, state.Inputs = "the-"+side, Inputs{
			Unreadable:   []Unreadable{{File: "a.yaml", Line: 3, Message: "it ends early"}},
			Missing:      []Missing{{What: "the chart needs redis", Help: "run helm dependency build", Position: PositionAt(mesh.Position{File: "Chart.yaml", Line: 1, Column: 1})}},
			NotEvaluated: []NotEvaluated{{Rule: "ORG101", Message: "it took too long"}},
		}
		d := NewDiff(in)
		for format, text := range map[string]string{"text": strings.Join(strings.Fields(diffText(t, d, Terminal{})), " "), "markdown": diffMarkdown(t, d, Options{})} {
			for _, part := range []string{want, "the-" + side, "a.yaml:3", "it ends early", "the chart needs redis", "ORG101 was not evaluated", "o change for the worse in what was read, and not everything was read"} {
				if !strings.Contains(text, part) {
					t.Errorf("%s of a broken %s does not say %q:\n%s", format, side, part, text)
				}
			}
		}
	}
}
