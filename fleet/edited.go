package fleet

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"github.com/passmuster/muster/loaders/source"
)

// Documents are the objects of the fleet, cluster by cluster.
func (f *Fleet) Documents() iter.Seq[*source.Document] {
	return func(yield func(*source.Document) bool) {
		for _, c := range f.clusters {
			for _, d := range f.docs[c.Name] {
				if !yield(d) {
					return
				}
			}
		}
	}
}

// RenderedFrom are the files that charts and kustomizations are made of, as in positions.
func (f *Fleet) RenderedFrom() []string { return slices.Clone(f.files) }

// WithFile returns the fleet as it is when one plain file says something else, with the same objects in the same order.
// It returns false if only another Load can tell: the objects are others, or comments of the file suppress findings.
func (f *Fleet) WithFile(ctx context.Context, file string, data []byte) (*Fleet, bool, error) {
	if bytes.Contains(data, []byte(source.Mark)) || slices.ContainsFunc(f.marked, func(m source.Marked) bool { return m.File == file }) {
		return nil, false, nil
	}
	var changes []Change
	docs, _, _ := source.Parse(file, data, source.Options{})
	for cluster, list := range f.docs {
		for _, old := range list {
			if old.File != file {
				continue
			}
			if old.IsRendered() || old.Index >= len(docs) {
				return nil, false, nil
			}
			now := *docs[old.Index]
			now.Cluster, now.Root = old.Cluster, old.Root
			changes = append(changes, Change{Cluster: cluster, Old: old, New: &now})
		}
	}
	if len(changes) == 0 {
		return nil, false, nil
	}
	next, err := f.Update(ctx, changes)
	return next, true, err
}
