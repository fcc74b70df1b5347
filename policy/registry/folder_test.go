package registry

import (
	"os"
	"path/filepath"
	"testing"
)

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherArtifactIsReplacedByForceOnly(t *testing.T) {
	s, o, root := start(t)
	one, two := s.Push("v1", rego("a.rego", "A_1")), s.Push("v2", rego("b.rego", "B_1"))
	pulled(t, o, s.Repository()+":v1")
	refused(t, o, s.Repository()+":v2", root, "holds another artifact ("+one+"); --force", true)
	same(t, loaded(t, o.Dir), "a.rego")
	o.Force = true
	if a := pulled(t, o, s.Repository()+":v2"); a.Digest != two {
		t.Error(a)
	}
	same(t, loaded(t, o.Dir), "b.rego")
}

// What is no image layout is never replaced, not even by force.
func TestFoldersOfOthersStay(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	o.Force = true
	put(t, filepath.Join(o.Dir, "oci-layout"), "{}")
	put(t, filepath.Join(o.Dir, "notes.md"), "mine")
	refused(t, o, s.Repository()+":v1", root, `holds "notes.md"`, true)
	put(t, filepath.Join(root, "file"), "mine")
	o.Dir = filepath.Join(root, "file")
	refused(t, o, s.Repository()+":v1", root, "is no folder", true)
	elsewhere := t.TempDir()
	o.Dir = filepath.Join(root, "link")
	if err := os.Symlink(elsewhere, o.Dir); err != nil {
		t.Fatal(err)
	}
	refused(t, o, s.Repository()+":v1", root, "is no folder", true)
	same(t, files(t, elsewhere), ".")
	t.Chdir(root)
	for _, dir := range []string{".", "..", "/", root} {
		o.Dir = dir
		refused(t, o, s.Repository()+":v1", root, "holds the working directory", true)
	}
	if asked := s.Asked(); len(asked) > 0 {
		t.Errorf("the registry was asked: %q", asked)
	}
}

func TestDamageIsRepaired(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	pulled(t, o, s.Repository()+":v1")
	whole := files(t, root)
	if err := os.RemoveAll(filepath.Join(o.Dir, "blobs")); err != nil {
		t.Fatal(err)
	}
	pulled(t, o, s.Repository()+":v1")
	same(t, files(t, root), whole...)

	put(t, filepath.Join(o.Dir, "index.json"), "{")
	refused(t, o, s.Repository()+":v1", root, "another artifact", true)
	o.Dir = filepath.Join(root, "empty")
	if err := os.Mkdir(o.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	pulled(t, o, s.Repository()+":v1")
	same(t, loaded(t, o.Dir), "a.rego")
}

func TestReferences(t *testing.T) {
	digest := "sha256:" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for text, want := range map[string]string{
		"oci://ghcr.io/acme/mesh":                 "ghcr.io/acme/mesh:latest",
		"oci://ghcr.io/acme/mesh:v3":              "ghcr.io/acme/mesh:v3",
		"oci://localhost:5000/mesh@" + digest:     "localhost:5000/mesh@" + digest,
		"oci://[::1]:5000/mesh:v3@" + digest:      "[::1]:5000/mesh@" + digest,
		"ghcr.io/acme/mesh":                       "",
		"https://ghcr.io/acme/mesh":               "",
		"oci://mesh":                              "",
		"oci://user:word@ghcr.io/mesh":            "",
		"oci://ghcr.io/../mesh":                   "",
		"oci://ghcr.io/mesh/..":                   "",
		"oci://ghcr.io/mesh:a b":                  "",
		"oci://ghcr.io/mesh@sha256:1":             "",
		"oci://ghcr.io/mesh@md5:0123456789abcdef": "",
		"oci://ghcr.io/mesh:v3@latest":            "",
		"oci://ghcr.io/mesh?x=1":                  "",
	} {
		ref, err := Parse(text)
		got := ""
		if err == nil {
			got = ref.String()
			if ref.Name() != "mesh" {
				t.Errorf("%s: its name is %q", text, ref.Name())
			}
		}
		if got != want {
			t.Errorf("%s is %q (%v), want %q", text, got, err, want)
		}
	}
}
