package terraform

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// bounded makes a function pay for its arguments, and refuses a call whose result would be out of bounds before it is made.
func (m *meter) bounded(name string, f function.Function) function.Function {
	check := bounds[name]
	spec := &function.Spec{
		Params: open(f.Params()),
		Type:   function.StaticReturnType(cty.DynamicPseudoType), // the result says; asking twice would evaluate twice
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for _, a := range args {
				m.tick(weight(a) / 64)
				if err := m.limits.topNumber(a); err != nil {
					return cty.NilVal, m.over(err)
				}
			}
			if check != nil {
				if err := check(m, args); err != nil {
					return cty.NilVal, m.over(err)
				}
			}
			v, err := f.Call(args)
			if err == nil && decoders[name] {
				err = m.measure(v)
			} else if err == nil {
				err = m.limits.topNumber(v)
			}
			return v, m.over(err)
		},
	}
	if p := f.VarParam(); p != nil {
		spec.VarParam = &open([]function.Parameter{*p})[0]
	}
	return function.New(spec)
}

// over notes that a bound is the reason of an error, so that no try hides it.
func (m *meter) over(err error) error {
	if l, ok := err.(limited); ok && m.budget.over == "" { //nolint:errorlint // ours, and never wrapped
		m.budget.over = string(l)
	}
	return err
}

// weight is a rough size of an argument in bytes.
func weight(v cty.Value) int {
	if v.IsMarked() {
		v, _ = v.Unmark()
	}
	switch {
	case !v.IsKnown() || v.IsNull():
		return 0
	case v.Type() == cty.String:
		return len(v.AsString())
	case v.CanIterateElements():
		return 8 * v.LengthInt()
	}
	return 0
}

// length is that of a collection, or of a text in bytes; 0 for what is unknown.
func length(v cty.Value) int {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown() || v.IsNull():
		return 0
	case v.Type() == cty.String:
		return len(v.AsString())
	case v.CanIterateElements():
		return v.LengthInt()
	}
	return 0
}

func str(v cty.Value) string {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

func integer(v cty.Value) int {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() || v.Type() != cty.Number {
		return 0
	}
	n, _ := v.AsBigFloat().Int64()
	return int(min(max(n, -1<<31), 1<<31))
}

type check = func(m *meter, args []cty.Value) error

// bounds are what is looked at before a function is called. A function that is not named takes no longer than its arguments are, and
// makes no more.
var bounds = map[string]check{
	"concat": together, "merge": together, "coalescelist": together, "setunion": hashed, "flatten": nodes, "setproduct": product, "chunklist": together,
	"range": span, "split": pieces, "csvdecode": rows, "formatlist": formatted, "format": formatted, "indent": indented, "join": joined,
	"replace": replaced, "regex": pattern, "regexall": pattern, "jsonencode": encoded, "yamlencode": encoded, "jsondecode": jsonBounds,
	"yamldecode": yamlBounds, "distinct": together, "matchkeys": compared, "toset": hashed, "setintersection": hashed, "setsubtract": hashed,
	"index": together, "trim": cutset, "pow": power, "fileset": globs, "templatestring": costly, "parseint": digits,
	"base64encode": grown, "base64decode": grown, "urlencode": grown, "textencodebase64": grown, "provider::terraform::encode_tfvars": encoded,
	"provider::terraform::encode_expr": encoded, "provider::terraform::decode_tfvars": costly,
}

// decoders are functions whose results may hold more than their arguments show.
var decoders = map[string]bool{"jsondecode": true, "yamldecode": true, "csvdecode": true, "provider::terraform::decode_tfvars": true, "templatefile": true, "templatestring": true}

func (m *meter) made(n int) error {
	if n > m.limits.StringBytes {
		return refuse("the result of a function has more than %d bytes", m.limits.StringBytes)
	}
	m.text(n)
	return nil
}

func indented(m *meter, args []cty.Value) error {
	text := str(args[1])
	return m.made(len(text) + max(integer(args[0]), 0)*(strings.Count(text, "\n")+1))
}

func joined(m *meter, args []cty.Value) error {
	separator, n := len(str(args[0])), 0
	for _, list := range args[1:] {
		s := size{limits: m.limits}
		if err := s.add(list, 0); err != nil {
			return err
		}
		n += s.bytes + length(list)*separator
	}
	return m.made(n)
}

func encoded(m *meter, args []cty.Value) error {
	s := size{limits: m.limits}
	for _, a := range args {
		if err := s.add(a, 0); err != nil {
			return err
		}
	}
	m.tick(s.nodes)
	return m.made(2*s.bytes + 8*s.nodes)
}

func grown(m *meter, args []cty.Value) error { return m.made(3 * length(args[0])) }

func cutset(m *meter, args []cty.Value) error {
	m.tick(length(args[0]) / 64 * length(args[1]) / 64)
	return nil
}

func costly(m *meter, args []cty.Value) error {
	m.tick(length(args[0]) / 4)
	return nil
}

func digits(m *meter, args []cty.Value) error {
	if n := length(args[0]); n > m.limits.NumberBytes {
		return refuse("a text of more than %d bytes is used as a number", m.limits.NumberBytes)
	}
	return nil
}

func power(m *meter, args []cty.Value) error {
	base, exponent := args[0], integer(args[1])
	base, _ = base.Unmark()
	if !base.IsKnown() || base.IsNull() || base.Type() != cty.Number {
		return nil
	}
	if bits := base.AsBigFloat().MantExp(nil); max(bits, -bits)*max(exponent, -exponent) > m.limits.Exponent {
		return refuse("a number has a binary exponent beyond %d", m.limits.Exponent)
	}
	return nil
}
