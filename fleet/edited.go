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

// WithFiles returns the fleet as it is when plain files say something else, with the same objects in the same order. It
// returns false if only another Load can tell: the objects are others, or comments of a file suppress findings.
func (f *Fleet) WithFiles(ctx context.Context, files map[string][]byte) (*Fleet, bool, error) {
	var changes []Change
	docs := map[string][]*source.Document{}
	for file, data := range files {
		if bytes.Contains(data, []byte(source.Mark)) || slices.ContainsFunc(f.marked, func(m source.Marked) bool { return m.File == file }) {
			return nil, false, nil
		}
		if docs[file], _, _ = source.Parse(file, data, source.Options{}); len(docs[file]) == 0 {
			return nil, false, nil
		}
	}
	found := map[string]bool{}
	for _, c := range f.clusters {
		for _, old := range f.docs[c.Name] {
			list := docs[old.File]
			if list == nil {
				continue
			}
			if old.IsRendered() || old.Index >= len(list) {
				return nil, false, nil
			}
			found[old.File] = true
			now := *list[old.Index]
			now.Cluster, now.Root = old.Cluster, old.Root
			changes = append(changes, Change{Cluster: c.Name, Old: old, New: &now})
		}
	}
	if len(found) < len(files) {
		return nil, false, nil
	}
	next, err := f.Update(ctx, changes)
	return next, true, err
}
