package kustomize

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

const plain = "-- plain.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n"

// refusedEntries are kustomizations with one entry that is not rendered, and its place.
var refusedEntries = []struct{ text, at, message string }{
	{"resources: [plain.yaml, https://example.com/a.yaml]\n", ":1:25", "fetches nothing"},
	{"resources:\n- plain.yaml\n- HTTP://example.com/a.yaml\n", ":3:3", "fetches nothing"},
	{"resources:\n- plain.yaml\n- git::https://example.com/a//b\n", ":3:3", "fetches nothing"},
	{"resources:\n- plain.yaml\n- github.com/org/repo/dir?ref=v1\n", ":3:3", "fetches nothing"},
	{"resources:\n- plain.yaml\n- GitHub.com:org/repo\n", ":3:3", "fetches nothing"},
	{"resources:\n- plain.yaml\n- git@example.com:org/repo.git\n", ":3:3", "fetches nothing"},
	{"resources:\n- plain.yaml\n- ssh://git@example.com/org/repo\n", ":3:3", "fetches nothing"},
	{"resources:\n- plain.yaml\n- file:///etc\n", ":3:3", "fetches nothing"},
	{"resources:\n- plain.yaml\n- org/repo//path?ref=main\n", ":3:3", "fetches nothing"},
	{"Resources:\n- plain.yaml\n- https://example.com/a.yaml\n", "", "fetches nothing"}, // kustomize takes any case
	{"resources: [plain.yaml]\nbases: [https://example.com/a]\n", ":2:9", "fetches nothing"},
	{"resources: [plain.yaml]\ncomponents: [https://example.com/a]\n", ":2:14", "fetches nothing"},
	{"resources: [plain.yaml]\ncrds: [https://example.com/a]\n", ":2:8", "fetches nothing"},
	{"resources: [plain.yaml]\nconfigurations: [https://example.com/a]\n", ":2:18", "fetches nothing"},
	{"resources: [plain.yaml]\nopenapi: {path: https://example.com/a}\n", ":2:11", "fetches nothing"},
	{"resources: [plain.yaml]\ngenerators: [https://example.com/a]\n", ":2:14", "fetches nothing"},
	{"resources: [plain.yaml]\ntransformers: [https://example.com/a]\n", ":2:16", "fetches nothing"},
	{"resources: [plain.yaml]\nvalidators: [https://example.com/a]\n", ":2:14", "fetches nothing"},
	{"resources: [plain.yaml]\npatches: [{path: https://example.com/a}]\n", ":2:12", "fetches nothing"},
	{"resources: [plain.yaml]\npatchesStrategicMerge: [https://example.com/a]\n", ":2:25", "fetches nothing"},
	{"resources: [plain.yaml]\npatchesStrategicMerge: ['https://example.com/a: b']\n", ":2:25", "fetches nothing"},
	{"resources: [plain.yaml]\npatchesJson6902: [{target: {name: a}, path: https://example.com/a}]\n", ":2:39", "fetches nothing"},
	{"resources: [plain.yaml]\nreplacements: [{path: https://example.com/a}]\n", ":2:17", "fetches nothing"},
	{"resources: [plain.yaml]\nconfigMapGenerator: [{name: x, files: [https://example.com/a]}]\n", ":2:40", "fetches nothing"},
	{"resources: [plain.yaml]\nconfigMapGenerator: [{name: x, files: [k=https://example.com/a]}]\n", ":2:40", "fetches nothing"},
	{"resources: [plain.yaml]\nconfigMapGenerator: [{name: x, envs: [https://example.com/a]}]\n", ":2:39", "fetches nothing"},
	{"resources: [plain.yaml]\nsecretGenerator: [{name: x, env: https://example.com/a}]\n", ":2:29", "fetches nothing"},
	{"resources: [plain.yaml]\nhelmCharts: [{name: redis, repo: https://example.com/a}]\n", ":2:14", "runs helm"},
	{"resources: [plain.yaml]\nhelmChartInflationGenerator: [{chartName: redis}]\nhelmGlobals: {chartHome: x}\n", ":2:31", "runs helm"},
	{"resources: [plain.yaml]\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: x}\n  Path: https://example.com/a\n", ":3:3", "fetches nothing"},
	{"resources: [plain.yaml]\ngenerators:\n- |-\n  apiVersion: builtin\n  kind: HelmChartInflationGenerator\n  metadata: {name: x}\n", ":3:3", "runs none"},
	{"resources: [plain.yaml]\ntransformers:\n- |-\n  apiVersion: v1\n  kind: Exec\n  metadata:\n    name: x\n    annotations: {config.kubernetes.io/function: 'exec: {path: ./evil.sh}'}\n", ":3:3", "runs none"},
	{"resources: [plain.yaml]\nvalidators: [plugin.yaml]\n", ":2:14", "runs none"},
	{"resources: [plain.yaml, ../elsewhere/a.yaml]\n", ":1:25", "outside of the kustomization's directory"},
	{"resources: [plain.yaml, ../../elsewhere]\n", ":1:25", "leads out"},
	{"resources: [plain.yaml, /etc/passwd]\n", ":1:25", "absolute path"},
	{"resources: [plain.yaml, linked]\n", ":1:25", "leads out"},
	{"resources: [plain.yaml, linked.yaml]\n", ":1:25", "leads out"},
	{"resources: [plain.yaml, gone.yaml]\n", ":1:25", "is not there"},
	{"resources: [plain.yaml, ../elsewhere]\n", ":1:25", "holds no kustomization.yaml"},
	{"resources: [plain.yaml, ../top]\n", ":1:25", "cycle"},
	{"resources: [plain.yaml, ..]\n", ":1:25", "cycle"},
	{"resources: [plain.yaml, ../component]\n", ":1:25", "is a Component"},
	{"resources: [plain.yaml]\ncomponents: [../base]\n", ":2:14", "is no Component"},
	{"resources: [plain.yaml]\npatches:\n- path: gone.yaml\n", ":3:3", "is not there"},
	{"resources: [plain.yaml]\nconfigMapGenerator:\n- name: x\n  files: [a=linked.yaml]\n", ":4:11", "leads out"},
	{"resources: [plain.yaml, '']\n", ":1:25", "empty entry"},
}

