package revision

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fails holds an error of Open to its kind and to what it advises.
func fails(t *testing.T, dir, rev string, o Options, kind error, advice ...string) {
	t.Helper()
	tree, _, err := open(t, dir, rev, o)
	if !errors.Is(err, kind) || tree != nil {
		t.Errorf("%q: %v, want: %v", rev, err, kind)
		return
	}
	for _, part := range advice {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v; lacks %q", rev, err, part)
		}
	}
}

func TestNamesThatAreNoRevision(t *testing.T) {
	r := newRepo(t)
	first := r.commit("a.yaml", "1")
	r.commit("a.yaml", "2")
	for _, tc := range []struct {
		rev    string
		kind   error
		advice string
	}{
		{"", ErrBadRevision, "empty"},
		{"-h", ErrBadRevision, "begins with a dash"},
		{"--output=/tmp/x", ErrBadRevision, "begins with a dash"},
		{"HEAD...--all", ErrBadRevision, "begins with a dash"},
		{"main\x1b[2J", ErrBadRevision, "control character"},
		{"main\n" + first, ErrBadRevision, "control character"},
		{"main\x00", ErrBadRevision, "control character"},
		{strings.Repeat("m", 5000), ErrBadRevision, "too long"},
		{"HEAD~1..HEAD", ErrBadRevision, "HEAD~1...HEAD for where the two parted"},
		{"^HEAD", ErrBadRevision, "does not name one commit"},
		{"HEAD^!", ErrUnknownRevision, ""},
		{"HEAD^@", ErrUnknownRevision, ""},
		{"HEAD^{tree}", ErrBadRevision, "is a tree and no commit"},
		{"HEAD:a.yaml", ErrBadRevision, "is a blob and no commit"},
		{"HEAD:", ErrBadRevision, "is a tree and no commit"},
		{"nowhere", ErrUnknownRevision, "git fetch origin BRANCH"},
		{"nowhere...HEAD", ErrUnknownRevision, "nowhere"},
		{"HEAD...nowhere", ErrUnknownRevision, "nowhere"},
		{"HEAD~7", ErrUnknownRevision, "HEAD~7"},
		{strings.Repeat("1", 40), ErrUnknownRevision, ""},
		{first + "0", ErrUnknownRevision, ""},
		{"HEAD; touch x", ErrUnknownRevision, ""},
		{"*", ErrUnknownRevision, ""},
	} {
		fails(t, r.dir, tc.rev, Options{}, tc.kind, tc.advice)
	}
}

func TestANameOfSeveralThings(t *testing.T) {
	r := newRepo(t)
	first := r.commit("a.yaml", "1")
	r.git("tag", "v1")
	second := r.commit("a.yaml", "2")
	r.git("branch", "v1")
	r.git("branch", first[:8])
	r.git("update-ref", "refs/heads/"+first, second)
	fails(t, r.dir, "v1", Options{}, ErrAmbiguous, "refs/heads/v1")
	fails(t, r.dir, "v1...HEAD", Options{}, ErrAmbiguous, "refs/heads/v1")
	fails(t, r.dir, first[:8], Options{}, ErrAmbiguous, first[:8])
	for rev, want := range map[string]string{"refs/heads/v1": second, "refs/tags/v1": first, first: first} {
		if tree := mustOpen(t, r.dir, rev, Options{}); tree.Revision != want {
			t.Errorf("%s is %s, want %s", rev, tree.Revision, want)
		}
	}
}

