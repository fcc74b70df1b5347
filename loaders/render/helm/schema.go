package helm

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"helm.sh/helm/v3/pkg/chart"
)

const schemaURL = "file:///values.schema.json"

// sealed refuses what a schema refers to outside of itself. Helm would read files and ask the
// network for it.
type sealed struct{}

var errSealed = errors.New("references to other documents are not followed")

// Load implements jsonschema.URLLoader.
func (sealed) Load(string) (any, error) { return nil, errSealed }

// checkSchemas holds the values against the schema of the chart and of each subchart. What cannot
// be checked becomes a note.
func (l *loaded) checkSchemas(values map[string]any, m *model) (notes []string, err error) {
	return l.checkSchema(l.chart, values, nil, m)
}

func (l *loaded) checkSchema(c *chart.Chart, values map[string]any, prefix []string, m *model) (notes []string, err error) {
	if c.Schema != nil {
		name := path.Join(path.Join(interleave(prefix)...), "values.schema.json")
		if i, ok := l.file(c.Schema); ok {
			name = l.files[i].shown()
		}
		note, err := checkValues(c.Schema, name, values, prefix, m)
		if err != nil {
			return nil, err
		}
		if note != "" {
			notes = append(notes, note)
		}
	}
	for _, sub := range c.Dependencies() {
		own, ok := values[sub.Name()].(map[string]any)
		if !ok {
			continue
		}
		more, err := l.checkSchema(sub, own, append(slices.Clone(prefix), sub.Name()), m)
		if err != nil {
			return nil, err
		}
		notes = append(notes, more...)
	}
	return notes, nil
}

// interleave gives the directories of a subchart: charts/a/charts/b.
func interleave(names []string) (dirs []string) {
	for _, n := range names {
		dirs = append(dirs, "charts", n)
	}
	return dirs
}

func checkValues(schema []byte, name string, values map[string]any, prefix []string, m *model) (note string, err error) {
	defer func() {
		if r := recover(); r != nil {
			note, err = "", failure(name, 1, 1, fmt.Sprintf("this schema cannot be used: %v", r))
		}
	}()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return "", failure(name, 1, 1, err.Error())
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(sealed{})
	if err := compiler.AddResource(schemaURL, doc); err != nil {
		return "", failure(name, 1, 1, err.Error())
	}
	compiled, err := compiler.Compile(schemaURL)
	if load, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		return fmt.Sprintf("%s refers to %s, which is not read: the values are not checked against it", name, oneLine(load.URL)), nil
	}
	if err != nil {
		return "", failure(name, 1, 1, err.Error())
	}
	err = compiled.Validate(values)
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return "", violation(invalid, name, prefix, m)
	}
	return "", err
}

// violation places what is wrong with the values where the value stands that is wrong; several
// are told in one message, at the first of them that was written down.
func violation(invalid *jsonschema.ValidationError, schema string, prefix []string, m *model) error {
	type wrong struct{ at, message string }
	var all []wrong
	for _, unit := range invalid.BasicOutput().Errors {
		if unit.Error != nil {
			all = append(all, wrong{unit.InstanceLocation, unit.Error.String()})
		}
	}
	slices.SortFunc(all, func(a, b wrong) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.message, b.message)) })
	all = slices.Compact(all)
	if len(all) == 0 {
		return failure(schema, 1, 1, invalid.Error())
	}
	var messages []string
	for _, w := range all {
		messages = append(messages, fmt.Sprintf("%s: %s", cmp.Or(w.at, "/"), w.message))
	}
	message := "values do not fit " + schema + ": " + strings.Join(messages, "; ")
	for _, w := range all {
		if h, ok := m.nearest(slices.Concat(prefix, tokens(w.at))); ok && h.key != nil {
			return failure(h.layer.shown, h.key.Line, h.key.Column, message)
		}
	}
	return failure(schema, 1, 1, message)
}
