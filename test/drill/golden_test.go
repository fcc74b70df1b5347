package drill

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/demo"
	"github.com/passmuster/muster/drill/measure"
)

// attempts is how often a drill is made that proves nothing: on a busy machine requests are sent late, and the audit says so itself.
// The last one is held to what was seen alone, if it is in doubt too: a machine that is too busy refutes nothing.
const attempts = 3

// want is what an audit must say of one cell.
type want struct {
	predicted, observed failover.Outcome
	verdict             measure.Verdict
	static              audit.Standing
	drift               []string // classes, in order
}

// What the audit says where the prediction holds.
var (
	keeps = want{failover.Survives, failover.Survives, measure.Pass, audit.Confirmed, nil}
	loses = want{failover.Lost, failover.Lost, measure.Fail, audit.Confirmed, []string{"D05"}}
)

// golden is one configuration and what is known of it.
type golden struct {
	name     string
	settings demo.Settings
	timing   func(*demo.Timing)
	modes    []failover.Fault // nil = all that can be injected
	want     map[failover.Fault]want
}

var configurations = []golden{
	{name: "outlier detection", settings: demo.Settings{Outlier: true},
		want: map[failover.Fault]want{failover.Crash: keeps, failover.Hang: keeps, failover.Partition: keeps}},
	{name: "none", want: map[failover.Fault]want{failover.Crash: keeps, failover.Hang: loses, failover.Partition: loses}},
	{name: "a standby of another CA", settings: demo.Settings{Outlier: true, Standby: demo.OtherCA}, modes: []failover.Fault{failover.Crash},
		want: map[failover.Fault]want{failover.Crash: loses}},
	{name: "a standby of another CA, of which no file tells", settings: demo.Settings{Outlier: true, Standby: demo.OtherCA, Untold: true}, modes: []failover.Fault{failover.Crash},
		want: map[failover.Fault]want{failover.Crash: {failover.Survives, failover.Lost, measure.Fail, audit.Refuted, []string{"D01"}}}},
	{name: "a standby in plaintext", settings: demo.Settings{Outlier: true, Standby: demo.Plaintext}, modes: []failover.Fault{failover.Crash},
		want: map[failover.Fault]want{failover.Crash: {failover.Survives, failover.Survives, measure.Fail, audit.Confirmed, []string{"D06"}}}},
	{name: "a slow way back", settings: demo.Settings{Outlier: true, BaseEjection: 8 * time.Second}, modes: []failover.Fault{failover.Hang},
		timing: func(t *demo.Timing) { t.Failback, t.After = time.Second, 4*time.Second },
		want:   map[failover.Fault]want{failover.Hang: {failover.Survives, failover.Survives, measure.Fail, audit.Confirmed, []string{"D09"}}}},
}

func TestDrillsAgreeWithPredictions(t *testing.T) {
	for i, g := range configurations {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for attempt := range attempts {
				wrong, doubts := run(t, g, 2+10*i, attempt == attempts-1)
				if len(wrong) == 0 {
					return
				}
				if len(doubts) == 0 || attempt == attempts-1 {
					t.Fatalf("%s\ndoubts: %s", strings.Join(wrong, "\n"), strings.Join(doubts, "; "))
				}
				t.Logf("again, since the drill is in doubt: %s (%s)", strings.Join(doubts, "; "), strings.Join(wrong, "; "))
			}
		})
	}
}

// run makes one drill, and returns what is wrong with it and why it may prove nothing.
func run(t *testing.T, g golden, last int, final bool) (wrong, doubts []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	o := demo.Options{Settings: g.settings, Dir: t.TempDir(), Command: []string{self}, Env: []string{partEnv + "=1"}, Last: last, Only: g.modes,
		Tell: func(s string) { t.Logf("%5.1f s %s", time.Since(began).Seconds(), s) }}
	timing := demo.DefaultTiming()
	if g.timing != nil {
		g.timing(&timing)
	}
	out, err := demo.Run(t.Context(), o, predict, timing, "test")
	if err != nil {
		t.Fatal(err)
	}
	drilled := 0
	for i := range out.Report.Cells {
		c := &out.Report.Cells[i]
		if c.Scenario == "none" {
			continue
		}
		drilled++
		t.Logf("%s: predicted %s, saw %s in %s, back after %s; %s, %s, encryption %s", c.Fault, c.Expected.Outcome, c.Observed.Outcome, span(&c.Recovery), span(c.Failback), c.Verdict, c.Static, c.Encryption.Proof)
		for _, w := range held(c, g.want[failover.Fault(c.Fault)], final && len(c.Doubts) > 0) {
			wrong = append(wrong, c.Fault+": "+w)
		}
		for _, d := range c.Doubts {
			doubts = append(doubts, c.Fault+": "+d.Text)
		}
	}
	if modes := len(out.Plan.Scenario.FaultModes); drilled != modes {
		wrong = append(wrong, fmt.Sprintf("%d cells of %d fault modes", drilled, modes))
	}
	return wrong, doubts
}

// held is what an audit says otherwise than it must; of a drill in doubt, what was seen otherwise.
func held(c *audit.Cell, w want, doubtful bool) (wrong []string) {
	if doubtful {
		w.verdict, w.static, w.drift = c.Verdict, c.Static, slices.Concat(w.drift, []string{"D22"})
	}
	differ := func(what string, got, want any) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("%s %v, want %v", what, got, want))
		}
	}
	differ("predicted", c.Expected.Outcome, string(w.predicted))
	differ("saw", c.Observed.Outcome, string(w.observed))
	differ("verdict", c.Verdict, w.verdict)
	differ("prediction", c.Static, w.static)
	var classes []string
	for _, d := range c.Drift {
		classes = append(classes, d.Class)
	}
	if !slices.Equal(classes, w.drift) {
		wrong = append(wrong, fmt.Sprintf("drift %q, want %q", classes, w.drift))
	}
	if b := c.Expected.Recovery; b != nil && w.observed == failover.Survives {
		if r := c.Recovery; r.Upper == nil || r.Lower > b.Upper || *r.Upper < b.Lower {
			wrong = append(wrong, fmt.Sprintf("recovery in %s, predicted in %s to %s", span(&r), b.Lower, b.Upper))
		}
	}
	return wrong
}

func span(i *audit.Interval) string {
	switch {
	case i == nil:
		return "-"
	case i.Upper == nil:
		return "more than " + i.Lower.String()
	}
	return i.Lower.String() + " to " + i.Upper.String()
}

func TestPartitionIsDrilled(t *testing.T) {
	if shared != nil {
		t.Skip("partition is not drilled here: ", shared)
	}
}
