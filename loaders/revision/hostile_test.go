package revision

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

func TestTreesThatGitWouldNotCheckOut(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	b := r.object("blob", []byte("evil"))
	sub := r.tree(item{"100644", "config", b})
	deep := sub
	for range mostDepth {
		deep = r.tree(item{"40000", "d", deep})
	}
	long := strings.Repeat("l", 250)
	far := r.tree(item{"100644", "a.yaml", b})
	for range 17 {
		far = r.tree(item{"40000", long, far})
	}
	for name, items := range map[string][]item{
		"up":                      {{"100644", "..", b}},
		"up as a folder":          {{"40000", "..", sub}},
		"here":                    {{"40000", ".", sub}},
		"absolute":                {{"100644", "/etc/muster", b}},
		"a slash":                 {{"100644", "a/../../b", b}},
		"nothing":                 {{"100644", "", b}},
		".git":                    {{"40000", ".git", sub}},
		".git as a file":          {{"100644", ".git", b}},
		".git as a symlink":       {{"120000", ".git", b}},
		".git as a submodule":     {{"160000", ".git", strings.Repeat("1", 40)}},
		".git below":              {{"40000", "a", r.tree(item{"40000", ".git", sub})}},
		".GIT":                    {{"40000", ".GIT", sub}},
		"git~1":                   {{"40000", "git~1", sub}},
		"GIT~1 and a dot":         {{"40000", "GIT~1.", sub}},
		".git and dots":           {{"40000", ".git. .", sub}},
		".git and a stream":       {{"40000", ".git::$INDEX_ALLOCATION", sub}},
		".git with what HFS+ has": {{"40000", ".g\u200cit", sub}},
		"a file twice":            {{"100644", "a", b}, {"100644", "a", b}},
		"a file that is a folder": {{"100644", "a", b}, {"40000", "a", sub}},
		"a link that is a folder": {{"120000", "a", r.object("blob", []byte("/etc"))}, {"40000", "a", sub}},
		"a folder twice":          {{"40000", "a", sub}, {"40000", "a", sub}},
		"a long name":             {{"100644", strings.Repeat("n", 4096), b}},
		"a name of 256 bytes":     {{"100644", strings.Repeat("n", 256), b}},
		"a name without end":      {{"100644", strings.Repeat("n", 100_000), b}},
		"too deep":                {{"40000", "d", deep}},
		"a long path":             {{"40000", "d", far}},
		"a NUL":                   {{"100644", "a\x00b", b}},
		"an unknown mode":         {{"100600", "a", b}},
	} {
		id := r.commitTree(r.tree(items...))
		tree, temp, err := open(t, r.dir, id, Options{})
		switch {
		case name == "a NUL" || name == "nothing" || name == "an unknown mode":
			// git itself may refuse these, or take the last one for a file.
			if err == nil && (name != "an unknown mode" || !slices.Equal(names(t, tree.Top), []string{".git=", "a=evil"})) {
				t.Errorf("%s: %q", name, names(t, temp))
			}
		case err == nil || !strings.Contains(err.Error(), "take it out of the revision") && !strings.Contains(err.Error(), "no system has such files"):
			t.Errorf("%s: %v, %q", name, err, names(t, temp))
		}
	}
	if _, err := os.Lstat("/etc/muster"); err == nil {
		t.Error("/etc/muster was written")
	}
}

func TestUnusualNamesAreKept(t *testing.T) {
	r := newRepo(t)
	b := r.object("blob", []byte("x"))
	unusual := []string{" ", "-rf", "...", ".gitignore", ".gita", "C:", "NUL", "a\\b", "a\nb", "a\tb", "a\x1b[2Jb", "dot.", "git~2", "q\"uote", strings.Repeat("n", 255), "caf\xe9", "café", "x:y"}
	slices.Sort(unusual)
	var items []item
	want := []string{".git="}
	for _, name := range unusual {
		items = append(items, item{"100644", name, b})
		want = append(want, name+"=x")
	}
	tree := mustOpen(t, r.dir, r.commitTree(r.tree(items...)), Options{})
	slices.Sort(want)
	got := names(t, tree.Top)
	slices.Sort(got)
	expect(t, "files", got, want...)
	for _, name := range unusual {
		if id, ok := tree.Blob(name); !ok || string(id) != b {
			t.Errorf("%q is %s", name, id)
		}
	}
}