const around = plain + `
-- ../elsewhere/a.yaml --
apiVersion: v1
-- plugin.yaml --
apiVersion: example.com/v1
kind: Plugin
metadata: {name: p}
-- ../component/kustomization.yaml --
kind: Component
namePrefix: x
-- ../base/kustomization.yaml --
namePrefix: x
`

// refusing puts a kustomization into top, with files around it and symlinks that lead out.
func refusing(t *testing.T, text string) (dir string) {
	t.Helper()
	files := txtar.Parse([]byte("-- kustomization.yaml --\n" + text + around))
	for i := range files.Files {
		files.Files[i].Name = filepath.ToSlash(filepath.Join("in/top", files.Files[i].Name))
	}
	dir = filepath.Join(write(t, files), "in")
	if err := os.MkdirAll(filepath.Join(dir, "../elsewhere"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kustomization.yaml", "a.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, "../elsewhere", name), []byte("namePrefix: stolen\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"linked": "../../elsewhere", "linked.yaml": "../../elsewhere/a.yaml"} {
		if err := os.Symlink(target, filepath.Join(dir, "top", link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestARefusedEntryIsOneLineAndTheRestIsRendered(t *testing.T) {
	for _, tc := range refusedEntries {
		p := read(t, refusing(t, tc.text), "top", DefaultLimits())
		if len(p.Problems) != 1 {
			t.Errorf("%s: %d problems: %+v", tc.text, len(p.Problems), p.Problems)
			continue
		}
		got := p.Problems[0]
		if tc.at != "" && got.Position.String() != "top/kustomization.yaml"+tc.at || !strings.Contains(got.Message, tc.message) || got.What == "" {
			t.Errorf("%s: %v: %s (%s)", tc.text, got.Position, got.Message, got.What)
		}
		in := p.Input()
		for _, f := range in.Files {
			if strings.Contains(string(f.Data), "example.com") || strings.Contains(string(f.Data), "stolen") {
				t.Errorf("%s: the child is given\n%s", tc.text, f.Data)
			}
		}
		if out := Run(in); out.Error != "" || len(out.Objects) != 1 {
			t.Errorf("%s: %d objects, %s", tc.text, len(out.Objects), out.Error)
		}
	}
}

func TestAPatchThatRewritesAPluginGetsNothingToRead(t *testing.T) {
	p := plan(t, ".", `
-- kustomization.yaml --
resources: [a.yaml]
transformers: [plugins]
-- a.yaml --
apiVersion: v1
kind: Service
metadata: {name: a}
-- plugins/kustomization.yaml --
resources: [p.yaml]
patches:
- target: {kind: PatchTransformer}
  patch: '[{"op": "replace", "path": "/path", "value": "/etc/hostname"}]'
-- plugins/p.yaml --
apiVersion: builtin
kind: PatchTransformer
metadata: {name: p}
path: a.yaml
`)
	if len(p.Problems) > 0 {
		t.Fatal(p.Problems)
	}
	if out := Run(p.Input()); !strings.Contains(out.Error, "/etc/hostname") || len(out.Objects) > 0 {
		t.Errorf("%d objects, %q", len(out.Objects), out.Error)
	}
}

func TestBrokenKustomizationsAreToldAtTheirLine(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"resources: [\n", "kustomization.yaml:1:1: there is no value"},
		{"resources: []\nresorces: [a]\n", `kustomization.yaml:2:1: kustomize knows no field "resorces"`},
		{"resources: a.yaml\n", "kustomization.yaml:1:1: resources is not what kustomize expects there"},
		{"apiVersion: kustomize.config.k8s.io/v2\nkind: Kustomization\n", "kustomization.yaml:1:1: apiVersion for Kustomization should be"},
		{"# nothing\n", "kustomization.yaml:1:1: an empty kustomization"},
		{"apiVersion: apps/v1\nkind: Deployment\n", "kustomization.yaml:1:1: not a kustomization"},
	} {
		p := plan(t, ".", "-- kustomization.yaml --\n"+tc.text)
		if len(p.Problems) != 1 || len(p.Input().Files) > 0 {
			t.Errorf("%q: %+v", tc.text, p.Problems)
			continue
		}
		if got := p.Problems[0]; !strings.HasPrefix(got.Position.String()+": "+got.Message, tc.want) {
			t.Errorf("%q: %v: %s, want %s", tc.text, got.Position, got.Message, tc.want)
		}
	}
}

func TestABrokenResourceIsToldWhereItIsBroken(t *testing.T) {
	p := plan(t, ".", "-- kustomization.yaml --\nresources: [plain.yaml, b.yaml]\n-- b.yaml --\na: b\n  c: d\n"+plain)
	if len(p.Diagnostics) != 1 || p.Diagnostics[0].Position.String() != "b.yaml:2:3" {
		t.Errorf("%v", p.Diagnostics)
	}
	if out := Run(p.Input()); len(out.Objects) != 1 {
		t.Errorf("%+v", out)
	}
}

// fan is levels kustomizations, each of which includes the next one twice.
func fan(levels int) string {
	var b strings.Builder
	for i := range levels {
		fmt.Fprintf(&b, "-- k%d/kustomization.yaml --\nresources: [../a%d, ../b%d]\n", i, i, i)
		for _, side := range []string{"a", "b"} {
			fmt.Fprintf(&b, "-- %s%d/kustomization.yaml --\nnamePrefix: %s\nresources: [../k%d]\n", side, i, side, i+1)
		}
	}
	fmt.Fprintf(&b, "-- k%d/kustomization.yaml --\nresources: [plain.yaml]\n-- k%d/plain.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n", levels, levels)
	return b.String()
}

func TestWhatMultipliesIsRefusedEarly(t *testing.T) {
	small := Limits{Kustomizations: 100, Depth: 8, Bytes: 1 << 20, Objects: 10}
	many := "-- kustomization.yaml --\nresources: [a.yaml]\n-- a.yaml --\n" + strings.Repeat("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n", 11)
	deep := ""
	for i := range 20 {
		deep += fmt.Sprintf("-- k%d/kustomization.yaml --\nresources: [../k%d]\n", i, i+1)
	}
	big := "-- kustomization.yaml --\nconfigMapGenerator: [{name: x, files: [a]}]\n-- a --\n" + strings.Repeat("x", 2<<20) + "\n"
	for _, tc := range []struct {
		files, dir, want string
		limits           Limits
	}{
		{fan(10), "k0", "more than 1000 kustomizations", DefaultLimits()},
		{many, ".", "more than 10 objects", small},
		{deep, "k0", "more than 8 levels deep", small},
		{big, ".", "more than 1 MiB", small},
	} {
		p := read(t, write(t, txtar.Parse([]byte(tc.files))), tc.dir, tc.limits)
		if len(p.Problems) != 1 || !strings.Contains(p.Problems[0].Message, tc.want) || p.Problems[0].Position.Line == 0 || len(p.Input().Files) > 0 {
			t.Errorf("want %s: %+v", tc.want, p.Problems)
		}
	}
	p := plan(t, "k0", fan(3))
	if out := Run(p.Input()); len(out.Objects) != 8 || len(p.Problems) > 0 {
		t.Errorf("three levels: %d objects, %v, %v", len(out.Objects), out.Error, p.Problems)
	}
}

func TestWhatIsMissingConcernsTheNamespaceOfTheOutermostKustomization(t *testing.T) {
	p := plan(t, "o", "-- o/kustomization.yaml --\nnamespace: east\nresources: [../b]\n-- b/kustomization.yaml --\nnamespace: inner\nresources: [https://example.com/x, gone.yaml]\ntransformers: [https://example.com/t]\n")
	if len(p.Problems) != 3 {
		t.Fatalf("%+v", p.Problems)
	}
	for _, problem := range p.Problems[:2] {
		if !slices.Equal(problem.Namespaces, []string{"east"}) {
			t.Errorf("%s: %v", problem.What, problem.Namespaces)
		}
	}
	if p.Problems[0].Help != "kustomize localize o" {
		t.Errorf("help: %s", p.Problems[0].Help)
	}
}

func TestTheProblemsOfABaseAreToldOnceHoweverOftenItIsIncluded(t *testing.T) {
	p := plan(t, "o", "-- o/kustomization.yaml --\nresources: [a, b]\n-- o/a/kustomization.yaml --\nnamespace: a\nresources: [../../base]\n"+
		"-- o/b/kustomization.yaml --\nnamespace: b\nresources: [../../base]\n-- base/kustomization.yaml --\nresources: [https://example.com/x]\n")
	if len(p.Problems) != 1 || !slices.Equal(p.Problems[0].Namespaces, []string{"a", "b"}) {
		t.Errorf("%+v", p.Problems)
	}
}

func TestOwnedAreAllFilesThatAreReferredTo(t *testing.T) {
	p := read(t, write(t, archive(t, "levels")), tops["levels"], DefaultLimits())
	want := "base/cart.env base/cart.yaml base/kustomization.yaml base/mesh.yaml base/policy.yaml " +
		"components/outlier/kustomization.yaml components/outlier/outlier.yaml middle/host.json middle/kustomization.yaml " +
		"overlays/east/extra.yaml overlays/east/kustomization.yaml overlays/east/patch.yaml"
	if got := strings.Join(p.Owned, " "); got != want {
		t.Errorf("owned %s", got)
	}
}

func TestAFailureIsToldAtTheKustomizationItIsAbout(t *testing.T) {
	p := plan(t, "o", "-- o/kustomization.yaml --\nresources: [../b]\n-- b/kustomization.yaml --\nresources: [a.yaml]\npatches: [{path: p.yaml}]\n"+
		"-- b/a.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n-- b/p.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: other}\n")
	out := Run(p.Input())
	if out.Error == "" {
		t.Fatal("it renders")
	}
	got := p.Failure(out.Error)
	if got.Position.File != "b/kustomization.yaml" || strings.Contains(got.Message, "/k/") || !strings.Contains(got.Message, "other") {
		t.Errorf("%v: %s", got.Position, got.Message)
	}
}

func TestABaseBehindASymlinkIsTheDirectoryItLeadsTo(t *testing.T) {
	dir := write(t, txtar.Parse([]byte("-- o/kustomization.yaml --\nresources: [linked]\n-- b/real/kustomization.yaml --\nresources: [../next, link.yaml]\n"+
		"-- b/real/real.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n-- b/next/kustomization.yaml --\nnamePrefix: x\n")))
	for link, target := range map[string]string{"o/linked": "../b/real", "b/real/link.yaml": "real.yaml"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	docs := rendered(t, read(t, dir, "o", DefaultLimits()))
	if p := find(t, docs, "Service", "a").Locate("/kind"); p.String() != "b/real/real.yaml:2:1" {
		t.Errorf("at %v", p)
	}
}

func TestIsRemote(t *testing.T) {
	for entry, want := range map[string]bool{
		"../base": false, "a.yaml": false, "conf/logo@2x.png": false, "logo@2x.png": false, "dir/github.com/x": false, "k=v": false,
		"a//b": false, "c:\\x": false, "https://x": true, "Https://x": true, "git::x": true, "x@host:a/b": true,
		"oci://x/y": true, "github.com/a/b": true, "a/b?ref=c": true,
		"\thttps://x": true,
	} {
		if got := IsRemote(entry); got != want {
			t.Errorf("%q: %v", entry, got)
		}
	}
}