func TestNoRepository(t *testing.T) {
	dir := t.TempDir()
	fails(t, dir, "HEAD", Options{}, ErrNoRepository, "compare two directories")
	fails(t, filepath.Join(dir, "nowhere"), "HEAD", Options{}, ErrNoRepository, "no such file")
	r := newRepo(t)
	fails(t, r.dir, "HEAD", Options{}, ErrUnknownRevision)
	if err := os.WriteFile(filepath.Join(dir, ".git"), []byte("gitdir: /nowhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, dir, "HEAD", Options{}, ErrNoRepository, "no repository that git can read")
	r.commit("a.yaml", "1")
	tree := mustOpen(t, r.dir, "HEAD", Options{})
	fails(t, tree.Top, "HEAD", Options{}, ErrNoRepository)
	r.git("config", "core.repositoryformatversion", "1")
	r.git("config", "extensions.fromTheFuture", "true")
	fails(t, r.dir, "HEAD", Options{}, ErrNoRepository, "fromthefuture")
}

func TestNoGit(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	t.Setenv("PATH", t.TempDir())
	fails(t, r.dir, "HEAD", Options{}, ErrNoGit, "install it")
	// A program of the working tree is not taken for git.
	t.Chdir(r.dir)
	if err := os.WriteFile("git", []byte("#!/bin/sh\ntouch ran\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", ".")
	fails(t, r.dir, "HEAD", Options{}, ErrNoGit)
	if _, err := os.Stat("ran"); err == nil {
		t.Error("a program of the working tree ran")
	}
}

func TestUnrelatedHistories(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1")
	r.git("checkout", "-q", "--orphan", "other")
	r.commit("b.yaml", "2")
	fails(t, r.dir, "main...other", Options{}, ErrUnrelated, "no commit in common")
}

func TestSeveralMergeBases(t *testing.T) {
	r := newRepo(t)
	root := r.commit("a.yaml", "1")
	r.git("checkout", "-q", "-b", "left")
	left := r.commit("left.yaml", "1")
	r.git("checkout", "-q", "-b", "right", root)
	right := r.commit("right.yaml", "1")
	r.git("merge", "-q", "--no-edit", left)
	r.git("checkout", "-q", "left")
	r.git("merge", "-q", "--no-edit", right)
	fails(t, r.dir, "left...right", Options{}, ErrManyMergeBases, left, right, "merge left into right once more")
	tree := mustOpen(t, r.dir, "left...right", Options{FirstMergeBase: true})
	first := strings.Split(r.git("merge-base", "--all", "left", "right"), "\n")
	if len(first) != 2 || tree.Revision != first[0] || len(tree.Bases) != 2 || string(tree.Bases[1]) != first[1] {
		t.Errorf("%s of %q, want %q", tree.Revision, tree.Bases, first)
	}
	r.git("checkout", "-q", "right")
	r.git("merge", "-q", "--no-edit", "left")
	if tree := mustOpen(t, r.dir, "left...right", Options{}); tree.Revision != r.git("rev-parse", "left") || len(tree.Bases) != 1 {
		t.Errorf("after the advised merge: %+v", tree)
	}
}

func TestShallowClones(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "0")
	base := r.commit("a.yaml", "1")
	r.git("checkout", "-q", "-b", "feature")
	r.commit("b.yaml", "1")
	feature := r.commit("b.yaml", "2")
	r.git("checkout", "-q", "main")
	last := r.commit("c.yaml", "1")
	clone := func(depth string) string {
		dir := filepath.Join(t.TempDir(), "clone")
		r.git("clone", "-q", "--no-single-branch", "--depth", depth, "file://"+r.dir, dir)
		return dir
	}
	one := clone("1")
	for _, rev := range []string{"HEAD~1", base, base[:12], "v9"} {
		fails(t, one, rev, Options{}, ErrShallow, "fetch-depth: 0", rev)
	}
	fails(t, one, "main...origin/feature", Options{}, ErrShallow, "fetch-depth: 0")
	for rev, want := range map[string]string{"HEAD": last, "origin/feature": feature} {
		if tree := mustOpen(t, one, rev, Options{}); tree.Revision != want {
			t.Errorf("%s is %s, want %s", rev, tree.Revision, want)
		}
	}
	// The base is the commit at which the clone is cut: nothing between it and the two is missing.
	if tree := mustOpen(t, clone("3"), "main...origin/feature", Options{}); tree.Revision != base {
		t.Errorf("%s, want %s", tree.Revision, base)
	}
}

// A shallow clone may hold an old common commit while a later one lies behind the cut.
func TestAShallowCloneDoesNotYieldAnOlderMergeBase(t *testing.T) {
	r := newRepo(t)
	old := r.commit("a.yaml", "0")
	for i := range 6 {
		r.commit("a.yaml", strings.Repeat("1", i+1))
	}
	parted := r.git("rev-parse", "HEAD")
	r.git("checkout", "-q", "-b", "feature")
	for i := range 3 {
		r.commit("b.yaml", strings.Repeat("1", i+1))
	}
	// Each side merges a branch that began at the old commit, which makes that a short way to it.
	for _, side := range []string{"main", "feature"} {
		r.git("checkout", "-q", side)
		if side == "main" {
			for i := range 3 {
				r.commit("c.yaml", strings.Repeat("1", i+1))
			}
		}
		r.git("merge", "-q", "--no-edit", r.git("commit-tree", old+"^{tree}", "-m", "beside "+side, "-p", old))
	}
	dir := filepath.Join(t.TempDir(), "clone")
	r.git("clone", "-q", "--no-single-branch", "--depth", "3", "file://"+r.dir, dir)
	if got, err := (repo{t, dir}).run(nil, "merge-base", "origin/main", "origin/feature"); err != nil || got == parted {
		t.Fatalf("git is not misled: %s, %v", got, err)
	}
	fails(t, dir, "origin/main...origin/feature", Options{}, ErrShallow, "is cut at", "fetch-depth: 0")
	if tree := mustOpen(t, r.dir, "main...feature", Options{}); tree.Revision != parted {
		t.Errorf("%s, want %s", tree.Revision, parted)
	}
}

func TestPartialClones(t *testing.T) {
	r := newRepo(t)
	r.git("config", "uploadpack.allowFilter", "true")
	base := r.commit("a.yaml", "1", "picture.png", "old")
	r.commit("a.yaml", "2", "picture.png", "new")
	clone := func(filter string) string {
		dir := filepath.Join(t.TempDir(), "clone")
		r.git("clone", "-q", "--filter="+filter, "file://"+r.dir, dir)
		return dir
	}
	noBlobs := clone("blob:none")
	fails(t, noBlobs, "HEAD~1", Options{}, ErrIncomplete, "the content of a.yaml", "without a filter")
	fails(t, noBlobs, base, Options{Want: func(name string) bool { return name == "a.yaml" }}, ErrIncomplete, "the content of a.yaml is not in this clone")
	// What nobody reads may be missing.
	tree := mustOpen(t, noBlobs, base, Options{Want: func(string) bool { return false }})
	expect(t, "nothing wanted", names(t, tree.Top), ".git=")
	if tree := mustOpen(t, noBlobs, "HEAD", Options{}); len(names(t, tree.Top)) != 3 {
		t.Error("what is checked out is there")
	}
	fails(t, clone("tree:0"), "HEAD~1", Options{}, ErrIncomplete, "without a filter")
}

func TestDamagedRepositories(t *testing.T) {
	r := newRepo(t)
	r.commit("a.yaml", "1", "d/b.yaml", "2")
	remove := func(what string) {
		id := r.git("rev-parse", what)
		if err := os.Remove(filepath.Join(r.dir, ".git", "objects", id[:2], id[2:])); err != nil {
			t.Fatal(err)
		}
	}
	tree := r.git("rev-parse", "HEAD^{tree}")
	blob, lost := r.object("blob", []byte("x")), strings.Repeat("7", 40)
	for _, mode := range []string{"100644", "40000", "120000"} {
		fails(t, r.dir, r.commitTree(r.tree(item{mode, "a.yaml", lost})), Options{}, ErrIncomplete, "without a filter")
	}
	fails(t, r.dir, r.commitTree(r.tree(item{"100644", "a.yaml", tree})), Options{}, ErrUnsafe, "damaged")
	fails(t, r.dir, r.commitTree(r.tree(item{"40000", "a", blob})), Options{}, ErrIncomplete)
	remove("HEAD:d/b.yaml")
	fails(t, r.dir, "HEAD", Options{}, ErrIncomplete, "d/b.yaml")
	remove("HEAD:d")
	fails(t, r.dir, "HEAD", Options{}, ErrIncomplete)
}

// The size of an object is at its beginning, so that what is cut off later is noticed when files are being written.
func TestObjectsThatAreCutOff(t *testing.T) {
	r := newRepo(t)
	noise := make([]byte, 3<<20)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(random.Uint64())
	}
	for _, size := range []int{100_000, 3 << 20} {
		r.write("b.yaml", string(noise[:size]))
		r.commit("a.yaml", "1", "c.yaml", "3")
		id := r.git("rev-parse", "HEAD:b.yaml")
		object := filepath.Join(r.dir, ".git", "objects", id[:2], id[2:])
		if err := os.Chmod(object, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(object, int64(size/2)); err != nil {
			t.Fatal(err)
		}
		fails(t, r.dir, "HEAD", Options{}, ErrIncomplete, "HEAD: ")
	}
	temp := filepath.Join(t.TempDir(), "nowhere")
	r.commit("b.yaml", "2")
	if _, err := Open(t.Context(), r.dir, "HEAD", Options{Temp: temp}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "TMPDIR") {
		t.Error(err)
	}
}
