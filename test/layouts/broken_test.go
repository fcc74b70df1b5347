package layouts

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// right is a layout that holds; each case of the test below breaks it in one place.
const right = `about: one cluster
init:
  apiVersion: passmuster.dev/v1
  meshes: [{name: m, kind: istio, version: 1.26.1, clusters: [east]}]
  clusters: [{name: east, sources: [{path: east}, {kustomize: app}]}]
free: ["meshes[*].name"]
evidence:
  - {for: "clusters[east]", at: east}
  - {for: "meshes[m].version", at: "east/mesh.yaml:2", has: 1.26.1}
scan: {duplicates: 0, siblings: false}
`

func TestWhatIsWrongIsFound(t *testing.T) {
	for _, tc := range []struct{ name, old, with, want string }{
		{"nothing", "", "", ""},
		{"unknown key", "about:", "abuot:", "field abuot not found"},
		{"no verdict on a scan", "siblings: false", "", "scan.siblings is missing"},
		{"config that muster refuses", "kind: istio", "kind: nginx", "nginx"},
		{"objectives", "  clusters: [{", "  objectives: [{survive: [zone]}]\n  clusters: [{", "no objectives"},
		{"cluster without mesh", ", clusters: [east]}]", "}, {name: n, kind: istio, clusters: [east]}]", "clusters is missing"},
		{"cluster in two meshes", "clusters: [east]}]", "clusters: [east]}, {name: n, kind: istio, clusters: [east]}]", "east: in 2 meshes"},
		{"source that is not there", "path: east", "path: west", "no west in the tree"},
		{"source outside of the tree", "path: east", "path: ../tree/east", "no ../tree/east in the tree"},
		{"kustomization as plain path", "kustomize: app", "path: app", "app: not the kind"},
		{"plain path as chart", "{path: east}", "{helm: east}", "east: not the kind"},
		{"evidence for nothing", `for: "clusters[east]"`, `for: "clusters[west]"`, "clusters[west]: the config has no such thing"},
		{"evidence in no file", "at: east}", "at: north}", "north: not in the tree"},
		{"evidence in another line", "mesh.yaml:2", "mesh.yaml:1", "east/mesh.yaml:1: want"},
		{"evidence beyond the end", "mesh.yaml:2", "mesh.yaml:9", "east/mesh.yaml:9: want"},
		{"value without evidence", `  - {for: "meshes[m].version"`, `  - {for: "meshes[m].kind"`, "meshes[m].version: no evidence"},
		{"optional that is not there", "free:", "optional: [\"clusters[east].region\"]\nfree:", "clusters[east].region: the config has no such thing"},
		{"free key of nothing", "meshes[*].name", "clusters[west].region", "clusters[west].region: the config has no such thing"},
		{"free key that the config has not", "meshes[*].name", "clusters[east].region", ""},
		{"selector", "meshes[*].name", "meshes[*.name", "is no selector"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if !strings.Contains(right, tc.old) {
				t.Fatalf("%q is not in the layout", tc.old)
			}
			dir := t.TempDir()
			write(t, dir, "want.yaml", strings.Replace(right, tc.old, tc.with, 1))
			for _, file := range []string{"tree/README.md", "tree/east/a.yaml", "tree/east/b.yaml", "tree/app/kustomization.yaml"} {
				write(t, dir, file, "")
			}
			write(t, dir, "tree/east/mesh.yaml", "spec:\n  tag: 1.26.1\n")
			got := problems(dir)
			if tc.want == "" && len(got) > 0 || tc.want != "" && !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, tc.want) }) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func write(t *testing.T, dir, file, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
