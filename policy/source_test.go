package policy

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// bundle packs files; a text that begins with "->" becomes a link.
func bundle(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for name, text := range files {
		h := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg}
		if to, ok := strings.CutPrefix(text, "->"); ok {
			h.Typeflag, h.Linkname, h.Size, text = tar.TypeSymlink, to, 0, ""
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func loaded(t *testing.T, root, path string) (files []string, problems string) {
	t.Helper()
	sources, wrong, err := Load(path)
	if err != nil {
		return nil, strings.ReplaceAll(err.Error(), filepath.ToSlash(root)+"/", "")
	}
	for _, s := range sources {
		files = append(files, strings.TrimPrefix(s.File, filepath.ToSlash(root)+"/"))
	}
	for _, p := range wrong {
		problems += strings.ReplaceAll(p.Error(), filepath.ToSlash(root)+"/", "") + "\n"
	}
	return files, problems
}

func TestAFolderIsReadAndNothingBesideIt(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "p/a.rego"), "package a")
	write(t, filepath.Join(root, "p/deep/b.rego"), "package b")
	write(t, filepath.Join(root, "p/deep/b_test.rego"), "package b_test")
	write(t, filepath.Join(root, "p/.git/c.rego"), "package c")
	write(t, filepath.Join(root, "p/testdata/d.rego"), "package d")
	write(t, filepath.Join(root, "p/notes.md"), "x")
	write(t, filepath.Join(root, "p/large.rego"), strings.Repeat("#", maxFile+1))
	write(t, filepath.Join(root, "secret.rego"), "package secret")
	for link, to := range map[string]string{"out.rego": "../secret.rego", "in.rego": "a.rego", "absolute.rego": filepath.Join(root, "secret.rego")} {
		if err := os.Symlink(to, filepath.Join(root, "p", link)); err != nil {
			t.Fatal(err)
		}
	}
	files, problems := loaded(t, root, filepath.Join(root, "p"))
	equal(t, "files", files, []string{"p/a.rego", "p/deep/b.rego", "p/deep/b_test.rego", "p/in.rego"})
	for _, want := range []string{"p/out.rego: it cannot be read: path escapes", "p/absolute.rego: it cannot be read: path escapes", "p/large.rego: it is larger than"} {
		if !strings.Contains(problems, want) {
			t.Errorf("%q, want %q", problems, want)
		}
	}
	if _, problems := loaded(t, root, filepath.Join(root, "nothing")); !strings.Contains(problems, "no such file") {
		t.Error(problems)
	}
}

func TestBundles(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "b.tar.gz")
	write(t, path, bundle(t, map[string]string{"/p/a.rego": "package a", "p/b.rego": "package b", "./c.rego": "package c",
		"../d.rego": "package d", "e.rego": "->/etc/passwd", "data.json": "{}"}))
	files, problems := loaded(t, root, path)
	equal(t, "files", files, []string{"b.tar.gz/c.rego", "b.tar.gz/p/b.rego"})
	for _, want := range []string{`the path "/p/a.rego" leads out`, `the path "../d.rego" leads out`, "b.tar.gz/e.rego: it is a link"} {
		if !strings.Contains(problems, want) {
			t.Errorf("%q, want %q", problems, want)
		}
	}
	write(t, path, "no archive")
	if _, problems := loaded(t, root, path); !strings.Contains(problems, "b.tar.gz: ") {
		t.Error(problems)
	}
	write(t, path, bundle(t, map[string]string{"bomb": strings.Repeat("\x00", maxArchive+1)}))
	if _, problems := loaded(t, root, path); !strings.Contains(problems, "unpacks to more than") {
		t.Error(problems)
	}
}

