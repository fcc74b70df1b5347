package consul

import (
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// decoder reads the values of a normalised entry and remembers the first that is malformed.
// Values are decoded weakly, as Consul does: a number may be written as text.
type decoder struct {
	in      mesh.Locator
	problem *Problem
}

func (d *decoder) fail(v *value, message string) {
	if d.problem == nil {
		d.problem = malformed(v, d.in, message)
	}
}

func (d *decoder) text(v *value) string {
	switch {
	case v == nil || v.kind == nullValue:
		return ""
	case v.kind == boolValue: // as the weak decoding has it
		if v.text == "true" {
			return "1"
		}
		return "0"
	case v.kind == objectValue || v.kind == listValue:
		d.fail(v, "a text is expected here")
		return ""
	}
	return v.text
}

func (d *decoder) texts(v *value) []string {
	var out []string
	for _, e := range v.elements() {
		out = append(out, d.text(e))
	}
	return out
}

func (d *decoder) bool(v *value) bool {
	if v == nil || v.kind == nullValue || v.text == "" && v.kind == textValue {
		return false
	}
	if v.kind == numberValue {
		return d.number(v) != 0
	}
	b, err := strconv.ParseBool(v.text)
	if err != nil {
		d.fail(v, "true or false is expected here")
	}
	return b
}

func (d *decoder) number(v *value) float64 {
	switch {
	case v == nil || v.kind == nullValue || v.kind == textValue && v.text == "":
		return 0
	case v.kind == boolValue && v.text == "true":
		return 1
	case v.kind == boolValue:
		return 0
	}
	if i, err := strconv.ParseInt(v.text, 0, 64); err == nil {
		return float64(i)
	}
	f, err := strconv.ParseFloat(v.text, 64)
	if err != nil {
		d.fail(v, "a number is expected here")
	}
	return f
}

func (d *decoder) int(v *value) int {
	f := d.number(v)
	if f < -1<<53 || f > 1<<53 {
		d.fail(v, "the number is too large")
		return 0
	}
	return int(f)
}

// unsigned is a number that Consul keeps in a field without a sign.
func (d *decoder) unsigned(v *value) int {
	n := d.int(v)
	if n < 0 {
		d.fail(v, "the number must not be negative")
	}
	return max(n, 0)
}

// duration is a text such as "5s", or a number of nanoseconds.
func (d *decoder) duration(v *value) time.Duration {
	if v == nil || v.kind != textValue {
		return time.Duration(d.int(v))
	}
	t, err := time.ParseDuration(strings.TrimSpace(v.text))
	if err != nil || t == 0 && v.text == "" {
		d.fail(v, "a duration such as \"5s\" is expected here")
	}
	return t
}

func (d *decoder) origin(v *value) mesh.Origin { return v.origin(d.in) }
