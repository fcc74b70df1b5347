package fleet

import (
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/mesh"
)

// Standards are what one state of a fleet is judged by, as far as its files say so beside the config: objectives and
// dependencies in annotations, suppressions in comments and annotations, and which files are read. A change is judged by those
// of the state before it (Options.Standards), so that it cannot lower them for itself. They are immutable, but for Rules.
type Standards struct {
	// Rules tells which names mean the same rule; nil = none do. It is set before the standards are used.
	Rules config.Rules

	base       *Fleet
	suppressed []*reach
	files      map[string]*filed // with suppressions in comments
	places     map[placed]string // where the base has its objects, by cluster and key
	read       map[string]bool   // files of objects
}

// placed is an object of a cluster.
type placed struct{ cluster, key string }

// StandardsOf are the standards of a fleet.
func StandardsOf(base *Fleet) *Standards {
	st := &Standards{base: base, files: map[string]*filed{}, places: map[placed]string{}, read: map[string]bool{}}
	list, _ := base.allSuppressions()
	st.suppressed = reaches(base, list, st.files)
	for _, c := range base.clusters {
		for _, d := range base.docs[c.Name] {
			st.places[placed{c.Name, d.Key()}] = d.File
			st.read[d.File] = true
		}
	}
	return st
}

// Changes tells how what a fleet is judged by differs from what another one is, beside their configs (config.Changes): the files
// of both are those of the same config.
func Changes(base, head *Fleet) []config.Change { return StandardsOf(base).Changes(head) }

// ruleID is the id of a rule that may be named by its slug.
func (st *Standards) ruleID(name string) string {
	if st.Rules != nil {
		if k, ok := st.Rules(name); ok {
			return k.ID
		}
	}
	return name
}

// objective is what a service has to survive: what the base says of it. Of a service that the base promises nothing about, its own
// annotation has the word; a new one cannot ask for less than the config of the base does.
func (st *Standards) objective(s *mesh.Service, written, declared *mesh.Objective) *mesh.Objective {
	if before := st.base.Graph.Service(s.ID); before != nil && before.Objective != nil {
		return before.Objective
	} else if before != nil && declared != nil {
		return declared
	}
	if written == nil || declared != nil && weaker(declared, written) {
		return declared
	}
	return written
}

// weaker reports whether a promise asks for less than another one in anything.
func weaker(before, after *mesh.Objective) bool {
	for _, a := range config.CompareObjectives(before, after) {
		if a.Weakens {
			return true
		}
	}
	return false
}

// keep adds the dependencies that the base declares, and the head no longer: they are told to muster alone, and nothing else comes
// of them. It returns those that it added.
func (st *Standards) keep(g *mesh.Graph) []*mesh.Dependency {
	workloads := map[string]*mesh.Workload{}
	for _, w := range g.Workloads {
		workloads[w.ID] = w
	}
	type pair struct{ from, to mesh.ServiceID }
	strong := map[pair]bool{}
	for _, d := range g.Dependencies {
		strong[pair{d.From, d.To}] = strong[pair{d.From, d.To}] || d.Strong
	}
	var kept []*mesh.Dependency
	for _, d := range st.base.Graph.Dependencies {
		if d.What != declaredDependency || strong[pair{d.From, d.To}] || g.Service(d.To) == nil || d.From != "" && g.Service(d.From) == nil {
			continue
		}
		again := *d
		if d.Caller != nil {
			if again.Caller = workloads[d.Caller.ID]; again.Caller == nil {
				continue
			}
		}
		kept = append(kept, &again)
	}
	return kept
}

// declaredDependency is the evidence of what an annotation declares.
const declaredDependency = "declared"
