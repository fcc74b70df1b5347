package plan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
)

// ready is a plan without errors.
func ready(t testing.TB) *Plan {
	p := checkout(t)
	for i := range p.Probes {
		p.Probes[i].Target = "http://checkout.example/echo"
	}
	p.Metadata.Owner = "team-checkout"
	p.People = People{Approvers: []string{"sre"}, Participants: []string{"dev"}, Excluded: []string{"lead"}}
	p.Rollback.Tested = true
	return approve(t, p)
}

// approve says yes to the plan as it is.
func approve(t testing.TB, p *Plan) *Plan {
	t.Helper()
	digest, err := p.Digest()
	if err != nil {
		t.Fatal(err)
	}
	p.People.Approved = []Approval{{By: "sre", At: "2026-11-20T09:00:00Z", Digest: digest}}
	return p
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestAPlanThatIsReadyHasNoProblem(t *testing.T) {
	if list := Check(ready(t), CheckOptions{Now: noon}); len(list) > 0 {
		t.Errorf("%+v", list)
	}
}

func TestCheckFindsWhatIsMissingAndWhatContradicts(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Plan)
		level  Level
		class  string
		path   string
		says   string
	}{
		{"no target", func(p *Plan) { p.Probes[1].Target = "" }, LevelError, "", "/probes/1/target", "has no target: give the URL"},
		{"no URL", func(p *Plan) { p.Probes[0].Target = "checkout:8080" }, LevelError, "", "/probes/0/target", "is no URL"},
		{"no host:port", func(p *Plan) { p.Probes[0].Protocol, p.Probes[0].Target = "tcp", "http://x" }, LevelError, "", "/probes/0/target", "is no host:port"},
		{"no probe", func(p *Plan) { p.Probes = nil }, LevelError, "", "/probes", "no probe asks anything"},
		{"a cell without a probe", func(p *Plan) { p.Probes = p.Probes[:2] }, LevelWarning, "D20", "/expect/8", "stays untested"},
		{"a probe without a cell", func(p *Plan) { p.Probes[0].Port = 1 }, LevelError, "", "/probes/0", "of which nothing is expected"},
		{"a probe twice", func(p *Plan) { p.Probes[1].Name = p.Probes[0].Name }, LevelError, "", "/probes/1/name", "there is another probe"},
		{"too seldom", func(p *Plan) { p.Probes[0].Rate = 0.1 }, LevelError, "", "/probes/0/rate_hz", "an interval of 10s is more than a tenth of the RTO of 1m30s"},
		{"never", func(p *Plan) { p.Probes[0].Rate = 0 }, LevelError, "", "/probes/0/rate_hz", "sends no requests"},
		{"timeout", func(p *Plan) { p.Probes[0].Timeout = Duration(45 * time.Second) }, LevelError, "", "/probes/0/timeout", "is not below half of the RTO"},
		{"no timeout", func(p *Plan) { p.Probes[0].Timeout = 0 }, LevelError, "", "/probes/0/timeout", "waits for ever"},
		{"blind", func(p *Plan) { p.Probes[0].Echo = Echo{} }, LevelNote, "", "/probes/0", "do not tell who gave them"},
		{"no approvers", func(p *Plan) { p.People.Approvers = nil }, LevelError, "", "/people/approvers", "nobody is asked"},
		{"not approved", func(p *Plan) { p.People.Approved = nil }, LevelWarning, "", "/people/approvers/0", "has not approved this version"},
		{"approved another", func(p *Plan) { p.Fault.Duration += Duration(time.Minute) }, LevelError, "", "/people/approved/0/digest", "another version"},
		{"approved by a stranger", func(p *Plan) { p.People.Approved[0].By = "me" }, LevelError, "", "/people/approved/0/by", "is not among the approvers"},
		{"approved tomorrow", func(p *Plan) { p.People.Approved[0].At = "2026-11-23T09:00:00Z" }, LevelError, "", "/people/approved/0/at", "of the future"},
		{"an excluded approver", func(p *Plan) { p.People.Excluded = []string{"sre"} }, LevelError, "", "/people/approvers/0", "is to be done without"},
		{"an excluded participant", func(p *Plan) { p.People.Excluded = []string{"dev"} }, LevelError, "", "/people/participants/0", "is to be done without"},
		{"no owner", func(p *Plan) { p.Metadata.Owner = "" }, LevelWarning, "", "/metadata/owner", "nobody answers"},
		{"no way back", func(p *Plan) { p.Rollback.Steps = nil }, LevelError, "", "/rollback/steps", "no way back"},
		{"untried way back", func(p *Plan) { p.Rollback.Tested = false }, LevelWarning, "", "/rollback", "nobody has tried"},
		{"one signal for both", func(p *Plan) { p.Safety.OutcomeSignal = "error_ratio" }, LevelError, "", "/safety/abort_on/0/metric", "both judges the drill and ends it"},
		{"no abort", func(p *Plan) { p.Safety.AbortOn = nil }, LevelError, "", "/safety/abort_on", "nothing ends the drill"},
		{"abort at once", func(p *Plan) { p.Safety.AbortOn[0].Over = 0 }, LevelError, "", "/safety/abort_on/0", "at once"},
		{"abort too late", func(p *Plan) { p.Safety.AbortOn[0].For = p.Fault.Duration }, LevelWarning, "", "/safety/abort_on/0/for", "ends no drill"},
		{"abort without a file", func(p *Plan) { p.Safety.AbortOn[0] = Abort{Metric: "file"} }, LevelError, "", "/safety/abort_on/0", "has no path"},
		{"a short fault", func(p *Plan) { p.Fault.Duration = Duration(100 * time.Second) }, LevelError, "", "/fault/duration", "let it last 2m"},
		{"a short return", func(p *Plan) { p.Objectives.Failback = Duration(time.Hour) }, LevelError, "", "/fault/watch_after", "too short to see a failback"},
		{"no normal day", func(p *Plan) { p.Fault.Before = 0 }, LevelWarning, "", "/fault", "watch_before"},
		{"crash alone", func(p *Plan) { p.Scenario.FaultModes = []string{"crash"} }, LevelWarning, "D21", "/scenario/fault_modes", "only crash"},
		{"no silence", func(p *Plan) { p.Scenario.FaultModes = []string{"crash", "error"} }, LevelWarning, "D21", "/scenario/fault_modes", "neither hang nor partition"},
		{"no mode", func(p *Plan) { p.Scenario.FaultModes = nil }, LevelError, "", "/scenario/fault_modes", "no fault mode"},
		{"a mode twice", func(p *Plan) { p.Scenario.FaultModes = append(p.Scenario.FaultModes, "hang") }, LevelError, "", "/scenario/fault_modes/4", "twice"},
		{"another scenario", func(p *Plan) { p.Scenario.Fail = "region=eu-west-1" }, LevelError, "", "/expect/0/cell", "and the plan about region=eu-west-1"},
		{"a bad window", func(p *Plan) { p.Safety.BlockedWindows = []string{"Fri 15:00-Mon 08:00", "weekends"} }, LevelError, "", "/safety/blocked_windows/1", "is no window"},
		{"a bad zone", func(p *Plan) { p.Safety.Timezone = "Moon/Sea" }, LevelError, "", "/safety/timezone", "is no time zone"},
		{"two regions", func(p *Plan) { p.Scenario.Fail = "region=a+region=b" }, LevelError, "", "/safety/blast_radius/max_regions", "takes 2 regions, and 1 may be hurt"},
		{"many services", func(p *Plan) {
			p.Safety.BlastRadius.MaxServices = 1
			p.Safety.BlastRadius.Services = []string{"a", "b"}
		}, LevelError, "", "/safety/blast_radius/max_services", "2 services are touched"},
		{"an excluded namespace", func(p *Plan) {
			p.Safety.BlastRadius.Services, p.Safety.BlastRadius.Exclude = []string{"m/m/obs/prometheus.obs.svc"}, []string{"obs"}
		}, LevelError, "D25", "/safety/blast_radius/services/0", "left alone"},
		{"the observers fail", func(p *Plan) { p.Safety.BlastRadius.Services = []string{"m/m/monitoring/prometheus.monitoring.svc"} }, LevelWarning, "D25", "/safety/blast_radius/services/0", "looks at the others"},
		{"the prober fails", func(p *Plan) { p.Probes[0].From = "us-east-1" }, LevelError, "D25", "/probes/0/from", "inside of what fails"},
		{"the source fails", func(p *Plan) { p.Probes[0].Source = "web@us-east-1" }, LevelError, "D25", "/probes/0/source", "inside of what fails"},
		{"no hooks", func(p *Plan) {
			p.Fault.Driver, p.Fault.Hooks = "command", map[string]Hooks{"crash": {Inject: []string{"x"}, Remove: []string{"y"}, Verify: []string{"z"}}}
		}, LevelError, "", "/fault/hooks", "no command brings about hang"},
		{"no way to remove", func(p *Plan) {
			p.Fault.Driver, p.Fault.Hooks = "command", map[string]Hooks{"*": {Inject: []string{"x"}}}
		}, LevelError, "", "/fault/hooks", "no command takes crash back"},
		{"no verification", func(p *Plan) {
			p.Fault.Driver, p.Fault.Hooks = "command", map[string]Hooks{"*": {Inject: []string{"x"}, Remove: []string{"y"}}}
		}, LevelNote, "", "/fault/hooks", "no command verifies"},
		{"a driver that cannot", func(p *Plan) { p.Fault.Driver = "nft" }, LevelError, "", "/scenario/fault_modes/0", "nft cannot bring about crash"},
		{"no driver", func(p *Plan) { p.Fault.Driver = "" }, LevelError, "", "/fault", "driver is missing"},
		{"a follow-up of nobody", func(p *Plan) { p.Followups = []Followup{{Finding: "x", Due: "2027-01-01"}} }, LevelWarning, "", "/followups/0", "nobody answers"},
		{"a follow-up at no date", func(p *Plan) { p.Followups = []Followup{{Finding: "x", Owner: "a"}} }, LevelWarning, "", "/followups/0", "is due at no date"},
		{"an overdue follow-up", func(p *Plan) { p.Followups = []Followup{{Finding: "x", Owner: "a", Due: "2026-11-21"}} }, LevelWarning, "", "/followups/0/due", "was due on 2026-11-21"},
		{"no digest", func(p *Plan) { p.Config.Digest = "" }, LevelWarning, "D19", "/config/digest", "nothing tells which configuration"},
		{"no RTO", func(p *Plan) { p.Objectives.RTO = 0 }, LevelWarning, "", "/objectives", "there is no RTO"},
		{"changed by hand", func(p *Plan) { p.Expect[0].Outcome = "lost" }, LevelWarning, "", "/expect/0/prediction", "changed by hand"},
		{"bound to fail", func(p *Plan) { p.Expect[0].FailingShare = 1 }, LevelNote, "", "/expect/0", "the drill is bound to fail"},
		{"bound to be aborted", func(p *Plan) { p.Expect[0].FailingShare = 1 }, LevelNote, "", "/safety/abort_on/0", "will be aborted after 2m"},
		{"bound to be slow", func(p *Plan) {
			p.Expect[0].Recovery = &Bound{Lower: Duration(100 * time.Second), Upper: Duration(110 * time.Second)}
		}, LevelNote, "", "/expect/0", "takes at least 1m40s, and the RTO is 1m30s"},
		{"bound to be exposed", func(p *Plan) { p.Expect[0].Encryption = "plaintext" }, LevelNote, "", "/expect/0/encryption", "go over as plaintext, and mtls is promised"},
		{"nothing expected", func(p *Plan) { p.Expect = nil }, LevelError, "", "/expect", "nothing is expected"},
	} {
		p := ready(t)
		tc.change(p)
		list := Check(p, CheckOptions{Now: noon})
		if !slices.ContainsFunc(list, func(got Problem) bool {
			return got.Level == tc.level && got.Class == tc.class && got.Path == tc.path && strings.Contains(got.Message, tc.says)
		}) {
			t.Errorf("%s: want %s %s at %s: %s\ngot %+v", tc.name, tc.level, tc.class, tc.path, tc.says, list)
		}
	}
}

