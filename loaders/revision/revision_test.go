package revision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

func TestARevisionIsWrittenAsItIs(t *testing.T) {
	r := newRepo(t)
	first := r.commit("a.yaml", "one\n", "clusters/east/b.yaml", "two", "clusters/empty.yaml", "")
	r.commit("a.yaml", "changed\n", "clusters/west/c.yaml", "three")
	r.write("a.yaml", "not committed\n")
	r.write("staged.yaml", "x")
	r.git("add", "staged.yaml")

	tree := mustOpen(t, r.dir, "HEAD~1", Options{})
	expect(t, "HEAD~1", names(t, tree.Top), ".git=", "a.yaml=one\n", "clusters/", "clusters/east/", "clusters/east/b.yaml=two", "clusters/empty.yaml=")
	if tree.Revision != first || tree.Name != "HEAD~1" || tree.Dir != tree.Top || tree.Missing {
		t.Errorf("%+v", tree)
	}
	below := mustOpen(t, filepath.Join(r.dir, "clusters", "west"), "HEAD", Options{})
	if below.Missing || below.Dir != filepath.Join(below.Top, "clusters", "west") {
		t.Errorf("%+v", below)
	}
	if before := mustOpen(t, filepath.Join(r.dir, "clusters", "west"), first, Options{}); !before.Missing || before.Dir != filepath.Join(before.Top, "clusters", "west") {
		t.Errorf("the first revision has no clusters/west: %+v", before)
	}
	r.git("rm", "-q", "-r", "clusters")
	r.commit("clusters", "a file", "elsewhere/east/b.yaml", "two")
	if err := os.Remove(filepath.Join(r.dir, "clusters")); err != nil {
		t.Fatal(err)
	}
	r.write("clusters/x.yaml", "")
	if later := mustOpen(t, filepath.Join(r.dir, "clusters"), "HEAD", Options{}); !later.Missing {
		t.Errorf("clusters is a file: %+v", later)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	r := newRepo(t)
	r.commit("a/b/c.yaml", "x")
	tree, temp, err := open(t, r.dir, "HEAD", Options{})
	if err != nil || len(names(t, temp)) == 0 {
		t.Fatal(err)
	}
	for range 2 {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	}
	expect(t, "left", names(t, temp))
}

func TestRevisionsAreNamedAsInGit(t *testing.T) {
	r := newRepo(t)
	first := r.commit("a.yaml", "1")
	r.git("tag", "-a", "v1", "-m", "annotated")
	r.git("tag", "light")
	second := r.commit("a.yaml", "2")
	r.git("branch", "release/1.0")
	r.git("update-ref", "refs/remotes/origin/main", first)
	r.git("update-ref", "refs/pull/7/merge", second)
	r.git("checkout", "-q", "-b", "feature", first)
	third := r.commit("b.yaml", "3")
	for rev, want := range map[string]string{
		"v1": first, "light": first, "refs/tags/v1": first, "v1^{}": first, "main": second, "heads/main": second, "release/1.0": second,
		"HEAD": third, "@": third, "HEAD~1": first, "HEAD^": first, "origin/main": first, "refs/pull/7/merge": second,
		second: second, second[:10]: second, "HEAD^{/change a.yaml 1}": first, "feature@{0}": third,
		"main...feature": first, "main...HEAD": first, "main...": first, "...main": first, "v1...main": first, "main...main": second,
	} {
		tree, _, err := open(t, r.dir, rev, Options{})
		if err != nil || tree.Revision != want || tree.Name != rev {
			t.Errorf("%s: %v, want %s; %v", rev, tree, want, err)
		}
	}
}

func TestOtherFormsOfRepositories(t *testing.T) {
	r := newRepo(t)
	id := r.commit("d/a.yaml", "1")
	bare, linked := filepath.Join(t.TempDir(), "bare.git"), filepath.Join(t.TempDir(), "linked")
	r.git("clone", "-q", "--bare", r.dir, bare)
	r.git("worktree", "add", "-q", linked, "HEAD")
	super := newRepo(t)
	super.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", r.dir, "sub")
	super.commit("b.yaml", "2")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(r.dir, "d"), link); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ dir, below string }{
		{bare, "."}, {filepath.Join(linked, "d"), "d"}, {filepath.Join(super.dir, "sub", "d"), "d"}, {link, "d"},
	} {
		tree, _, err := open(t, tc.dir, "HEAD", Options{})
		if err != nil || tree.Revision != id || tree.Dir != filepath.Join(tree.Top, tc.below) || tree.Missing {
			t.Errorf("%s: %+v, %v", tc.dir, tree, err)
		}
	}
	tree := mustOpen(t, super.dir, "HEAD", Options{})
	expect(t, "with a submodule", names(t, tree.Top)[2:], "b.yaml=2", "sub/")
	expect(t, "submodules", tree.Submodules, "sub")
	if _, ok := tree.Blob("sub"); ok {
		t.Error("a submodule is no blob")
	}
}

