package main

import (
	"errors"
	"io/fs"

	"github.com/passmuster/muster/rules/catalogue"
)

// Where generated pages stand in the repository.
const docsDir = "docs/rules"

// described is a rule with what its folder says beside the metadata.
type described struct {
	*catalogue.Entry
	mutations []catalogue.Mutation
}

// generate returns the generated files of a repository, by their paths. Equal folders give equal bytes.
func generate(repository fs.FS) (map[string]string, error) {
	rules, err := fs.Sub(repository, "rules")
	if err != nil {
		return nil, err
	}
	entries, err := catalogue.ReadTree(rules)
	problems := []error{err}
	var list []described
	for _, e := range entries {
		mutations, err := catalogue.ReadMutations(rules, e)
		problems = append(problems, err)
		list = append(list, described{e, mutations})
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	registry, err := registryOf(list)
	if err != nil {
		return nil, err
	}
	files := map[string]string{
		"rules/rules.go":          registry,
		docsDir + "/README.md":    indexOf(list),
		docsDir + "/meshes.md":    meshesOf(list),
		docsDir + "/mutations.md": mutationsOf(list),
	}
	schema, err := configOf(repository, list)
	if err != nil {
		return nil, err
	}
	if schema != "" {
		files[configSchema] = schema
	}
	for _, d := range list {
		page, err := d.Markdown()
		if err != nil {
			return nil, err
		}
		files[docsDir+"/"+d.ID+".md"] = generated + page
	}
	return files, nil
}
