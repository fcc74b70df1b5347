package drillreport

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/report"
)

// lasting is a duration as people write it: "20 ms", "1.36 s", "2 min 5 s".
func lasting(d plan.Duration) string {
	v := d.Std()
	switch {
	case v == 0:
		return "0 s"
	case v < time.Second:
		return strconv.FormatFloat(math.Round(v.Seconds()*1e4)/10, 'f', -1, 64) + " ms"
	case v < 90*time.Second:
		return strconv.FormatFloat(math.Round(v.Seconds()*100)/100, 'f', -1, 64) + " s"
	case v < 90*time.Minute:
		return twoParts(v, time.Minute, "min", time.Second, "s")
	case v%year == 0:
		return counted(int(v/year), "year")
	case v < 48*time.Hour:
		return twoParts(v, time.Hour, "h", time.Minute, "min")
	}
	return twoParts(v, 24*time.Hour, "d", time.Hour, "h")
}

const year = 365 * 24 * time.Hour

func twoParts(v, large time.Duration, largeName string, small time.Duration, smallName string) string {
	text := fmt.Sprintf("%d %s", v/large, largeName)
	if rest := v % large / small; rest > 0 {
		text += fmt.Sprintf(" %d %s", rest, smallName)
	}
	return text
}

// span is an interval in words. A length is never told as a point.
func span(i audit.Interval) string {
	switch {
	case i.Upper == nil:
		return "at least " + lasting(i.Lower) + ", no end was seen"
	case *i.Upper == 0:
		return "0 s"
	}
	return lasting(i.Lower) + " to " + lasting(*i.Upper)
}

// outage says how long no request went well.
func outage(c *audit.Cell) string {
	if c.Outage.Upper != nil && *c.Outage.Upper == 0 {
		return "none was seen"
	}
	text := span(c.Outage)
	if len(c.Windows) > 1 {
		text += ", in " + counted(len(c.Windows), "window")
	}
	return text
}

func percent(x float64) string {
	switch p := x * 100; {
	case p == 0 || p == 100:
		return strconv.Itoa(int(p)) + " %"
	case p < 0.01:
		return strconv.FormatFloat(p, 'g', 1, 64) + " %"
	case p < 10 || p > 99:
		return strconv.FormatFloat(math.Round(p*100)/100, 'f', -1, 64) + " %"
	default:
		return strconv.FormatFloat(math.Round(p*10)/10, 'f', -1, 64) + " %"
	}
}

// counted renders "1 cell", "2 cells".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// failure says what fails: "eu-west hangs".
func failure(scenario, fault string) string {
	s, err := failover.ParseScenario(scenario)
	f, unknown := failover.ParseFault(fault)
	if err != nil || unknown != nil {
		return report.OneLine(scenario+", "+fault, longest)
	}
	return report.OneLine(analyzer.Failure(s, f), longest)
}

// longest is how many bytes of one text are shown.
const longest = 4000

// digest is the beginning of a digest, long enough to recognise it.
func digest(text string) string {
	text = report.OneLine(text, 200)
	if algorithm, hex, ok := strings.Cut(text, ":"); ok && len(hex) > 12 {
		return algorithm + ":" + strings.ToValidUTF8(hex[:12], "")
	}
	return text
}

// cellName is the id of a cell as people say it.
func cellName(id string) string {
	c, err := plan.ParseCell(id)
	if err != nil {
		return report.OneLine(id, longest)
	}
	return titleOf(&audit.Cell{Cell: id, Service: c.Service, Client: c.Client, Scenario: c.Scenario, Fault: c.Fault})
}

// titleOf names a cell: "shop/pay:8080 from web when eu-west hangs".
func titleOf(c *audit.Cell) string {
	name := shortService(c.Service)
	if id, err := plan.ParseCell(c.Cell); err == nil {
		if id.Port > 0 {
			name += ":" + strconv.Itoa(id.Port)
		}
		if id.Subset != "" {
			name += " (" + id.Subset + ")"
		}
	}
	if c.Client != "" {
		name += " from " + c.Client
	}
	return report.OneLine(name, longest) + " when " + failure(c.Scenario, c.Fault)
}

var shortService = report.ShortNames(nil)

