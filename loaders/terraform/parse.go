package terraform

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
)

// body is the inside of a block, whichever syntax it is written in. In JSON everything is an attribute.
type body struct {
	attrs  map[string]*attribute
	blocks []*block // in the order of the source
	rng    hcl.Range
	sorted []string // see names
}

// names are those of the attributes, sorted. It is asked after override files have had their say.
func (b *body) names() []string {
	if len(b.sorted) != len(b.attrs) {
		b.sorted = slices.Sorted(maps.Keys(b.attrs))
	}
	return b.sorted
}

type attribute struct {
	name string
	expr hcl.Expression
	rng  hcl.Range
}

// block is a nested block, or a block of the top level.
type block struct {
	kind   string
	labels []string
	*body
}

// expr is that of an attribute, or nil.
func (b *body) expr(name string) hcl.Expression {
	if a := b.attrs[name]; a != nil {
		return a.expr
	}
	return nil
}

// blocksOf are the nested blocks of a kind.
func (b *body) blocksOf(kind string) (list []*block) {
	for _, n := range b.blocks {
		if n.kind == kind {
			list = append(list, n)
		}
	}
	return list
}

// topLevel are the blocks of a file; JSON cannot be read without knowing how many labels they have.
var topLevel = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "terraform"}, {Type: "locals"}, {Type: "moved"}, {Type: "removed"}, {Type: "import"},
	{Type: "variable", LabelNames: []string{"name"}}, {Type: "output", LabelNames: []string{"name"}},
	{Type: "module", LabelNames: []string{"name"}}, {Type: "provider", LabelNames: []string{"name"}},
	{Type: "check", LabelNames: []string{"name"}}, {Type: "resource", LabelNames: []string{"type", "name"}},
	{Type: "data", LabelNames: []string{"type", "name"}}, {Type: "ephemeral", LabelNames: []string{"type", "name"}},
}}

// files are those of a module, in the order in which they count: override files last.
func (r *Root) files(dir string) (plain, overrides []string) {
	entries, err := r.entries(dir)
	if err != nil {
		r.tell(hcl.Range{Filename: dir}, "the directory of a module cannot be read: %v", err)
		return nil, nil
	}
	names := map[string]bool{}
	for _, e := range entries {
		if _, extension := trimExtension(e.Name()); extension != "" {
			names[e.Name()] = r.regular(dir, e)
		}
	}
	for _, e := range entries {
		name := e.Name()
		base, extension := trimExtension(name)
		switch {
		case extension == "" || strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || !names[name]:
		case strings.HasPrefix(extension, ".tf") && names[base+strings.Replace(extension, ".tf", ".tofu", 1)]:
			// OpenTofu reads the other one instead.
		case base == "override" || strings.HasSuffix(base, "_override"):
			overrides = append(overrides, path.Join(dir, name))
		default:
			plain = append(plain, path.Join(dir, name))
		}
	}
	return plain, overrides
}

// regular reports whether an entry is a file, or a link to one within the tree; what is neither and looks like configuration is told.
func (r *Root) regular(dir string, e fs.DirEntry) bool {
	if e.Type().IsRegular() {
		return true
	}
	if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
		return false
	}
	name := path.Join(dir, e.Name())
	stat, err := fs.Stat(r.fsys, name)
	if err == nil && !stat.Mode().IsRegular() {
		err = errNotAFile
	}
	if err != nil {
		r.tell(hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}, "cannot be read: %v", err)
	}
	return err == nil
}

// trimExtension splits the name of a file of configuration; the extension is "" for any other.
func trimExtension(name string) (base, extension string) {
	for _, e := range []string{".tf.json", ".tofu.json", ".tf", ".tofu"} {
		if b, ok := strings.CutSuffix(name, e); ok {
			return b, e
		}
	}
	return name, ""
}

// parseFile reads one file into its blocks of the top level.
func (r *Root) parseFile(name string) []*block {
	data, ok := r.readConfig(name)
	if !ok {
		return nil
	}
	if strings.HasSuffix(name, ".json") {
		file, diags := json.Parse(data, name)
		r.diagnose(diags)
		if file == nil {
			return nil
		}
		return r.jsonBlocks(file)
	}
	file, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
	r.diagnose(diags)
	if file == nil {
		return nil
	}
	native, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	for _, b := range native.Blocks {
		for name, a := range b.Body.Attributes {
			if b.Type != "variable" || name != "type" { // types look like calls of functions
				r.prepare(a.Expr)
			}
		}
		for _, inner := range b.Body.Blocks {
			r.prepare(inner.Body)
		}
	}
	return nativeBody(native).blocks
}

// prepare makes a tree safe to evaluate, and tells which numbers of it are refused.
func (r *Root) prepare(n hclsyntax.Node) {
	for _, at := range r.meter.prepare(n) {
		r.tell(at, "a number has a binary exponent beyond %d; it is taken for unknown", r.limits.Exponent)
	}
}

func nativeBody(in *hclsyntax.Body) *body {
	out := &body{attrs: map[string]*attribute{}, rng: in.SrcRange}
	for name, a := range in.Attributes {
		out.attrs[name] = &attribute{name: name, expr: a.Expr, rng: a.SrcRange}
	}
	for _, b := range in.Blocks {
		n := &block{kind: b.Type, labels: b.Labels, body: nativeBody(b.Body)}
		n.rng = b.DefRange()
		out.blocks = append(out.blocks, n)
	}
	return out
}

// override lets a block of an override file speak for the parts that it has: attributes replace, and nested blocks replace all of
// their kind, where a dynamic block counts as the kind that it makes.
func (b *block) override(by *block) {
	for name, a := range by.attrs {
		b.attrs[name] = a
	}
	var replaced []string
	for _, n := range by.blocks {
		kind := n.makes()
		if kind == "lifecycle" {
			if own := b.blocksOf(kind); len(own) > 0 {
				own[0].override(n)
				continue
			}
		}
		if !slices.Contains(replaced, kind) {
			replaced = append(replaced, kind)
			b.blocks = slices.DeleteFunc(b.blocks, func(old *block) bool { return old.makes() == kind })
		}
		b.blocks = append(b.blocks, n)
	}
}

// makes is the kind of blocks that a block stands for.
func (b *block) makes() string {
	if b.kind == "dynamic" && len(b.labels) == 1 {
		return b.labels[0]
	}
	return b.kind
}

func (r *Root) tell(at hcl.Range, format string, args ...any) {
	r.report(Diagnostic{Range: at, Message: fmt.Sprintf(format, args...)})
}

func (r *Root) report(d Diagnostic) {
	if len(d.Message) > 400 {
		d.Message = strings.ToValidUTF8(d.Message[:400], "") + " …"
	}
	if r.told[d] || len(r.diagnostics) > r.limits.Diagnostics {
		return
	}
	r.told[d] = true
	if len(r.diagnostics) == r.limits.Diagnostics {
		d = Diagnostic{Range: hcl.Range{Filename: r.dir}, Message: "there is more that cannot be evaluated"}
	}
	r.diagnostics = append(r.diagnostics, d)
}

func (r *Root) diagnose(diags hcl.Diagnostics) {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			at := hcl.Range{}
			if d.Subject != nil {
				at = *d.Subject
			}
			r.tell(at, "%s: %s", d.Summary, d.Detail)
		}
	}
}
