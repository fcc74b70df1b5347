package rules_test

import (
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/muster/rules"
)

// sources type-checks what the rules import from its source, once.
var sources = sync.OnceValues(func() (*token.FileSet, types.Importer) {
	files := token.NewFileSet()
	return files, importer.ForCompiler(files, "source", nil)
})

// Each rule declares what it reads: the causes that it owns, the facts and parts of the graph that its code names, and
// the parameters that it asks for.
func TestRulesDeclareWhatTheyRead(t *testing.T) {
	files, imported := sources()
	owner := map[string]string{}
	for _, e := range catalogueOf(t) {
		if e.Rego {
			continue
		}
		for _, r := range rules.All() {
			if r.ID != e.ID {
				continue
			}
			var causes []string
			for _, c := range r.Causes {
				causes = append(causes, string(c))
				if owner[string(c)] != "" {
					t.Errorf("%s and %s both speak for %s", owner[string(c)], e.ID, c)
				}
				owner[string(c)] = e.ID
			}
			same(t, e.Dir()+": reads.causes", e.Reads.Causes, causes)
		}
		got := readBy(t, files, imported, e.Dir()+"/rule.go")
		same(t, e.Dir()+": reads.facts", e.Reads.Facts, got.facts)
		same(t, e.Dir()+": reads.graph", e.Reads.Graph, got.graph)
		var params []string
		for _, p := range e.Params {
			params = append(params, p.Name+" "+p.Type)
		}
		same(t, e.Dir()+": params", params, got.params)
	}
	if len(owner) == 0 {
		t.Error("no rule speaks for any cause")
	}
}

func same(t *testing.T, what string, declared, used []string) {
	t.Helper()
	declared, used = slices.Sorted(slices.Values(declared)), slices.Sorted(slices.Values(used))
	if !slices.Equal(declared, used) {
		t.Errorf("%s: rule.yaml declares %v, and the code uses %v", what, declared, used)
	}
}

// usage is what the code of a rule names.
type usage struct{ facts, graph, params []string }

const module = "github.com/passmuster/muster/"

// methodTypes are the accessors of analyzer.Params, and the type of parameter that each is for.
var methodTypes = map[string]string{"Int": "integer", "Number": "number", "Truth": "boolean", "Text": "string", "Duration": "duration", "Texts": "strings"}

// readBy type-checks the file of a rule.
func readBy(t *testing.T, files *token.FileSet, imported types.Importer, path string) usage {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return usageOf(t, files, imported, path, string(text))
}

func usageOf(t *testing.T, files *token.FileSet, imported types.Importer, path, text string) usage {
	t.Helper()
	file, err := parser.ParseFile(files, path, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	if _, err := (&types.Config{Importer: imported}).Check(path, files, []*ast.File{file}, info); err != nil {
		t.Fatal(err)
	}
	facts, graph, params := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, object := range info.Uses {
		if c, ok := object.(*types.Const); ok && c.Type().String() == module+"mesh.FactKind" {
			facts[constant.StringVal(c.Val())] = true
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && info.Selections[sel] != nil {
			name := sel.Sel.Name
			switch strings.TrimPrefix(info.Selections[sel].Recv().String(), "*") {
			case module + "mesh.Graph":
				if name == "View" || name == "ViewOf" || name == "Class" || name == "Versions" {
					name = "views"
				}
				if name == "Gap" {
					name = "gaps"
				}
				if name == "RolloutsOf" {
					name = "rollouts"
				}
				if name == "Served" {
					name = "services"
				}
				if name == "FewCallers" {
					name = "clients"
				}
				if name != "Service" && name != "Cluster" && name != "Mesh" { // look-ups of what is known already
					graph[strings.ToLower(name)] = true
				}
			case module + "analyzer.Pass":
				switch name {
				case "Broken", "BrokenOf":
					graph["breaches"] = true
				case "Suppressions":
					graph["suppressions"] = true
				case "Matrix":
					graph["cells"] = true
				case "Evidence":
					graph["evidence"] = true
				}
			}
		}
		if call, ok := n.(*ast.CallExpr); ok {
			if name := paramOf(info, call); name != "" {
				params[name] = true
			}
		}
		return true
	})
	sorted := func(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }
	return usage{sorted(facts), sorted(graph), sorted(params)}
}

// paramOf is the name and type of the parameter that a call asks for, or "".
func paramOf(info *types.Info, call *ast.CallExpr) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || info.Selections[sel] == nil || info.Selections[sel].Recv().String() != module+"analyzer.Params" || len(call.Args) != 1 {
		return ""
	}
	name, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		return "a name that is no literal"
	}
	return strings.Trim(name.Value, `"`) + " " + methodTypes[sel.Sel.Name]
}

// The check sees what a rule names, however it names it.
func TestReadsAreSeen(t *testing.T) {
	files, imported := sources()
	got := usageOf(t, files, imported, "x.go", `package x

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

func run(p *analyzer.Pass) {
	graph := p.Graph
	for _, f := range graph.Facts {
		if f.Kind == mesh.FactDuplicate && p.Params.Int("most") > len(p.Broken) {
			other(p.Graph)
		}
	}
}

func other(g *mesh.Graph) int { return len(g.Clusters) }
`)
	same(t, "facts", []string{"duplicate"}, got.facts)
	same(t, "graph", []string{"facts", "breaches", "clusters"}, got.graph)
	same(t, "params", []string{"most integer"}, got.params)
}
