package analyzer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
)

// message says what would happen, in which failure, and why.
func message(b *Breach) string {
	var s strings.Builder
	s.WriteString(WhatFails(b.Cell))
	s.WriteString(", ")
	effect, today := WhatHappens(b.Cell, *b.Cause)
	s.WriteString(effect)
	if today != "" {
		s.WriteString(", ")
		s.WriteString(today)
	}
	if b.Cause.Detail != "" {
		s.WriteString(": ")
		s.WriteString(b.Cause.Detail)
	}
	if !strings.HasSuffix(s.String(), "?") {
		s.WriteByte('.')
	}
	return s.String()
}

var verbs = map[failover.Fault]string{
	failover.Crash:     "crashes",
	failover.Hang:      "hangs",
	failover.Partition: "is cut off",
	failover.Error:     "answers errors",
}

// WhatFails renders the scenario and the fault at the start of a sentence: "If us-east-1 hangs".
func WhatFails(c *failover.Cell) string {
	if c.Scenario.IsNone() {
		return "Before any failure"
	}
	return "If " + Failure(c.Scenario, c.Fault)
}

// Failure renders a scenario and a fault: "us-east-1 hangs"; "no failure" where nothing fails.
func Failure(s failover.Scenario, f failover.Fault) string {
	if s.IsNone() {
		return "no failure"
	}
	return Subject(s) + " " + verbs[f]
}

// Cells counts cells, for sentences.
func Cells(n int) string {
	if n == 1 {
		return "1 cell"
	}
	return fmt.Sprintf("%d cells", n)
}

// Subject names what fails, for sentences.
func Subject(s failover.Scenario) string {
	var parts []string
	for _, p := range s.Parts {
		v := p.Value
		switch p.Target {
		case failover.Region:
		case failover.Zone:
			v = "zone " + v
		case failover.Service:
			v = "service " + v[strings.LastIndexByte(v, '/')+1:]
		case failover.Release:
			service, version, _ := strings.Cut(v, "@")
			v = "version " + version + " of " + service[strings.LastIndexByte(service, '/')+1:]
		case failover.Workload:
			if f := strings.Split(v, "/"); len(f) == 4 {
				kind := strings.ToLower(f[2])
				if kind == "consulservice" {
					kind = "service" // registered, whatever it runs on
				}
				v = fmt.Sprintf("%s %s in %s", kind, f[3], f[0])
			}
		default:
			v = string(p.Target) + " " + v
		}
		parts = append(parts, v)
	}
	return strings.Join(parts, " with ")
}

// Callee names who is called, for sentences: "checkout:8443 (subset v2)".
func Callee(c *failover.Cell) string {
	to := c.Service.Name
	if c.Port != 0 { // nobody says which one
		to = fmt.Sprintf("%s:%d", to, c.Port)
	}
	if c.Subset != "" {
		to += " (subset " + c.Subset + ")"
	}
	return to
}

// From names where the callers are, for sentences: " from us-east/a", or "" if that is not known.
func From(c *failover.Cell) string {
	if place := c.Client.Locality.String(); place != "" {
		return " from " + place
	}
	return ""
}

// WhatHappens is a clause about what becomes of the requests of a cell for one of its causes, and one about what is so
// on a normal day already, or "".
func WhatHappens(c *failover.Cell, cause failover.Cause) (effect, today string) {
	to, from := Callee(c), From(c)
	switch cause.Kind {
	case failover.CauseExposed:
		return fmt.Sprintf("requests to %s%s go over in plaintext", to, from), ""
	case failover.CauseCanaryAlone:
		return fmt.Sprintf("no stable version of %s is there to go back to", c.Service.Name), ""
	case failover.CauseSingleColour:
		return fmt.Sprintf("%s has no other colour to go back to", c.Service.Name), ""
	case failover.CauseShortOf:
		if ofRelease(c.Scenario) {
			return fmt.Sprintf("what requests to %s go back to may not carry the load", to), ""
		}
		return fmt.Sprintf("what is left of %s may not carry the load", to), ""
	case failover.CauseTooSlow, failover.CauseAnalysisSlow:
		return fmt.Sprintf("%s%s comes back too late", to, from), ""
	}
	if c.Scenario.IsNone() {
		return fmt.Sprintf("%s of the requests to %s%s fail", Percent(c.FailingShare), to, from), ""
	}
	if c.FailingShare >= 1 && slices.ContainsFunc(c.Causes, func(x failover.Cause) bool { return x.Kind == failover.CauseBrokenBefore }) {
		return fmt.Sprintf("every request to %s%s fails", to, from), "and does so already today"
	}
	if c.FailingShare >= 1 {
		return fmt.Sprintf("every request to %s%s fails until someone acts", to, from), ""
	}
	effect = fmt.Sprintf("%s of the requests to %s%s fail until someone acts", Percent(c.FailingShare), to, from)
	if away := leaving(c); away > 0 {
		today = fmt.Sprintf("and %s leave the region already today", Percent(away))
	}
	return effect, today
}

// leaving is the share that already goes to another region on a normal day although the
// client's own region has endpoints.
func leaving(c *failover.Cell) float64 {
	home := c.Client.Locality.Region
	if home == "" {
		return 0
	}
	away, local := 0.0, 0.0
	for _, d := range c.Before {
		if d.Locality == home || strings.HasPrefix(d.Locality, home+"/") {
			local += d.Share
		} else {
			away += d.Share
		}
	}
	if local == 0 {
		return 0
	}
	return away
}

// Percent renders a share of the requests, for sentences.
func Percent(share float64) string {
	switch {
	case share < 0.001:
		return "under 0.1 %"
	case share < 0.1:
		return fmt.Sprintf("%.1f %%", 100*share)
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}
