package drillreport

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/report"
)

// JSON writes the report as the contract has it (docs/schema/drift-report.schema.json), one element of a list per line: a stream
// to a parser, and still a text to grep and diff. Lists are never null, but for those of the plan, which stays as it was digested.
func JSON(w io.Writer, r *audit.Report) error {
	out := bufio.NewWriter(w)
	v := settled(reflect.ValueOf(r).Elem())
	comma := "{\n"
	for i := range v.NumField() {
		name, optional := memberOf(v.Type().Field(i))
		field := v.Field(i)
		if optional && field.IsZero() {
			continue
		}
		out.WriteString(comma + `  "` + name + `": `)
		comma = ",\n"
		if err := value(out, field); err != nil {
			return err
		}
	}
	out.WriteString("\n}\n")
	return out.Flush()
}

// value writes a member: a list with an element per line, all else on one line.
func value(out *bufio.Writer, v reflect.Value) error {
	if v.Kind() != reflect.Slice || v.Len() == 0 {
		return encode(out, v)
	}
	comma := "[\n    "
	for i := range v.Len() {
		out.WriteString(comma)
		comma = ",\n    "
		if err := encode(out, v.Index(i)); err != nil {
			return err
		}
	}
	out.WriteString("\n  ]")
	return nil
}

func encode(out *bufio.Writer, v reflect.Value) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v.Interface()); err != nil {
		return err
	}
	_, err := out.Write(report.EscapeJSON(bytes.TrimSuffix(b.Bytes(), []byte{'\n'})))
	return err
}

// memberOf is what JSON calls a field, and whether it is left out when it is zero.
func memberOf(f reflect.StructField) (name string, optional bool) {
	name, flags, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, strings.Contains(flags, "omit")
}

var (
	marshaler = reflect.TypeFor[json.Marshaler]()
	planType  = reflect.TypeFor[*plan.Plan]()
)

// settled is a copy of a value in which no list or map is nil that JSON would show as null.
func settled(v reflect.Value) reflect.Value {
	if v.Type() == planType || v.Type().Implements(marshaler) {
		return v
	}
	switch v.Kind() {
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			if _, optional := memberOf(v.Type().Field(i)); optional && v.Field(i).IsZero() {
				continue
			}
			out.Field(i).Set(settled(v.Field(i)))
		}
		return out
	case reflect.Slice:
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(settled(v.Index(i)))
		}
		return out
	case reflect.Map:
		if v.IsNil() {
			return reflect.MakeMap(v.Type())
		}
		return v
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(settled(v.Elem()))
		return out
	default:
		return v
	}
}