func TestSHA256(t *testing.T) {
	r := newRepo(t, "--object-format=sha256")
	base := r.commit("a.yaml", "1")
	r.git("checkout", "-q", "-b", "other")
	r.commit("a.yaml", "2")
	tree := mustOpen(t, r.dir, "main...other", Options{})
	if tree.Revision != base || len(base) != 64 {
		t.Error(tree.Revision, base)
	}
	expect(t, "files", names(t, tree.Top), ".git=", "a.yaml=1")
}

// A folder that a pull request adds may look like a bare repository, and have its own history and configuration.
func TestAFolderOfTheTreeIsNoRepository(t *testing.T) {
	r := newRepo(t)
	planted := filepath.Join(r.dir, "clusters")
	r.git("init", "-q", "--bare", planted)
	id := r.commit("clusters/a.yaml", "1", "clusters/refs/x", "", "clusters/objects/y", "")
	tree := mustOpen(t, planted, "HEAD", Options{})
	if tree.Revision != id || tree.Missing || filepath.Base(tree.Dir) != "clusters" {
		t.Errorf("%+v, want %s", tree, id)
	}
}

func TestTheRepositoryOfTheCallerIsNotMeant(t *testing.T) {
	other, r := newRepo(t), newRepo(t)
	other.commit("other.yaml", "1")
	id := r.commit("a.yaml", "1")
	t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
	t.Setenv("GIT_INDEX_FILE", filepath.Join(other.dir, ".git", "index"))
	t.Setenv("GIT_NAMESPACE", "x")
	if tree := mustOpen(t, r.dir, "HEAD", Options{}); tree.Revision != id {
		t.Errorf("%+v, want %s", tree, id)
	}
	r.git("config", "core.worktree", other.dir)
	if tree := mustOpen(t, r.dir, "HEAD", Options{}); tree.Revision != id || tree.Dir != tree.Top {
		t.Errorf("with core.worktree: %+v, want %s", tree, id)
	}
}

// What a repository's own configuration says in everyday use does not matter.
func TestConfigurationOfEverydayUse(t *testing.T) {
	r := newRepo(t)
	id := r.commit("a.yaml", "a\nb\n")
	for _, tc := range [][2]string{
		{"core.excludesFile", "~/.gitignore"}, {"core.attributesFile", "~/.gitattributes"}, {"include.path", "~/.gitconfig.work"}, {"includeIf.gitdir:~/x/.path", "~/y"},
		{"includeIf.gitdir:" + r.dir + "/.git.path", "/nowhere/credentials.config"}, {"core.autocrlf", "true"}, {"core.abbrev", "4"}, {"core.bare", "true"},
		{"core.quotePath", "true"}, {"color.ui", "always"}, {"core.sparseCheckout", "true"}, {"i18n.logOutputEncoding", "UTF-16"}, {"log.showSignature", "true"},
	} {
		r.git("config", tc[0], tc[1])
	}
	for _, rev := range []string{"HEAD", "main...HEAD"} {
		tree := mustOpen(t, r.dir, rev, Options{})
		if expect(t, "files", names(t, tree.Top), ".git=", "a.yaml=a\nb\n"); tree.Revision != id {
			t.Errorf("%s, want %s", tree.Revision, id)
		}
	}
}