// source says who saw a cell.
func source(c *audit.Cell) string {
	name := c.Origin
	if c.Prober != "" {
		name = c.Prober + " (" + c.Origin + ")"
	}
	return report.OneLine(name, longest)
}

// sharesOf are the places of a phase: "eu-north 100 %"; intervals where they are wide.
func sharesOf(p *audit.Phase) string {
	if p.Good+p.Bad+p.Unknown == 0 {
		return "no request"
	}
	if p.Good == 0 && len(p.Shares) == 0 {
		return "no good answer"
	}
	if len(p.Shares) == 0 {
		return "no place told"
	}
	var parts []string
	for i, s := range p.Shares {
		if i == mostNames {
			parts = append(parts, fmt.Sprintf("%d more", len(p.Shares)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s (%s to %s)", s.Place, percent(s.Share), percent(s.Low), percent(s.High)))
	}
	return strings.Join(parts, ", ")
}

// mostNames is how many names a sentence has.
const mostNames = 6

// expectedShares are predicted shares: "eu-north 100 %".
func expectedShares(shares map[string]float64) string {
	if shares == nil {
		return "nothing"
	}
	var parts []string
	for i, place := range sorted(shares) {
		if i == mostNames {
			parts = append(parts, fmt.Sprintf("%d more", len(shares)-i))
			break
		}
		parts = append(parts, place+" "+percent(shares[place]))
	}
	return strings.Join(parts, ", ")
}

// tally counts the requests of a phase: "380 good, 20 bad".
func tally(p *audit.Phase) string {
	text := fmt.Sprintf("%d good, %d bad", p.Good, p.Bad)
	if p.Unknown > 0 {
		text += fmt.Sprintf(", %d unknown", p.Unknown)
	}
	return text
}

// countsOf lists counts by name, as "timeout 20, reset 1".
func countsOf(m map[string]int) string {
	var parts []string
	for i, name := range sorted(m) {
		if i == mostNames {
			parts = append(parts, fmt.Sprintf("%d more kinds", len(m)-i))
			break
		}
		parts = append(parts, name+" "+strconv.Itoa(m[name]))
	}
	return strings.Join(parts, ", ")
}

// encryptionOf says what is known of encryption.
func encryptionOf(c *audit.Cell) string {
	e := c.Encryption
	text := string(e.Proof)
	if c.Expected.Encryption != "" {
		text += ", expected " + c.Expected.Encryption
	}
	if e.Plaintext > 0 {
		text += "; " + counted(e.Plaintext, "answer") + " in plaintext"
	}
	if e.Why != "" {
		text += "; " + e.Why
	}
	if len(e.Versions) > 0 {
		text += "; versions of TLS: " + countsOf(e.Versions)
	}
	for i, p := range e.Peers {
		if i == mostNames {
			text += fmt.Sprintf("; %d more peers", len(e.Peers)-i)
			break
		}
		text += "; " + cmp.Or(p.Place, "on the way") + ": " + p.ID
		if !p.Expected {
			text += " (not expected)"
		}
	}
	return text
}

// recovery says how long it took, and against what.
func recovery(r *audit.Report, c *audit.Cell) string {
	parts := []string{span(c.Recovery)}
	if r.Plan != nil && r.Plan.Objectives.RTO > 0 {
		parts = append(parts, "objective "+lasting(r.Plan.Objectives.RTO))
	}
	if b := c.Expected.Recovery; b != nil {
		parts = append(parts, "predicted "+span(audit.Interval{Lower: b.Lower, Upper: &b.Upper}))
	}
	return strings.Join(parts, "; ")
}

// itoa is a number as text.
func itoa(n int) string { return strconv.Itoa(n) }

// verdictWord is the verdict as a heading says it.
func verdictWord(v measure.Verdict) string { return strings.ToUpper(report.OneLine(string(v), 40)) }

// oneProves is what one drill proves.
func oneProves(s audit.Statistics) string {
	if s.Drills == 0 {
		return "No drill counts so far."
	}
	text := fmt.Sprintf("%s so far, %d failed: with 95 %% confidence the probability that this failover fails is at most %s.",
		counted(s.Drills, "drill"), s.Failures, percent(s.FailureUpper95))
	if s.Failures == 0 && s.Drills < 10 {
		text += " One green drill proves little; repeat it."
	}
	return text
}
