package drillreport

import (
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
)

// Bounds of lists, beyond which no drill goes.
const (
	mostCells   = 10_000
	mostBuckets = 600
	mostCounted = 1 << 40
)

var (
	verdicts   = []measure.Verdict{measure.Pass, measure.Fail, measure.Inconclusive}
	standings  = []audit.Standing{audit.Confirmed, audit.Refuted, audit.Untested}
	proofs     = []audit.Proof{audit.Proven, audit.Violated, audit.Unproven}
	severities = []audit.Severity{audit.Critical, audit.High, audit.Medium, audit.Low}
	outcomes   = []string{"survives", "degraded", "lost", "unknown"}
	classForm  = regexp.MustCompile(`^D[0-9]{2}$`)
)

func oneOf[T ~string](member string, got T, words []T) error {
	if slices.Contains(words, got) {
		return nil
	}
	return fmt.Errorf("%s: want one of %q, got %.100q", member, words, got)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func count(member string, counts ...int) error {
	for _, n := range counts {
		if n < 0 || n > mostCounted {
			return fmt.Errorf("%s: %d is no count", member, n)
		}
	}
	return nil
}

func share(member string, shares ...float64) error {
	for _, x := range shares {
		if !(x >= 0 && x <= 1) {
			return fmt.Errorf("%s: %v is no share", member, x)
		}
	}
	return nil
}

// moment is a length or a place on the time axis, in ms: at most a month, as in records.
func moment(member string, all ...float64) error {
	for _, x := range all {
		if !(x >= 0 && x <= 31*24*3600*1000) || math.IsInf(x, 0) {
			return fmt.Errorf("%s: %v is no time in ms", member, x)
		}
	}
	return nil
}

// check holds a report against what the contract says about values.
func check(r *audit.Report) error {
	if err := first(
		oneOf("verdict", r.Verdict, verdicts),
		count("coverage", r.Coverage.Expected, r.Coverage.Probed, r.Coverage.Services, r.Coverage.Seen),
		count("statistics", r.Statistics.Drills, r.Statistics.Failures), share("statistics", r.Statistics.FailureUpper95, r.Statistics.Miss),
		drifts("drift", r.Drift),
	); err != nil {
		return err
	}
	if len(r.Cells) > mostCells {
		return fmt.Errorf("cells: want %d at most, got %d", mostCells, len(r.Cells))
	}
	if r.Ended.Before(r.Began) {
		return fmt.Errorf("ended: it is before began")
	}
	for i := range r.Cells {
		if err := cell(&r.Cells[i]); err != nil {
			return fmt.Errorf("cells/%d/%w", i, err)
		}
		if r.Verdict == measure.Pass && r.Cells[i].Verdict == measure.Fail {
			return fmt.Errorf("verdict: it is pass, and cell %d failed", i)
		}
	}
	for i, f := range r.Faults {
		err := moment("inject", f.Inject.From, f.Inject.To)
		if f.Remove != nil {
			err = first(err, moment("remove", f.Remove.From, f.Remove.To))
		}
		if err != nil {
			return fmt.Errorf("faults/%d/%w", i, err)
		}
	}
	return nil
}

func cell(c *audit.Cell) error {
	if err := first(
		oneOf("verdict", c.Verdict, verdicts), oneOf("static", c.Static, standings), oneOf("encryption/proof", c.Encryption.Proof, proofs),
		oneOf("expected/outcome", c.Expected.Outcome, outcomes), share("expected/failing_share", c.Expected.FailingShare),
		oneOf("observed/outcome", c.Observed.Outcome, outcomes), share("observed/failing_share", c.Observed.FailingShare),
		count("failback_damage", c.Damage), count("encryption/plaintext", c.Encryption.Plaintext),
		interval("outage", &c.Outage), interval("ttd", c.Detection), interval("ttf", c.Failover), interval("ttr", &c.Recovery), interval("failback", c.Failback),
		drifts("drift", c.Drift),
	); err != nil {
		return err
	}
	o := &c.Observed
	for name, p := range map[string]*audit.Phase{"before": &o.Before, "during": &o.During, "settled": &o.Settled, "after": &o.After, "edge": &o.Edge} {
		if err := phase("observed/"+name, p); err != nil {
			return err
		}
	}
	for i, w := range c.Windows {
		err := first(moment("from_ms", w.From), interval("length", &w.Length), count("bad", w.Requests))
		if w.To != nil {
			err = first(err, moment("to_ms", *w.To))
		}
		if err != nil {
			return fmt.Errorf("windows/%d/%w", i, err)
		}
	}
	for i, s := range c.Stages {
		if err := interval("took", &s.Took); err != nil {
			return fmt.Errorf("stages/%d/%w", i, err)
		}
	}
	if len(c.Timeline) > mostBuckets {
		return fmt.Errorf("timeline: want %d buckets at most, got %d", mostBuckets, len(c.Timeline))
	}
	for i, b := range c.Timeline {
		err := first(moment("at_ms", b.At, b.Length, b.P50, b.P99), count("good", b.Good, b.Bad, b.Unknown))
		for _, n := range b.Places {
			err = first(err, count("places", n))
		}
		if err != nil {
			return fmt.Errorf("timeline/%d/%w", i, err)
		}
	}
	return nil
}

func phase(member string, p *audit.Phase) error {
	err := first(count(member, p.Good, p.Bad, p.Unknown), moment(member, p.P50, p.P99))
	for _, s := range p.Shares {
		err = first(err, count(member+"/shares", s.Answers, s.Of), share(member+"/shares", s.Share, s.Low, s.High))
	}
	for _, counts := range []map[string]int{p.Errors, p.Flags} {
		for _, n := range counts {
			err = first(err, count(member, n))
		}
	}
	return err
}

func interval(member string, i *audit.Interval) error {
	if i == nil || i.Upper == nil || i.Lower <= *i.Upper {
		return nil
	}
	return fmt.Errorf("%s: lower is %s, upper is %s", member, i.Lower, *i.Upper)
}

func drifts(member string, list []audit.Drift) error {
	for i, d := range list {
		if !classForm.MatchString(d.Class) {
			return fmt.Errorf("%s/%d/class: want D01 to D25, got %.100q", member, i, d.Class)
		}
		if err := oneOf("severity", d.Severity, severities); err != nil {
			return fmt.Errorf("%s/%d/%w", member, i, err)
		}
		for _, e := range d.Evidence {
			if err := count("evidence", e.First, e.Last, e.Count); err != nil {
				return fmt.Errorf("%s/%d/%w", member, i, err)
			}
		}
	}
	return nil
}
