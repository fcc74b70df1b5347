package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// directive reports whether a part of a template is written as %{if} or %{for}.
func (d *drawing) directive(e hcl.Expression) bool {
	e = inside(e)
	if _, ok := e.(*hclsyntax.TemplateJoinExpr); ok {
		return true
	}
	at := e.Range()
	source := d.root.sources[at.Filename]
	_, ok := e.(*hclsyntax.ConditionalExpr)
	return ok && at.Start.Byte+2 <= len(source) && string(source[at.Start.Byte:at.Start.Byte+2]) == "%{"
}

// loop draws the body of %{for} once per element.
func (d *drawing) loop(s *scope, e *hclsyntax.ForExpr, f frame) bool {
	elements, known, err := elementsOf(s.quietly(e.CollExpr, f))
	if err != nil || !known {
		return false
	}
	for i, el := range elements {
		if i > d.root.limits.Instances || d.exhausted() {
			return true
		}
		g := f.over(e)
		for name, v := range map[string]cty.Value{e.KeyVar: el[0], e.ValVar: el[1]} {
			if name != "" {
				g.iterators[name] = v
				g.dynamic[name] = &iterator{each: e.CollExpr, element: true, at: el[0], outside: &f}
			}
		}
		d.draw(s, e.ValExpr, g)
	}
	return true
}

// file draws a file, or a template from a file with its variables.
func (d *drawing) file(s *scope, e *hclsyntax.FunctionCallExpr, f frame) bool {
	if e.Name != "file" && e.Name != "templatefile" || len(e.Args) == 0 {
		return false
	}
	p, _ := s.quietly(e.Args[0], f).Unmark()
	if !isText(p) {
		return false
	}
	name, ok := d.root.inTree(p.AsString())
	if !ok {
		return false
	}
	d.root.meter.budget = d.root.meter.fresh()
	if e.Name == "file" {
		data, err := d.root.readByFunction(name)
		if err != nil || !isText(s.quietly(e, f)) {
			return false
		}
		d.root.sources[name] = data
		at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
		from := make([]int, len(data))
		for i := range from {
			from[i] = i
		}
		d.add(string(data), at, from)
		return true
	}
	t, err := d.root.templateFile(p.AsString())
	if err != nil || len(e.Args) != 2 {
		return false
	}
	vars, _ := s.quietly(e.Args[1], f).Unmark()
	if !vars.IsKnown() || vars.IsNull() || !vars.CanIterateElements() || vars.Type().IsTupleType() {
		return false
	}
	g := frame{iterators: vars.AsValueMap(), dynamic: map[string]*iterator{}}
	for name := range g.iterators {
		g.dynamic[name] = &iterator{each: e.Args[1], element: true, at: cty.StringVal(name), outside: &f}
	}
	d.draw(s, t, g)
	return true
}
