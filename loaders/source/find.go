package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Find discovers the files of inputs without reading them, sorted by path: those below a
// directory that have one of the extensions (".yaml"), and explicitly named files whatever theirs
// is. A file that several inputs of a cluster reach is found once. Other loaders use it for what
// is no Kubernetes object. As with Load, the error is for usage problems only.
func Find(ctx context.Context, inputs []Input, opts Options, extensions ...string) ([]File, []Diagnostic, error) {
	f := finder{opts: opts, extensions: extensions, seen: map[seenKey]int{}}
	if err := f.prepare(); err != nil {
		return nil, nil, err
	}
	for _, in := range inputs {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if err := f.input(ctx, in); err != nil {
			return nil, nil, err
		}
	}
	slices.SortStableFunc(f.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return f.files, f.diags, ctx.Err()
}

// finder collects the files of one Find.
type finder struct {
	opts             Options
	root             string // Options.Root, absolute
	extensions       []string
	include, exclude []glob
	files            []File
	seen             map[seenKey]int // index into files
	diags            []Diagnostic
	full             bool // there are more files than a load may have
}

// seenKey is a file as a cluster sees it.
type seenKey struct{ cluster, path string }

func (f *finder) prepare() (err error) {
	if f.root, err = filepath.Abs(f.opts.Root); err != nil {
		return err
	}
	if f.include, err = parseGlobs(f.opts.Include); err != nil {
		return err
	}
	f.exclude, err = parseGlobs(f.opts.Exclude)
	return err
}

func (f *finder) input(ctx context.Context, in Input) error {
	if in.Path == "-" {
		return f.stdin(in)
	}
	if in.Path == "" {
		return errors.New("an input without a path; name a file, a directory or -")
	}
	abs := in.Path
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(f.root, abs)
	}
	resolved, err := filepath.EvalSymlinks(abs)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s does not exist (inputs are relative to %s)", in.Path, f.root)
	}
	shown := f.shown(abs)
	if err != nil {
		f.diags = append(f.diags, cannotRead(shown, err))
		return nil
	}
	stat, err := os.Stat(resolved)
	switch {
	case err != nil:
		f.diags = append(f.diags, cannotRead(shown, err))
	case stat.IsDir():
		w := walker{finder: f, ctx: ctx, input: in, shown: shown, dir: resolved, visited: map[string]bool{}}
		w.walk()
	case !stat.Mode().IsRegular():
		f.diags = append(f.diags, cannotRead(shown, errNotRegular))
	case f.opts.Skip != nil && f.opts.Skip(shown):
	default:
		f.add(File{
			Path: shown, Cluster: in.Cluster, Root: shown,
			dir: filepath.Dir(resolved), name: filepath.Base(resolved), explicit: true,
		})
	}
	return nil
}

func (f *finder) stdin(in Input) error {
	if f.opts.Stdin == nil {
		return errors.New("-: there is no standard input to read")
	}
	for key := range f.seen {
		if key.path == "-" && key.cluster != in.Cluster {
			return errors.New("-: standard input can be read for one cluster only")
		}
	}
	f.add(File{Path: "-", Cluster: in.Cluster, Root: "-", stdin: f.opts.Stdin})
	return nil
}

// add takes a file unless its cluster has it already. A name that the user gave outweighs what
// discovery thinks of the file.
func (f *finder) add(file File) {
	file.instead = f.opts.Overlay[file.Path]
	key := seenKey{file.Cluster, filepath.Join(file.dir, file.name)}
	if file.stdin != nil {
		key.path = "-"
	}
	if i, ok := f.seen[key]; ok {
		if file.explicit {
			f.files[i].explicit, f.files[i].template = true, false
		}
		return
	}
	if limits := f.opts.Limits.orDefault(); len(f.files) >= limits.Files {
		if !f.full {
			f.full = true
			f.diags = append(f.diags, tooManyFiles(file.Root, limits))
		}
		return
	}
	f.seen[key] = len(f.files)
	f.files = append(f.files, file)
}

// shown is the path of a file as positions show it.
func (f *finder) shown(abs string) string {
	if rel, err := filepath.Rel(f.root, abs); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(abs)
}

func (f *finder) hasExtension(name string) bool {
	return slices.Contains(f.extensions, strings.ToLower(path.Ext(name)))
}