func TestFollowupsThatAreDoneOrNotDueAreSilent(t *testing.T) {
	p := ready(t)
	p.Followups = []Followup{{Finding: "a", Closed: "run-7"}, {Finding: "b", Owner: "sre", Due: "2026-11-22"}}
	if list := Check(p, CheckOptions{Now: noon}); len(list) > 0 {
		t.Errorf("%+v", list)
	}
}

func TestCheckAgainstToday(t *testing.T) {
	s := loadShop()
	today := func() *Today {
		out := &Today{Digest: "sha256:00", Expected: map[string]Expectation{}}
		for _, c := range s.chosen(t, "checkout", "region=us-east-1") {
			out.Expected[c.ID()] = Expect(s.fleet.Graph, c)
		}
		return out
	}
	p := ready(t)
	if list := Check(p, CheckOptions{Now: noon, Today: today()}); len(list) > 0 {
		t.Errorf("nothing has changed: %+v", list)
	}
	first := p.Expect[0].Cell
	for _, tc := range []struct {
		name   string
		change func(*Today)
		level  Level
		path   string
		says   string
	}{
		{"configuration", func(n *Today) { n.Digest = "sha256:11" }, LevelWarning, "/config/digest", "has changed"},
		{"prediction", func(n *Today) { e := n.Expected[first]; e.Outcome = string(failover.Lost); n.Expected[first] = e }, LevelError, "/expect/0", "survives has become lost"},
		{"place", func(n *Today) {
			e := n.Expected[first]
			e.During = map[string]float64{"eu-west-1": 1}
			n.Expected[first] = e
		}, LevelError, "/expect/0", "answers come from eu-west-1 (100 %) and not from us-west-2 (100 %)"},
		{"bound", func(n *Today) {
			e := n.Expected[first]
			e.Recovery = &Bound{Upper: Duration(time.Minute)}
			n.Expected[first] = e
		}, LevelError, "/expect/0", "recovery takes up to 1m"},
		{"cell", func(n *Today) { delete(n.Expected, first) }, LevelError, "/expect/0/cell", "there is no such cell today"},
		{"radius", func(n *Today) { n.Touched = []string{"a/a/a/a"} }, LevelError, "/safety/blast_radius/services", "the blast radius does not name, a/a/a/a among them"},
	} {
		now := today()
		tc.change(now)
		list := Check(p, CheckOptions{Now: noon, Today: now})
		if len(list) != 1 || list[0].Level != tc.level || list[0].Path != tc.path || !strings.Contains(list[0].Message, tc.says) {
			t.Errorf("%s: %+v", tc.name, list)
		}
	}
}

