// Package revision makes a revision of a git repository a tree of files on disk, which everything that reads the working
// tree reads in the same way: `muster diff` compares two of them.
//
// The git program is asked, and only for what is stored: no filter, hook, monitor, alias, pager or text conversion that a
// repository may configure ever runs, nothing is fetched, and replaced objects are not obeyed. Files are what is in the
// repository: without the line ends, encodings and smudge filters that a checkout may apply.
//
// A repository is the nearest one above the folder, as everywhere in muster; a folder of the working tree that looks like a
// bare repository, which a pull request may add, is never taken for one. Whose files they are does not matter (git's
// safe.directory keeps the programs of a stranger's configuration from running, and none is run here), so a checkout that
// another user of a pipeline made needs no setting.
//
// What cannot be had as a whole is an error: there is no other revision in its place, and no part of a tree.
package revision

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// ID is the id of an object in the repository, in hexadecimal digits: 40 (SHA-1) or 64 (SHA-256).
type ID string

// Options are what Open may be told. The zero value has the defaults.
type Options struct {
	// Want says which files are read at all, by their path below the top of the repository; nil = all. The others are
	// not written, but their folders are. Symlinks are always written, and the file that a wanted one leads to. It is called
	// from one goroutine.
	Want func(path string) bool
	// Entries is how many files, folders, symlinks and submodules a tree may have; 0 = 1,000,000.
	Entries int
	// Bytes is how many bytes the wanted files of a tree may have together; 0 = 2 GiB. Files beyond FileBytes do not count.
	Bytes int64
	// FileBytes is the size up to which files have their content; 0 = 64 MiB, the most that any loader reads. A larger
	// file is written as a hole of its size, so that a loader says of it what it would say of the file.
	FileBytes int64
	// FirstMergeBase takes the first of several merge bases, as `git diff A...B` does, instead of refusing them.
	FirstMergeBase bool
	// Temp is the folder in which the tree is written; "" is the one that the system has for temporary files.
	Temp string
	// Git is the program; "" = git of the PATH.
	Git string
}

// The limits of a tree where Options say nothing.
const (
	mostEntries   = 1_000_000
	mostBytes     = 2 << 30
	mostFileBytes = 64 << 20
	mostNameBytes = 128 << 20 // of all paths together
	mostPath      = 4000      // bytes of a path: systems take 4,096, and it has a folder in front
	mostDepth     = 128       // levels of folders
)

func (o Options) orDefault() Options {
	if o.Entries <= 0 {
		o.Entries = mostEntries
	}
	if o.Bytes <= 0 {
		o.Bytes = mostBytes
	}
	if o.FileBytes <= 0 {
		o.FileBytes = mostFileBytes
	}
	if o.Git == "" {
		o.Git = "git"
	}
	return o
}

// Tree is a revision, or a directory, as files on disk. Lists are sorted; paths in them are below Top, with slashes.
type Tree struct {
	Revision string // the id of the commit, all digits; "" for a directory
	Name     string // the revision or the directory as it was given
	Top      string // the folder that stands for the root of the repository; a .git entry in it ends searches upward
	Dir      string // the folder in Top that stands for the folder that was given
	Missing  bool   // the revision has no such folder: at Dir is nothing, or a file
	Bases    []ID   // for A...B: all merge bases; the first one is Revision

	Submodules []string // folders of submodules, which are empty
	Pointers   []string // files whose content is kept by Git LFS: they hold a pointer to it
	Outside    []string // symlinks that lead out of the repository: they are written as links to nothing

	blobs map[string]entry
	temp  bool
}

// Open writes a revision of the repository that dir is in. The revision is anything that git takes for a commit, or A...B
// for the merge base of two. Errors say what to do; their kinds are the Err values of this package. When it fails or ctx is
// done nothing is left behind.
func Open(ctx context.Context, dir, rev string, o Options) (*Tree, error) {
	o = o.orDefault()
	r, err := find(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	id, bases, err := r.resolve(ctx, rev, o)
	if err != nil {
		return nil, err
	}
	l, err := r.list(ctx, id, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(rev), err)
	}
	t := &Tree{Revision: string(id), Name: rev, Bases: bases, Submodules: l.submodules, blobs: l.blobs, temp: true}
	if err := t.write(ctx, r, l, o); err != nil {
		if closeErr := t.Close(); closeErr != nil {
			err = fmt.Errorf("%w (and %w)", err, closeErr)
		}
		return nil, fmt.Errorf("%s: %w", shown(rev), err)
	}
	return t, nil
}

// Directory is a directory as it stands, such as the working tree. Close leaves it alone.
func Directory(dir string) (*Tree, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	stat, err := os.Stat(abs)
	if err != nil {
		return nil, err
	}
	if !stat.IsDir() {
		return nil, fmt.Errorf("%s: not a directory", shown(dir))
	}
	top := abs
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		if at := workingTree(real); at != "" {
			top = at
		}
	}
	return &Tree{Name: dir, Top: top, Dir: abs}, nil
}

// Close removes the files that Open wrote.
func (t *Tree) Close() error {
	if !t.temp || t.Top == "" {
		return nil
	}
	return os.RemoveAll(t.Top)
}

// Blob returns the id of a file or symlink of a revision by its path below Top, whether it was wanted or not. Files with equal
// ids have equal content. A directory has no ids.
func (t *Tree) Blob(path string) (ID, bool) {
	e, ok := t.blobs[path]
	return e.id, ok && (e.kind == file || e.kind == symlink)
}
