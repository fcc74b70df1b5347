package terraform

import (
	"encoding/json"
	"slices"
	"strings"
)

// maxResolved bounds the references that one leaf leads to.
const maxResolved = 1000

// resolution follows references of the configuration in a plan to resources.
type resolution struct {
	plan *Planned
	seen map[string]bool
	out  []string
	lost bool // some references lead on where a plan shows nothing
}

// resolve leads references of a module to resources: through variables to what calls give for them, and through outputs. What is local, and
// keys that are no constants, a plan does not show.
func (p *Planned) resolve(references []string, address string, m *planModule) (refs []string, lost bool) {
	r := &resolution{plan: p, seen: map[string]bool{}}
	r.all(references, address, m)
	slices.Sort(r.out)
	return slices.Compact(r.out), r.lost
}

func (r *resolution) all(references []string, address string, m *planModule) {
	for _, ref := range shortest(references) {
		if at := address + " " + ref; len(r.seen) < maxResolved && !r.seen[at] {
			r.seen[at] = true
			r.one(ref, address, m)
		}
	}
}

// shortest leaves out what another reference is a part of: a plan names "aws_lb.eu.dns_name" and "aws_lb.eu".
func shortest(references []string) (list []string) {
	for _, ref := range references {
		longer := slices.ContainsFunc(references, func(other string) bool {
			rest, ok := strings.CutPrefix(other, ref)
			return ok && rest != "" && (rest[0] == '.' || rest[0] == '[')
		})
		if !longer {
			list = append(list, ref)
		}
	}
	return list
}

func (r *resolution) one(ref, address string, m *planModule) {
	list := parts(ref)
	prefix := address
	if prefix != "" {
		prefix += "."
	}
	switch list[0] {
	case "local", "self", "each":
		r.lost = true
	case "path", "terraform", "count":
	case "var":
		if up, call, ok := r.plan.caller(address); ok && len(list) > 1 {
			name, _, _ := strings.Cut(list[1], "[")
			r.all(referencesIn(call.Expressions[name]), up, r.plan.moduleAt(up))
		}
	case "module":
		if m == nil || len(list) < 3 {
			return
		}
		name, _, _ := strings.Cut(list[1], "[")
		output, _, _ := strings.Cut(list[2], "[")
		call, ok := m.Calls[name]
		if !ok || call.Module == nil {
			r.out = append(r.out, prefix+ref)
			return
		}
		r.all(referencesIn(call.Module.Outputs[output].Expression), prefix+"module."+list[1], call.Module)
	default:
		if len(list) > 1 {
			r.out = append(r.out, prefix+ref)
		}
	}
}

// caller is the module that calls the one at an address, and its call.
func (p *Planned) caller(address string) (up string, call planCall, ok bool) {
	list := parts(address)
	if len(list) < 2 {
		return "", planCall{}, false
	}
	up = strings.Join(list[:len(list)-2], ".")
	name, _, _ := strings.Cut(list[len(list)-1], "[")
	m := p.moduleAt(up)
	if m == nil {
		return "", planCall{}, false
	}
	call, ok = m.Calls[name]
	return up, call, ok
}

// referencesIn are all references of an expression, or of the expressions in a block.
func referencesIn(raw json.RawMessage) (list []string) {
	v, err := decodeJSON(raw)
	if err != nil {
		return nil
	}
	return gather(nil, v)
}

func gather(list []string, v any) []string {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			list = gather(list, e)
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if refs, ok := v[name].([]any); ok && name == "references" {
				for _, r := range refs {
					if text, ok := r.(string); ok {
						list = append(list, text)
					}
				}
			} else if name != "constant_value" {
				list = gather(list, v[name])
			}
		}
	}
	return list
}

// references are those of the expression at a path into the instance.
func (x *planned) references(path []any) (list []string, lost bool) {
	if x.written == nil {
		return nil, false
	}
	name, ok := first(path)
	if !ok {
		return nil, false
	}
	v, err := decodeJSON(x.written.Expressions[name])
	if err != nil || v == nil {
		return nil, false
	}
	for _, step := range path[1:] {
		next, ok := inner(v, step)
		if !ok {
			break
		}
		v = next
	}
	var refs []string
	for _, ref := range gather(nil, v) {
		switch {
		case strings.HasPrefix(ref, "each.") && len(x.written.Each) > 0:
			refs = append(refs, referencesIn(x.written.Each)...)
		case strings.HasPrefix(ref, "count."):
			refs = append(refs, referencesIn(x.written.Count)...)
		default:
			refs = append(refs, ref)
		}
	}
	return x.file.resolve(refs, x.of.Module, x.module)
}

// inner goes into the expressions of a block: those of a kind are a list, or stand alone.
func inner(v any, step any) (any, bool) {
	switch v := v.(type) {
	case []any:
		if i, ok := step.(int); ok && i >= 0 && i < len(v) {
			return v[i], true
		}
		if len(v) > 0 {
			return inner(v[0], step)
		}
	case map[string]any:
		if i, ok := step.(int); ok && i == 0 && v["references"] == nil {
			return v, true
		}
		if name, ok := step.(string); ok && v["references"] == nil && v[name] != nil {
			return v[name], true
		}
	}
	return nil, false
}
