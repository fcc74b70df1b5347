// Package confined reads files below a directory that no path leads out of, neither by ".." nor by a
// symlink.
package confined

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// The errors of Find.
var (
	ErrOutside = errors.New("leads out of the directory that was given as input")
	ErrMissing = errors.New("is not there")
	ErrSpecial = errors.New("is neither a file nor a directory")
)

// Root is a directory that confines what is read.
type Root struct {
	dir    string // absolute, symlinks resolved
	abs    string // its path as it was named, and that of the directory positions are relative to
	top    string
	limits source.Limits
	marked map[string][]byte
}

// Open takes a directory as a root. It is relative to working, as are the paths in positions.
func Open(working, dir string, limits source.Limits) (*Root, error) {
	abs, err := absolute(working, dir)
	if err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return nil, err
	}
	top, err := filepath.Abs(working)
	if err != nil {
		return nil, err
	}
	return &Root{dir: real, abs: abs, top: top, limits: limits}, nil
}

// For opens the innermost of roots that dir lies in, and gives the path of dir below it. Without
// roots the working directory is the root.
func For(working string, roots []string, dir string, limits source.Limits) (*Root, string, error) {
	if len(roots) == 0 {
		roots = []string{"."}
	}
	abs, err := absolute(working, dir)
	if err != nil {
		return nil, "", err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return nil, "", ErrMissing
	}
	var best *Root
	for _, name := range roots {
		r, err := Open(working, name, limits)
		if err == nil && r.contains(real) && (best == nil || len(r.dir) > len(best.dir)) {
			best = r
		}
	}
	if best == nil {
		return nil, "", ErrOutside
	}
	return best, best.below(real), nil
}

func absolute(working, dir string) (string, error) {
	dir = filepath.FromSlash(dir)
	if filepath.IsAbs(dir) {
		return filepath.Clean(dir), nil
	}
	return filepath.Abs(filepath.Join(working, dir))
}

func (r *Root) contains(real string) bool {
	rel, err := filepath.Rel(r.dir, real)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func (r *Root) below(real string) string {
	rel, err := filepath.Rel(r.dir, real)
	if err != nil {
		return "."
	}
	return filepath.ToSlash(rel)
}

// Entry is a file or directory below a Root.
type Entry struct {
	Name string // slash-separated below the root, symlinks resolved; "." is the root
	Dir  bool
}

// Find resolves a path below the root.
func (r *Root) Find(name string) (Entry, error) {
	name = path.Clean(name)
	if path.IsAbs(name) || filepath.IsAbs(filepath.FromSlash(name)) || name == ".." || strings.HasPrefix(name, "../") {
		return Entry{}, ErrOutside
	}
	if strings.IndexByte(name, 0) >= 0 {
		return Entry{}, ErrMissing
	}
	real, err := filepath.EvalSymlinks(filepath.Join(r.dir, filepath.FromSlash(name)))
	if err != nil {
		return Entry{}, ErrMissing
	}
	if !r.contains(real) {
		return Entry{}, ErrOutside
	}
	stat, err := os.Lstat(real)
	switch {
	case err != nil:
		return Entry{}, ErrMissing
	case !stat.IsDir() && !stat.Mode().IsRegular():
		return Entry{}, ErrSpecial
	}
	return Entry{Name: r.below(real), Dir: stat.IsDir()}, nil
}

// Read returns the content of a file that Find gave.
func (r *Root) Read(ctx context.Context, name string) ([]byte, *source.Diagnostic) {
	data, diag := source.FileBelow(r.dir, filepath.FromSlash(name), r.Shown(name)).Read(ctx, r.limits)
	if diag == nil && bytes.Contains(data, []byte(source.Mark)) {
		if r.marked == nil {
			r.marked = map[string][]byte{}
		}
		r.marked[r.Shown(name)] = data
	}
	return data, diag
}

// Marked are the files with source.Mark that were read, by path. A Root is for one goroutine.
func (r *Root) Marked() []source.Marked {
	var list []source.Marked
	for _, file := range slices.Sorted(maps.Keys(r.marked)) {
		list = append(list, source.Marked{File: file, Data: r.marked[file]})
	}
	return list
}

// List returns the entries of a directory that Find gave, by name.
func (r *Root) List(name string) ([]fs.DirEntry, error) {
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return fs.ReadDir(root.FS(), name)
}

// Shown is the path of a file in positions.
func (r *Root) Shown(name string) string {
	abs := filepath.Join(r.abs, filepath.FromSlash(name))
	if rel, err := filepath.Rel(r.top, abs); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(abs)
}
