package terraform

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

func (m *meter) elements(n int) error {
	if n > m.limits.Elements {
		return refuse("the result of a function has more than %d elements", m.limits.Elements)
	}
	return nil
}

func together(m *meter, args []cty.Value) error {
	n := 0
	for _, a := range args {
		n += length(a)
	}
	return m.elements(n)
}

func nodes(m *meter, args []cty.Value) error {
	for _, a := range args {
		s := size{limits: m.limits}
		if err := s.add(a, 0); err != nil {
			return err
		}
		if err := m.elements(s.nodes); err != nil {
			return err
		}
		m.tick(s.nodes / 16)
	}
	return nil
}

func product(m *meter, args []cty.Value) error {
	n := 1
	for _, a := range args {
		if n *= max(length(a), 1); n*len(args) > m.limits.Elements {
			return m.elements(n * len(args))
		}
	}
	m.tick(n * len(args) / 8)
	return nil
}

func span(m *meter, args []cty.Value) error {
	lo, hi, step := 0.0, 0.0, 1.0
	value := func(i int) float64 {
		v, _ := args[i].Unmark()
		if !v.IsKnown() || v.IsNull() || v.Type() != cty.Number {
			return 0
		}
		f, _ := v.AsBigFloat().Float64()
		return f
	}
	switch len(args) {
	case 1:
		hi = value(0)
	case 2:
		lo, hi = value(0), value(1)
	case 3:
		lo, hi, step = value(0), value(1), value(2)
	}
	if step == 0 {
		return nil // unknown, or refused by the function itself
	}
	n := (hi - lo) / step
	if len(args) < 3 {
		n = max(n, -n)
	}
	if n > 1024 { // which is all that cty makes
		return m.elements(int(min(n, 1e9)))
	}
	return nil
}

func pieces(m *meter, args []cty.Value) error {
	return m.elements(strings.Count(str(args[1]), str(args[0])))
}

func rows(m *meter, args []cty.Value) error {
	text := str(args[0])
	header, _, _ := strings.Cut(text, "\n")
	return m.elements((strings.Count(text, "\n") + 1) * (strings.Count(header, ",") + 1))
}

// compared is for functions that compare every element of one list with every one of another.
func compared(m *meter, args []cty.Value) error {
	if len(args) == 3 {
		m.tick(length(args[1]) * length(args[2]) / 4)
	}
	return together(m, args)
}

// hashed is for sets: unknown elements have one hash, so that they are compared with each other.
func hashed(m *meter, args []cty.Value) error {
	for _, a := range args {
		a, _ = a.Unmark()
		if !a.IsKnown() || a.IsNull() || !a.CanIterateElements() || a.IsWhollyKnown() {
			continue
		}
		unknown := 0
		for it := a.ElementIterator(); it.Next(); {
			if _, e := it.Element(); !e.IsWhollyKnown() {
				unknown++
			}
		}
		m.tick(unknown * unknown / 4)
	}
	return together(m, args)
}
