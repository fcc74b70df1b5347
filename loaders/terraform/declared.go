package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// declared is the place where a named value of a module is written.
func (s *scope) declared(name string) hcl.Range {
	kind, rest, _ := strings.Cut(name, ".")
	switch m := s.module; {
	case kind == "var" && m.variables[rest] != nil:
		return m.variables[rest].rng
	case kind == "local" && m.locals[rest] != nil:
		return m.locals[rest].rng
	case kind == "output" && m.outputs[rest] != nil:
		return m.outputs[rest].rng
	case kind == "module" && m.calls[rest] != nil:
		return m.calls[rest].rng
	case m.resources[name] != nil:
		return m.resources[name].rng
	}
	return hcl.Range{Filename: s.module.dir}
}

// cycle tells of a value that is needed for itself, once for all values of the circle.
func (r *Root) cycle(s *scope, name string) {
	if r.circled == nil {
		r.circled = map[string]bool{}
	}
	of := s.address + name
	if r.circled[of] {
		return
	}
	for in := s; in != nil; in = in.parent {
		for other := range in.busy {
			r.circled[in.address+other] = true
		}
	}
	r.tell(s.declared(name), "%s depends on itself", of)
}
