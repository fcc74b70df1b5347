package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// shifted is a rendering whose line n stands in line 100+n of a.yaml.
type shifted struct{}

func (shifted) Locate(_ string, at mesh.Position) mesh.Position {
	at.File = "a.yaml"
	at.Line += 100
	return at
}

func TestRenderedObjectsStandInTheFilesTheyWereRenderedFrom(t *testing.T) {
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  mesh: |\n    a: 1\n    b:\n      c: 2\n---\n" +
		"# comment\nkind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: two}\n---\nfoo: bar\n---\na: [\n"
	docs, ignored, diags := Rendered([]byte(text), shifted{}, Options{})
	if len(docs) != 2 || len(ignored) != 1 || len(diags) != 1 {
		t.Fatalf("%d documents, %v, %v", len(docs), ignored, diags)
	}
	for i, want := range []struct {
		name, file string
		line       int
	}{{"one", "a.yaml", 101}, {"two", "a.yaml", 115}} {
		if d := docs[i]; d.Name != want.name || d.File != want.file || d.Line != want.line || !d.IsRendered() {
			t.Errorf("document %d: %s at %s:%d, want %+v", i, d.Name, d.File, d.Line, want)
		}
	}
	if p := docs[0].Locate("/metadata/name"); p.String() != "a.yaml:104:3" || p.Path != "/metadata/name" {
		t.Errorf("name at %+v", p)
	}
	if p := docs[1].Locate("/metadata/name"); p.String() != "a.yaml:117:14" {
		t.Errorf("name of the item at %v", p)
	}
	embedded := Embedded(docs[0], "/data/mesh", "a: 1\nb:\n  c: 2\n")
	if p := embedded.Locate("/b/c"); p.String() != "a.yaml:109:7" || p.Path != "/data/mesh#/b/c" {
		t.Errorf("embedded value at %+v", p)
	}
	if ignored[0].File != "a.yaml" || ignored[0].Line != 119 {
		t.Errorf("ignored at %+v", ignored[0])
	}
	if diags[0].Position.File != "a.yaml" || diags[0].Position.Line != 121 {
		t.Errorf("diagnostic at %v", diags[0].Position)
	}
	if raw, line := docs[0].Raw(); line != 0 || !strings.Contains(string(raw), "name: one") {
		t.Errorf("raw text %q in line %d", raw, line)
	}
}

func TestParseAnyReadsWhatIsNoManifest(t *testing.T) {
	docs, diags := ParseAny("kustomization.yaml", []byte("resources:\n- a.yaml\n---\n- op: add\n  path: /x\n---\nkind: List\nitems: []\n---\n{{ x }}: y\n"), Options{})
	if len(docs) != 3 || len(diags) != 1 || diags[0].Position.Line != 10 {
		t.Fatalf("%d documents, %v", len(docs), diags)
	}
	if p := docs[0].Locate("/resources/0"); p.String() != "kustomization.yaml:2:3" {
		t.Errorf("resource at %v", p)
	}
	if p := docs[1].Locate("/0/path"); p.String() != "kustomization.yaml:5:3" {
		t.Errorf("path at %v", p)
	}
	if docs, diags := ParseAny("a", []byte("a: 1\n"), Options{Limits: Limits{FileBytes: 2}}); len(docs) != 0 || len(diags) != 1 {
		t.Errorf("beyond the limit: %d documents, %v", len(docs), diags)
	}
}

func TestFileBelowDoesNotLeaveItsDirectory(t *testing.T) {
	dir := t.TempDir()
	inside := filepath.Join(dir, "in")
	for name, text := range map[string]string{filepath.Join(dir, "secret"): "no", filepath.Join(inside, "a"): "yes"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("../secret", filepath.Join(inside, "link")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "yes", "../secret": "", "link": "", "gone": ""} {
		data, diag := FileBelow(inside, name, "shown/"+name).Read(t.Context(), Limits{})
		if string(data) != want || (diag == nil) != (want != "") {
			t.Errorf("%s: %q, %v", name, data, diag)
		}
		if diag != nil && diag.Position.File != "shown/"+name {
			t.Errorf("%s: reported at %v", name, diag.Position)
		}
	}
}
