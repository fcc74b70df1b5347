package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/revision"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// openState makes files of a directory or a revision; "" is the working tree.
func (c *comparing) openState(ctx context.Context, name string) (*revision.Tree, error) {
	if name == "" {
		tree, err := revision.Directory(".")
		if err == nil {
			tree.Name = "the working tree"
		}
		return tree, err
	}
	info, err := os.Stat(name)
	isDir := err == nil && info.IsDir()
	if isDir && plainlyPath(name) {
		return revision.Directory(name)
	}
	tree, err := revision.Open(ctx, ".", name, revision.Options{Want: readable, FirstMergeBase: c.FirstBase})
	switch {
	case err == nil && isDir:
		return nil, errors.Join(tree.Close(), usagef("%s is a directory and a revision: write ./%s or refs/heads/%s", name, name, name))
	case isDir:
		return revision.Directory(name)
	case err != nil && ctx.Err() != nil:
		return nil, stopped(ctx, err)
	case err != nil:
		return nil, usagef("%w", err)
	}
	if tree.Missing {
		return nil, errors.Join(tree.Close(), usagef("%s has no folder %s", name, shownFolder()))
	}
	return tree, nil
}

// plainlyPath reports whether a name can be meant as a path only.
func plainlyPath(name string) bool {
	return filepath.IsAbs(name) || name == "." || name == ".." || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") || strings.HasSuffix(name, "/")
}

func shownFolder() string {
	if b := base(); b != "" {
		return b
	}
	return "."
}

// binaries are endings of files that hold no text: a repository may have many, and large ones.
var binaries = []string{
	".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".psd", ".mp3", ".mp4", ".mov", ".wav", ".pdf", ".zip", ".xz", ".bz2", ".7z", ".jar", ".war", ".exe",
	".dll", ".so", ".dylib", ".a", ".o", ".class", ".woff", ".woff2", ".ttf", ".otf", ".eot",
}

// readable is for the files that something may read: charts and Terraform may read any text that they name.
func readable(path string) bool {
	return !slices.Contains(binaries, strings.ToLower(filepath.Ext(path)))
}

// tellTree warns of what a revision does not hold although its names are there.
func (in *inputs) tellTree(t *revision.Tree) {
	say := func(list []string, what string) {
		if len(list) > 0 {
			fmt.Fprintln(in.err, report.Printable(fmt.Sprintf("muster: %s: %s: %s", t.Name, what, strings.Join(list[:min(len(list), 5)], ", "))))
		}
	}
	say(t.Submodules, "submodules are not read")
	say(t.Pointers, "kept by Git LFS, and not read")
	say(t.Outside, "symlinks that lead out of the repository are not followed")
}

// unreadSubmodules counts submodules among the sources of the head that the base does not have, or has at another commit, as inputs that
// cannot be read: their commits are not in the repository, and who deploys it may well follow them.
func (x *comparison) unreadSubmodules() {
	changed, ok := revision.Changed(x.base.tree, x.head.tree)
	if !ok {
		return
	}
	for _, sub := range x.head.tree.Submodules {
		at := real(filepath.Join(x.head.tree.Top, filepath.FromSlash(sub)))
		read := slices.ContainsFunc(x.head.folders(), func(dir string) bool { return under(at, dir) || under(dir, at) })
		if _, new := slices.BinarySearch(changed, sub); !new || !read {
			continue
		}
		in := &x.head.fleet.Inputs
		in.Unreadable = append(slices.Clip(in.Unreadable), source.Diagnostic{
			Position: x.head.shown(mesh.Position{File: at}),
			Message:  "a submodule that the base does not have, or has at another commit; what it holds is not read",
		})
	}
}

// folders are what the state reads, with links resolved.
func (s *state) folders() (list []string) {
	for _, in := range s.sources {
		list = append(list, real(s.at(in.Path)))
	}
	if len(list) > 0 || s.config == nil {
		return list
	}
	for _, c := range s.config.Clusters {
		for _, in := range c.Sources {
			list = append(list, real(s.at(s.config.Resolve(in.Path))))
		}
	}
	return list
}
