package terraform

import (
	"cmp"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// Found is a root module: a directory of configuration that no scanned module calls by its path, or that has a backend, a provider's
// configuration or files of variables.
type Found struct {
	Dir string // below the tree; "." is the tree itself
	// Environments are the evaluations that its files of variables ask for: always at least one.
	Environments []FoundEnvironment
}

// FoundEnvironment is one evaluation of a root module.
type FoundEnvironment struct {
	Name     string   // from the name of a file of variables or of its directory; "" = what is read without being asked for
	VarFiles []string // relative to the root module, in the order of their precedence, as Options.Variables takes them
}

// Variables are the files of an environment as options.
func (e FoundEnvironment) Variables() (list []Variable) {
	for _, f := range e.VarFiles {
		list = append(list, Variable{File: f})
	}
	return list
}

// Discover finds root modules in directories of a tree, by their names. It reads the headers of blocks alone. A directory that is linked is
// read once; a link that leads out of the tree, and what is no regular file, is told and not read. What git, Terraform and package managers keep for
// themselves is passed over; the modules that "terraform init" put into .terraform are no roots.
//
// Files of variables beside a root, or in directories below it that have no configuration, are environments: eu.tfvars, environments/eu.tfvars,
// environments/eu/*.tfvars. Those that Terraform reads by itself are none; those named common, shared, defaults, globals or base belong to all, and
// examples and samples to nobody.
func Discover(tree *os.Root, dirs []string, l Limits) ([]Found, []Diagnostic) {
	return discover(tree.FS(), dirs, l)
}

func discover(tree fs.FS, dirs []string, l Limits) ([]Found, []Diagnostic) {
	limits := l.orDefault()
	d := &discovery{Root: &Root{fsys: tree, limits: limits, told: map[Diagnostic]bool{}}, visited: map[string]bool{}, folders: map[string]*folder{},
		called: map[string]bool{}, until: time.Now().Add(limits.Time)}
	for _, dir := range dirs {
		d.walk(path.Clean(dir))
	}
	for len(d.links) > 0 && !d.full {
		at := d.links[0]
		d.links = d.links[1:]
		d.follow(at)
	}
	return d.roots(), d.Diagnostics()
}

// discovery is one walk. It borrows the reading of files from Root.
type discovery struct {
	*Root
	visited map[string]bool
	folders map[string]*folder
	called  map[string]bool // directories that some module calls by path
	links   []string
	entered int
	full    bool
	until   time.Time
}

// folder is what a directory has.
type folder struct {
	config, marked bool // files of configuration; a backend, or a provider
	variables      []string
}

// passedOver are directories that hold nobody's configuration, or other people's.
var passedOver = map[string]bool{".git": true, ".hg": true, ".svn": true, ".terraform": true, ".terragrunt-cache": true, ".venv": true,
	"node_modules": true, "bower_components": true, "vendor": true, "__pycache__": true}

func (d *discovery) walk(start string) {
	for waiting := []string{start}; len(waiting) > 0; {
		dir := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if d.visited[dir] || d.full {
			continue
		}
		d.visited[dir] = true
		entries, err := d.entries(dir)
		if err != nil {
			d.tell(hcl.Range{Filename: dir}, "cannot be read: %v", err)
			continue
		}
		if d.entered += 1 + len(entries); d.entered > d.limits.Discovered || time.Now().After(d.until) {
			d.tell(hcl.Range{Filename: dir}, "there is too much to look through; roots beyond are not found")
			d.full = true
			return
		}
		var below []string
		here := &folder{}
		d.folders[dir] = here
		replaced := map[string]bool{}
		for _, e := range entries {
			if base, extension := trimExtension(e.Name()); strings.HasPrefix(extension, ".tofu") {
				replaced[base+strings.Replace(extension, ".tofu", ".tf", 1)] = true
			}
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			switch {
			case e.Type()&fs.ModeSymlink != 0:
				d.links = append(d.links, name)
			case e.IsDir():
				if !passedOver[e.Name()] {
					below = append(below, name)
				}
			case !replaced[e.Name()]:
				d.file(here, dir, name, e.Type().IsRegular())
			}
		}
		slices.Reverse(below)
		waiting = append(waiting, below...)
	}
}

// file notes one file of a directory.
func (d *discovery) file(in *folder, dir, name string, regular bool) {
	base := path.Base(name)
	_, extension := trimExtension(base)
	variables := strings.HasSuffix(base, ".tfvars") || strings.HasSuffix(base, ".tfvars.json")
	switch {
	case extension == "" && !variables, strings.HasPrefix(base, "."), strings.HasSuffix(base, "~"):
	case !regular:
		d.tell(hcl.Range{Filename: name}, "cannot be read: %v", errNotAFile)
	case variables:
		in.variables = append(in.variables, base)
	default:
		in.config = true
		h := d.header(name)
		in.marked = in.marked || h.marked
		for _, source := range h.sources {
			d.called[path.Join(dir, source)] = true
		}
	}
}

// follow looks at what a link leads to, once everything that is no link is known.
func (d *discovery) follow(name string) {
	stat, err := fs.Stat(d.fsys, name) // of a tree: it does not lead out
	dir := path.Dir(name)
	switch base := path.Base(name); {
	case err != nil:
		_, extension := trimExtension(base)
		if extension != "" || strings.Contains(err.Error(), "escapes") {
			d.tell(hcl.Range{Filename: name}, "this symlink leads out of what is read, or to nothing, and is not followed")
		}
	case stat.IsDir():
		if real, ok := resolved(d.fsys, name); ok && !passedOver[base] && !passedOver[path.Base(real)] {
			d.walk(real)
		}
	case d.folders[dir] != nil:
		d.file(d.folders[dir], dir, name, stat.Mode().IsRegular())
	}
}

// maxLinks bounds the links on the way to one name, as systems do.
const maxLinks = 40

// resolved is a name without links on its way; false where it cannot be told.
func resolved(tree fs.FS, name string) (string, bool) {
	out, left := ".", strings.Split(path.Clean(name), "/")
	for followed := 0; len(left) > 0; {
		next := path.Join(out, left[0])
		left = left[1:]
		if next == ".." || strings.HasPrefix(next, "../") {
			return "", false
		}
		stat, err := fs.Lstat(tree, next)
		if err != nil {
			return "", false
		}
		if stat.Mode()&fs.ModeSymlink == 0 {
			out = next
			continue
		}
		to, err := fs.ReadLink(tree, next)
		if followed++; err != nil || followed > maxLinks || path.IsAbs(to) {
			return "", false
		}
		left = append(strings.Split(to, "/"), left...)
	}
	return out, true
}

func (d *discovery) roots() (list []Found) {
	vars := d.variableFolders()
	for dir, f := range d.folders {
		if !f.config {
			continue
		}
		own := environmentsOf(dir, f.variables, vars[dir], d.folders)
		if d.called[dir] && !f.marked && len(f.variables) == 0 {
			continue
		}
		list = append(list, Found{Dir: dir, Environments: own})
	}
	slices.SortFunc(list, func(a, b Found) int { return cmp.Compare(a.Dir, b.Dir) })
	return list
}

// variableFolders are the directories that hold nothing but files of variables, by the directory of configuration up to two levels above.
func (d *discovery) variableFolders() map[string][]string {
	out := map[string][]string{}
	for dir, f := range d.folders {
		if f.config || len(f.variables) == 0 {
			continue
		}
		up := dir
		for range 2 {
			if up == "." {
				break
			}
			up = path.Dir(up)
			if above := d.folders[up]; above != nil && above.config {
				out[up] = append(out[up], dir)
				break
			}
		}
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}
