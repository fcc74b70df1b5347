package terraform

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Options say how a root module is run.
type Options struct {
	Env       map[string]string // TF_VAR_* alone are looked at
	Variables []Variable        // -var and -var-file, in their order
	Workspace string            // "" = default
}

// Variable is a -var (Name and Value) or a -var-file (File, relative to the root module).
type Variable struct{ Name, Value, File string }

// Diagnostic is something that cannot be evaluated, and where.
type Diagnostic struct {
	Range   hcl.Range
	Message string
}

// Root is a root module with everything that it calls. It is evaluated on demand, by one goroutine.
type Root struct {
	Diagnostics []Diagnostic

	fsys      fs.FS
	dir       string // of the root module in it
	options   Options
	modules   map[string]*module
	reads     map[string]bool // attributes that somebody reads of something
	top       *scope
	functions map[string]function.Function
	bytes     int64 // read by functions so far
	regions   bool  // every resource is asked for its region
}

// sensitive marks values that reports must not show.
type mark string

const sensitive = mark("sensitive")

// Load parses the root module in a directory of a tree, and all modules that it calls by path. The error is for a tree that cannot be
// read at all.
func Load(tree *os.Root, dir string, o Options) (*Root, error) {
	r := &Root{fsys: tree.FS(), dir: dir, options: o, modules: map[string]*module{}, reads: map[string]bool{}}
	if r.options.Workspace == "" {
		r.options.Workspace = "default"
	}
	if _, err := fs.ReadDir(r.fsys, dir); err != nil {
		return nil, err
	}
	r.functions = r.allFunctions()
	m := r.module(dir)
	r.parseCalled(m, nil)
	given := r.given(m)
	r.top = &scope{root: r, module: m, memo: map[string]cty.Value{}, busy: map[string]bool{}, inputs: map[string]func() cty.Value{}}
	for name, v := range m.variables {
		r.top.inputs[name] = func() cty.Value {
			if g, ok := given[name]; ok {
				return g.valueFor(r, v)
			}
			return v.fallback(r)
		}
	}
	return r, nil
}

// parseCalled parses what a module calls, so that all reads are known before anything is evaluated.
func (r *Root) parseCalled(m *module, above []string) {
	above = append(above[:len(above):len(above)], m.dir)
	for _, name := range m.callOrder {
		dir, local := m.source(m.calls[name])
		if !local || r.modules[dir] != nil || len(above) > maxModuleDepth {
			continue
		}
		if _, err := fs.Stat(r.fsys, dir); err != nil {
			r.tell(m.calls[name].rng, "module %s: its directory %s cannot be read", name, dir)
			continue
		}
		r.parseCalled(r.module(dir), above)
	}
}

const (
	maxModuleDepth = 16
	maxReadByFunc  = 4 << 20
	maxReadInTotal = 256 << 20
)

var errNotAFile = errors.New("it is no regular file")

// read reads a file of the tree. What is no regular file is never opened.
func (r *Root) read(name string) ([]byte, error) {
	stat, err := fs.Stat(r.fsys, name)
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, errNotAFile
	}
	f, err := r.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxReadByFunc+1))
	if err == nil && len(data) > maxReadByFunc {
		err = errors.New("it is too large")
	}
	r.bytes += int64(len(data))
	if r.bytes > maxReadInTotal {
		return nil, errors.New("too much is read")
	}
	return data, err
}

func isText(v cty.Value) bool {
	return v.IsKnown() && !v.IsMarked() && !v.IsNull() && v.Type() == cty.String
}
