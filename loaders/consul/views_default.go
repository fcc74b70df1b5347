package consul

import (
	"cmp"
	"sync"

	"github.com/passmuster/muster/mesh"
)

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

// references are the subsets that some entry names, found once all entries are there.
type references struct {
	once sync.Once
	to   map[subsetKey]bool
}

type subsetKey struct{ service, subset string }

// refersTo reports whether some entry sends requests to a subset of a service, now or in a failover. No entry is accepted
// afterwards.
func (s *store) refersTo(service, subset string) bool {
	s.named.once.Do(s.findReferences)
	return s.named.to[subsetKey{service, subset}]
}

func (s *store) findReferences() {
	s.named.to = map[subsetKey]bool{}
	note := func(r Reference, own string) { s.named.to[subsetKey{cmp.Or(r.Service, own), r.Subset}] = true }
	for name, r := range s.resolvers {
		if r.Redirect != nil {
			note(r.Redirect.Reference, name)
		}
		for _, f := range r.Failover {
			note(f.Reference, name)
			for _, t := range f.Targets {
				note(t.Reference, name)
			}
		}
	}
	for name, splitter := range s.splitters {
		for _, split := range splitter.Splits {
			note(split.Reference, name)
		}
	}
	for name, router := range s.routers {
		for _, route := range router.Routes {
			note(route.Destination.Reference, name)
		}
	}
}
