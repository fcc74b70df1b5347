package terraform

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

var (
	forAll    = []string{"common", "shared", "defaults", "globals", "base"}
	forNobody = []string{"example", "examples", "sample", "samples", "template"}
)

// environmentsOf are the evaluations of a root: one per file of variables beside it or in a directory directly below, and one per directory that is
// two levels below. Without any there is the one that nobody names.
func environmentsOf(root string, beside, below []string, folders map[string]*folder) []FoundEnvironment {
	var common []string
	var list []FoundEnvironment
	one := func(dir, file string) {
		base := variableName(file)
		where := path.Join(relative(root, dir), file)
		switch {
		case slices.Contains(forNobody, base):
		case slices.Contains(forAll, base):
			common = append(common, where)
		case base == "terraform" || automatic(file):
			list = append(list, FoundEnvironment{Name: path.Base(dir), VarFiles: []string{where}})
		default:
			list = append(list, FoundEnvironment{Name: base, VarFiles: []string{where}})
		}
	}
	for _, f := range beside {
		if base := variableName(f); base != "terraform" && !automatic(f) {
			one(root, f)
		}
	}
	for _, dir := range below {
		files := slices.Sorted(slices.Values(folders[dir].variables))
		if path.Dir(dir) == root {
			for _, f := range files {
				one(dir, f)
			}
			continue
		}
		env := FoundEnvironment{Name: path.Base(dir)}
		for _, f := range files {
			if !slices.Contains(forNobody, variableName(f)) {
				env.VarFiles = append(env.VarFiles, path.Join(relative(root, dir), f))
			}
		}
		if len(env.VarFiles) > 0 {
			list = append(list, env)
		}
	}
	if len(list) == 0 {
		return []FoundEnvironment{{VarFiles: common}}
	}
	slices.Sort(common)
	slices.SortStableFunc(list, func(a, b FoundEnvironment) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), slices.Compare(a.VarFiles, b.VarFiles))
	})
	named := map[string]int{}
	for i := range list {
		list[i].VarFiles = append(slices.Clone(common), list[i].VarFiles...)
		named[list[i].Name]++
	}
	for i := range list {
		if named[list[i].Name] > 1 { // two of one name are two environments
			list[i].Name += " (" + list[i].VarFiles[len(list[i].VarFiles)-1] + ")"
		}
	}
	return list
}

// variableName is the name of a file of variables without its extensions.
func variableName(file string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(file, ".json"), ".tfvars"), ".auto")
}

// automatic reports whether Terraform reads a file of variables in the root's directory without being told to.
func automatic(file string) bool {
	return strings.HasSuffix(file, ".auto.tfvars") || strings.HasSuffix(file, ".auto.tfvars.json")
}