// A pipeline's checkout is often another user's.
func TestARepositoryOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can give files away; the environment is held by TestNothingOfTheCallerIsPassedOn")
		return
	}
	r := newRepo(t)
	id := r.commit("a.yaml", "1")
	for _, name := range []string{"", ".git", ".git/config", ".git/HEAD"} {
		if err := os.Chown(filepath.Join(r.dir, name), 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := r.run(nil, "rev-parse", "HEAD"); err == nil || !strings.Contains(out, "dubious ownership") {
		t.Fatalf("git reads it anyway: %s, %v", out, err)
	}
	if tree := mustOpen(t, r.dir, "HEAD", Options{}); tree.Revision != id {
		t.Errorf("%+v, want %s", tree, id)
	}
}

// countdown is a context that is cancelled when it was asked so many times whether it is.
type countdown struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
	return c.Context.Err()
}

func TestACancelledContextLeavesNothing(t *testing.T) {
	r := newRepo(t)
	r.commit("a/a.yaml", "1", "b/b.yaml", "2", "c/d/e.yaml", "3")
	if err := os.Symlink("b/b.yaml", filepath.Join(r.dir, "link.yaml")); err != nil {
		t.Fatal(err)
	}
	r.commit()
	temp := t.TempDir()
	for _, early := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		if early {
			cancel()
		}
		tree, err := Open(ctx, r.dir, "HEAD", Options{Temp: temp, Want: func(string) bool { cancel(); return true }})
		cancel()
		if !errors.Is(err, context.Canceled) || tree != nil {
			t.Errorf("%v, %v", tree, err)
		}
		expect(t, "left", names(t, temp))
	}
	// From the time at which folders are made.
	for n := int64(1); ; n++ {
		inner, cancel := context.WithCancel(t.Context())
		ctx := &countdown{Context: inner, cancel: cancel}
		ctx.left.Store(n)
		tree, err := Open(ctx, r.dir, "HEAD", Options{Temp: temp})
		cancel()
		if err == nil {
			if err := tree.Close(); err != nil || n < 6 {
				t.Errorf("it was asked %d times only (%v)", n, err)
			}
			return
		}
		if !errors.Is(err, context.Canceled) || tree != nil {
			t.Fatalf("%d: %v, %v", n, tree, err)
		}
		expect(t, "left", names(t, temp))
	}
}

func TestDirectory(t *testing.T) {
	r := newRepo(t)
	r.write("clusters/a.yaml", "1")
	tree, err := Directory(filepath.Join(r.dir, "clusters"))
	if err != nil || filepath.Base(tree.Dir) != "clusters" || tree.Revision != "" || tree.Missing {
		t.Fatal(tree, err)
	}
	if real, err := filepath.EvalSymlinks(r.dir); err != nil || tree.Top != real {
		t.Errorf("top %s, want %s", tree.Top, real)
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(tree.Dir); err != nil {
		t.Error("Close removed the working tree")
	}
	if _, err := Directory(filepath.Join(r.dir, "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Directory(filepath.Join(r.dir, "clusters", "a.yaml")); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Error(err)
	}
}

// The loaders read a revision with the positions of the working tree.
func TestPositionsAreThoseOfTheWorkingTree(t *testing.T) {
	r := newRepo(t)
	r.commit("env/east/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "shared/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
		".gitignore", "ignored.yaml\n", "env/ignored.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
	read := func(root string) []string {
		res, err := source.Load(t.Context(), []source.Input{{Path: "east"}, {Path: "../shared"}, {Path: "."}}, source.Options{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range res.Docs {
			got = append(got, d.File)
		}
		for _, d := range res.Diagnostics {
			got = append(got, d.Error())
		}
		return got
	}
	tree := mustOpen(t, filepath.Join(r.dir, "env"), "HEAD", Options{})
	expect(t, "revision", read(tree.Dir), read(filepath.Join(r.dir, "env"))...)
	expect(t, "working tree", read(filepath.Join(r.dir, "env")), "../shared/b.yaml", "east/a.yaml")
}
