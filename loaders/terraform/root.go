package terraform

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Options say how a root module is run.
type Options struct {
	Env       map[string]string        // TF_VAR_* alone are looked at
	Variables []Variable               // -var and -var-file, in their order
	Workspace string                   // "" = the one that .terraform/environment selects, else "default"
	Shown     func(file string) string // the name of a file of the tree in positions; nil = as the tree has it
	// Modules are directories of the tree that hold modules which are no paths, by their sources as they are written (what stands behind a
	// "?" may be left out). What .terraform/modules/modules.json says goes before.
	Modules map[string]string
	Limits  Limits
}

// Variable is a -var (Name and Value) or a -var-file (File, relative to the root module).
type Variable struct{ Name, Value, File string }

// Diagnostic is something that cannot be evaluated, and where.
type Diagnostic struct {
	Range   hcl.Range
	Message string
	Note    bool // nothing is unknown for it
}

// Root is a root module with everything that it calls. It is evaluated on demand, by one goroutine.
type Root struct {
	diagnostics []Diagnostic

	fsys      fs.FS
	dir       string // of the root module in it
	options   Options
	limits    Limits
	meter     *meter
	modules   map[string]*module
	reads     map[string]bool // attributes that somebody reads of something
	top       *scope
	functions map[string]function.Function
	templates map[string]hclsyntax.Expression // parsed, by their names
	sources   map[string][]byte               // of configuration and of templates, for positions
	told      map[Diagnostic]bool
	failures  map[place]string     // why an expression has no value, where it is for an error or a bound
	bytes     int                  // read by functions so far
	config    int                  // bytes of configuration so far
	instances int                  // of all expansions so far
	entered   int                  // instances of modules so far
	chain     int                  // named values that are being worked out
	walks     int                  // calls that were followed to parse what they lead to
	installed map[string]string    // directories of modules.json, by the way of calls
	refused   map[*variable]string // why a value that was given is not taken
	circled   map[string]bool      // values of which it is told that they need themselves
	regions   bool                 // every resource is asked for its region
	origins   map[string]*origin   // of texts that data sources give
	imported  map[string]target    // ids of import blocks, by the address that they are for; nil = not yet looked for

	configFiles int        // that were read
	placing     sync.Mutex // held while something is located after the evaluation
}

// place is an expression in one instance of a module.
type place struct {
	scope *scope
	expr  hcl.Expression
}

// sensitive marks values that reports must not show.
type mark string

const sensitive = mark("sensitive")

// Diagnostics are what cannot be evaluated so far, by place. Asking for more values may add some.
func (r *Root) Diagnostics() []Diagnostic {
	slices.SortStableFunc(r.diagnostics, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Range.Filename, b.Range.Filename), cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte), cmp.Compare(a.Message, b.Message))
	})
	return r.diagnostics
}

// Load parses the root module in a directory of a tree, and all modules that it calls by path. The error is for a tree that cannot be
// read at all. The context holds for what is evaluated later, too.
func Load(ctx context.Context, tree *os.Root, dir string, o Options) (*Root, error) {
	return load(ctx, tree.FS(), dir, o)
}

