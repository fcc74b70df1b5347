package revision

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repo is a repository of a test, with its working tree.
type repo struct {
	t   testing.TB
	dir string
}

func newRepo(t testing.TB, args ...string) repo {
	t.Helper()
	r := repo{t, t.TempDir()}
	r.git(append([]string{"init", "-q", "-b", "main"}, args...)...)
	return r
}

// run runs git with an input, apart from the configuration of whoever runs the tests.
func (r repo) run(input []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = r.dir, bytes.NewReader(input)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") }),
		"GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=c",
		"GIT_COMMITTER_EMAIL=c@example.com", "GIT_AUTHOR_DATE=1700000000 +0000", "GIT_COMMITTER_DATE=1700000000 +0000")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (r repo) git(args ...string) string {
	r.t.Helper()
	out, err := r.run(nil, args...)
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (r repo) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// commit writes files, given as name and content in turns, and commits everything.
func (r repo) commit(files ...string) string {
	r.t.Helper()
	for i := 0; i < len(files); i += 2 {
		r.write(files[i], files[i+1])
	}
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", "change "+strings.Join(files, " "))
	return r.git("rev-parse", "HEAD")
}

// object stores an object as it stands, sound or not.
func (r repo) object(kind string, content []byte) string {
	r.t.Helper()
	id, err := r.run(content, "hash-object", "-t", kind, "--literally", "-w", "--stdin")
	if err != nil {
		r.t.Fatal(id, err)
	}
	return id
}

// item is one entry of a tree that is made by hand.
type item struct{ mode, name, id string }

// tree stores a tree of any entries, in the order in which they are given.
func (r repo) tree(items ...item) string {
	r.t.Helper()
	var b []byte
	for _, i := range items {
		raw, err := hex.DecodeString(i.id)
		if err != nil {
			r.t.Fatal(err)
		}
		b = append(append(b, i.mode+" "+i.name+"\x00"...), raw...)
	}
	return r.object("tree", b)
}

// commitTree makes a commit of a tree.
func (r repo) commitTree(tree string, parents ...string) string {
	args := []string{"commit-tree", tree, "-m", "made by hand"}
	for _, p := range parents {
		args = append(args, "-p", p)
	}
	return r.git(args...)
}

// open opens a revision in a temporary folder of the test, and returns that folder too.
func open(t *testing.T, dir, rev string, o Options) (*Tree, string, error) {
	t.Helper()
	if o.Temp == "" {
		o.Temp = t.TempDir()
	}
	tree, err := Open(t.Context(), dir, rev, o)
	if err != nil {
		if left := names(t, o.Temp); len(left) > 0 {
			t.Errorf("it fails (%v) and leaves %q behind", err, left)
		}
		return nil, o.Temp, err
	}
	t.Cleanup(func() {
		if err := tree.Close(); err != nil {
			t.Error(err)
		}
	})
	return tree, o.Temp, nil
}

func mustOpen(t *testing.T, dir, rev string, o Options) *Tree {
	t.Helper()
	tree, _, err := open(t, dir, rev, o)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// names are all files below a folder as "path=content", folders as "path/", symlinks as "path->target".
func names(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			found = append(found, rel+"/")
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			found = append(found, rel+"->"+target)
			return err
		default:
			content, err := os.ReadFile(path)
			found = append(found, rel+"="+string(content))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q\nwant %q", what, got, want)
	}
}
