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
		if data, err := os.ReadFile(name); err == nil && len(data) < 2000 {
			f.Add(data)
		}
	}
	for _, h := range hostiles {
		if text := h.files["main.tf"]; len(text) < 500 {
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
	f.Add([]byte("locals {\n  d = <<-E\n    a: ${r.s.id}\n    %{for i in [1, 2]}\n    b${i}: x\n    %{endfor~}\n  E\n}\nresource \"r\" \"r\" {\n  a = local.d\n  b = yamlencode({ c = [r.s.id, \"d\"] })\n  e = templatefile(\"t\", { f = r.s.x })\n}\nresource \"r\" \"s\" {}\n-- t --\nkind: ${f}\n"))
	f.Add([]byte("resource \"r\" \"r\" { a = 0[{}] }\n"))
	f.Add([]byte("module \"m\" { source = \"0${A}\" }\n"))
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
		list := r.Instances()
		for _, in := range list[:min(len(list), 20)] {
			for name := range in.Values.AsValueMap() {
				in.Leaf(name)
				docs, _ := in.Document(name)
				for _, d := range docs {
					d.Locate("/metadata/name")
				}
			}
		}
		r.Coverage(list[:min(len(list), 20)])
		r.Outputs()
		r.Diagnostics()
	})
}

// A placeholder never turns into a fact: whatever the unknown text is, a document has the value that it says, or says that it does not
// know.
func FuzzPlaceholdersAreHonest(f *testing.F) {
	for _, e := range []string{"${x}", "${upper(x)}-${length(x)}", "%{if x == \"a\"}b%{else}c%{endif}", "${replace(x, \"a\", \"b\")}", "${try(x, 1)}",
		"${join(\",\", [x, \"b\"])}", "${jsonencode({a = x})}", "${format(\"%5s\", x)}", "${indent(2, x)}", "${trimprefix(x, \"a\")}", "${x == null}",
		"${substr(x, 0, 1)}", "${contains([x], \"a\")}", "${lookup({a = 1}, x, 2)}", "${flatten([[x]])[0]}", "${merge({a = x}, {b = x}).a}", "${values({k = x})[0]}",
		"${concat([x], [])[0]}", "${lower(x)}${1 + 1}", "${coalesce(x, \"b\")}", "${element([x, 1], 0)}", "${chomp(x)}"} {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, e string) {
		render := func(input string) (string, map[string]*Unknown, bool) {
			main := input + "resource \"r\" \"r\" { body = yamlencode({ a = \"" + e + "\", b = \"c\" }) }\nresource \"r\" \"s\" {}\n"
			r, err := load(context.Background(), fstest.MapFS{"main.tf": {Data: []byte(main), Mode: 0o600}}, ".", Options{Limits: Limits{Evaluations: 10_000}})
			if err != nil || strings.Count(e, "\n") > 0 {
				return "", nil, false
			}
			list := r.Instances()
			if len(list) != 2 || len(r.Diagnostics()) > 0 || list[0].Address != "r.r" {
				return "", nil, false
			}
			docs, u := list[0].Document("body")
			if u != nil || len(docs) != 1 {
				return "", nil, false
			}
			return string(docs[0].JSON), docs[0].Unknown, true
		}
		e = strings.ReplaceAll(e, "x", "local.x")
		unknown, why, ok := render("locals { x = r.s.id }\n")
		if !ok || len(why) > 0 {
			return
		}
		for _, v := range []string{"a", "other", ""} {
			if known, _, ok := render("locals { x = \"" + v + "\" }\n"); ok && known != unknown {
				t.Errorf("%s: said %s, and for %q it is %s", e, unknown, v, known)
			}
		}
	})
}
