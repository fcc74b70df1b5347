package drill

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/demo"
)

// attempts is how often a drill is made that proves nothing: on a busy machine requests are sent late, and the prober says so itself.
const attempts = 3

// golden is one configuration and what is known of it.
type golden struct {
	name     string
	settings demo.Settings
	modes    []failover.Fault // nil = all that can be injected
	check    func(demo.Comparison) []string
}

// agrees holds each cell to its prediction, and the prediction to what this configuration is known to come to.
func agrees(want map[failover.Fault]failover.Outcome) func(demo.Comparison) []string {
	return func(c demo.Comparison) []string {
		wrong := c.Differs
		if o := want[failover.Fault(c.Mode)]; string(o) != c.Expected.Outcome {
			wrong = append(wrong, "predicted "+c.Expected.Outcome+", want "+string(o))
		}
		return wrong
	}
}

func TestDrillsAgreeWithPredictions(t *testing.T) {
	for i, g := range []golden{
		{name: "outlier detection", settings: demo.Settings{Outlier: true},
			check: agrees(map[failover.Fault]failover.Outcome{failover.Crash: failover.Survives, failover.Hang: failover.Survives, failover.Partition: failover.Survives})},
		{name: "none", check: agrees(map[failover.Fault]failover.Outcome{failover.Crash: failover.Survives, failover.Hang: failover.Lost, failover.Partition: failover.Lost})},
		{name: "a standby of another CA", settings: demo.Settings{Outlier: true, Standby: demo.OtherCA}, modes: []failover.Fault{failover.Crash},
			check: agrees(map[failover.Fault]failover.Outcome{failover.Crash: failover.Lost})},
		{name: "a standby of another CA, of which no file tells", settings: demo.Settings{Outlier: true, Standby: demo.OtherCA, Untold: true}, modes: []failover.Fault{failover.Crash},
			check: func(c demo.Comparison) []string {
				if c.Expected.Outcome != "survives" || c.Observed != failover.Lost || c.Agrees() || c.Answers["eu-north"] > 0 {
					return append(c.Differs, "want a prediction that the drill refutes: nobody answers")
				}
				return nil
			}},
		{name: "a standby in plaintext", settings: demo.Settings{Outlier: true, Standby: demo.Plaintext}, modes: []failover.Fault{failover.Crash},
			check: func(c demo.Comparison) []string {
				if c.Expected.Encryption != "plaintext" || c.Plaintext < 30 || c.Observed != failover.Survives {
					return append(c.Differs, "want an outage as short as with TLS, and answers in plaintext, as predicted")
				}
				return c.Differs
			}},
	} {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for attempt := range attempts {
				wrong, doubts := run(t, g, 2+10*i)
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
func run(t *testing.T, g golden, last int) (wrong, doubts []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := demo.Options{Settings: g.settings, Dir: t.TempDir(), Command: []string{self}, Env: []string{partEnv + "=1"}, Last: last, Only: g.modes}
	began := time.Now()
	out, err := demo.Run(t.Context(), o, predict, demo.DefaultTiming(), "test", func(s string) { t.Logf("%5.1f s %s", time.Since(began).Seconds(), s) })
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range out.Compared {
		failback := "-"
		if c.Result.Failback != nil {
			failback = c.Result.Failback.String()
		}
		t.Logf("%s: predicted %s, saw %s, recovery %s, outage %s, failback %s, %d in plaintext", c.Mode, c.Expected.Outcome, c.Observed, c.Result.Recovery, c.Result.Outage, failback, c.Plaintext)
		for _, w := range g.check(c) {
			wrong = append(wrong, c.Mode+": "+w)
		}
		for _, d := range c.Doubts {
			doubts = append(doubts, c.Mode+": "+d.Text)
		}
	}
	if g.modes == nil && g.settings.Outlier && len(out.Compared) > 1 { // a host that was ejected comes back when its ejection ends
		if f := out.Compared[1].Result.Failback; f == nil || f.Upper < 500*time.Millisecond {
			wrong = append(wrong, "the way back after a hang takes as long as what is left of the ejection")
		}
	}
	return wrong, doubts
}

func TestPartitionIsDrilled(t *testing.T) {
	if shared != nil {
		t.Skip("partition is not drilled here: ", shared)
	}
}
