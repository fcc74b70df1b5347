package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/passmuster/muster/mesh"
)

// ModuleCall is a call of a module as it is written.
type ModuleCall struct {
	Address string // without keys of instances: module.site.module.net
	Source  Leaf   // OpenTofu may have an expression there
	Version Leaf   // absent where the call names none
	// Providers are the configurations that the call hands down, as Instance.Provider names them, by the names that the module has for them.
	Providers map[string]string
	Local     bool   // the source is a path
	Dir       string // the directory of the module, below the tree; "" if it is not on disk
	Position  mesh.Position
	Calls     []Call // that lead to the one that is made here, outermost first; this one is not among them
}

// Provider is a configuration of a provider.
type Provider struct {
	Key   string // as Instance.Provider has it; without the keys of one that has several (OpenTofu)
	Type  string // "aws": the last part of its source, whatever the module calls it
	Alias string // "" = the default one
	Block        // what it configures
	Calls []Call
}

// each visits the scope and those of all calls below it, the first of several instances of a call for all of them.
func (s *scope) each(visit func(*scope)) {
	visit(s)
	for _, name := range s.module.callOrder {
		for _, i := range s.child(name).instances {
			if i.scope != nil {
				i.scope.each(visit)
				break
			}
		}
	}
}

// Calls are the calls of modules, of the root module first. A call that has no instance is there; those inside of its module are not.
func (r *Root) Calls() []ModuleCall {
	var list []ModuleCall
	r.top.each(func(s *scope) {
		for _, name := range s.module.callOrder {
			list = append(list, s.callOf(s.module.calls[name]))
		}
	})
	return list
}

func (s *scope) callOf(b *block) ModuleCall {
	calls := Instance{scope: s}.Calls()
	out := ModuleCall{Address: s.plainAddress() + "module." + b.labels[0], Source: s.leaf(b.expr("source"), noFrame, b.rng), Version: s.leaf(b.expr("version"), noFrame, b.rng),
		Position: s.root.positionOf(b.rng, calls), Calls: calls}
	text := literal(b.expr("source"))
	out.Local = isPath(text)
	dir, here := s.root.source(s.module, b, s.way())
	if m := s.root.modules[dir]; here && m != nil {
		out.Dir = dir
	}
	e := b.expr("providers")
	if e == nil {
		return out
	}
	pairs, _ := hcl.ExprMap(e)
	for _, p := range pairs {
		to, ok := readProvider(p.Key)
		from, given := readProvider(p.Value)
		if !ok || !given {
			continue
		}
		if out.Providers == nil {
			out.Providers = map[string]string{}
		}
		f := noFrame
		if x := s.child(b.labels[0]); len(x.instances) > 0 {
			f = x.instances[0].frame
		}
		out.Providers[to.String()] = s.link(from, s.providerKey(from, f)).address()
	}
	return out
}

func isPath(source string) bool {
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}

// Providers are the configurations of providers that are written anywhere, those of the root module first. A provider that runs without a
// block is not among them.
func (r *Root) Providers() []Provider {
	var list []Provider
	r.top.each(func(s *scope) {
		types := map[string]string{}
		for _, p := range s.module.required(r) {
			types[p.Name] = p.Source[strings.LastIndexByte(p.Source, '/')+1:]
		}
		for _, b := range s.module.providers {
			l := providerLink{scope: s, name: b.labels[0], alias: literal(b.expr("alias")), block: b}
			p := Provider{Key: l.address(), Type: l.name, Alias: l.alias, Block: s.evaluated(b, l.frame()), Calls: Instance{scope: s}.Calls()}
			if t := types[l.name]; t != "" {
				p.Type = t
			}
			list = append(list, p)
		}
	})
	return list
}

// ProviderLeaf is the value of an attribute of the provider's configuration that serves the instance, at a path: the place of a resource is
// Consul's datacenter, or Google's region, zone or project. It is absent where no block configures the provider.
func (in Instance) ProviderLeaf(path ...any) Leaf {
	if in.plan != nil {
		return in.plan.provider(path)
	}
	l := in.scope.providerOf(in.block, in.at.frame)
	if l.block == nil {
		return in.scope.leaf(nil, noFrame, in.Range)
	}
	return l.scope.evaluated(l.block, l.frame()).Leaf(path...)
}
