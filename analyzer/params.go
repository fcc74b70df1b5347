package analyzer

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// ParamType is the type of a rule's parameter.
type ParamType string

// The types of parameters, and what Params holds for them.
const (
	Integer  ParamType = "integer"  // int
	Number   ParamType = "number"   // float64
	Truth    ParamType = "boolean"  // bool
	Text     ParamType = "string"   // string
	Duration ParamType = "duration" // time.Duration; written as "30s" or "1h30m"
	Texts    ParamType = "strings"  // []string
)

// Param is one parameter that a rule declares.
type Param struct {
	Name    string
	Type    ParamType
	Default any // as Params holds it
	// Least and Most bound integers and numbers; nil = no bound.
	Least, Most *float64
	OneOf       []string // the only texts that it takes; nil = any
}

// Params are a rule's parameters in one run: those that the config gives, and the defaults of the others.
type Params map[string]any

// Int returns an Integer, 0 for a name that the rule does not declare as one.
func (p Params) Int(name string) int { return as[int](p, name) }

// Number returns a Number, 0 for a name that the rule does not declare as one.
func (p Params) Number(name string) float64 { return as[float64](p, name) }

// Truth returns a Truth, false for a name that the rule does not declare as one.
func (p Params) Truth(name string) bool { return as[bool](p, name) }

// Text returns a Text, "" for a name that the rule does not declare as one.
func (p Params) Text(name string) string { return as[string](p, name) }

// Duration returns a Duration, 0 for a name that the rule does not declare as one.
func (p Params) Duration(name string) time.Duration { return as[time.Duration](p, name) }

// Texts returns Texts, nil for a name that the rule does not declare as such.
func (p Params) Texts(name string) []string { return as[[]string](p, name) }

func as[T any](p Params, name string) T {
	v, _ := p[name].(T)
	return v
}

// ParamProblem is a parameter that a rule cannot take.
type ParamProblem struct {
	Name    string
	Message string
}

// Check holds parameters, with values as JSON has them, against those that the rule declares. Problems come sorted by
// name.
func (r *Rule) Check(given map[string]any) []ParamProblem {
	var problems []ParamProblem
	for _, name := range slices.Sorted(maps.Keys(given)) {
		i := slices.IndexFunc(r.Params, func(p Param) bool { return p.Name == name })
		if i < 0 {
			problems = append(problems, ParamProblem{name, r.unknownParam(name)})
			continue
		}
		if _, err := r.Params[i].Parse(given[name]); err != nil {
			problems = append(problems, ParamProblem{name, err.Error()})
		}
	}
	return problems
}

func (r *Rule) unknownParam(name string) string {
	if len(r.Params) == 0 {
		return fmt.Sprintf("%s has no parameters", r.ID)
	}
	names := make([]string, len(r.Params))
	for i, p := range r.Params {
		names[i] = p.Name
	}
	return fmt.Sprintf("%s has no parameter %q, want one of %s", r.ID, name, strings.Join(names, ", "))
}

// params are the parameters of one run. What Check refuses is left at its default.
func (r *Rule) params(given map[string]any) Params {
	out := Params{}
	for _, p := range r.Params {
		out[p.Name] = p.Default
		if v, ok := given[p.Name]; ok {
			if parsed, err := p.Parse(v); err == nil {
				out[p.Name] = parsed
			}
		}
	}
	return out
}

// Parse turns a value as JSON or YAML has it into one as Params holds it.
func (p Param) Parse(v any) (any, error) {
	switch p.Type {
	case Integer:
		n, ok := number(v)
		if !ok || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
			return nil, p.refuse("a whole number", v)
		}
		return int(n), p.bounded(n)
	case Number:
		n, ok := number(v)
		if !ok {
			return nil, p.refuse("a number", v)
		}
		return n, p.bounded(n)
	case Truth:
		b, ok := v.(bool)
		if !ok {
			return nil, p.refuse("true or false", v)
		}
		return b, nil
	case Text:
		s, ok := v.(string)
		if !ok || p.OneOf != nil && !slices.Contains(p.OneOf, s) {
			return nil, p.refuse(cmp.Or(strings.Join(p.OneOf, ", "), "text"), v)
		}
		return s, nil
	case Duration:
		s, _ := v.(string)
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return nil, p.refuse("a duration such as 30s or 1h30m", v)
		}
		return d, nil
	case Texts:
		return p.parseTexts(v)
	}
	return nil, fmt.Errorf("a parameter of the unknown type %q", p.Type)
}

func (p Param) parseTexts(v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, p.refuse("a list of texts", v)
	}
	out := make([]string, len(list))
	for i, item := range list {
		s, ok := item.(string)
		if !ok || p.OneOf != nil && !slices.Contains(p.OneOf, s) {
			return nil, p.refuse("a list of "+cmp.Or(strings.Join(p.OneOf, ", "), "texts"), item)
		}
		out[i] = s
	}
	return out, nil
}

func (p Param) bounded(n float64) error {
	switch {
	case p.Least != nil && n < *p.Least:
		return p.refuse(fmt.Sprintf("at least %v", *p.Least), n)
	case p.Most != nil && n > *p.Most:
		return p.refuse(fmt.Sprintf("at most %v", *p.Most), n)
	}
	return nil
}

// refuse says what is wanted and what is there, in words for the author of a config.
func (p Param) refuse(want string, got any) error {
	switch v := got.(type) {
	case string:
		return fmt.Errorf("want %s, got %q", want, v)
	case nil:
		return fmt.Errorf("want %s, got nothing", want)
	case []any:
		return fmt.Errorf("want %s, got a list", want)
	case map[string]any:
		return fmt.Errorf("want %s, got a mapping", want)
	}
	return fmt.Errorf("want %s, got %v", want, got)
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// Values are the parameters that the rule has in a run, where a config gives some: those, and the defaults of the others.
func (r *Rule) Values(given map[string]any) map[string]any { return r.params(given) }
