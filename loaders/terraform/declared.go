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
