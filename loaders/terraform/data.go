package terraform

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// computing reads a type of data sources whose answers files of the tree decide, or the configuration itself: what it adds to what is configured;
// nil for any other type. An error is what a plan would fail for. No values and no error: it cannot be told.
func computing(kind string) func(*reading) (map[string]cty.Value, error) {
	switch kind {
	case "kubectl_path_documents":
		return pathDocuments
	case "kubectl_file_documents":
		return fileDocuments
	case "kubectl_filename_list":
		return filenameList
	case "local_file":
		return localFile
	case "template_file":
		return templateOf
	case "aws_region":
		return awsRegion
	case remoteState:
		return (*reading).state
	}
	return nil
}

// reading is one data source that is read.
type reading struct {
	*Root
	scope  *scope
	block  *block
	at     *instance
	config map[string]cty.Value
}

// dataOf are the attributes that a data source works out, once.
func (s *scope) dataOf(b *block, i *instance, config map[string]cty.Value) map[string]cty.Value {
	read := computing(b.labels[0])
	if b.kind != "data" || read == nil {
		return nil
	}
	if !i.read {
		i.read = true // also while it is being read
		i.data = s.root.reading(&reading{s.root, s, b, i, config}, read)
	}
	return i.data
}

// reading reads within the bounds of one attribute.
func (r *Root) reading(d *reading, read func(*reading) (map[string]cty.Value, error)) (out map[string]cty.Value) {
	r.meter.enter()
	defer r.meter.leave()
	b := r.meter.fresh()
	r.meter.budget = b
	defer func() {
		if recover() != nil || b.over != "" {
			out = nil
			r.tell(d.block.rng, "data %s: %s", strings.Join(d.block.labels, "."), b.over)
		}
		r.meter.rest()
	}()
	out, err := read(d)
	if err == nil {
		for _, v := range out {
			if err = r.meter.measure(v); err != nil {
				break
			}
		}
	}
	if err != nil {
		if b.over == "" {
			r.tell(d.block.rng, "data %s: %v", strings.Join(d.block.labels, "."), err)
		}
		return nil
	}
	for _, v := range d.config { // no result tells what must not be shown
		if hasSensitive(v, nil) {
			for name, v := range out {
				out[name] = v.Mark(sensitive)
			}
			break
		}
	}
	return out
}

// text is a configured text; false if it is unknown, null or not there.
func (d *reading) text(name string) (string, bool) {
	v, ok := d.config[name]
	if !ok {
		return "", false
	}
	return plainText(v)
}

// open reports whether a value that is configured is not known as a whole.
func (d *reading) open(names ...string) bool {
	for _, name := range names {
		if v, ok := d.config[name]; ok && !v.IsWhollyKnown() {
			return true
		}
	}
	return false
}

// glob are the files that match a pattern of a path, as Terraform would name them.
func (d *reading) glob(pattern string) (names []string, err error) {
	plain := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(d.dir)
	if path.IsAbs(pattern) || strings.HasPrefix(pattern, "~") {
		return nil, errOutside
	}
	whole := path.Join(plain, pattern)
	if whole == ".." || strings.HasPrefix(whole, "../") {
		return nil, errOutside
	}
	counted := &countedFS{FS: d.fsys, left: d.limits.Entries}
	found, err := fs.Glob(counted, whole)
	switch {
	case counted.left < 0: // which Glob passes over, as any directory that cannot be listed
		return nil, d.meter.over(refuse("its pattern goes through too many files"))
	case err != nil:
		return nil, err
	}
	for _, f := range found {
		name := relative(d.dir, f)
		if !strings.ContainsAny(pattern, `*?[\`) {
			name = pattern
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

var errOutside = errors.New("its path lies outside of what is read")

// file is the text of a file, and where that lies below the tree.
func (d *reading) file(name string) (text, at string, err error) {
	at, ok := d.inTree(name)
	if !ok {
		return "", "", errOutside
	}
	data, err := d.readByFunction(at)
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", name, err)
	}
	d.sources[at] = data
	return string(data), at, nil
}

// render renders a template whose variables are texts.
func (d *reading) render(text, name string, vars ...string) (out string, made *origin, err error) {
	variables := map[string]cty.Value{}
	for _, attr := range vars {
		v, ok := d.config[attr]
		if !ok {
			continue
		}
		if v, _ = v.Unmark(); v.IsNull() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
			continue
		}
		for key, e := range v.AsValueMap() {
			if text, ok := plainText(e); ok {
				variables[key] = cty.StringVal(text)
			} else if e, _ = e.Unmark(); !e.IsNull() {
				return "", nil, fmt.Errorf("variable %s is no text", clip(key))
			}
		}
	}
	e, err := d.parseTemplate(text, name, hcl.InitialPos)
	if err != nil {
		return "", nil, err
	}
	v, diags := e.Value(&hcl.EvalContext{Variables: variables, Functions: d.functions})
	if diags.HasErrors() {
		return "", nil, diags
	}
	out, ok := plainText(v)
	if !ok {
		return "", nil, errUnknown
	}
	d.meter.text(len(out))
	return out, &origin{scope: d.scope, expr: e, frame: frame{iterators: variables, dynamic: map[string]*iterator{}}, whole: out}, nil
}

// errUnknown is a result that no plan shows either, such as that of timestamp().
var errUnknown = errors.New("its result is not known")
