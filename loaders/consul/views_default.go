package consul

import "github.com/passmuster/muster/mesh"

// defaultSubset notes which subset requests get that name none, and those beside it that nothing refers to: the idle colours of a
// service.
func (x *view) defaultSubset() {
	store := x.to.area.group.fleet.store
	r := store.resolvers[x.to.name]
	if r == nil || r.DefaultSubset == "" || r.Redirect != nil || x.to.peer != "" {
		return
	}
	if n := x.to.chain.Resolvers[x.plainNode()]; n == nil || x.to.chain.Targets[n.Targets[0].ID].Subset != r.DefaultSubset {
		return
	}
	x.out.Default = subsetOf(r.DefaultSubset, r.DefaultAt)
	for _, name := range sortedKeys(r.Subsets) {
		if name != r.DefaultSubset && !store.refersTo(x.to.name, name) {
			x.out.Beside = append(x.out.Beside, subsetOf(name, r.Subsets[name].Origin))
		}
	}
}

func subsetOf(name string, at mesh.Origin) *mesh.Subset {
	return &mesh.Subset{Name: name, Labels: map[string]string{labelSubset + name: "yes"}, Origin: at}
}

// refersTo reports whether some entry sends requests to a subset of a service, now or in a failover.
func (s *store) refersTo(service, subset string) bool {
	is := func(r Reference, own string) bool {
		if r.Service == "" {
			r.Service = own
		}
		return r.Service == service && r.Subset == subset
	}
	for name, r := range s.resolvers {
		if r.Redirect != nil && is(r.Redirect.Reference, name) {
			return true
		}
		for _, f := range r.Failover {
			if is(f.Reference, name) {
				return true
			}
			for _, t := range f.Targets {
				if is(t.Reference, name) {
					return true
				}
			}
		}
	}
	for name, splitter := range s.splitters {
		for _, split := range splitter.Splits {
			if is(split.Reference, name) {
				return true
			}
		}
	}
	for name, router := range s.routers {
		for _, route := range router.Routes {
			if is(route.Destination.Reference, name) {
				return true
			}
		}
	}
	return false
}
