package terraform

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// ReadState reads a state: terraform.tfstate (version 4), or what "terraform show -json" prints of one. A state knows what is there: ids,
// names that others resolve, and how many instances there are.
func ReadState(name string, data []byte, o Options) (*Planned, error) {
	p, err := openPlanned(name, data, o)
	if err != nil {
		return nil, err
	}
	p.State = true
	var head struct {
		Number  json.Number `json:"version"`
		Format  string      `json:"format_version"`
		Version string      `json:"terraform_version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%s: it is no state: %w", name, err)
	}
	p.Version = head.Version
	start := p.text.space(0)
	if head.Format != "" {
		if err := formatVersion(head.Format); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if values, found := p.text.find(start, "/values"); found != "" {
			p.rootValues(values, "/values", "")
		}
		return p, nil
	}
	if head.Number != "4" {
		return nil, fmt.Errorf("%s: its version %q is not among those that are understood: 4", name, clip(string(head.Number)))
	}
	if list, found := p.text.find(start, "/resources"); found != "" {
		p.text.members(list, func(_ string, i, at int) { p.stateResource(at, "/resources/"+strconv.Itoa(i)) })
	}
	return p, nil
}

// stateResource reads the instances of a resource of a state of version 4.
func (p *Planned) stateResource(at int, pointer string) {
	var r struct {
		Module, Mode, Type, Name, Provider string
	}
	if err := json.Unmarshal(p.text.value(at), &r); err != nil {
		p.tell(at, "a resource cannot be read: %v", err)
		return
	}
	list, found := p.text.find(at, "/instances")
	if found == "" {
		return
	}
	p.text.members(list, func(_ string, i, at int) {
		var in struct {
			Key        json.RawMessage   `json:"index_key"`
			Attributes json.RawMessage   `json:"attributes"`
			Flat       map[string]string `json:"attributes_flat"`
			Sensitive  json.RawMessage   `json:"sensitive_attributes"`
			First      *bool             `json:"create_before_destroy"`
			Deposed    string            `json:"deposed"`
		}
		if err := json.Unmarshal(p.text.value(at), &in); err != nil {
			p.tell(at, "an instance cannot be read: %v", err)
			return
		}
		if in.Deposed != "" {
			return // on its way out
		}
		o := planObject{Module: r.Module, Mode: r.Mode, Type: r.Type, Name: r.Name, Address: stateAddress(r.Module, r.Mode, r.Type, r.Name, in.Key)}
		x := p.add(o, at, pointer+"/instances/"+strconv.Itoa(i), "/attributes", unwrapped(in.Attributes), nil, secretParts(in.Sensitive))
		if x == nil {
			return
		}
		p.instances[len(p.instances)-1].Provider = stateProvider(r.Provider)
		if in.First != nil {
			x.before = Leaf{Value: cty.BoolVal(*in.First), at: &x.position}
		}
		if len(in.Flat) > 0 {
			x.opaque = "a state of a provider before Terraform 0.12"
		}
	})
}

func stateAddress(module, mode, kind, name string, key json.RawMessage) string {
	out := kind + "." + name
	if mode == "data" {
		out = "data." + out
	}
	if module != "" {
		out = module + "." + out
	}
	switch v, err := decodeJSON(key); v := v.(type) {
	case json.Number:
		out += "[" + string(v) + "]"
	case string:
		if err == nil {
			out += "[" + quote(v) + "]"
		}
	}
	return out
}

// stateProvider is a provider's configuration as plans name it: provider["registry.terraform.io/hashicorp/aws"].dr is aws.dr.
func stateProvider(text string) string {
	module, rest, ok := strings.Cut(text, `provider["`)
	source, after, closed := strings.Cut(rest, `"]`)
	if !ok || !closed {
		return ""
	}
	name := source[strings.LastIndexByte(source, '/')+1:] + after
	if module = strings.TrimSuffix(module, "."); module != "" {
		return keyless(module) + ":" + name
	}
	return name
}

// unwrapped are the attributes of a state with those of any type as values: they have their type beside them.
func unwrapped(raw json.RawMessage) json.RawMessage {
	v, err := decodeJSON(raw)
	if err != nil {
		return raw
	}
	attrs, ok := v.(map[string]any)
	if !ok {
		return raw
	}
	changed := false
	for name, a := range attrs {
		m, ok := a.(map[string]any)
		if !ok || len(m) != 2 || m["type"] == nil {
			continue
		}
		value, has := m["value"]
		t, err := json.Marshal(m["type"])
		if !has || err != nil {
			continue
		}
		if _, err := ctyjson.UnmarshalType(t); err == nil {
			attrs[name], changed = value, true
		}
	}
	if !changed {
		return raw
	}
	out, err := json.Marshal(attrs)
	if err != nil {
		return raw
	}
	return out
}

// secretParts are paths to sensitive values as a value of the same shape as what they lead into. Of a list all is sensitive.
func secretParts(raw json.RawMessage) json.RawMessage {
	var paths [][]struct {
		Value json.RawMessage `json:"value"`
	}
	if json.Unmarshal(raw, &paths) != nil || len(paths) == 0 {
		return nil
	}
	out := map[string]any{}
	for _, p := range paths {
		var names []string
		for _, step := range p {
			name, ok := stepName(step.Value)
			if !ok {
				break
			}
			names = append(names, name)
		}
		into := out
		for i, name := range names {
			if i == len(names)-1 || into[name] == true {
				into[name] = true
				break
			}
			next, ok := into[name].(map[string]any)
			if !ok {
				next = map[string]any{}
				into[name] = next
			}
			into = next
		}
	}
	js, err := json.Marshal(out)
	if err != nil {
		return nil
	}
	return js
}

// stepName is the name or the key of a step; false for an index. A key has its type beside it.
func stepName(raw json.RawMessage) (string, bool) {
	v, err := decodeJSON(raw)
	if m, ok := v.(map[string]any); ok {
		v = m["value"]
	}
	name, ok := v.(string)
	return name, ok && err == nil
}
