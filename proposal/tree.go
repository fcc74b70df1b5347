package proposal

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
)

// tree is what a repository holds, by folder. Paths are slash-separated and relative to its root, which is ".".
type tree struct {
	ctx    context.Context
	limits source.Limits
	found  map[string]source.File
	dirs   map[string]*dir
	files  map[string]*file
	diags  []source.Diagnostic

	terraform []string // files of Terraform

	dirList  []*dir // once all are known
	fileList []*file
}

// dir is a folder that has files of interest in it or below.
type dir struct {
	path   string
	parent *dir
	dirs   []*dir  // by name
	files  []*file // by name
	kust   *kustomization
	chart  *chart
	aside  bool // documentation, tests, tools: no part of the fleet

	scope scope
	parts []string // the names that made the scope, outermost first
	bears bool     // its own name is one of them
	home  string   // the word of its parent that says what it is, such as clusters
}

// file is one file of interest.
type file struct {
	path     string
	dir      *dir
	docs     []*source.Document
	scope    scope
	parts    []string
	bears    bool
	owner    *dir // the kustomization or chart in whose folder it lies
	relevant bool // a document of it matters
	part     bool // named by a kustomization, which applies it
}

func (f *file) name() string { return path.Base(f.path) }

func (d *dir) name() string { return path.Base(d.path) }

func (f *file) stem() string {
	name := f.name()
	return strings.TrimSuffix(name, path.Ext(name))
}

// readTree reads the files below root.
func readTree(ctx context.Context, root string, o Options) (*tree, error) {
	so := source.Options{Root: root, NoIgnore: o.NoIgnore, Limits: o.Limits}
	in := []source.Input{{Path: "."}}
	files, _, err := source.Find(ctx, in, so, ".yaml", ".yml", ".json", "", ".tf", ".tfvars")
	if err != nil {
		return nil, err
	}
	res, err := source.Load(ctx, in, so)
	if err != nil {
		return nil, err
	}
	t := &tree{ctx: ctx, limits: o.Limits, found: map[string]source.File{}, dirs: map[string]*dir{}, files: map[string]*file{}, diags: res.Diagnostics}
	for _, f := range files {
		if hidden(f.Path) || path.Ext(f.Path) == "" && path.Base(f.Path) != "Kustomization" || path.Base(f.Path) == "muster.yaml" {
			continue
		}
		if ext := path.Ext(f.Path); ext == ".tf" || ext == ".tfvars" {
			t.terraform = append(t.terraform, f.Path)
			continue
		}
		t.found[f.Path] = f
		d := t.dir(path.Dir(f.Path))
		added := &file{path: f.Path, dir: d}
		t.files[f.Path] = added
		d.files = append(d.files, added)
	}
	for _, doc := range res.Docs {
		if f := t.files[doc.File]; f != nil {
			f.docs = append(f.docs, doc)
			f.relevant = f.relevant || matters(doc)
		}
	}
	for _, d := range t.dirs {
		slices.SortFunc(d.dirs, func(a, b *dir) int { return cmp.Compare(a.path, b.path) })
		slices.SortFunc(d.files, func(a, b *file) int { return cmp.Compare(a.path, b.path) })
	}
	return t, nil
}

// hidden: .github and its like configure other programs.
func hidden(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		if strings.HasPrefix(part, ".") && part != "." {
			return true
		}
	}
	return false
}

func (t *tree) dir(p string) *dir {
	if d := t.dirs[p]; d != nil {
		return d
	}
	d := &dir{path: p}
	t.dirs[p] = d
	if p != "." {
		d.parent = t.dir(path.Dir(p))
		d.parent.dirs = append(d.parent.dirs, d)
	}
	return d
}

// sorted lists folders by path: a parent before its children.
func (t *tree) sorted() []*dir {
	if t.dirList != nil {
		return t.dirList
	}
	list := make([]*dir, 0, len(t.dirs))
	for _, d := range t.dirs {
		list = append(list, d)
	}
	slices.SortFunc(list, compareDirs)
	t.dirList = list
	return list
}

func compareDirs(a, b *dir) int {
	switch {
	case a.path == b.path:
		return 0
	case a.path == ".":
		return -1
	case b.path == ".":
		return 1
	}
	return slices.Compare(strings.Split(a.path, "/"), strings.Split(b.path, "/"))
}

func (t *tree) sortedFiles() []*file {
	if t.fileList != nil {
		return t.fileList
	}
	list := make([]*file, 0, len(t.files))
	for _, f := range t.files {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b *file) int { return cmp.Compare(a.path, b.path) })
	t.fileList = list
	return list
}

// walk visits a folder and all below it.
func (d *dir) walk(visit func(*dir) bool) {
	if !visit(d) {
		return
	}
	for _, sub := range d.dirs {
		sub.walk(visit)
	}
}

// text reads a file; nil if it cannot be read.
func (t *tree) text(p string) []byte {
	f, ok := t.found[p]
	if !ok {
		return nil
	}
	data, bad := f.Read(t.ctx, t.limits)
	if bad != nil {
		return nil
	}
	return data
}

// plain reads a file that is plain YAML, not a manifest: the node of its first document, or nil.
func (t *tree) plain(p string) *yaml.Node {
	data := t.text(p)
	var n yaml.Node
	if len(data) == 0 || yaml.Unmarshal(data, &n) != nil || len(n.Content) == 0 || n.Content[0].Kind != yaml.MappingNode {
		return nil
	}
	return n.Content[0]
}

// at follows keys through mappings; nil if one is missing.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n = target(n); n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		var next *yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				next = n.Content[i+1]
			}
		}
		n = next
	}
	return target(n)
}

func target(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// word is the text of a scalar, or "".
func word(n *yaml.Node) string {
	if n = target(n); n == nil || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return ""
	}
	return n.Value
}

func words(n *yaml.Node) []string {
	var list []string
	if n = target(n); n != nil && n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			if w := word(item); w != "" {
				list = append(list, w)
			}
		}
	}
	return list
}

// group is the API group of a document.
func group(d *source.Document) string {
	g, _, named := strings.Cut(d.APIVersion, "/")
	if !named {
		return ""
	}
	return g
}

// isDelivery: objects that say what is deployed where, and are no configuration of a mesh.
func isDelivery(d *source.Document) bool {
	g := group(d)
	return g == "argoproj.io" && (d.Kind == "Application" || d.Kind == "ApplicationSet" || d.Kind == "AppProject") ||
		strings.HasSuffix(g, ".fluxcd.io") || g == "fleet.cattle.io" ||
		d.Kind == "Secret" && strings.Contains(string(d.JSON), "argocd.argoproj.io/secret-type")
}

// matters reports whether a document says something about services or a mesh.
func matters(d *source.Document) bool {
	return !isDelivery(d) && (kubernetes.Handles(d.APIVersion, d.Kind) || meshGroup(group(d)) != "" || group(d) == "gateway.networking.k8s.io")
}

// matters reports whether a file holds such a document.
func (f *file) matters() bool { return f.relevant }
