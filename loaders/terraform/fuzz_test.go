package terraform

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// seeds are the files of the recorded vectors that lie in the repository.
func seeds(f *testing.F) {
	files, _ := filepath.Glob("../../testdata/vectors/terraform/cases/*/input/*.tf*")
	for _, name := range files {
		if data, err := os.ReadFile(name); err == nil {
			f.Add(data)
		}
	}
	for _, h := range hostiles {
		if text := h.files["main.tf"]; len(text) < 2000 {
			f.Add([]byte(text))
		}
	}
}

// What the guard lets through is parsed and walked without an end of the stack.
func FuzzGuardedParsing(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := DefaultLimits()
		if _, what := limits.guard("main.tf", data); what != "" {
			return
		}
		file, _ := hclsyntax.ParseConfig(data, "main.tf", hcl.InitialPos)
		if file == nil {
			return
		}
		deepest, depth := 0, 0
		_ = hclsyntax.Walk(file.Body.(*hclsyntax.Body), walker{func() { depth++; deepest = max(deepest, depth) }, func() { depth-- }}) //nolint:forcetypeassert // the native syntax
		if deepest > 6*limits.Nesting {
			t.Errorf("%d deep", deepest)
		}
	})
}

type walker struct{ in, out func() }

func (w walker) Enter(hclsyntax.Node) hcl.Diagnostics { w.in(); return nil }
func (w walker) Exit(hclsyntax.Node) hcl.Diagnostics  { w.out(); return nil }

// Whatever lies on disk, a root is read and all of it evaluated. Files are told apart by lines of "-- name --".
func FuzzLoad(f *testing.F) {
	seeds(f)
	f.Add([]byte("module \"m\" { source = \"./m\" }\n-- m/main.tf --\nvariable \"a\" {}\noutput \"b\" { value = var.a }\n-- terraform.tfvars --\na = 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tree := fstest.MapFS{}
		name := "main.tf"
		for _, part := range strings.Split("\n"+string(data), "\n-- ") {
			first, rest, ok := strings.Cut(part, " --\n")
			if ok && first != "" {
				name, part = filepath.ToSlash(filepath.Clean("/" + first))[1:], rest
			}
			if name != "" {
				tree[name] = &fstest.MapFile{Data: []byte(part), Mode: 0o600}
			}
		}
		r, err := load(context.Background(), tree, ".", Options{Limits: Limits{Time: time.Second, Evaluations: 10_000}})
		if err != nil {
			return
		}
		r.Instances()
		r.Outputs()
		r.Diagnostics()
	})
}
