package fleet

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Inputs is the record of what a scan rests on: what was read and rendered, what was skipped and
// why, and what was not understood. A file that belongs to several clusters stands in it once.
type Inputs struct {
	Files      int
	Documents  int
	Resources  int // objects that a loader understood, in every cluster that they belong to
	Ignored    []source.Ignored
	Unreadable []source.Diagnostic
	Rendered   []Rendered
	Missing    []Missing
	// Skipped counts what has no say in any prediction, by reason.
	Skipped []Skipped
	// NotUnderstood lists what may have a say in predictions that take no notice of it.
	NotUnderstood []NotUnderstood

	homeless []NotUnderstood // about documents of no cluster; they are known before the fleet is built
}

// Rendered is a chart or kustomization whose objects are part of the fleet.
type Rendered struct {
	Kind    string // "helm" or "kustomize"
	Dir     string // as positions name it
	Cluster string // "" if nobody said
	Objects int
}

// Missing is a chart, kustomization or template whose objects are not part of the fleet.
type Missing struct {
	Position mesh.Position
	What     string // what is missing, and why
	Help     string // what to do about it; may be ""
	Cluster  string // "" if nobody said
	// Namespaces are those whose services it may concern, so that nothing is known of them;
	// Anywhere stands for all of the cluster. With neither, nothing ties it to any service.
	Namespaces []string
	Anywhere   bool
}

// Skipped counts documents or files that were passed over for one reason.
type Skipped struct {
	Reason string
	Kind   string // of objects: "Secret", "Certificate.cert-manager.io"; "" for what is no object
	Places []mesh.Position
}

// NotUnderstood is something that was read, and whose meaning is in no prediction.
type NotUnderstood struct {
	Origin  mesh.Origin
	Message string
	Kind    string // what it is, for counts: "EnvoyFilter", "unknown field"
	Count   int    // how many documents it speaks of; 0 = one
}

// notModelled is the reason for objects that no loader looks at.
const notModelled = "kinds that muster does not model"

// settle brings the record in order, once the graph is built: everything once, by position.
func (f *Fleet) settle() {
	in := &f.Inputs
	slices.SortStableFunc(in.Unreadable, func(a, b source.Diagnostic) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Message, b.Message))
	})
	in.Unreadable = slices.CompactFunc(in.Unreadable, func(a, b source.Diagnostic) bool {
		return a.Message == b.Message && a.Position.Compare(b.Position) == 0
	})
	if f.said == nil {
		f.said = recordOf(in.Ignored, f.clusters, f.kinds(), f.docs)
	}
	in.Skipped = f.said.reasons()
	in.NotUnderstood = byPosition(slices.Concat(f.said.notUnderstood, in.homeless, droppedFields(f.Graph.Facts)))
	if f.strict {
		f.Graph.Facts = append(slices.Clip(f.Graph.Facts), in.facts()...)
	}
}

// once keeps the first of what is told for several clusters.
func once(list []source.Ignored) []source.Ignored {
	seen := make(map[source.Ignored]bool, len(list))
	var out []source.Ignored
	for _, i := range list {
		if !seen[i] {
			seen[i] = true
			out = append(out, i)
		}
	}
	return out
}

// homeless tells of documents in no cluster, where the config declares several to choose from. One
// entry speaks for all documents of an input.
func homeless(c *config.Config, docs []*source.Document) []NotUnderstood {
	if c == nil || len(c.Clusters) < 2 {
		return nil
	}
	var out []NotUnderstood
	at := map[string]int{}
	for _, d := range docs {
		if d.Cluster != "" {
			continue
		}
		i, ok := at[d.Root]
		if !ok {
			i = len(out)
			at[d.Root] = i
			out = append(out, NotUnderstood{Origin: mesh.Origin{In: &located{mesh.Position{File: d.File, Line: d.Line}}},
				Message: "which cluster the documents of " + d.Root + " belong to is not told: they are taken for a cluster of their own; --cluster NAME tells",
				Kind:    "document of no cluster"})
		}
		out[i].Count++
	}
	return out
}

// kinds are the kinds of mesh of all clusters.
func (f *Fleet) kinds() map[string]mesh.Kind {
	kinds := map[string]mesh.Kind{}
	for _, state := range f.meshes {
		for _, c := range state.clusters {
			kinds[c.Name] = state.mesh.Kind
		}
	}
	return kinds
}
