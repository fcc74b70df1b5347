package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/report"
)

// driftFormats are the formats of a drift report.
var driftFormats = []string{"text", "json"}

// renderDrift renders a drift report.
func renderDrift(r *audit.Report) []format {
	return []format{
		{"text", func(w io.Writer, _ report.Terminal) error { return driftText(w, r) }},
		{"json", func(w io.Writer, _ report.Terminal) error {
			e := json.NewEncoder(w)
			e.SetIndent("", "  ")
			return e.Encode(r)
		}},
	}
}

// driftText is the report for people: the verdict and why, each cell in a line, and what drifted.
func driftText(w io.Writer, r *audit.Report) error {
	out := bufio.NewWriter(w)
	line := func(format string, args ...any) {
		out.WriteString(report.Printable(fmt.Sprintf(format, args...)) + "\n")
	}
	line("%s  run %s, %d of %d cells probed, faults %s", strings.ToUpper(string(r.Verdict)), r.Run, r.Coverage.Probed, r.Coverage.Expected,
		strings.Join(r.Coverage.FaultModes, " "))
	for _, reason := range r.Reasons {
		line("  - %s", reason)
	}
	for _, c := range r.Cells {
		line("")
		line("%s  %s (%s, prediction %s)", strings.ToUpper(string(c.Verdict)), c.Cell, c.Prober, c.Static)
		line("  outcome %s (predicted %s), recovery %s, outage %s, encryption %s", c.Observed.Outcome, c.Expected.Outcome, span(&c.Recovery), span(&c.Outage), c.Encryption.Proof)
		if c.Failback != nil {
			line("  back after %s, %d bad requests on the way", span(c.Failback), c.Damage)
		}
		for _, d := range c.Drift {
			line("  %s %s (%s): %s%s", d.Class, d.Name, d.Severity, d.Message, evidence(d.Evidence))
		}
	}
	if len(r.Drift) > 0 {
		line("")
	}
	for _, d := range r.Drift {
		line("%s %s (%s): %s%s", d.Class, d.Name, d.Severity, d.Message, evidence(d.Evidence))
	}
	line("")
	line("predictions: %d confirmed, %d refuted, %d untested", len(r.Static.Confirmed), len(r.Static.Refuted), len(r.Static.Untested))
	for _, s := range r.Static.Refuted {
		line("  refuted: %s%s says %q, and the drill saw: %s", s.Cell, s.Rule, s.Says, s.Saw)
	}
	if r.Verdict == measure.Pass {
		line("%d drills of this plan leave up to %.0f %% for a failure of the next one.", r.Statistics.Drills, 100*r.Statistics.FailureUpper95)
	}
	return out.Flush()
}

func span(i *audit.Interval) string {
	if i.Upper == nil {
		return "≥ " + i.Lower.String()
	}
	return i.Lower.String() + " to " + i.Upper.String()
}

func evidence(refs []audit.Reference) string {
	var all []string
	for _, r := range refs {
		text := r.Source
		if r.First > 0 {
			text += fmt.Sprintf(":%d-%d", r.First, r.Last)
		}
		all = append(all, text)
	}
	if len(all) == 0 {
		return ""
	}
	return " [" + strings.Join(all, ", ") + "]"
}
