package confined

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

func TestNothingOutsideOfARootIsFound(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"in/sub/a", "out/b"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"in/away": "../out", "in/file": "../out/b", "in/near": "sub/a", "in/loop": "loop", "in/absolute": filepath.Join(dir, "in/sub")} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "in/fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir, "in", source.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		real string
		err  error
	}{
		"sub/a": {real: "sub/a"}, "near": {real: "sub/a"}, "absolute/a": {real: "sub/a"}, ".": {real: "."}, "sub/../sub": {real: "sub"},
		"../out/b": {err: ErrOutside}, "sub/../../out": {err: ErrOutside}, "away/b": {err: ErrOutside}, "file": {err: ErrOutside}, "/etc": {err: ErrOutside},
		"gone": {err: ErrMissing}, "loop": {err: ErrMissing}, "sub/a/b": {err: ErrMissing}, "a\x00b": {err: ErrMissing}, "fifo": {err: ErrSpecial},
	} {
		e, err := r.Find(name)
		if e.Name != want.real || !errors.Is(err, want.err) {
			t.Errorf("%q: %+v, %v", name, e, err)
		}
	}
	if data, diag := r.Read(t.Context(), "sub/a"); string(data) != "in/sub/a" || diag != nil || r.Shown("sub/a") != "in/sub/a" {
		t.Errorf("%q, %v", data, diag)
	}
}

func TestTheInnermostRootHolds(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a/b/c"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		roots      []string
		top, below string
		err        error
	}{
		{[]string{".", "a/b", "a"}, "a/b", "c", nil},
		{[]string{"a"}, "a", "b/c", nil},
		{nil, ".", "a/b/c", nil},
		{[]string{"a/b/c/d", "x"}, "", "", ErrOutside},
	} {
		r, below, err := For(dir, tc.roots, "a/b/c", source.Limits{})
		if below != tc.below || !errors.Is(err, tc.err) || err == nil && r.Shown(".") != tc.top {
			t.Errorf("%v: %q below %+v, %v", tc.roots, below, r, err)
		}
	}
}
