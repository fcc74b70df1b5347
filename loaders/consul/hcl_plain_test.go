package consul

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/hashicorp/hcl/hcl/ast"
	"github.com/hashicorp/hcl/hcl/parser"

	"github.com/passmuster/muster/loaders/source"
)

// byLibrary reads a text with the library; false if it has no reading.
func byLibrary(data []byte) (items []hclItem, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	tree, err := parser.Parse(data)
	if err != nil {
		return nil, false
	}
	list, isList := tree.Node.(*ast.ObjectList)
	if !isList {
		return nil, false
	}
	var c hclConverter
	items = c.items(list)
	return items, c.err == ""
}

// FuzzPlainHCL holds the fast reader to the library: whatever it accepts, both read alike, and find in the same places.
func FuzzPlainHCL(f *testing.F) {
	n := 0
	err := filepath.WalkDir("../../testdata", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".hcl" {
			return err
		}
		data, err := os.ReadFile(path)
		n++
		f.Add(data)
		return err
	})
	if err != nil || n == 0 {
		f.Fatal("no seeds", err)
	}
	for _, text := range []string{
		"a = [ { b { c = 1 } d = -2 }, [true], \"x\" ] # e\n// f\n\"g\" \"h\" { }\n", "a {}\na {}\na = 1\nb = 1, c = 2\n", "a = 1.5\n", "a = 0x1\nb = 01\n", "a = \"${b}\"\n",
		"a = <<E\nb\nE\n", "a = \"\\n\"\n", "/* a */ b = 1", "a = true b = false", "a.b-c = 1\n_d = 2", "a =\n 1\nb\n{\n}\n", "a = [\n1,\n# b\n2,\n]\n", "a = -0\nb = 0\n", "a b = 1\n", "= 1\n", "a = /\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fast, ok := plainHCL(data, source.DefaultLimits())
		if !ok {
			return
		}
		items, ok := byLibrary(data)
		if !ok {
			t.Fatalf("%q is read, and the library refuses it", data)
		}
		got, want := &places{at: map[string]spot{}}, &places{at: map[string]spot{}}
		if a, b := got.object(fast, ""), want.object(items, ""); !reflect.DeepEqual(a, b) {
			t.Fatalf("%q is read as %+v, and by the library as %+v", data, a, b)
		}
		if !reflect.DeepEqual(got.at, want.at) {
			t.Fatalf("%q\nhas values at %v\nby the library %v", data, got.at, want.at)
		}
	})
}

// Speed depends on what the fast reader accepts; FuzzPlainHCL sees to it that it is right.
func TestFilesOfHCLAreReadWithoutTheLibrary(t *testing.T) {
	for _, text := range []string{
		"", "a = 1\n", "a \"b\" {\n\tc = [\"d\", 2, { e = true }]\n} // f", "Kind = \"service-router\"\nRoutes = [ {\n  Match { HTTP { PathPrefix = \"/\" } }\n} ]\n", "a { b = 1, c = -2 }",
	} {
		if _, ok := plainHCL([]byte(text), source.DefaultLimits()); !ok {
			t.Errorf("left to the library:\n%s", text)
		}
	}
	for _, text := range []string{"a = 1.5", "a = 01", "a = \"\\n\"", "a = \"ä\"", "a = \"${b}\"", "a = <<E\nb\nE\n", "/* a */", "a", "a = b", "a = [1 2]", "true = 1", "a b = 1", "a {", "}"} {
		if _, ok := plainHCL([]byte(text), source.DefaultLimits()); ok {
			t.Errorf("not left to the library:\n%s", text)
		}
	}
}
