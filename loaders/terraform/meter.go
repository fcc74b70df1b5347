package terraform

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// meter counts what evaluating one attribute costs, and the time of the whole root. The guarded parts of all expressions of a root
// share it; a root is evaluated by one goroutine.
type meter struct {
	limits Limits
	ctx    context.Context //nolint:containedctx // evaluation is on demand, and whoever loaded the root may call it off
	budget *budget
	idle   budget // for what is looked at between evaluations

	functions  map[string]function.Function
	operations map[*hclsyntax.Operation]*hclsyntax.Operation // those that are bounded, by hcl's own

	running int // evaluations that are under way, one inside another
	began   time.Time
	spent   time.Duration
	ticks   int
}

// budget is what is left for one attribute.
type budget struct {
	evaluations, bytes int
	over               string // which bound was reached; "" = none
}

// limited is an error that a bound is the reason of.
type limited string

func (l limited) Error() string { return string(l) }

// exhausted is thrown where a budget ends, out of the middle of hcl's evaluation, and is caught where the attribute began.
type exhausted string

func (m *meter) fresh() *budget {
	return &budget{evaluations: m.limits.Evaluations, bytes: m.limits.AttributeBytes}
}

// rest ends the evaluation of an attribute.
func (m *meter) rest() {
	m.idle = budget{evaluations: m.limits.Evaluations, bytes: m.limits.AttributeBytes}
	m.budget = &m.idle
}

// stop ends the evaluation of the attribute.
func (m *meter) stop(format string, args ...any) {
	if m.budget.over == "" {
		m.budget.over = fmt.Sprintf(format, args...)
	}
	panic(exhausted(m.budget.over)) //nolint:forbidigo // the only way out of a loop inside of hcl; run catches it
}

// tick pays for n steps of the evaluation.
func (m *meter) tick(n int) {
	if m.budget.over != "" {
		m.stop("%s", m.budget.over)
	}
	if m.budget.evaluations -= n; m.budget.evaluations < 0 {
		m.stop("it needs more than %d evaluations", m.limits.Evaluations)
	}
	if m.ticks += n; m.ticks > 4096 {
		m.ticks = 0
		if why := m.late(); why != "" {
			m.stop("%s", why)
		}
	}
}

// text pays for a text that is made on the way.
func (m *meter) text(n int) {
	if n > m.limits.StringBytes {
		m.stop("it has a text of more than %d bytes", m.limits.StringBytes)
	}
	if m.budget.bytes -= n; m.budget.bytes < 0 {
		m.stop("it makes texts of more than %d bytes", m.limits.AttributeBytes)
	}
}

// enter and leave time the work on a root: only what is under way counts.
func (m *meter) enter() {
	if m.running == 0 {
		m.began = time.Now()
	}
	m.running++
}

func (m *meter) leave() {
	if m.running--; m.running == 0 {
		m.spent += time.Since(m.began)
	}
}

// late says why nothing more is evaluated; "" while there is time.
func (m *meter) late() string {
	spent := m.spent
	if m.running > 0 {
		spent += time.Since(m.began)
	}
	switch {
	case spent > m.limits.Time:
		return fmt.Sprintf("the root takes longer than %v", m.limits.Time)
	case m.ctx.Err() != nil:
		return "it was called off"
	}
	return ""
}

// size walks a value and ends at the first bound that it breaks.
type size struct {
	limits Limits
	nodes  int
	bytes  int
}

func (m *meter) measure(v cty.Value) error {
	s := size{limits: m.limits}
	return s.add(v, 0)
}

func (s *size) add(v cty.Value, depth int) error {
	if s.nodes++; s.nodes > s.limits.Nodes {
		return limited(fmt.Sprintf("it has more than %d elements", s.limits.Nodes))
	}
	if depth > s.limits.Nesting {
		return limited(fmt.Sprintf("it is nested deeper than %d", s.limits.Nesting))
	}
	if v.IsMarked() {
		v, _ = v.Unmark()
	}
	if !v.IsKnown() || v.IsNull() {
		return nil
	}
	switch t := v.Type(); {
	case t == cty.String:
		n := len(v.AsString())
		if s.bytes += n; n > s.limits.StringBytes {
			return limited(fmt.Sprintf("it has a text of more than %d bytes", s.limits.StringBytes))
		}
		if s.bytes > s.limits.AttributeBytes {
			return limited(fmt.Sprintf("it has texts of more than %d bytes", s.limits.AttributeBytes))
		}
	case t == cty.Number:
		return s.limits.number(v)
	case v.CanIterateElements():
		if n := v.LengthInt(); s.nodes+n > s.limits.Nodes {
			return limited(fmt.Sprintf("it has more than %d elements", s.limits.Nodes))
		}
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			if err := s.add(e, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// number refuses what would be slow to write down: cty keeps 512 bits, but any exponent.
func (l Limits) number(v cty.Value) error {
	f := v.AsBigFloat()
	if f.IsInf() {
		return limited("a number is infinite")
	}
	if e := f.MantExp(nil); e > l.Exponent || e < -l.Exponent {
		return limited(fmt.Sprintf("a number has a binary exponent beyond %d", l.Exponent))
	}
	return nil
}
