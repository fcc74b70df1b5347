package revision

import "slices"

// Changed are the paths below Top of files, symlinks and submodules that are not the same in two revisions, sorted; a file that
// was renamed is told under both names. Contents are compared by their ids, those of unwanted files too. ok is false where
// one of the two is a directory, whose contents have no ids.
func Changed(a, b *Tree) (paths []string, ok bool) {
	if a.blobs == nil || b.blobs == nil {
		return nil, false
	}
	for path, e := range a.blobs {
		other, there := b.blobs[path]
		if e.kind == folder || there && other.kind == e.kind && other.id == e.id {
			continue
		}
		paths = append(paths, path)
	}
	for path, e := range b.blobs {
		if other, there := a.blobs[path]; e.kind != folder && (!there || other.kind == folder) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths, true
}
