package fleet

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/mesh"
)

// Changes tells how what a fleet is judged by, beside its config, differs from the standards. The fleet may have been loaded with
// them or without. Changes come by kind and place.
func (st *Standards) Changes(head *Fleet) []config.Change {
	list := slices.Concat(st.objectiveChanges(head), st.dependencyChanges(head), st.suppressionChanges(head), st.readingChanges(head))
	slices.SortStableFunc(list, func(a, b config.Change) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), at(a).Compare(at(b)))
	})
	return list
}

// at is where a change stands, in the head if it is there.
func at(c config.Change) mesh.Position {
	if c.Head.IsZero() {
		return c.Base
	}
	return c.Head
}

// objectiveChanges tells what services are asked for by themselves: by annotations, and by labels that objectives of the config match.
func (st *Standards) objectiveChanges(head *Fleet) (list []config.Change) {
	tell := func(change string, weakens bool, before, after *mesh.Objective, what string, args ...any) {
		c := config.Change{Kind: config.KindObjective, Change: change, Weakens: weakens, What: fmt.Sprintf(what, args...)}
		if before != nil {
			c.Base = before.Origin.Position()
		}
		if after != nil {
			c.Head = after.Origin.Position()
		}
		list = append(list, c)
	}
	own := head.ownObjectives(st.base.Config)
	for _, s := range head.Graph.Services {
		now := own[s.ID]
		was := st.base.Graph.Service(s.ID)
		if was == nil {
			// A new service is held to the config; what its annotation asks for beyond that is nobody's loss.
			if by := declaredFor(st.base.Config, s); by != nil && now != by && weaker(by, now) {
				tell(config.Added, true, by, now, "The annotation of the new service %s asks for less than the config does.", s.ID)
			}
			continue
		}
		before := was.Objective
		switch {
		case before == now:
		case before == nil:
			tell(config.Added, false, nil, now, "The service %s has an objective now.", s.ID)
		case now == nil:
			tell(config.Removed, true, before, nil, "The service %s has no objective any more: its annotation is gone, or no objective of the config matches it.", s.ID)
		default:
			for _, a := range config.CompareObjectives(before, now) {
				tell(config.Changed, a.Weakens, before, now, "The objective of the service %s %s.", s.ID, a.What)
			}
		}
	}
	for _, was := range st.base.Graph.Services {
		if was.Objective == nil || head.Graph.Service(was.ID) != nil {
			continue
		}
		for _, s := range head.Graph.Services {
			if st.base.Graph.Service(s.ID) == nil && own[s.ID] == nil && (s.Name == was.Name || s.Namespace == was.Namespace) {
				tell(config.Removed, true, was.Objective, nil, "The service %s is gone, and with it its objective; the new service %s has none.", was.ID, s.ID)
				break
			}
		}
	}
	return list
}

// ownObjectives are those that services have by their annotations, else by a config, whatever the fleet is judged by.
func (f *Fleet) ownObjectives(by *config.Config) map[mesh.ServiceID]*mesh.Objective {
	own := map[mesh.ServiceID]*mesh.Objective{}
	for _, state := range f.meshes {
		for _, s := range f.Graph.Services {
			if s.Mesh != state.mesh.Name {
				continue
			}
			o, _ := state.written(s)
			if o == nil {
				o = declaredFor(by, s)
			}
			if o != nil {
				own[s.ID] = o
			}
		}
	}
	return own
}

// dependencyChanges tells which dependencies are declared no more.
func (st *Standards) dependencyChanges(head *Fleet) (list []config.Change) {
	dropped := head.kept
	if head.standards == nil {
		dropped = st.keep(head.Graph)
	}
	for _, d := range dropped {
		from := string(d.From)
		if from == "" && d.Caller != nil {
			from = d.Caller.ID
		}
		list = append(list, config.Change{Kind: config.KindObjective, Change: config.Removed, Weakens: true, Base: d.Origin.Position(),
			What: fmt.Sprintf("%s no longer declares that it cannot do without %s.", from, d.To)})
	}
	return list
}