func TestImageLayouts(t *testing.T) {
	root := t.TempDir()
	put := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		write(t, filepath.Join(root, "l/blobs/sha256", hex.EncodeToString(sum[:])), text)
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	layer := func(kind, text, title string) map[string]any {
		return map[string]any{"mediaType": kind, "digest": put(text), "annotations": map[string]string{"org.opencontainers.image.title": title}}
	}
	manifest, err := json.Marshal(map[string]any{"layers": []any{
		layer("application/vnd.oci.image.layer.v1.tar+gzip", bundle(t, map[string]string{"a.rego": "package a"}), ""),
		layer("application/vnd.cncf.openpolicyagent.policy.layer.v1+rego", "package b", "b.rego"),
		layer("application/vnd.cncf.openpolicyagent.data.layer.v1+json", "{}", "data.json"),
		layer("application/vnd.oci.image.layer.v1.tar", bundle(t, map[string]string{"c.rego": "package c"}), "c.tar.gz"),
		layer("application/vnd.oci.image.layer.v1.tar", "package d", "d.rego"),
		layer("application/vnd.oci.image.layer.v1.tar", "no archive", "notes"),
		layer("application/vnd.oci.image.layer.v1.tar", "package e", `..\e.rego`),
	}})
	if err != nil {
		t.Fatal(err)
	}
	digest := put(string(manifest))
	write(t, filepath.Join(root, "l/oci-layout"), `{"imageLayoutVersion": "1.0.0"}`)
	write(t, filepath.Join(root, "l/index.json"), `{"manifests": [{"digest": "`+digest+`"}]}`)
	files, problems := loaded(t, root, filepath.Join(root, "l"))
	sum := sha256.Sum256([]byte("package e"))
	want := []string{"l/" + hex.EncodeToString(sum[:])[:12] + ".rego", "l/a.rego", "l/b.rego", "l/c.rego", "l/d.rego"}
	slices.Sort(want)
	equal(t, "files", files, want)
	if problems != "" {
		t.Error(problems)
	}
	write(t, filepath.Join(root, "own.rego"), "package own")
	files, _ = loaded(t, root, root)
	equal(t, "files of the folder around it", files, append(want, "own.rego"))
	write(t, filepath.Join(root, "l/blobs/sha256", strings.TrimPrefix(digest, "sha256:")), string(manifest)+" ")
	if _, problems := loaded(t, root, root); !strings.Contains(problems, "does not have the digest") {
		t.Error(problems)
	}
	if _, problems := loaded(t, root, filepath.Join(root, "l")); !strings.Contains(problems, "does not have the digest") {
		t.Error(problems)
	}
	write(t, filepath.Join(root, "l/index.json"), `{"manifests": [{"digest": "sha256:../../../etc/passwd"}]}`)
	if _, problems := loaded(t, root, filepath.Join(root, "l")); !strings.Contains(problems, "is no digest") {
		t.Error(problems)
	}
}

// What is named many times is read many times: the limits are those of the whole path.
func TestLimitsOfImageLayouts(t *testing.T) {
	root := t.TempDir()
	put := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		write(t, filepath.Join(root, "blobs/sha256", hex.EncodeToString(sum[:])), text)
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	manifest := func(n int, text string) string {
		layer := `{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": "` + put(text) + `"}`
		return put(`{"layers": [` + strings.TrimSuffix(strings.Repeat(layer+",", n), ",") + `]}`)
	}
	write(t, filepath.Join(root, "oci-layout"), `{}`)
	half := bundle(t, map[string]string{"notes": strings.Repeat("x", maxArchive/2-4096)})
	for _, tc := range []struct {
		digest, want string
	}{
		{manifest(2, half), ""},
		{manifest(3, half), "unpacks to more than"},
		// The limit is reached where an entry ends, and another one follows.
		{manifest(1, bundle(t, map[string]string{"notes": strings.Repeat("x", maxArchive-512)})), "unpacks to more than"},
		{manifest(3, bundle(t, nil)+strings.Repeat("x", MaxBlobs/2)), "the blobs are larger than"},
	} {
		write(t, filepath.Join(root, "index.json"), `{"manifests": [{"digest": "`+tc.digest+`"}]}`)
		if _, problems := loaded(t, root, root); !strings.Contains(problems, tc.want) || tc.want == "" && problems != "" {
			t.Errorf("%q, want %q", problems, tc.want)
		}
	}
}
