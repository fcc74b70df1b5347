package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
)

// aspect is in what a cell changed.
type aspect int

const (
	failing    aspect = iota // the share of the requests that fail
	refused                  // whether callers are authorised
	protection               // the encryption on the way
	carrying                 // whether what is left carries the load
	recovery                 // how long it takes
	certainty                // whether the inputs decide
)

// aspects lists in what a cell changed, the most telling first; at least one.
func (p CellPair) aspects(change string) []aspect {
	switch diff.Change(change) {
	case diff.Unproven:
		return []aspect{certainty}
	case diff.Slower:
		return []aspect{recovery}
	case diff.Better:
		if p.Base != nil && p.Base.Outcome == string(failover.Unknown) {
			return []aspect{certainty}
		}
		return differences(p.Head, p.Base)
	}
	return differences(p.Base, p.Head)
}

// differences lists in what a cell is worse than another, which may be nil: then all is that is not well with it.
func differences(good, bad *Cell) []aspect {
	if good == nil {
		good = &Cell{Outcome: string(failover.Survives), Authorized: true}
	}
	if bad == nil {
		bad = &Cell{Outcome: string(failover.Unknown)}
	}
	var list []aspect
	switch {
	case bad.FailingShare > good.FailingShare || bad.FailingShare > 0 && good.Outcome == string(failover.Unknown):
		list = append(list, failing)
	case good.Authorized && !bad.Authorized:
		list = append(list, refused)
	}
	if was, is := protectionRank[weakest(good)], protectionRank[weakest(bad)]; is > 1 && is > was {
		list = append(list, protection)
	}
	if list == nil && lacks(bad) > max(lacks(good), 0) { // of requests that fail anyway, nobody asks who carries them
		list = append(list, carrying)
	}
	switch {
	case list != nil:
	case bad.Outcome == string(failover.Unknown):
		list = append(list, certainty)
	case bad.upper() > good.upper():
		list = append(list, recovery)
	default:
		list = append(list, failing)
	}
	return list
}

// protectionRank orders what protects requests, the best first. No answer needs no protection.
var protectionRank = map[string]int{"": 0, "mtls": 1, "tls": 2, "unknown": 3, "plaintext": 4}

// weakest is the least protection among the destinations of a cell; "" if there are none.
func weakest(c *Cell) string {
	worst := ""
	for _, d := range c.Destinations {
		if protectionRank[d.Encryption] > protectionRank[worst] {
			worst = d.Encryption
		}
	}
	return worst
}

// lacks is how many replicas are missing.
func lacks(c *Cell) int { return c.Capacity.Needed - c.Capacity.Available }

// upper is the bound of the recovery; what is not there or cannot be read counts as none.
func (c *Cell) upper() time.Duration {
	if c == nil {
		return 0
	}
	d, err := time.ParseDuration(c.Recovery.Upper)
	if err != nil {
		return 0
	}
	return d
}

// state is what one side says of an aspect, in a word or two.
func (c *Cell) state(a aspect) string {
	if c == nil {
		return "not there"
	}
	switch a {
	case refused:
		if c.Authorized {
			return "allowed"
		}
		return "refused"
	case protection:
		switch w := weakest(c); w {
		case "":
			return "no answer"
		case "mtls":
			return "mTLS"
		case "tls":
			return "TLS"
		case "unknown":
			return "encryption not known"
		default:
			return w
		}
	case carrying:
		return fmt.Sprintf("%s where %d are needed", count(c.Capacity.Available, "replica"), c.Capacity.Needed)
	case recovery:
		if c.upper() == 0 {
			return "at once"
		}
		return "up to " + shortly(c.upper())
	}
	switch {
	case c.Outcome == string(failover.Unknown):
		return "not known"
	case c.FailingShare >= 1:
		return "all fail"
	case c.FailingShare > 0:
		return analyzer.Percent(c.FailingShare) + " fail"
	case c.Outcome == string(failover.Survives):
		return "survives"
	}
	return "none fail"
}

// was is what the base says of an aspect, to go on a sentence about the head.
func (c *Cell) was(a aspect) string {
	s := c.state(a)
	switch {
	case c == nil:
	case a == carrying:
		s = count(c.Capacity.Available, "replica")
	case s == "survives":
		s = "survived"
	case s == "at once":
		s = "back at once"
	case strings.HasSuffix(s, " fail"):
		s += "ed"
	}
	return s + " before"
}

// moved says from where to where a cell went.
func (p CellPair) moved(change string) (before, after string) {
	var from, to []string
	for _, a := range p.aspects(change) {
		was, is := strings.TrimSuffix(p.Base.was(a), " before"), p.Head.state(a)
		if a != carrying {
			was = p.Base.state(a)
		}
		if !slices.Contains(from, was) {
			from = append(from, was)
		}
		if !slices.Contains(to, is) {
			to = append(to, is)
		}
	}
	return strings.Join(from, ", "), strings.Join(to, ", ")
}

// shortly leaves out what nobody can tell from nothing.
func shortly(d time.Duration) string {
	if d >= time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// gistOf is what one side says of a cell.
func gistOf(c *failover.Cell) CellGist {
	if c == nil {
		return CellGist{}
	}
	out := CellGist{Outcome: string(c.Outcome), FailingShare: share(c.FailingShare), Encryption: weakest(&Cell{Destinations: c.Destinations}), Upper: c.Recovery.Upper.String()}
	if math.IsNaN(c.FailingShare) {
		out.FailingShare = 0
	}
	return out
}
