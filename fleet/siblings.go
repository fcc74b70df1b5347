package fleet

import (
	"fmt"
	"path"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// joinSiblings: without a config, the same key in sibling folders (overlays/dev, overlays/prod,
// the steps of a tutorial) means separate environments, not duplicates: one note that proposes
// to say so.
func joinSiblings(facts []*mesh.Fact, configured bool) []*mesh.Fact {
	if configured {
		return facts
	}
	var keep []*mesh.Fact
	var first *mesh.Fact
	count := 0
	var folders []string
	for _, f := range facts {
		if f.Kind != mesh.FactDuplicate || len(f.Related) == 0 {
			keep = append(keep, f)
			continue
		}
		a, b := f.Origin.Position().File, f.Related[0].Origin.Position().File
		if path.Dir(a) == path.Dir(b) {
			keep = append(keep, f)
			continue
		}
		count++
		if first == nil {
			first = f
		}
		for _, d := range []string{path.Dir(b), path.Dir(a)} {
			if !slices.Contains(folders, d) {
				folders = append(folders, d)
			}
		}
	}
	if first == nil {
		return keep
	}
	slices.Sort(folders)
	shown := folders
	if len(shown) > 4 {
		shown = shown[:4]
	}
	note := *first
	note.Kind = mesh.FactSiblingOverlays
	note.Message = fmt.Sprintf("%d objects stand in more than one folder (%s): these look like separate environments, and only the first of each was audited. Name them as clusters in muster.yaml.",
		count, joinWords(shown, len(folders)))
	return append(keep, &note)
}

func joinWords(list []string, total int) string {
	s := ""
	for i, w := range list {
		if i > 0 {
			s += ", "
		}
		s += w
	}
	if total > len(list) {
		s += fmt.Sprintf(" and %d more", total-len(list))
	}
	return s
}
