package config

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// Typed is how a document of another kind than a config is read into Go types: as strictly, with every mistake at its place.
type Typed struct {
	// What names the document in messages: "the plan".
	What string
	// Required tells, by "Struct.member", what a member that must not be missing is for.
	Required map[string]string
	// Texts check members that are text, and items of lists of text, by "Struct.member".
	Texts map[string]func(string) error
}

// Places tells where the values of a document stand, by their JSON pointers.
type Places struct{ config *Config }

// Locate returns the position of the value at a JSON pointer, or of the nearest ancestor that the document has.
func (p *Places) Locate(path string) mesh.Position { return p.config.Locate(path) }

// Decode reads a document into a struct, whose members are named by their json tags; file is how positions name it. It returns
// where everything stands and all problems, sorted by position; what could be read in spite of them is in dst. Empty lists
// and mappings become nil, so that whatever is written comes back equal. A document has 1 MB and 200,000 values at most.
func (t *Typed) Decode(file string, data []byte, dst any) (*Places, []Problem) {
	c := &Config{File: file, Dir: filepath.Dir(filepath.FromSlash(file)), positions: map[string]mesh.Position{}}
	d := &decoder{config: c, budget: maxValues}
	places := &Places{c}
	switch {
	case len(data) > maxBytes:
		d.report(c.Locate(""), "%s is larger than %d bytes", t.What, maxBytes)
		return places, d.problems
	case bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")):
		d.report(c.Locate(""), "this is UTF-16; save it as UTF-8")
		return places, d.problems
	}
	documents := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	err := documents.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && doc.Content[0].ShortTag() == "!!null":
		d.report(c.Locate(""), "%s is empty", t.What)
		return places, d.problems
	case err != nil:
		d.problems = append(d.problems, syntaxProblem(file, data, err))
		return places, d.problems
	}
	d.read(doc.Content[0], "", t.value(reflect.ValueOf(dst).Elem(), "", 0))
	switch err := documents.Decode(&next); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.problems = append(d.problems, syntaxProblem(file, data, err))
	default:
		d.report(d.position(&next, ""), "a second document begins here, want one")
	}
	sortProblems(d.problems)
	return places, d.problems
}

// ReadBounded reads a file of which nobody knows how large it is. Errors name no path: messages begin with it already.
func ReadBounded(path string) ([]byte, error) { return read(path) }

// Unknown says that got is none of want, and which of them was probably meant.
func Unknown(what, got string, want []string) error { return unknown(what, got, want, "") }

// ProblemAt words a problem with the value at a position.
func ProblemAt(at mesh.Position, format string, args ...any) Problem {
	return problemAt(at, format, args...)
}

// value reads into a value of any type that a document may hold; name is that of its member.
func (t *Typed) value(v reflect.Value, name string, depth int) reader {
	if depth > maxDepth { // types that hold themselves
		return func(d *decoder, n *yaml.Node, at string) {
			d.report(d.position(n, at), "this is nested deeper than %d levels", maxDepth)
		}
	}
	if v.Kind() == reflect.Pointer {
		return func(d *decoder, n *yaml.Node, at string) {
			one := reflect.New(v.Type().Elem())
			t.value(one.Elem(), name, depth+1)(d, n, at)
			v.Set(one)
		}
	}
	if parser, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return scalar(func(s string) error { return parser.UnmarshalText([]byte(s)) }, false)
	}
	switch v.Kind() {
	case reflect.Struct:
		return t.object(v, depth)
	case reflect.Slice:
		return t.list(v, name, depth)
	case reflect.Map:
		return t.dict(v, name, depth)
	case reflect.String:
		return t.text(v, name)
	case reflect.Bool:
		return plainValue(func(x any) bool { b, ok := x.(bool); v.SetBool(b); return ok }, "true or false")
	case reflect.Int, reflect.Int64:
		return plainValue(func(x any) bool {
			i, ok := x.(int64)
			v.SetInt(i)
			return ok && !v.OverflowInt(i)
		}, "a whole number")
	case reflect.Float64:
		return plainValue(func(x any) bool {
			f, ok := x.(float64)
			if i, whole := x.(int64); whole {
				f, ok = float64(i), true
			}
			v.SetFloat(f)
			return ok && !math.IsInf(f, 0)
		}, "a number")
	}
	return func(d *decoder, n *yaml.Node, at string) {
		d.report(d.position(n, at), "this muster cannot read it")
	}
}

// object reads a struct. Members that Go does not show are not read.
func (t *Typed) object(v reflect.Value, depth int) reader {
	var fields []field
	for _, f := range reflect.VisibleFields(v.Type()) {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "" || key == "-" || !f.IsExported() {
			continue
		}
		name := v.Type().Name() + "." + key
		fields = append(fields, field{key, t.value(v.FieldByIndex(f.Index), name, depth+1), t.Required[name]})
	}
	return object(nil, fields...)
}

func (t *Typed) list(v reflect.Value, name string, depth int) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		if n.Kind != yaml.SequenceNode {
			d.report(d.position(n, at), "want a list, got %s", kindOf(n))
			return
		}
		for i, node := range n.Content {
			if d.budget < 0 {
				return
			}
			one := reflect.New(v.Type().Elem()).Elem()
			d.read(node, at+"/"+strconv.Itoa(i), t.value(one, name, depth+1))
			v.Set(reflect.Append(v, one))
		}
	}
}

func (t *Typed) dict(v reflect.Value, name string, depth int) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		d.pairs(n, at, func(key, node *yaml.Node) {
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			one := reflect.New(v.Type().Elem()).Elem()
			d.read(node, at+"/"+escape.Replace(key.Value), t.value(one, name, depth+1))
			v.SetMapIndex(reflect.ValueOf(key.Value), one)
		})
	}
}

// text reads text, which may be empty where nobody checks it.
func (t *Typed) text(v reflect.Value, name string) reader {
	check := t.Texts[name]
	return scalar(func(s string) error {
		if check != nil {
			if err := check(s); err != nil {
				return err
			}
		}
		v.SetString(s)
		return nil
	}, true)
}

// scalar reads text. Where quoted is set, it must look like text to YAML too: an unquoted version 1.30 would turn into 1.3.
func scalar(set func(string) error, quoted bool) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		tag := n.ShortTag()
		switch {
		case n.Kind != yaml.ScalarNode || !plainTags[tag]:
			d.report(d.position(n, at), "want text, got %s", kindOf(n))
		case quoted && (tag == "!!int" || tag == "!!float" || tag == "!!bool"):
			d.report(d.position(n, at), "YAML reads %s as %s, quote it: \"%s\"", n.Value, kindOf(n), n.Value)
		default:
			if err := set(n.Value); err != nil {
				d.report(d.position(n, at), "%v", err)
			}
		}
	}
}

// plainValue reads a number or a truth value.
func plainValue(set func(any) bool, want string) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		if n.Kind != yaml.ScalarNode {
			d.report(d.position(n, at), "want %s, got %s", want, kindOf(n))
			return
		}
		x, err := plainScalar(n)
		if err == nil && !set(x) {
			err = fmt.Errorf("want %s, got %s", want, kindOf(n))
		}
		if err != nil {
			d.report(d.position(n, at), "%v", err)
		}
	}
}
