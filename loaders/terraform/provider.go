package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// providerLink is a provider configuration, in the scope that holds its block.
type providerLink struct {
	scope *scope
	name  string // local name
	alias string // "" = the default one
	block *block // nil: there is no such block, and the provider runs without
}

// key names the configuration as plan JSON does: "aws.dr", or "module.legacy:aws.far" for a block inside of a module.
func (l providerLink) key() string {
	name := l.name
	if l.alias != "" {
		name += "." + l.alias
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

// providerOf is the configuration that serves a resource.
func (s *scope) providerOf(b *block) providerLink {
	if name, alias, ok := providerName(b.expr("provider")); ok {
		return s.link(name, alias)
	}
	prefix, _, _ := strings.Cut(b.labels[0], "_")
	return s.link(prefix, "")
}

// providerName reads a reference to a provider: aws, aws.dr, or either as a text in JSON.
func providerName(e hcl.Expression) (name, alias string, ok bool) {
	if e == nil {
		return "", "", false
	}
	if text := literal(e); text != "" {
		name, alias, _ = strings.Cut(text, ".")
		return name, alias, true
	}
	list := e.Variables()
	if len(list) != 1 {
		return "", "", false
	}
	name = list[0].RootName()
	if len(list[0]) > 1 {
		if a, isAttr := list[0][1].(hcl.TraverseAttr); isAttr {
			alias = a.Name
		}
	}
	return name, alias, true
}

// link follows a provider's local name to its block: the module's own, what the caller hands down, or the caller's default one.
func (s *scope) link(name, alias string) providerLink {
	for _, p := range s.module.providers {
		if p.labels[0] == name && literal(p.expr("alias")) == alias {
			return providerLink{s, name, alias, p}
		}
	}
	if s.parent == nil {
		return providerLink{s, name, alias, nil}
	}
	if e := s.call.expr("providers"); e != nil {
		if to, from, ok := handed(e, name, alias); ok {
			return s.parent.link(to, from)
		}
		if alias != "" {
			return providerLink{s, name, alias, nil}
		}
	}
	return s.parent.link(name, alias)
}

// handed finds what a providers map gives for a local name.
func handed(e hcl.Expression, name, alias string) (to, toAlias string, ok bool) {
	want := name
	if alias != "" {
		want += "." + alias
	}
	pairs, diags := hcl.ExprMap(e)
	if diags.HasErrors() {
		return "", "", false
	}
	for _, p := range pairs {
		n, a, ok := providerName(p.Key)
		if a != "" {
			n += "." + a
		}
		if !ok || n != want {
			continue
		}
		return providerName(p.Value)
	}
	return "", "", false
}

// region fills in the region that a resource ends up in: its own, else that of its provider. One that is set and unknown is unknown, and
// there is never a default.
func (s *scope) region(key string, b *block, out map[string]cty.Value) {
	if own, ok := out["region"]; ok && (!own.IsKnown() || !own.IsNull()) {
		return
	}
	_, set := out["region"]
	if !set && !s.module.reads[key]["region"] && !s.root.reads["region"] && !s.root.regions {
		return
	}
	if l := s.providerOf(b); l.block != nil {
		if e := l.block.expr("region"); e != nil {
			v := l.scope.symbol("provider."+l.key()+".region", func() cty.Value { return l.scope.eval(e, noFrame) })
			if !v.IsKnown() || !v.IsNull() {
				out["region"] = v
				return
			}
		}
	}
	delete(out, "region")
}
