package run

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// refusal are the reasons for which a drill may not begin.
func refusal(t *testing.T, o Options) string {
	t.Helper()
	_, err := Prepare(o)
	if err == nil {
		return ""
	}
	r, ok := errors.AsType[*Refused](err)
	if !ok {
		t.Fatalf("error %v", err)
	}
	return strings.Join(r.Reasons, "\n")
}

func TestADrillThatMayNotBeginAsksNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		plan   func(*plan.Plan)
		opts   func(*Options)
		reason string // "" = it may
	}{
		"as it should be":        {nil, nil, ""},
		"a blocked window":       {func(p *plan.Plan) { p.Safety.BlockedWindows = []string{"00:00-24:00"} }, nil, "blocked window"},
		"with a reason":          {func(p *plan.Plan) { p.Safety.BlockedWindows = []string{"00:00-24:00"} }, func(o *Options) { o.Anyway = "incident 12" }, ""},
		"a window of no form":    {func(p *plan.Plan) { p.Safety.BlockedWindows = []string{"weekends"} }, func(o *Options) { o.Anyway = "x" }, "weekends"},
		"nobody approved":        {nil, func(o *Options) { o.Plan.People.Approved = nil }, "is not approved by team-sre"},
		"approved before edited": {nil, func(o *Options) { o.Plan.Fault.Duration++ }, "is not approved by team-sre"},
		"one of two approved":    {func(p *plan.Plan) { p.People.Approvers = []string{"team-sre", "team-pay"} }, nil, "is not approved by team-pay"},
		"unapproved":             {nil, func(o *Options) { o.Plan.People.Approved, o.Unapproved = nil, true }, ""},
		"no approvers at all":    {nil, func(o *Options) { o.Plan.People, o.Plan.People.Approved = plan.People{}, nil }, "is not approved by anybody"},
		"abort on what?":         {func(p *plan.Plan) { p.Safety.AbortOn = []plan.Abort{{Metric: "eror_ratio"}} }, nil, `abort_on "eror_ratio"`},
		"abort never":            {func(p *plan.Plan) { p.Safety.AbortOn = []plan.Abort{{Metric: "error_ratio", Over: 20}} }, nil, "gt is 20"},
		"no target":              {func(p *plan.Plan) { p.Probes[0].Target = "" }, nil, "probe pay: it has no target yet"},
		"a mode of another plan": {nil, func(o *Options) { o.Modes = []string{"error"} }, `fault mode "error"`},
		"a path for an id":       {nil, func(o *Options) { o.Run = "../../etc" }, "letters, digits"},
		"a plan's path":          {func(p *plan.Plan) { p.Metadata.ID = "../x" }, func(o *Options) { o.Dir = "" }, "give --dir"},
		"another prober's":       {func(p *plan.Plan) { p.Probes[0].From = "p2" }, nil, "no probe for prober p1"},
		"no hooks":               {nil, func(o *Options) { o.driver, o.Inject = nil, true }, "no command to inject or to remove crash"},
		"half a hook": {func(p *plan.Plan) {
			p.Fault.Hooks = map[string]plan.Hooks{"*": {Inject: []string{"true"}, Remove: []string{"true"}}, "hang": {Inject: []string{"true"}}}
		}, func(o *Options) { o.driver, o.Inject = nil, true }, "no command to inject or to remove hang"},
	} {
		t.Run(name, func(t *testing.T) {
			p := thePlan()
			if tc.plan != nil {
				tc.plan(p)
			}
			o := (&world{}).options(t, p)
			if tc.opts != nil {
				tc.opts(&o)
			}
			got := refusal(t, o)
			if (got == "") != (tc.reason == "") || !strings.Contains(got, tc.reason) {
				t.Errorf("refused %q, want %q", got, tc.reason)
			}
			if _, err := os.Stat(o.Dir); err == nil {
				t.Error("something was written")
			}
		})
	}
}

func TestWhatWasOverriddenIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := thePlan()
		p.Safety.BlockedWindows = []string{"00:00-24:00"}
		o := (&world{}).options(t, p)
		o.Anyway, o.Unapproved, o.NullOnly, o.Plan.People.Approved = "incident 12", true, true, nil
		_, r, err := drill(t, t.Context(), o)
		must(t, err)
		var notes []string
		for _, e := range r.Events {
			if e.Name == record.Note {
				notes = append(notes, e.Detail)
			}
		}
		all := strings.Join(notes, "\n")
		if !strings.Contains(all, "Reason: incident 12") || !strings.Contains(all, "begun with --unapproved") {
			t.Errorf("notes %q", notes)
		}
	})
}

func TestAnEarlierNullRoundStandsIn(t *testing.T) {
	for name, tc := range map[string]struct {
		world *world
		plan  func(*plan.Plan)
		later time.Duration
		want  string // of the refusal; "" = it stands in
	}{
		"young and clean": {world: &world{}, later: 23 * time.Hour},
		"too old":         {world: &world{}, later: 25 * time.Hour, want: "too old"},
		"not so old":      {world: &world{}, later: 25 * time.Hour, plan: func(p *plan.Plan) { p.Safety.NullMaxAge = plan.Duration(48 * time.Hour) }},
		"not clean":       {world: &world{broken: true}, want: "did not come to its end"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := thePlan()
				if tc.plan != nil {
					tc.plan(p)
				}
				o := tc.world.options(t, p)
				o.NullOnly, o.NullFor = true, time.Second
				d, err := Prepare(o)
				must(t, err)
				if _, err := d.Do(t.Context()); (err != nil) != tc.world.broken {
					t.Fatal(err)
				}
				<-time.After(tc.later)
				o.NullOnly, o.NullRecord, o.Dir, o.Run = false, d.File, filepath.Join(t.TempDir(), "next"), "r2"
				if got := refusal(t, o); (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
					t.Fatalf("refused %q, want %q", got, tc.want)
				}
				if tc.want != "" {
					return
				}
				res, r, err := drill(t, t.Context(), o)
				must(t, err)
				wants(t, "rounds", res.Done, []string{"crash", "hang"})
				if kept, err := record.ReadFile(filepath.Join(o.Dir, "null-p1.ndjson")); err != nil || !strings.Contains(r.Events[0].Detail, kept.Head) {
					t.Errorf("the null round beside the record: %v; note %q", err, r.Events[0].Detail)
				}
			})
		})
	}
}

func TestANullRoundOfAnotherPlanDoesNotStandIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		o := w.options(t, thePlan())
		o.NullOnly = true
		d, err := Prepare(o)
		must(t, err)
		_, err = d.Do(t.Context())
		must(t, err)
		p := thePlan()
		p.Objective = "another"
		o = w.options(t, p)
		o.NullRecord = d.File
		if got := refusal(t, o); !strings.Contains(got, "is of another plan") {
			t.Errorf("refused %q", got)
		}
	})
}
