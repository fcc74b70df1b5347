package source

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/mesh"
)

// corpusDocument is one of the tricky documents of testdata/corpus.txtar.
type corpusDocument struct{ name, text string }

func corpus(t testing.TB) (docs []corpusDocument) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "corpus.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		docs = append(docs, corpusDocument{f.Name, string(f.Data)})
	}
	return docs
}

// leaf is a value of a JSON document that is no collection.
type leaf struct {
	path  string
	value any
}

// leaves lists the scalars of a JSON document, and its empty collections, by JSON pointer.
func leaves(t testing.TB, js []byte) (out []leaf) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(js))
	dec.UseNumber()
	var root any
	if err := dec.Decode(&root); err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	var visit func(path string, v any)
	visit = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				visit(path+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(key), v[key])
			}
			if len(v) > 0 {
				return
			}
		case []any:
			for i, e := range v {
				visit(path+"/"+strconv.Itoa(i), e)
			}
			if len(v) > 0 {
				return
			}
		}
		out = append(out, leaf{path, v})
	}
	visit("", root)
	return out
}

func checkPosition(t testing.TB, input string, p mesh.Position, lines int) {
	t.Helper()
	if p.File == "" || p.Line < 1 || p.Line > lines || p.Column < 1 {
		t.Fatalf("%q: position %q outside of its %d lines", input, p, lines)
	}
}

// checkMessage refuses what a user should not have to read.
func checkMessage(t testing.TB, input, message string) {
	t.Helper()
	for _, inner := range []string{"interface {}", "goroutine", "map[", "%!", "runtime error", "yaml:", "json:", "\n", "reflect"} {
		if strings.Contains(message, inner) {
			t.Fatalf("%q: the message %q shows %q", input, message, inner)
		}
	}
	if message == "" {
		t.Fatalf("%q: an empty message", input)
	}
}

// extract writes the files of a txtar archive to a directory.
func extract(t testing.TB, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		write(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
	}
	return dir
}

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
