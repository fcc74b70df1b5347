package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// providerLink is a provider configuration, in the scope that holds its block.
type providerLink struct {
	scope *scope
	name  string    // local name
	alias string    // "" = the default one
	block *block    // nil: there is no such block, and the provider runs without
	key   cty.Value // which of the configurations that for_each of the block makes (OpenTofu); unset = it has none
}

// address names the configuration as plan JSON does: "aws.dr", or "module.legacy:aws.far" for a block inside of a module. One of several
// has its key behind it: aws.by["eu"], or aws.by[?] where that is not known.
func (l providerLink) address() string {
	name := l.name
	if l.alias != "" {
		name += "." + l.alias
	}
	if isSet(l.key) {
		name += keyText(l.key)
	}
	if at := strings.TrimSuffix(l.scope.plainAddress(), "."); at != "" {
		return at + ":" + name
	}
	return name
}

// plainAddress is the address of a scope without keys of instances.
func (s *scope) plainAddress() string {
	if s.parent == nil {
		return ""
	}
	return s.parent.plainAddress() + "module." + s.call.labels[0] + "."
}

func keyText(key cty.Value) string {
	if text, ok := plainText(key); ok {
		return "[" + quote(text) + "]"
	}
	return "[?]"
}

// plainText is a known value as a text; false if it is none.
func plainText(v cty.Value) (string, bool) {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return "", false
	}
	text, err := convert.Convert(v, cty.String)
	if err != nil || !text.IsKnown() || text.IsNull() {
		return "", false
	}
	return text.AsString(), true
}

// providerName is a reference to a configuration of a provider: aws, aws.dr, either as a text in JSON, or aws.by[each.key] in OpenTofu.
type providerName struct {
	name, alias string
	key         hcl.Expression // nil = none
}

func (p providerName) String() string {
	if p.alias != "" {
		return p.name + "." + p.alias
	}
	return p.name
}

// providerOf is the configuration that serves an instance of a resource.
func (s *scope) providerOf(b *block, f frame) providerLink {
	if p, ok := readProvider(b.expr("provider")); ok {
		return s.link(p, s.providerKey(p, f))
	}
	prefix, _, _ := strings.Cut(b.labels[0], "_")
	return s.link(providerName{name: prefix}, cty.NilVal)
}

func (s *scope) providerKey(p providerName, f frame) cty.Value {
	if p.key == nil {
		return cty.NilVal
	}
	return s.eval(p.key, f)
}

func readProvider(e hcl.Expression) (p providerName, ok bool) {
	if e == nil {
		return p, false
	}
	if text := literal(e); text != "" {
		p.name, p.alias, _ = strings.Cut(text, ".")
		return p, true
	}
	if index, ok := inside(e).(*hclsyntax.IndexExpr); ok {
		p, ok = readProvider(index.Collection)
		p.key = index.Key
		return p, ok
	}
	list := e.Variables()
	if len(list) != 1 {
		return p, false
	}
	p.name = list[0].RootName()
	for _, step := range list[0][1:] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			p.alias = step.Name
		case hcl.TraverseIndex:
			p.key = &hclsyntax.LiteralValueExpr{Val: step.Key, SrcRange: step.SrcRange}
		}
	}
	return p, true
}

// link follows a provider's local name to its block: the module's own, what the caller hands down, or the caller's default one.
func (s *scope) link(p providerName, key cty.Value) providerLink {
	for _, b := range s.module.providers {
		if b.labels[0] == p.name && literal(b.expr("alias")) == p.alias {
			return providerLink{s, p.name, p.alias, b, key}
		}
	}
	if s.parent == nil {
		return providerLink{s, p.name, p.alias, nil, key}
	}
	if e := s.call.expr("providers"); e != nil {
		if from, ok := handed(e, p); ok {
			return s.parent.link(from, s.parent.providerKey(from, s.frame))
		}
		if p.alias != "" {
			return providerLink{s, p.name, p.alias, nil, key}
		}
	}
	return s.parent.link(p, key)
}

// handed finds what a providers map gives for a local name.
func handed(e hcl.Expression, want providerName) (providerName, bool) {
	pairs, diags := hcl.ExprMap(e)
	if diags.HasErrors() {
		return providerName{}, false
	}
	for _, pair := range pairs {
		if p, ok := readProvider(pair.Key); ok && p.String() == want.String() {
			return readProvider(pair.Value)
		}
	}
	return providerName{}, false
}

// frame is that of the configuration: a block with for_each knows the element that it is made for.
func (l providerLink) frame() frame {
	if l.block == nil || l.block.expr("for_each") == nil {
		return noFrame
	}
	f := frame{of: l.block, key: cty.UnknownVal(cty.String), each: cty.DynamicVal}
	if !isSet(l.key) {
		return f
	}
	text, ok := plainText(l.key)
	if !ok {
		return f
	}
	f.key = cty.StringVal(text)
	all, _ := l.scope.eval(l.block.expr("for_each"), noFrame).Unmark()
	if f.each = at(all, []step{f.key}); all.Type().IsSetType() {
		f.each = f.key
	}
	return f
}

// region fills in the region that a resource ends up in: its own, else that of its provider. One that is set and unknown is unknown, and
// there is never a default.
func (s *scope) region(key string, b *block, f frame, out map[string]cty.Value) {
	if own, ok := out["region"]; ok && (!own.IsKnown() || !own.IsNull()) {
		return
	}
	_, set := out["region"]
	if !set && !s.module.reads[key]["region"] && !s.root.reads["region"] && !s.root.regions {
		return
	}
	if l := s.providerOf(b, f); l.block != nil {
		if e := l.block.expr("region"); e != nil {
			v := l.scope.symbol("provider."+l.address()+".region", func() cty.Value { return l.scope.eval(e, l.frame()) })
			if !v.IsKnown() || !v.IsNull() {
				out["region"] = v
				return
			}
		}
	}
	delete(out, "region")
}
