package kustomize

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Parse reads a kustomization file: what kustomize itself makes of it, and the document that knows
// the places. Only the first document of the file counts, as in kustomize.
func Parse(file string, data []byte, opts source.Options) (doc *source.Document, spec types.Kustomization, diags []source.Diagnostic) {
	start := mesh.Position{File: file, Line: 1, Column: 1}
	if len(data) > maxFileBytes {
		return nil, spec, []source.Diagnostic{{Position: start, Message: fmt.Sprintf("a kustomization larger than %d MiB; nothing of it is rendered. Split it into several", maxFileBytes>>20)}}
	}
	docs, diags := source.ParseAny(file, data, opts)
	fail := func(at mesh.Position, message string) (*source.Document, types.Kustomization, []source.Diagnostic) {
		return nil, types.Kustomization{}, append(diags, source.Diagnostic{Position: at, Message: message})
	}
	switch {
	case len(diags) > 0:
		return nil, types.Kustomization{}, diags
	case len(docs) == 0:
		return fail(start, "an empty kustomization")
	case !IsKustomization(docs[0]):
		return fail(docs[0].Locate(""), "not a kustomization, though it is named like one")
	}
	doc = docs[0]
	if err := unmarshal(&spec, data); err != nil {
		at, message := complaint(doc, err)
		return fail(at, message)
	}
	kind := types.Kustomization{TypeMeta: spec.TypeMeta}
	kind.FixKustomization() // sets what is left out
	if problems := kind.EnforceFields(); len(problems) > 0 {
		return fail(doc.Locate("/apiVersion"), strings.Join(problems, "; "))
	}
	if field, n := entries(spec); n > maxEntries {
		return fail(doc.Locate("/"+field), fmt.Sprintf("a kustomization of more than %d entries; nothing of it is rendered. Split it into several", maxEntries))
	}
	return doc, spec, nil
}

var errGaveUp = errors.New("the YAML parser gave up on this kustomization")

func unmarshal(spec *types.Kustomization, data []byte) (err error) {
	defer func() {
		// The parser is a port from C that has panicked on malformed input before.
		if recover() != nil {
			err = errGaveUp
		}
	}()
	return spec.Unmarshal(data)
}

// complaint turns a decoding error of encoding/json into a place and a sentence.
func complaint(doc *source.Document, err error) (mesh.Position, string) {
	message := strings.TrimPrefix(err.Error(), "invalid Kustomization: ")
	if _, name, ok := strings.Cut(message, `unknown field "`); ok {
		name = strings.TrimSuffix(name, `"`)
		return doc.Locate("/" + name), `kustomize knows no field "` + name + `"`
	}
	if _, rest, ok := strings.Cut(message, " into Go struct field "); ok {
		field, want, _ := strings.Cut(rest, " of type ")
		_, field, _ = strings.Cut(field, ".")
		if i := strings.LastIndexByte(want, '.'); i >= 0 {
			want = want[i+1:]
		}
		return doc.Locate("/" + strings.ReplaceAll(field, ".", "/")), field + " is not what kustomize expects there (" + want + ")"
	}
	return doc.Locate(""), "kustomize cannot read this: " + oneLine(message)
}

// oneLine makes one short line of a library's message.
func oneLine(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if r := []rune(message); len(r) > 300 {
		message = string(r[:300]) + "…"
	}
	return message
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
