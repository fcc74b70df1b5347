package report

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Explain writes everything that is known of one cell: where the requests went and go, how long
// recovery takes and by which settings, what decides it, what drills have shown (unless x is nil), and the steps of the prediction.
func Explain(w io.Writer, t Terminal, c *failover.Cell, x *drilled.Index) error {
	p := newPen(w, t)
	mark, color := t.mark(c.Outcome)
	to := fmt.Sprintf("%s:%d", shortName(string(c.Service.ID)), c.Port)
	if c.Subset != "" {
		to += ", subset " + c.Subset
	}
	p.line(t.paint("1;"+color, mark+" "+string(c.Outcome)) + "  " + t.paint(bold, printable(to)))
	p.field("when", whenOf(c))
	p.field("callers", callersOf(c.Client))
	p.field("cell", c.ID())
	if c.Reason != "" {
		p.field("reason", c.Reason)
	}
	if c.FailingShare > 0 {
		p.field("failing", percent(c.FailingShare)+" of the requests, until someone acts")
	}
	if !c.Authorized {
		p.field("access", "the destination refuses these callers")
	}
	if c.Capacity.Needed > 0 {
		p.field("capacity", fmt.Sprintf("%s left, %d needed", count(c.Capacity.Available, "replica"), c.Capacity.Needed))
	}
	p.destinations("before", c.Before, string(c.Service.ID))
	if c.Outcome == failover.Unknown {
		p.field("after", "not known")
	} else {
		p.destinations("after", c.Destinations, string(c.Service.ID))
	}
	p.recovery(c)
	if x != nil && !c.Scenario.IsNone() {
		p.drill(x.Judge(c))
	}
	p.causes(c.Causes)
	if len(c.Trace) > 0 {
		p.space()
		p.line(t.paint(bold, "Steps"))
		for _, s := range c.Trace {
			p.paragraph("  "+t.glyph("•", "-")+" ", s)
		}
	}
	return p.flush()
}

func (p *pen) field(name, value string) {
	p.paragraph("  "+pad(name, 10), value)
}

func whenOf(c *failover.Cell) string {
	if c.Scenario.IsNone() {
		return "on a normal day"
	}
	return fmt.Sprintf("%s, %s: %s", c.Scenario, c.Fault, meaning[c.Fault])
}

var meaning = map[failover.Fault]string{
	failover.Crash:     "connections are refused",
	failover.Hang:      "connections are accepted, and nothing answers",
	failover.Partition: "silence, and the control plane there is cut off",
	failover.Error:     "every answer is a 5xx, and the pods stay ready",
}

func callersOf(c *mesh.Client) string {
	s := c.ID
	if c.Members > 0 {
		s += fmt.Sprintf(" (%s)", count(c.Members, "pod"))
	}
	return s
}

func percent(share float64) string {
	s := fmt.Sprintf("%.1f", 100*share)
	return strings.TrimSuffix(s, ".0") + " %"
}

// destinations writes where requests are answered, one line a place.
func (p *pen) destinations(name string, list []failover.Destination, service string) {
	if len(list) == 0 {
		p.field(name, "nobody answers")
		return
	}
	for _, d := range list {
		place := d.Locality
		if place == "" {
			place = "somewhere"
		}
		if d.Cluster != "" {
			place += " (cluster " + d.Cluster + ")"
		}
		if d.Service != service && d.Service != "" {
			place += " at " + shortName(d.Service)
		}
		p.paragraph("  "+pad(name, 10)+fmt.Sprintf("%7s  ", percent(d.Share)), place+", "+d.Encryption)
		name = ""
	}
}

func (p *pen) recovery(c *failover.Cell) {
	r := c.Recovery
	switch {
	case c.Scenario.IsNone(), c.Outcome == failover.Lost, c.Outcome == failover.Unknown:
		return
	case r.Upper > 0:
		p.field("recovery", "between "+r.Lower.String()+" and "+r.Upper.String())
	case c.Outcome == failover.Survives:
		p.field("recovery", "at once")
	}
	wide := 0
	for _, t := range r.Terms {
		wide = max(wide, utf8.RuneCountInString(t.Name))
	}
	for _, t := range r.Terms {
		p.line("  " + pad("", 10) + pad(printable(t.Name), wide) + "  " + pad(window(t.Lower, t.Upper), 12) + "  " + p.origin(t.Origin))
	}
}

func window(lower, upper time.Duration) string {
	if lower == upper {
		return upper.String()
	}
	return lower.String() + " to " + upper.String()
}

// origin names a place in the inputs, or says in words where a value comes from.
func (p *pen) origin(o mesh.Origin) string {
	if at := o.Position(); !at.IsZero() {
		return p.t.position(at)
	}
	return p.t.paint(dim, printable(o.Note))
}

func (p *pen) causes(list []failover.Cause) {
	if len(list) == 0 {
		return
	}
	p.space()
	p.line(p.t.paint(bold, "Why"))
	for _, c := range list {
		p.line("  " + string(c.Kind) + "  " + p.origin(c.Origin))
		if c.Detail != "" {
			p.paragraph("    ", c.Detail)
		}
		for _, e := range c.Related {
			p.related(e)
		}
	}
}

func (p *pen) related(e mesh.Evidence) {
	p.line("    see " + p.origin(e.Origin) + "  " + printable(e.What))
}
