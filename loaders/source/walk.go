package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// skippedDirs hold other people's files, or none that a mesh is configured by.
var skippedDirs = map[string]bool{
	".git": true, ".hg": true, ".svn": true, ".terraform": true, ".venv": true,
	"node_modules": true, "bower_components": true, "vendor": true, "__pycache__": true,
}

// walker goes through the directory of one input.
type walker struct {
	*finder
	ctx     context.Context
	input   Input
	shown   string // the directory as positions show it
	dir     string // absolute, symlinks resolved: what no symlink may lead out of
	prefix  string // its path in the git repository around it
	visited map[string]bool
	links   []link
}

// place is a directory on the way: where it is, as what it is shown, and what holds in it.
type place struct {
	real, shown string // relative to the input, slash-separated; "" is the input itself
	ignores     ignores
	chart       bool // it or a directory above holds a Chart.yaml
	template    bool // it is or lies below the templates of a chart
}

// link is a symlink, which is looked at after everything that is no symlink: a file is shown
// under its own name rather than a link's if both are inside the input.
type link struct {
	name string // path below the input
	in   place
}

func (w *walker) walk() {
	var at place
	if !w.opts.NoIgnore {
		w.prefix, at.ignores = repositoryOf(w.dir)
	}
	w.directory(at)
	for len(w.links) > 0 && !w.full && w.ctx.Err() == nil {
		l := w.links[0]
		w.links = w.links[1:]
		w.follow(l)
	}
}

func (w *walker) directory(at place) {
	if w.visited[at.real] || w.ctx.Err() != nil {
		return
	}
	w.visited[at.real] = true
	abs := filepath.Join(w.dir, filepath.FromSlash(at.real))
	entries, err := os.ReadDir(abs) // sorted by name
	if err != nil {
		w.diags = append(w.diags, cannotRead(path.Join(w.shown, at.shown), err))
	}
	if !w.opts.NoIgnore {
		at.ignores = at.ignores.with(abs, path.Join(w.prefix, at.real))
	}
	for _, e := range entries {
		at.chart = at.chart || e.Name() == "Chart.yaml"
	}
	for _, e := range entries {
		if w.full || w.ctx.Err() != nil {
			return
		}
		w.entry(at, e)
	}
}

func (w *walker) entry(at place, e fs.DirEntry) {
	name := e.Name()
	shown := path.Join(at.shown, name)
	isLink := e.Type()&fs.ModeSymlink != 0
	if covers(w.exclude, shown) || at.ignores.match(path.Join(w.prefix, at.real, name), e.IsDir()) {
		return
	}
	switch {
	case isLink:
		w.links = append(w.links, link{name: name, in: at})
	case e.IsDir():
		if !skippedDirs[name] {
			at.real, at.shown = path.Join(at.real, name), shown
			at.template = at.template || at.chart && name == "templates"
			w.directory(at)
		}
	case !w.wanted(shown):
	case !e.Type().IsRegular():
		w.diags = append(w.diags, cannotRead(path.Join(w.shown, shown), errNotRegular))
	default:
		w.file(at, shown, path.Join(at.real, name))
	}
}

func (w *walker) wanted(shown string) bool {
	return w.hasExtension(shown) && (len(w.include) == 0 || covers(w.include, shown))
}

func (w *walker) file(at place, shown, name string) {
	if w.opts.Skip != nil && w.opts.Skip(path.Join(w.shown, shown)) {
		return
	}
	w.add(File{
		Path: path.Join(w.shown, shown), Cluster: w.input.Cluster, Root: w.shown,
		dir: w.dir, name: filepath.FromSlash(name), template: at.template,
	})
}

// follow reads what a symlink points at, provided that it is inside the input and was not
// reached on another way.
func (w *walker) follow(l link) {
	shown := path.Join(l.in.shown, l.name)
	report := func(message string) {
		w.diags = append(w.diags, Diagnostic{mesh.Position{File: path.Join(w.shown, shown)}, message})
	}
	target, err := filepath.EvalSymlinks(filepath.Join(w.dir, filepath.FromSlash(l.in.real), l.name))
	if err != nil {
		if w.hasExtension(l.name) {
			report("cannot be read: " + linkProblem(err))
		}
		return
	}
	stat, err := os.Stat(target)
	if err != nil || !stat.IsDir() && !w.wanted(shown) {
		return
	}
	below, err := filepath.Rel(w.dir, target)
	if err != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
		report("this symlink leads out of " + w.shown + " and is not followed; name its target as an input")
		return
	}
	below = filepath.ToSlash(below)
	switch {
	case stat.IsDir():
		at := l.in
		if at.real, at.shown = below, shown; below == "." {
			at.real = ""
		}
		at.template = at.template || at.chart && l.name == "templates"
		w.directory(at)
	case stat.Mode().IsRegular():
		w.file(l.in, shown, below)
	default:
		report("cannot be read: " + errNotRegular.Error())
	}
}

func linkProblem(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "this symlink points at nothing"
	}
	return "this symlink cannot be resolved"
}
