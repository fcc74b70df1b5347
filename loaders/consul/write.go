package consul

import (
	"cmp"
	"maps"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Rejection is an entry that Consul refuses, and why.
type Rejection struct {
	Entry *Entry
	// Folder is that of the peer whose entry it is; "" for ours.
	Folder string
	Problem
}

// at is the line that decides: that of the problem, else of the entry.
func (r Rejection) at() mesh.Origin {
	if r.Origin.IsZero() {
		return r.Entry.Origin
	}
	return r.Origin
}

// moves reports whether the entry is a resolver that would send requests elsewhere.
func (r Rejection) moves() bool {
	return r.Entry.Resolver != nil && (len(r.Entry.Resolver.Failover) > 0 || r.Entry.Resolver.Redirect != nil)
}

// writeOrder is the order in which kinds are written; the others follow by their names (rule 3).
var writeOrder = []string{proxyDefaults, "mesh", samenessGroup, serviceDefaults, serviceResolver, serviceSplitter, serviceRouter}

// checkBudget bounds the nodes that all checks of chains together may visit: entries of a stranger
// can be made to need any number.
const checkBudget = 2_000_000

// write writes entries one at a time, as rule 3 says: one that is refused is tried again after the
// others until a whole round accepts nothing more. unchecked are entries that were accepted without
// a look at the chains because the budget was spent.
func (s *store) write(list []*Entry, datacenter string) (rejected []Rejection, unchecked []*Entry) {
	rank := func(e *Entry) int {
		if i := slices.Index(writeOrder, e.Kind); i >= 0 {
			return i
		}
		return len(writeOrder)
	}
	pending := slices.Clone(list)
	slices.SortStableFunc(pending, func(a, b *Entry) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	budget := checkBudget
	for {
		before := len(pending)
		var refused []*Entry
		rejected = nil
		for _, e := range pending {
			if p := s.accept(e, datacenter, &budget); p != nil {
				refused = append(refused, e)
				rejected = append(rejected, Rejection{Entry: e, Problem: *p})
			} else if budget <= 0 {
				unchecked = append(unchecked, e)
			}
		}
		pending = refused
		if len(pending) == before || len(pending) == 0 {
			return rejected, unchecked
		}
	}
}

// accept writes an entry unless it is malformed, or a chain that reaches it no longer compiles
// with it.
func (s *store) accept(e *Entry, datacenter string, budget *int) *Problem {
	if p := e.shape(); p != nil {
		return p
	}
	undo := s.put(e)
	var names []string
	switch {
	case e.ProxyDefaults != nil:
		names = s.chains()
	case e.ServiceDefaults != nil || e.Resolver != nil || e.Splitter != nil || e.Router != nil:
		names = s.reaching(e.Name)
	}
	var compiled []*compiler
	for _, name := range names {
		if *budget <= 0 {
			break
		}
		c := newCompiler(s, name, datacenter)
		p := c.assemble()
		*budget -= c.steps
		compiled = append(compiled, c)
		if p != nil {
			undo()
			if p.Origin.IsZero() {
				p.Origin = e.Origin
			}
			return p
		}
	}
	if p := s.surroundings(e, budget); p != nil {
		undo()
		return p
	}
	for _, c := range compiled {
		s.note(c)
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