func TestWindows(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) } // the 16th is a Monday
	for _, tc := range []struct {
		window string
		at     time.Time
		want   bool
	}{
		{"Fri 15:00-Mon 08:00", at(20, 14, 59), false},
		{"Fri 15:00-Mon 08:00", at(20, 15, 0), true},
		{"Fri 15:00-Mon 08:00", at(22, 23, 59), true},
		{"Fri 15:00-Mon 08:00", at(16, 7, 59), true},
		{"Fri 15:00-Mon 08:00", at(16, 8, 0), false},
		{"Tue 09:00-Tue 17:00", at(17, 12, 0), true},
		{"Tue 09:00-Tue 17:00", at(18, 12, 0), false},
		{"Sun 00:00-Mon 00:00", at(22, 12, 0), true},
		{"Sun 00:00-Mon 00:00", at(16, 0, 0), false},
		{"Fri 15:00-Fri 15:00", at(18, 3, 0), true}, // the whole week
		{"Wed 09:00-17:00", at(18, 12, 0), true},
		{"Wed 09:00-17:00", at(19, 12, 0), false},
		{"22:00-06:00", at(19, 23, 0), true},
		{"22:00-06:00", at(19, 6, 0), false},
	} {
		w, err := ParseWindow(tc.window)
		if err != nil || w.Contains(tc.at) != tc.want {
			t.Errorf("%s at %s: want %v (%v)", tc.window, tc.at.Format(time.RFC1123), tc.want, err)
		}
	}
	for _, text := range []string{"", "Fri", "Fri 15:00", "Fri 15:00-", "Friday 15:00-Mon 08:00", "Fri 25:00-Mon 08:00", "Fri 15:00-16:00-17:00", "15:00-Mon 16:00"} {
		if _, err := ParseWindow(text); err == nil {
			t.Errorf("%q is taken for a window", text)
		}
	}
}
