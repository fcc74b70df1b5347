package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

func suppressedOf(s *mesh.Suppression) *Suppressed {
	out := &Suppressed{By: string(s.By), Reason: s.Reason, Owner: s.Owner, Position: Position{s.Origin}}
	if !s.Until.IsZero() {
		out.Until = s.Until.Format(time.DateOnly)
	}
	return out
}

// nextExpiry is the earliest last day of what suppresses findings, or "".
func (r *Report) nextExpiry() string {
	next := ""
	for i := range r.Findings {
		if s := r.Findings[i].Suppressed; s != nil && s.Until != "" && (next == "" || s.Until < next) {
			next = s.Until
		}
	}
	return next
}

// besides goes on from "No findings".
func besides(suppressed int) string {
	if suppressed == 0 {
		return ""
	}
	return fmt.Sprintf(" beside %d that %s suppressed", suppressed, plural(suppressed, "is", "are"))
}

// suppressed lists the findings that somebody accepted, each with who, why and until when.
func (p *printer) suppressed() {
	if !p.report.ShowSuppressed || p.report.Summary.Suppressed == 0 {
		return
	}
	p.space()
	p.line(p.t.paint(bold, "Suppressed") + "  " + p.t.paint(dim, count(p.report.Summary.Suppressed, "finding")+" that somebody accepted"))
	for i := range p.report.Findings {
		f := &p.report.Findings[i]
		if f.Suppressed == nil {
			continue
		}
		p.finding(f)
		p.paragraph("  accepted ", f.Suppressed.words())
	}
}

// words are who accepts a finding, why, and until when.
func (s *Suppressed) words() string {
	parts := []string{"by " + s.By}
	if at := s.Position.At(); !at.IsZero() {
		parts[0] += " at " + at.String()
	}
	if s.Until != "" {
		parts = append(parts, "until "+s.Until)
	}
	if s.Owner != "" {
		parts = append(parts, "for "+s.Owner)
	}
	text := strings.Join(parts, ", ")
	if s.Reason != "" {
		text += ": " + s.Reason
	}
	return text
}