func TestSymlinks(t *testing.T) {
	r := newRepo(t)
	outside := filepath.Join(t.TempDir(), "secret.yaml")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(target string) string { return r.object("blob", []byte(target)) }
	b := r.object("blob", []byte("x"))
	dir := r.tree(item{"100644", "a.yaml", b}, item{"120000", "b.yaml", link("../root.yaml")}, item{"120000", "out.yaml", link("../../" + filepath.Base(outside))})
	id := r.commitTree(r.tree(
		item{"120000", "absolute.yaml", link(outside)},
		item{"120000", "chain.yaml", link("chain2.yaml")},
		item{"120000", "chain2.yaml", link("dir/a.yaml")},
		item{"40000", "dir", dir},
		item{"120000", "empty.yaml", link("")},
		item{"120000", "folder", link("dir")},
		item{"120000", "git.yaml", link(".git/config")},
		item{"120000", "hidden.yaml", link("folder/../../" + filepath.Base(outside))},
		item{"120000", "loop.yaml", link("loop.yaml")},
		item{"120000", "long.yaml", link(strings.Repeat("x/", 3000))},
		item{"120000", "nothing.yaml", link("nowhere.yaml")},
		item{"120000", "nul.yaml", link("a\x00b")},
		item{"100644", "root.yaml", b},
		item{"120000", "self", link(".")},
		item{"120000", "up", link("..")},
		item{"120000", "via.yaml", link("up/" + filepath.Base(outside))},
	))
	tree, temp, err := open(t, r.dir, id, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// What a link would reach if it led out of the tree.
	if err := os.WriteFile(filepath.Join(temp, filepath.Base(outside)), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, "outside", tree.Outside, "absolute.yaml", "dir/out.yaml", "empty.yaml", "hidden.yaml", "long.yaml", "nul.yaml", "up", "via.yaml")
	nowhere := ".git/leads-out-of-the-repository"
	for name, want := range map[string]string{"folder": "dir", "dir/b.yaml": "../root.yaml", "nothing.yaml": "nowhere.yaml", "up": nowhere, "dir/out.yaml": "../" + nowhere} {
		if got, err := os.Readlink(filepath.Join(tree.Top, name)); err != nil || got != want {
			t.Errorf("%s -> %s, want %s (%v)", name, got, want, err)
		}
	}
	// The loaders tell of the links that cannot be followed, and read no more than the tree.
	for _, e := range append([]string{"chain.yaml", "dir/b.yaml", "root.yaml"}, tree.Outside...) {
		content, err := os.ReadFile(filepath.Join(tree.Top, e))
		if out := slices.Contains(tree.Outside, e); out != (err != nil) || string(content) == "secret" {
			t.Errorf("%s: %q, %v", e, content, err)
		}
	}
	found, diags, err := source.Find(t.Context(), []source.Input{{Path: "."}}, source.Options{Root: tree.Dir}, ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var read, told []string
	for _, f := range found {
		content, diag := f.Read(t.Context(), source.Limits{})
		if diag != nil || string(content) != "x" {
			t.Errorf("%s: %q, %v", f.Path, content, diag)
		}
		read = append(read, f.Path)
	}
	for _, d := range diags {
		told = append(told, d.Position.File)
	}
	expect(t, "read", read, "dir/a.yaml", "root.yaml")
	expect(t, "told", told, "absolute.yaml", "dir/out.yaml", "empty.yaml", "git.yaml", "hidden.yaml", "long.yaml", "loop.yaml", "nothing.yaml", "nul.yaml", "via.yaml")
}

func TestWant(t *testing.T) {
	r := newRepo(t)
	r.write("d/target.txt", "linked")
	if err := os.Symlink("../d/target.txt", filepath.Join(r.dir, "d", "link.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("d", filepath.Join(r.dir, "folder")); err != nil {
		t.Fatal(err)
	}
	r.commit("a.yaml", "1", "b.png", "2", "pictures/c.png", "3")
	tree := mustOpen(t, r.dir, "HEAD", Options{Want: func(name string) bool { return strings.HasSuffix(name, ".yaml") }})
	expect(t, "files", names(t, tree.Top), ".git=", "a.yaml=1", "d/", "d/link.yaml->../d/target.txt", "d/target.txt=linked", "folder->d", "pictures/")
	if _, ok := tree.Blob("pictures/c.png"); !ok {
		t.Error("an unwanted file has an id all the same")
	}
}

func TestPointersOfLFS(t *testing.T) {
	r := newRepo(t)
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
	r.commit("z/plan.json", pointer, "a.yaml", pointer, "b.yaml", "# version https://git-lfs.github.com/spec/v1\n", "c.yaml", pointer+strings.Repeat("x", 1024))
	expect(t, "pointers", mustOpen(t, r.dir, "HEAD", Options{}).Pointers, "a.yaml", "z/plan.json")
}

func TestLimits(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", strings.Repeat("a", 100), "b/b.yaml", strings.Repeat("b", 100), "c.yaml", strings.Repeat("a", 100))
	fails(t, r.dir, "HEAD", Options{Entries: 3}, ErrTooLarge, "more than 3 files and folders")
	mustOpen(t, r.dir, "HEAD", Options{Entries: 4})
	fails(t, r.dir, "HEAD", Options{Bytes: 299}, ErrTooLarge, "larger than 299 bytes")
	mustOpen(t, r.dir, "HEAD", Options{Bytes: 300})
	mustOpen(t, r.dir, "HEAD", Options{Bytes: 100, Want: func(name string) bool { return name == "c.yaml" }})
	// A file that is too large for everybody does not count: it is a hole, of which a loader says what it says of the file.
	tree := mustOpen(t, r.dir, "HEAD", Options{Bytes: 1, FileBytes: 99})
	for _, dir := range []string{tree.Dir, r.dir} {
		res, err := source.Load(t.Context(), []source.Input{{Path: "c.yaml"}}, source.Options{Root: dir, Limits: source.Limits{FileBytes: 99}})
		if err != nil || len(res.Diagnostics) != 1 || res.Diagnostics[0].Error() != "c.yaml:1:1: larger than 99 bytes; it is not read. Split it into several files" {
			t.Errorf("%s: %v, %v", dir, res, err)
		}
	}
	if l := source.DefaultLimits(); int64(l.FileBytes) > Options.orDefault(Options{}).FileBytes {
		t.Error("loaders read larger files than revisions have")
	}
}

// A few hundred bytes are a tree of ten billion files, or of as many folders without any.
func TestTreesThatAreLargerThanTheirObjects(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	for _, leaf := range []string{r.tree(item{"100644", "a.yaml", r.object("blob", []byte("x"))}), r.tree()} {
		bomb := leaf
		for range 10 {
			var items []item
			for i := range 10 {
				items = append(items, item{"40000", fmt.Sprint(i), bomb})
			}
			bomb = r.tree(items...)
		}
		fails(t, r.dir, r.commitTree(bomb), Options{Entries: 20_000}, ErrTooLarge)
	}
}

func TestChanged(t *testing.T) {
	r := newRepo(t)
	r.commit("same.yaml", "1", "edited.yaml", "1", "renamed.yaml", "a text", "gone/a.yaml", "1", "kind", "target")
	r.git("mv", "renamed.yaml", "new.yaml")
	r.git("rm", "-q", "-r", "gone", "kind")
	if err := os.Symlink("target", filepath.Join(r.dir, "kind")); err != nil {
		t.Fatal(err)
	}
	r.git("update-index", "--chmod=+x", "same.yaml")
	r.commit("edited.yaml", "2", "gone", "now a file", "same.yaml", "1")
	a, b := mustOpen(t, r.dir, "HEAD~1", Options{}), mustOpen(t, r.dir, "HEAD", Options{Want: func(string) bool { return false }})
	want := []string{"edited.yaml", "gone", "gone/a.yaml", "kind", "new.yaml", "renamed.yaml"}
	for _, pair := range [][2]*Tree{{a, b}, {b, a}} {
		got, ok := Changed(pair[0], pair[1])
		if expect(t, "changed", got, want...); !ok {
			t.Error("two revisions can be compared")
		}
	}
	if got, ok := Changed(a, a); !ok || len(got) != 0 {
		t.Error(got)
	}
	dir, err := Directory(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := Changed(a, dir); ok {
		t.Error("a directory has no ids")
	}
}
