package terraform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/mesh"
)

// Refactoring is a block that says what became, or is to become, of an object of the state. Addresses have the calls of modules in front of them,
// without keys: what a module says holds for all of its instances.
type Refactoring struct {
	From     string // of moved and removed blocks
	To       string // of moved and import blocks
	ID       Leaf   // of an import block
	Destroy  Leaf   // of a removed block: whether the object is destroyed; absent stands for true
	Position mesh.Position
}

// Moved are the moved blocks of all modules.
func (r *Root) Moved() []Refactoring {
	return r.refactorings(func(m *module) []*block { return m.moved })
}

// Removed are the removed blocks of all modules.
func (r *Root) Removed() []Refactoring {
	return r.refactorings(func(m *module) []*block { return m.removed })
}

func (r *Root) refactorings(of func(*module) []*block) (list []Refactoring) {
	r.top.each(func(s *scope) {
		for _, b := range of(s.module) {
			list = append(list, s.refactoring(b, noFrame))
		}
	})
	return sorted(list)
}

// sorted is by address: the files that blocks are in, and their order there, mean nothing.
func sorted(list []Refactoring) []Refactoring {
	slices.SortStableFunc(list, func(a, b Refactoring) int {
		return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
	})
	return list
}

// Imports are the import blocks of the root module, one for each element of for_each. Where that is not known there is one, whose address
// ends in "[?]".
func (r *Root) Imports() (list []Refactoring) {
	for _, b := range r.top.module.imports {
		for _, f := range r.top.importFrames(b) {
			list = append(list, r.top.refactoring(b, f))
		}
	}
	return sorted(list)
}

func (s *scope) refactoring(b *block, f frame) Refactoring {
	out := Refactoring{Position: s.root.positionOf(b.rng, Instance{scope: s}.Calls()), ID: s.leaf(b.expr("id"), f, b.rng), Destroy: s.leaf(nil, f, b.rng)}
	for _, side := range []struct {
		e  hcl.Expression
		to *string
	}{{b.expr("from"), &out.From}, {b.expr("to"), &out.To}} {
		if name := s.addressOf(side.e, f); name != "" {
			*side.to = s.plainAddress() + name
		}
	}
	for _, l := range b.blocksNamed("lifecycle", 0) {
		out.Destroy = s.leaf(l.expr("destroy"), f, l.rng)
	}
	return out
}

// importFrames are what for_each of an import block makes of it.
func (s *scope) importFrames(b *block) []frame {
	each := b.expr("for_each")
	if each == nil {
		return []frame{noFrame}
	}
	elements, known, err := elementsOf(s.eval(each, noFrame))
	if err != nil || !known || len(elements) > s.root.limits.Instances {
		return []frame{{of: b, key: cty.UnknownVal(cty.String), each: cty.DynamicVal}}
	}
	var list []frame
	for _, e := range elements {
		list = append(list, frame{of: b, key: e[0], each: e[1]})
	}
	return list
}

// importedID is the id that an import block gives a resource, which is thereby known; false if there is none.
func (s *scope) importedID(address string) (target, bool) {
	r := s.root
	if r.imported == nil {
		r.imported = map[string]target{} // what the blocks need sees none
		found := map[string]target{}
		for _, b := range r.top.module.imports {
			e := b.expr("id")
			if e == nil {
				continue
			}
			for _, f := range r.top.importFrames(b) {
				if name := r.top.addressOf(b.expr("to"), f); name != "" {
					found[name] = target{r.top, e, f}
				}
			}
		}
		r.imported = found
	}
	t, ok := r.imported[address]
	return t, ok
}

// importID is the id that an import block of the root module gives the instance; absent if there is none.
func (in Instance) importID() (Leaf, bool) {
	t, ok := in.scope.importedID(in.Address)
	if !ok {
		return Leaf{}, false
	}
	return t.scope.leaf(t.expr, t.frame, in.Range), true
}
