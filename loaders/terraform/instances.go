package terraform

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Instance is one resource or data source as it would be planned.
type Instance struct {
	Address  string // module.site["eu"].aws_lb.main[0]; "[?]" where nobody knows how many there are
	Mode     string // resource or data
	Type     string
	Name     string
	Provider string    // the configuration that serves it, as plan JSON writes it
	Values   cty.Value // what is configured; unknown at any depth
	Region   cty.Value // its own, else its provider's; cty.NilVal if neither says anything
	Open     []string  // kinds of blocks of which nobody knows how many there are
	Unsure   string    // why nobody knows how many of it there are, where the address ends in "[?]"
	Range    hcl.Range

	scope *scope
	block *block
	at    *instance
	plan  *planned // what a plan or a state says; nil where a configuration is evaluated
}

// Output is one of the root module's.
type Output struct {
	Name      string
	Value     cty.Value
	Sensitive bool
}

// Instances evaluates all resources and data sources, of the root module first and then call by call.
func (r *Root) Instances() []Instance {
	var out []Instance
	r.top.instances(&out)
	return out
}

func (s *scope) instances(out *[]Instance) {
	for _, key := range s.module.order {
		b := s.module.resources[key]
		x := s.expandResource(key)
		provider := ""
		for i := range x.instances {
			if i == 0 || b.expr("provider") != nil {
				provider = s.providerOf(b, x.instances[i].frame).address()
			}
			*out = append(*out, s.instance(key, b, x, &x.instances[i], provider))
		}
	}
	for _, name := range s.module.callOrder {
		for _, i := range s.child(name).instances {
			if i.scope != nil {
				i.scope.instances(out)
			}
		}
	}
}

func (s *scope) instance(key string, b *block, x *expansion, i *instance, provider string) Instance {
	c := s.contentsOf(b, i)
	values := c.value()
	if b.kind == "data" && b.labels[0] == remoteState {
		values["outputs"] = cty.DynamicVal
	}
	for name, v := range s.dataOf(b, i, values) {
		values[name] = v
	}
	region := map[string]cty.Value{}
	if v, ok := values["region"]; ok {
		region["region"] = v
	}
	s.regionOf(key, b, i.frame, region)
	in := Instance{Address: s.address + key + i.suffix, Mode: b.kind, Type: b.labels[0], Name: b.labels[1], Provider: provider,
		Values: cty.ObjectVal(values), Range: b.rng, Open: c.openKinds(""), Unsure: x.open, scope: s, block: b, at: i}
	if v, ok := region["region"]; ok {
		in.Region = v
	}
	return in
}

func (s *scope) regionOf(key string, b *block, f frame, values map[string]cty.Value) {
	s.root.regions = true
	s.region(key, b, f, values)
	s.root.regions = false
}

// openKinds are the kinds of blocks that are open, those inside of others with a path.
func (c *contents) openKinds(at string) (list []string) {
	for kind := range c.open {
		list = append(list, at+kind)
	}
	for kind, blocks := range c.blocks {
		for _, b := range blocks {
			list = append(list, b.openKinds(at+kind+".")...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Outputs evaluates the outputs of the root module.
func (r *Root) Outputs() []Output {
	var out []Output
	for name := range r.top.module.outputs {
		v := r.top.output(name)
		out = append(out, Output{Name: name, Value: v, Sensitive: v.HasMark(sensitive)})
	}
	slices.SortFunc(out, func(a, b Output) int { return strings.Compare(a.Name, b.Name) })
	return out
}
