// Package arch holds the direction of imports: data flows from loaders through the mesh graph to
// judgement and reports, and imports point the other way. docs/ARCHITECTURE.md says why.
package arch

import (
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/passmuster/muster"

// mayImport lists, for each top folder, what its packages may import of ours besides each other. A package with an entry of its own
// follows that instead.
var mayImport = map[string][]string{
	"mesh":      {},
	"textdiff":  {},
	"loaders":   {"mesh"},
	"config":    {"mesh", "loaders/source"},
	"fleet":     {"mesh", "loaders", "config"},
	"proposal":  {"mesh", "loaders/source", "loaders/kubernetes", "config"},
	"analyzer":  {"mesh"},
	"rules":     {"mesh", "analyzer"},
	"policy":    {"mesh", "analyzer", "rules"},
	"report":    {"mesh", "analyzer", "rules", "config", "textdiff"},
	"fix":       {"mesh", "loaders/source", "loaders/edit", "fleet", "analyzer", "rules", "textdiff"},
	"admission": {"mesh", "analyzer", "rules", "policy", "config", "report"},
	"github":    {"mesh", "analyzer", "rules", "config", "report", "fix"},
	"drill":     {"mesh", "analyzer", "rules", "config", "report"},
	// Of the reports, one is about drills; the others know nothing of them.
	"report/drill": {"mesh", "analyzer", "rules", "config", "textdiff", "report", "drill"},
	"cmd":          {"mesh", "loaders", "config", "fleet", "proposal", "analyzer", "rules", "policy", "report", "fix", "admission", "github", "drill"},
	"test":         {"mesh", "loaders", "config", "fleet", "proposal", "analyzer", "rules", "policy", "report", "fix", "admission", "github", "drill"},
}

func TestImportsPointOneWay(t *testing.T) {
	graph, err := repository(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if len(graph[module+"/cmd/muster"]) == 0 {
		t.Fatal("cmd/muster is missing or imports nothing: the graph was not read")
	}
	for _, v := range violations(graph) {
		t.Error(v)
	}
}

// onlyBy says who alone may import something, and what is below it: reading inputs opens no connection.
var onlyBy = map[string][]string{
	"oras.land/oras-go/v2":      {"policy/registry"},
	module + "/policy/registry": {"cmd/muster"},
	// The prober alone asks services, and the demo asks those that it starts itself.
	"google.golang.org/grpc": {"drill/demo", "drill/probe"},
	// A control plane, which the demo is. Reading what one announces needs messages alone.
	"github.com/envoyproxy/go-control-plane/pkg": {"drill/demo"},
	// A stand-in for GitHub, for tests.
	"github.com/getkin/kin-openapi": {"github/githubtest"},
}

func TestRegistriesAreAskedByOneVerb(t *testing.T) {
	graph, err := repository(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for what, who := range onlyBy {
		if found := importers(graph, what); !slices.Equal(found, who) {
			t.Errorf("%s is imported by %q, want %q alone", what, found, who)
		}
	}
}

// runPrograms says who may start a program, and which: no command from an input is ever run.
var runPrograms = map[string]string{
	"drill/run":        "the hooks of a drill's plan, which inject and remove its faults, and only with --inject on the command line",
	"drill/demo":       "muster itself as the servers and the client of a drill on loopback, which are killed and stopped; unshare, ip and nft, in a network of their own, to drop packets",
	"loaders/render":   "muster itself, to render charts and kustomizations in a process that has no files and no network",
	"loaders/revision": "git, with verbs that read stored objects and obey no configuration that names a program",
	"test/linked":      "itself, to measure how it starts",
	"test/peers":       "muster and the programs that it is timed beside",
}

func TestFewPackagesRunPrograms(t *testing.T) {
	graph, err := repository(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if found, want := importers(graph, "os/exec"), slices.Sorted(maps.Keys(runPrograms)); !slices.Equal(found, want) {
		t.Errorf("os/exec is imported by %q, want %q", found, want)
	}
}

// importers are the packages of ours that import something, or what is below it.
func importers(graph map[string][]string, what string) []string {
	var found []string
	for _, pkg := range slices.Sorted(maps.Keys(graph)) {
		if slices.ContainsFunc(graph[pkg], func(p string) bool { return under(p, what) }) {
			found = append(found, inModule(pkg))
		}
	}
	return found
}

func TestViolationsSeesEdgesThatPointTheWrongWay(t *testing.T) {
	for _, tc := range []struct{ from, to, want string }{
		{"mesh", "loaders/istio", "mesh imports loaders/istio: mesh may import nothing of ours"},
		{"mesh/id", "mesh", ""},
		{"loaders/istio", "loaders/kubernetes", ""},
		{"loaders/istio", "analyzer", "loaders/istio imports analyzer: loaders may import only mesh"},
		{"config", "loaders/source", ""},
		{"config", "loaders/source/render", ""},
		{"config", "loaders/istio", "config imports loaders/istio: config may import only mesh, loaders/source"},
		{"config", "loaders/sources", "config imports loaders/sources: config may import only mesh, loaders/source"},
		{"analyzer/failover", "rules/failover/inert", "analyzer/failover imports rules/failover/inert: analyzer may import only mesh"},
		{"rules/failover/inert", "analyzer/failover", ""},
		{"rules/failover/inert", "loaders/source", "rules/failover/inert imports loaders/source: rules may import only mesh, analyzer"},
		{"report/sarif", "loaders/source", "report/sarif imports loaders/source: report may import only mesh, analyzer, rules, config, textdiff"},
		{"drill", "cmd/muster", "drill imports cmd/muster: drill may import only mesh, analyzer, rules, config, report"},
		{"cmd/muster", "loaders/cluster", ""},
		{"helpers", "mesh", "helpers: no rule for this folder; add it to mayImport"},
		{"mesh", "fmt", ""},
	} {
		to := module + "/" + tc.to
		if tc.to == "fmt" {
			to = tc.to
		}
		got := violations(map[string][]string{module + "/" + tc.from: {to}})
		if strings.Join(got, "\n") != tc.want {
			t.Errorf("%s -> %s: got %q, want %q", tc.from, tc.to, got, tc.want)
		}
	}
}

// violations returns the imports that mayImport does not allow, and the packages of which it knows
// nothing. graph maps a package of ours to what it imports outside of tests.
func violations(graph map[string][]string) []string {
	var found []string
	for _, pkg := range slices.Sorted(maps.Keys(graph)) {
		from := inModule(pkg)
		folder, _, _ := strings.Cut(from, "/")
		if mayImport[from] != nil {
			folder = from
		}
		allowed, known := mayImport[folder]
		if !known {
			found = append(found, from+": no rule for this folder; add it to mayImport")
			continue
		}
		for _, imported := range graph[pkg] {
			to := inModule(imported)
			if to == "" || under(to, folder) || slices.ContainsFunc(allowed, func(f string) bool { return under(to, f) }) {
				continue
			}
			rule := "only " + strings.Join(allowed, ", ")
			if len(allowed) == 0 {
				rule = "nothing of ours"
			}
			found = append(found, fmt.Sprintf("%s imports %s: %s may import %s", from, to, folder, rule))
		}
	}
	return found
}

// inModule returns a package's path inside the module, or "" if it belongs to somebody else.
func inModule(pkg string) string {
	if pkg == module {
		return "."
	}
	rel, ours := strings.CutPrefix(pkg, module+"/")
	if !ours {
		return ""
	}
	return rel
}

func under(pkg, folder string) bool {
	return pkg == folder || strings.HasPrefix(pkg, folder+"/")
}

// repository reads the imports of every package of ours, those of tests left out. It reads the files
// itself, and does not ask `go list`, so that go test knows which files a cached verdict rests on.
func repository(root string) (map[string][]string, error) {
	graph := map[string][]string{}
	err := filepath.WalkDir(root, func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if dir != root && isOutside(dir, entry.Name()) {
			return filepath.SkipDir
		}
		pkg, err := build.ImportDir(dir, 0)
		var none *build.NoGoError
		if errors.As(err, &none) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, dir)
		graph[path.Join(module, filepath.ToSlash(rel))] = pkg.Imports
		return err
	})
	return graph, err
}

// isOutside reports whether ./... leaves a folder out: testdata, hidden folders, other modules.
func isOutside(dir, name string) bool {
	if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}
