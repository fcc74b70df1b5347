package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/passmuster/muster/mesh"
)

// Backend is where a root module keeps its state.
type Backend struct {
	Kind string // "s3", "gcs", …; "cloud" for a cloud block; "" if nothing is written: the state is a file beside the root
	// Block has the attributes. What is absent may be given to "terraform init" (-backend-config): it is not known then.
	Block
}

// Backend is where the root module keeps its state.
func (r *Root) Backend() Backend {
	out := Backend{}
	for _, b := range r.top.module.settings {
		for _, inner := range slices.Concat(b.blocksNamed("backend", 1), b.blocksNamed("cloud", 0)) {
			out = Backend{Kind: inner.kind, Block: r.top.evaluated(inner, noFrame)}
			if len(inner.labels) == 1 {
				out.Kind = inner.labels[0]
			}
		}
	}
	return out
}

// RequiredVersion is the constraints on Terraform's own version, sorted; all of them hold.
func (r *Root) RequiredVersion() []Leaf {
	m := r.top.module
	var list []Leaf
	for i, b := range m.settings {
		e := b.expr("required_version")
		if e == nil {
			continue
		}
		if i == len(m.settings)-m.overriding {
			list = nil // one of an override file replaces the others
		}
		list = append(list, r.top.leaf(e, noFrame, b.rng))
	}
	slices.SortStableFunc(list, func(a, b Leaf) int {
		left, _ := a.Text()
		right, _ := b.Text()
		return strings.Compare(left, right)
	})
	return list
}

// RequiredProvider is what a module says about a provider that it needs.
type RequiredProvider struct {
	Module     string // directory of the module, below the tree
	Name       string // by which the module knows it
	Source     string // registry.terraform.io/hashicorp/aws, without the registry's host where that is the usual one
	Constraint string // "~> 5.0"; "" = none is written
	Position   mesh.Position
}

// RequiredProviders are those of the root module and of all modules that it calls, by directory and name. A provider that is used and not
// declared is not among them.
func (r *Root) RequiredProviders() []RequiredProvider {
	var list []RequiredProvider
	for _, m := range r.reached() {
		list = append(list, m.required(r)...)
	}
	return list
}

// reached are the modules of the root, by their directories.
func (r *Root) reached() (list []*module) {
	for _, m := range r.modules {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b *module) int { return strings.Compare(a.dir, b.dir) })
	return list
}

func (m *module) required(r *Root) (list []RequiredProvider) {
	known := map[string]int{}
	for _, b := range m.settings {
		for _, inner := range b.blocksNamed("required_providers", 0) {
			for _, name := range inner.names() {
				a := inner.attrs[name]
				p := RequiredProvider{Module: m.dir, Name: name, Position: r.positionOf(a.rng, nil)}
				p.Source, p.Constraint = requirement(a.expr)
				if p.Source == "" {
					p.Source = "hashicorp/" + name
				}
				p.Source = sourceOf(p.Source)
				if i, ok := known[name]; ok {
					list[i] = p
					continue
				}
				known[name] = len(list)
				list = append(list, p)
			}
		}
	}
	slices.SortFunc(list, func(a, b RequiredProvider) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// requirement reads { source = "…", version = "…" }, or a text that is the version alone.
func requirement(e hcl.Expression) (source, constraint string) {
	if text := literal(e); text != "" {
		return "", text
	}
	pairs, diags := hcl.ExprMap(inside(e))
	if diags.HasErrors() {
		return "", ""
	}
	for _, p := range pairs {
		name := hcl.ExprAsKeyword(p.Key)
		if name == "" {
			name = literal(p.Key)
		}
		switch name {
		case "source":
			source = literal(p.Value)
		case "version":
			constraint = literal(p.Value)
		}
	}
	return source, constraint
}

// hosts are the registries that need not be written.
var hosts = []string{"registry.terraform.io/", "registry.opentofu.org/"}

// sourceOf is the address of a provider without what need not be written of it.
func sourceOf(text string) string {
	text = strings.ToLower(text)
	for _, h := range hosts {
		text = strings.TrimPrefix(text, h)
	}
	if !strings.Contains(text, "/") {
		text = "hashicorp/" + text
	}
	return text
}

// builtinSource is the provider that Terraform itself brings.
const builtinSource = "terraform.io/builtin/terraform"

// uses are the sources of all providers that a module needs, declared or not.
func (m *module) uses(r *Root) map[string]bool {
	declared := map[string]string{}
	out := map[string]bool{}
	for _, p := range m.required(r) {
		declared[p.Name] = p.Source
		out[p.Source] = true
	}
	use := func(name string) {
		switch source, ok := declared[name]; {
		case ok:
			out[source] = true
		case name == "terraform":
			out[builtinSource] = true
		case name != "":
			out["hashicorp/"+name] = true
		}
	}
	for _, b := range m.resources {
		if p, ok := readProvider(b.expr("provider")); ok {
			use(p.name)
			continue
		}
		prefix, _, _ := strings.Cut(b.labels[0], "_")
		use(prefix)
	}
	for _, b := range m.providers {
		use(b.labels[0])
	}
	delete(out, builtinSource)
	return out
}
