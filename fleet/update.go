package fleet

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Change is one object of a cluster that was added (Old is nil), changed, or removed (New is
// nil). Old is a document of the fleet that is updated.
type Change struct {
	Cluster  string
	Old, New *source.Document
}

// Update returns the fleet as it is after some changes, equal to what Load would build from the
// changed inputs. The old fleet stays valid. A changed DestinationRule recompiles only the
// services that it names, before or after; other changes compile the graph anew from the
// documents, which are not read again.
func (f *Fleet) Update(ctx context.Context, changes []Change) (*Fleet, error) {
	inputs := f.Inputs
	inputs.Documents, inputs.Resources = countChanges(f.Inputs, changes)
	docs := f.changedDocs(changes)
	if next := f.fresh(inputs, docs); next.adopt(f, changes) {
		return next, ctx.Err()
	}
	inputs.Unreadable = slices.Clone(f.unread)
	next := f.fresh(inputs, docs)
	next.unread = f.unread
	next.build()
	return next, ctx.Err()
}

// fresh is a fleet of other documents, not compiled.
func (f *Fleet) fresh(inputs Inputs, docs map[string][]*source.Document) *Fleet {
	return &Fleet{Config: f.Config, Inputs: inputs, strict: f.strict, from: f.from, standards: f.standards, inputs: f.inputs, overlooked: f.overlooked, notation: f.notation, gaps: f.gaps, variants: f.variants, files: f.files, marked: f.marked, docs: docs, consul: f.consul, built: f.built}
}

// changedDocs applies the changes to the documents; clusters without changes share theirs.
func (f *Fleet) changedDocs(changes []Change) map[string][]*source.Document {
	docs := maps.Clone(f.docs)
	own := map[string]bool{}
	for _, c := range changes {
		if !own[c.Cluster] {
			docs[c.Cluster] = slices.Clone(docs[c.Cluster])
			own[c.Cluster] = true
		}
		list := docs[c.Cluster]
		i := slices.Index(list, c.Old)
		switch {
		case c.Old != nil && i >= 0 && c.New != nil:
			list[i] = c.New
		case c.Old != nil && i >= 0:
			list = slices.Delete(list, i, i+1)
		case c.New != nil:
			list = append(list, c.New)
		}
		docs[c.Cluster] = list
	}
	return docs
}

func countChanges(in Inputs, changes []Change) (documents, resources int) {
	documents, resources = in.Documents, in.Resources
	for _, c := range changes {
		if c.Old != nil {
			documents--
			if understood(c.Old) {
				resources--
			}
		}
		if c.New != nil {
			documents++
			if understood(c.New) {
				resources++
			}
		}
	}
	return documents, resources
}

// rulesOnly reports whether only DestinationRules change.
func rulesOnly(changes []Change) bool {
	rule := func(d *source.Document) bool {
		return d == nil || d.Kind == "DestinationRule" && strings.HasPrefix(d.APIVersion, "networking.istio.io/")
	}
	for _, c := range changes {
		if !rule(c.Old) || !rule(c.New) {
			return false
		}
	}
	return true
}

// ordinary reports whether the record of inputs has nothing to say of any changed object.
func ordinary(changes []Change) bool {
	for _, c := range changes {
		for _, d := range []*source.Document{c.Old, c.New} {
			if d != nil && standingOf(d) != (verdict{}) {
				return false
			}
		}
	}
	return true
}

// adopt builds the graph out of the old one and a few changed objects. It returns false if the change reaches further than
// services.
func (f *Fleet) adopt(old *Fleet, changes []Change) bool {
	if !rulesOnly(changes) || slices.ContainsFunc(changes, func(c Change) bool { return old.built.doubts[c.Old] != nil }) {
		return false
	}
	f.clusters, f.unread, f.kept = old.clusters, old.unread, old.kept
	g := &mesh.Graph{Meshes: old.Graph.Meshes, Clusters: old.Graph.Clusters, Workloads: old.Graph.Workloads, Gateways: old.Graph.Gateways,
		Clients: old.Graph.Clients, Dependencies: old.Graph.Dependencies, Gaps: old.Graph.Gaps, ServiceGaps: old.Graph.ServiceGaps, Doubts: old.Graph.Doubts, Rollouts: old.Graph.Rollouts, Edges: old.Graph.Edges, Compilers: maps.Clone(old.Graph.Compilers)}
	g.Records, g.Balancers, g.Stores, g.Environments = old.Graph.Records, old.Graph.Balancers, old.Graph.Stores, old.Graph.Environments
	g.Services = slices.Clone(old.Graph.Services)
	for _, s := range old.meshes {
		state := *s
		state.leadNowhere = maps.Clone(s.leadNowhere)
		f.meshes = append(f.meshes, &state)
		mine := slices.DeleteFunc(slices.Clone(changes), func(c Change) bool { return state.inventories[c.Cluster] == nil })
		if len(mine) == 0 {
			continue
		}
		next, replaced, ok := state.system.with(mine)
		if !ok {
			return false
		}
		state.system = next
		g.Compilers[state.mesh.Name] = next
		var fresh []*mesh.Service
		for i, svc := range g.Services {
			if n := replaced[svc]; n != nil {
				g.Services[i] = n
				fresh = append(fresh, n)
			}
		}
		state.setIntent(fresh)
	}
	g.Index()
	g.Facts = f.facts(g)
	f.Inputs.Unreadable = slices.Clone(f.unread)
	for _, state := range f.meshes {
		f.Inputs.Unreadable = append(f.Inputs.Unreadable, state.system.Diagnostics()...)
	}
	f.Inputs.Unreadable = append(f.Inputs.Unreadable, old.kubernetesErrors...)
	f.kubernetesErrors = old.kubernetesErrors
	f.Graph = g
	if ordinary(changes) {
		f.said = old.said
	}
	f.settle()
	return true
}