func load(ctx context.Context, tree fs.FS, dir string, o Options) (*Root, error) {
	limits := o.Limits.orDefault()
	r := &Root{fsys: tree, dir: dir, options: o, limits: limits, modules: map[string]*module{}, reads: map[string]bool{},
		templates: map[string]hclsyntax.Expression{}, told: map[Diagnostic]bool{}, sources: map[string][]byte{}, failures: map[place]string{}, refused: map[*variable]string{}}
	r.meter = &meter{limits: limits, ctx: ctx, operations: map[*hclsyntax.Operation]*hclsyntax.Operation{}}
	r.meter.rest()
	r.meter.enter()
	defer r.meter.leave()
	if r.options.Workspace == "" {
		r.options.Workspace = r.selected()
	}
	if _, err := fs.Stat(r.fsys, dir); err != nil {
		return nil, err
	}
	r.functions = r.allFunctions()
	r.meter.functions = r.functions
	m := r.module(dir)
	r.readManifest()
	r.parseCalled(m, "", nil)
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

// selected is the workspace that "terraform workspace select" left behind.
func (r *Root) selected() string {
	data, err := r.read(path.Join(r.dir, ".terraform/environment"), 1<<10)
	if name := strings.TrimSpace(string(data)); err == nil && name != "" {
		return name
	}
	return "default"
}

// parseCalled parses what a module calls, so that all reads are known before anything is evaluated. Key is the way of calls to it, as
// modules.json names it.
func (r *Root) parseCalled(m *module, key string, above []string) {
	above = append(above[:len(above):len(above)], m.dir)
	for _, name := range m.callOrder {
		dir, here := r.source(m, m.calls[name], key)
		if !here || slices.Contains(above, dir) || len(above) > r.limits.ModuleDepth {
			continue
		}
		if stat, err := fs.Stat(r.fsys, dir); err != nil || !stat.IsDir() {
			r.tell(m.calls[name].rng, "module %s: its directory %s cannot be read", name, dir)
			continue
		}
		if r.walks++; r.walks > r.limits.Modules {
			r.tell(m.calls[name].rng, "there are more than %d calls of modules", r.limits.Modules)
			return
		}
		r.parseCalled(r.module(dir), key+name+".", above)
	}
}

var errNotAFile = errors.New("it is no regular file")

// read reads a file of the tree. What is no regular file is never opened.
func (r *Root) read(name string, limit int) ([]byte, error) {
	stat, err := fs.Stat(r.fsys, name)
	switch {
	case err != nil:
		return nil, err
	case !stat.Mode().IsRegular():
		return nil, errNotAFile
	case stat.Size() > int64(limit):
		return nil, refuse("it is larger than %d bytes", limit)
	}
	f, err := r.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = refuse("it is larger than %d bytes", limit)
	}
	return data, err
}

// readByFunction reads a file that a function names.
func (r *Root) readByFunction(name string) ([]byte, error) {
	if r.bytes > r.limits.AllReadBytes {
		return nil, r.meter.over(refuse("functions read more than %d bytes of files", r.limits.AllReadBytes))
	}
	data, err := r.read(name, r.limits.ReadBytes)
	r.bytes += len(data)
	return data, r.meter.over(err)
}

// readConfig reads a file of configuration or of variables, and lets no file through that a parser could not survive.
func (r *Root) readConfig(name string) ([]byte, bool) {
	at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if why := r.meter.late(); why != "" {
		r.tell(hcl.Range{Filename: r.dir}, "%s; what follows is not read", why)
		return nil, false
	}
	if r.config > r.limits.ConfigBytes {
		r.tell(hcl.Range{Filename: r.dir}, "the configuration is larger than %d bytes; what follows is not read", r.limits.ConfigBytes)
		return nil, false
	}
	data, err := r.read(name, r.limits.FileBytes)
	if err != nil {
		r.tell(at, "cannot be read: %v", err)
		return nil, false
	}
	r.config += len(data)
	r.configFiles++
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if where, what := r.limits.guard(name, data); what != "" {
		r.tell(where, "%s", what)
		return nil, false
	}
	r.sources[name] = data
	return data, true
}

// entries are those of a directory, in the order of their names.
func (r *Root) entries(dir string) ([]fs.DirEntry, error) {
	d, err := r.fsys.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	list, ok := d.(fs.ReadDirFile)
	if !ok {
		return nil, errors.New("it is no directory")
	}
	out, err := list.ReadDir(r.limits.Entries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(out) > r.limits.Entries {
		return nil, refuse("it has more than %d entries", r.limits.Entries)
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

func isText(v cty.Value) bool {
	return v.IsKnown() && !v.IsMarked() && !v.IsNull() && v.Type() == cty.String
}
