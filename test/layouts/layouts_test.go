// Package layouts holds the oracle of testdata/layouts together: each want.yaml is a config that muster would read, and
// speaks of a tree that is there. It also holds to it what muster init proposes, and what a scan says of the trees.
package layouts

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/config"
)

var folder = filepath.Join("..", "..", "testdata", "layouts")

func TestEveryWantHolds(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(folder, "[0-9][0-9]-*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) != 20 {
		t.Errorf("%d layouts, want 20", len(dirs))
	}
	for i, dir := range dirs {
		name := filepath.Base(dir)
		if !strings.HasPrefix(name, fmt.Sprintf("%02d-", i+1)) {
			t.Errorf("%s: want number %d", name, i+1)
		}
		t.Run(name, func(t *testing.T) {
			for _, p := range problems(dir) {
				t.Error(p)
			}
		})
	}
}

// problems lists what is wrong with one layout.
func problems(dir string) []string {
	w, err := readWant(filepath.Join(dir, "want.yaml"))
	if err != nil {
		return []string{err.Error()}
	}
	var list []string
	if w.About == "" || w.Scan.Duplicates == nil || w.Scan.Siblings == nil {
		list = append(list, "about, scan.duplicates or scan.siblings is missing")
	}
	tree := filepath.Join(dir, "tree")
	if n := files(tree); n < 5 || n > 20 {
		list = append(list, fmt.Sprintf("the tree has %d files, want 5 to 20", n))
	}
	for _, proposal := range w.proposals() {
		list = append(list, checkConfig(tree, proposal)...)
	}
	configs, err := w.configs()
	if err != nil {
		return append(list, err.Error())
	}
	list = append(list, checkSelectors(w, configs)...)
	return append(list, checkEvidence(tree, w, configs)...)
}

func files(dir string) int {
	n := 0
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		return 0
	}
	return n
}

// checkConfig reads a proposal as muster would, and looks for all that it names.
func checkConfig(tree string, proposal *yaml.Node) []string {
	text, err := yaml.Marshal(proposal)
	if err != nil {
		return []string{err.Error()}
	}
	c, found := config.Parse("muster.yaml", text)
	var list []string
	for _, p := range found {
		// The sources that a person would propose are no matter of what this muster can render.
		if !strings.Contains(p.Message, "not supported yet") {
			list = append(list, p.String())
		}
	}
	if len(c.Clusters) == 0 || len(c.Objectives) > 0 || len(c.Rules) > 0 || len(c.Suppress) > 0 {
		list = append(list, "a proposal has clusters, and no objectives, rules or suppressions")
	}
	for _, k := range c.Clusters {
		if len(k.Sources) == 0 {
			list = append(list, k.Name+": no sources")
		}
		for _, s := range k.Sources {
			list = append(list, checkSource(tree, s)...)
		}
		meshes := 0
		for _, m := range c.Meshes {
			if slices.Contains(m.Clusters, k.Name) {
				meshes++
			}
		}
		if meshes != 1 {
			list = append(list, fmt.Sprintf("%s: in %d meshes, want one", k.Name, meshes))
		}
	}
	for name, e := range c.Environments {
		paths := slices.Clone(e.VarFiles)
		if e.Terraform != "" {
			paths = append(paths, e.Terraform)
		}
		for _, p := range paths {
			if !exists(tree, p) {
				list = append(list, name+": no "+p+" in the tree")
			}
		}
	}
	return list
}

// checkSource asks for the file that makes a folder a kustomization or a chart, and that a plain path is neither.
func checkSource(tree string, s config.Source) []string {
	var list []string
	for _, v := range s.Values {
		if !exists(tree, v) {
			list = append(list, "no "+v+" in the tree")
		}
	}
	dir := s.Path + s.Kustomize + s.Helm
	if !exists(tree, dir) {
		return append(list, "no "+dir+" in the tree")
	}
	kustomization, chart := exists(tree, dir, "kustomization.yaml"), exists(tree, dir, "Chart.yaml")
	if kustomization != (s.Kustomize != "") || chart != (s.Helm != "") {
		list = append(list, dir+": not the kind of source that its files make it")
	}
	return list
}

func exists(parts ...string) bool {
	path := filepath.FromSlash(strings.Join(parts, "/"))
	_, err := os.Stat(path)
	return err == nil && filepath.IsLocal(filepath.FromSlash(strings.Join(parts[1:], "/")))
}

// checkSelectors: what is optional is in the config; what is free is at least a key of something that is.
func checkSelectors(w *want, configs []map[string]any) []string {
	var list []string
	for i, s := range slices.Concat(w.Optional, w.Free) {
		found, err := inAny(configs, s)
		if err == nil && len(found) == 0 && i >= len(w.Optional) {
			found, err = inAny(configs, parent(s))
		}
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("%s: the config has no such thing", s)
		}
		if err != nil {
			list = append(list, err.Error())
		}
	}
	return list
}

// told are the values that nobody may invent.
var told = []string{
	"clusters[%s]", "clusters[%s].region", "clusters[%s].zones", "clusters[%s].network", "clusters[%s].configCluster",
	"meshes[%s].version", "meshes[%s].trustDomain", "meshes[%s].configCluster", "environments[%s].terraform", "environments[%s].varFiles",
}

// checkEvidence: each evidence is there, is about something, and each value that nobody may invent has one.
func checkEvidence(tree string, w *want, configs []map[string]any) []string {
	var list []string
	for _, e := range w.Evidence {
		found, err := inAny(configs, e.For)
		if err == nil && len(found) == 0 {
			err = fmt.Errorf("%s: the config has no such thing", e.For)
		}
		if err != nil {
			list = append(list, err.Error())
		}
		if err := checkPlace(tree, e); err != nil {
			list = append(list, err.Error())
		}
	}
	for _, c := range configs {
		for _, form := range told {
			key, _, _ := strings.Cut(form, "[")
			for _, name := range namesIn(c[key]) {
				if found, err := find(c, fmt.Sprintf(form, name)); err != nil || len(found) == 0 {
					continue
				}
				if !slices.ContainsFunc(w.Evidence, func(e evidence) bool {
					return e.For == fmt.Sprintf(form, name) || e.For == fmt.Sprintf(form, "*")
				}) {
					list = append(list, fmt.Sprintf(form, name)+": no evidence")
				}
			}
		}
	}
	return list
}

func namesIn(v any) []string {
	var names []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			names = append(names, nameOf(e))
		}
	case map[string]any:
		for k := range v {
			names = append(names, k)
		}
	}
	return names
}

// checkPlace: the file or folder is in the tree, and the line holds what it is said to.
func checkPlace(tree string, e evidence) error {
	file, number, lined := strings.Cut(e.At, ":")
	if !exists(tree, file) {
		return fmt.Errorf("%s: not in the tree", e.At)
	}
	if !lined {
		return nil
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("%s: no line number", e.At)
	}
	text, err := os.ReadFile(filepath.Join(tree, filepath.FromSlash(file)))
	if err != nil {
		return err
	}
	if got := line(string(text), n); e.Has == "" || !strings.Contains(got, e.Has) {
		return fmt.Errorf("%s: want %q in the line %q", e.At, e.Has, got)
	}
	return nil
}
