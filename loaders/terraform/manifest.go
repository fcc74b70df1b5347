package terraform

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// readManifest reads which directories "terraform init" put the modules into that are no paths.
func (r *Root) readManifest() {
	name := path.Join(r.dir, ".terraform/modules/modules.json")
	at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	data, err := r.read(name, r.limits.FileBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil || jsonDepth(data) > r.limits.Nesting {
		r.tell(at, "cannot be read; what it names is taken for not initialised")
		return
	}
	var manifest struct {
		Modules []struct{ Key, Source, Dir string }
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		r.tell(at, "is no list of modules; what it names is taken for not initialised")
		return
	}
	r.installed = map[string]string{}
	for _, m := range manifest.Modules {
		if dir, ok := r.inTree(m.Dir); ok {
			r.installed[m.Key] = dir
		} else {
			r.tell(at, "module %s: its directory lies outside of what is read", m.Key)
		}
	}
}

// source is the directory that a call leads to; false if it is not on disk, as far as anybody said. The way of calls to the module has
// dots, and one at its end.
func (r *Root) source(m *module, call *block, way string) (dir string, here bool) {
	text := literal(call.expr("source"))
	if isPath(text) {
		return path.Join(m.dir, text), true
	}
	if dir, here = r.installed[way+call.labels[0]]; here {
		return dir, true
	}
	return r.vendored(text)
}

// vendored is the directory that the options name for a source, with or without what stands behind its "?".
func (r *Root) vendored(source string) (dir string, here bool) {
	plain, _, _ := strings.Cut(source, "?")
	for _, name := range []string{source, plain} {
		if dir, here = r.options.Modules[name]; here && name != "" {
			return path.Clean(dir), true
		}
	}
	return "", false
}

// way is the calls that lead to a scope, without keys.
func (s *scope) way() string {
	if s.parent == nil {
		return ""
	}
	return s.parent.way() + s.call.labels[0] + "."
}
