package terraform

import (
	"encoding/json"
	"path"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// remoteState is the data source that reads the outputs of another state.
const remoteState = "terraform_remote_state"

// remoteState reads a local state of the tree. Everything else stays unknown: a state is never fetched.
func (s *scope) remoteState(config map[string]cty.Value) (cty.Value, bool) {
	backend, ok := config["backend"]
	if !ok || !isText(backend) || backend.AsString() != "local" {
		return cty.NilVal, false
	}
	text := func(name string) (string, bool) {
		c, ok := config["config"]
		if !ok || !c.IsKnown() || c.IsNull() || !c.Type().IsObjectType() || !c.Type().HasAttribute(name) {
			return "", ok && c.IsKnown()
		}
		v := c.GetAttr(name)
		if !isText(v) {
			return "", false
		}
		return v.AsString(), true
	}
	file, ok := text("path")
	if !ok {
		return cty.NilVal, false
	}
	workspace := "default"
	if w, set := config["workspace"]; set {
		if !isText(w) {
			return cty.NilVal, false
		}
		workspace = w.AsString()
	}
	if workspace != "default" {
		dir, ok := text("workspace_dir")
		if !ok {
			return cty.NilVal, false
		}
		if dir == "" {
			dir = "terraform.tfstate.d"
		}
		file = path.Join(dir, workspace, "terraform.tfstate")
	}
	name, ok := s.root.inTree(file)
	if !ok {
		return cty.NilVal, false
	}
	data, err := s.root.readByFunction(name)
	if err != nil || jsonDepth(data) > s.root.limits.Nesting {
		return cty.NilVal, false
	}
	var state struct {
		Outputs map[string]struct {
			Value     json.RawMessage
			Type      json.RawMessage
			Sensitive bool
		}
	}
	if json.Unmarshal(data, &state) != nil {
		return cty.NilVal, false
	}
	out := map[string]cty.Value{}
	if d, ok := config["defaults"]; ok && d.IsKnown() && !d.IsNull() && d.CanIterateElements() {
		for name, v := range d.AsValueMap() {
			out[name] = v
		}
	}
	for name, o := range state.Outputs {
		t, err := ctyjson.UnmarshalType(o.Type)
		if err != nil {
			return cty.NilVal, false
		}
		v, err := ctyjson.Unmarshal(o.Value, t)
		if err != nil {
			return cty.NilVal, false
		}
		if o.Sensitive {
			v = v.Mark(sensitive)
		}
		out[name] = v
	}
	return cty.ObjectVal(out), true
}

// inTree is a path of a configuration, which is relative to the directory of the root module, as one below the root of the tree; false
// if it leads out.
func (r *Root) inTree(p string) (string, bool) {
	if strings.HasPrefix(p, "/") || strings.HasPrefix(p, "~") {
		return "", false
	}
	joined := path.Join(r.dir, p)
	if joined == ".." || strings.HasPrefix(joined, "../") {
		return "", false
	}
	return joined, true
}
