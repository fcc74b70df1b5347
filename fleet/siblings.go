package fleet

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// joinSiblings: without a config, the same key in sibling folders (overlays/dev, overlays/prod, the steps of a
// tutorial) means separate environments, not duplicates. So do overlays and files of values that stand side by side.
// However many there are, one note says so, and proposes to tell them apart.
func joinSiblings(facts []*mesh.Fact, variants, files []string, configured bool) []*mesh.Fact {
	if configured {
		return facts
	}
	var keep []*mesh.Fact
	var note mesh.Fact
	count := 0
	var folders []string
	for _, f := range facts {
		if f.Kind != mesh.FactDuplicate || len(f.Related) == 0 {
			keep = append(keep, f)
			continue
		}
		a, b := path.Dir(f.Origin.Position().File), path.Dir(f.Related[0].Origin.Position().File)
		if a == b {
			keep = append(keep, f)
			continue
		}
		if count++; count == 1 {
			note = *f
		}
		folders = append(folders, a, b)
	}
	const most = 4
	var said []string
	if count > 0 {
		said = append(said, fmt.Sprintf("%s in more than one folder (%s), and only the first of each was audited",
			counted(count, "object stands", "objects stand"), listFolders(folders, most)))
	}
	if len(variants) > 0 {
		if count == 0 {
			note = mesh.Fact{Origin: mesh.Origin{In: &located{mesh.Position{File: beginsAt(variants[0], files), Line: 1, Column: 1}}}}
		}
		said = append(said, fmt.Sprintf("%s side by side (%s), and muster cannot tell which is for which cluster",
			counted(len(variants), "variant stands", "variants stand"), listFolders(variants, most)))
	}
	if len(said) == 0 {
		return keep
	}
	note.Kind = mesh.FactSiblingOverlays
	note.Message = strings.Join(said, "; ") + ": these look like separate environments or clusters. Run muster init: it proposes a muster.yaml that tells them apart."
	return append(keep, &note)
}

// beginsAt is the file that a person would open to look at a variant: of a folder, its kustomization or its chart. Files
// are those that were rendered from.
func beginsAt(variant string, files []string) string {
	for _, name := range []string{"kustomization.yaml", "kustomization.yml", "Kustomization", "Chart.yaml"} {
		if file := path.Join(variant, name); slices.Contains(files, file) {
			return file
		}
	}
	return variant
}

// valuesFiles finds files of values that stand beside others, next to a chart.
func valuesFiles(files []string) []string {
	values := map[string][]string{}
	charts := map[string]bool{}
	for _, file := range files {
		dir, name := path.Split(file)
		dir = path.Clean(dir)
		stem := strings.TrimSuffix(name, path.Ext(name))
		switch {
		case stem == "Chart":
			charts[dir] = true
		case strings.HasPrefix(stem, "values-"), strings.HasPrefix(stem, "values."):
			values[dir] = append(values[dir], file)
		case path.Base(dir) == "values":
			values[path.Dir(dir)] = append(values[path.Dir(dir)], file)
		}
	}
	var list []string
	for dir, siblings := range values {
		if len(siblings) > 1 && charts[dir] {
			list = append(list, siblings...)
		}
	}
	slices.Sort(list)
	return list
}

func counted(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// listFolders names each folder once, the first few in full.
func listFolders(list []string, most int) string {
	list = slices.Clone(list)
	slices.Sort(list)
	list = slices.Compact(list)
	for i, p := range list {
		if p == "." {
			list[i] = "the top folder"
		}
	}
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}
