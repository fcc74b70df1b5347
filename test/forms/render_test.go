package forms

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// entry is one of a cluster's sources in muster.yaml. Paths are relative to the folder of the file.
type entry struct {
	Path      string         `json:"path,omitempty"`
	Kustomize string         `json:"kustomize,omitempty"`
	Helm      string         `json:"helm,omitempty"`
	Values    []string       `json:"values,omitempty"`
	Set       map[string]any `json:"set,omitempty"`
	Release   string         `json:"release,omitempty"`
	Namespace string         `json:"namespace,omitempty"`
}

func (e entry) render(dir string, into objects) error {
	switch {
	case e.Path != "":
		return plain(filepath.Join(dir, e.Path), into)
	case e.Kustomize != "":
		return kustomize(filepath.Join(dir, e.Kustomize), into)
	case e.Helm != "":
		return e.helm(dir, into)
	}
	return fmt.Errorf("a source without path, kustomize or helm")
}

// plain reads every YAML file below a folder.
func plain(dir string, into objects) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return into.add(data, name)
	})
}

// kustomize does what `kustomize build` does.
func kustomize(dir string, into objects) error {
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		return err
	}
	data, err := rendered.AsYaml()
	if err != nil {
		return err
	}
	return into.add(data, dir)
}

// helm does what `helm template` does with -f for the values, --set for the set, --namespace and the release's name.
func (e entry) helm(dir string, into objects) error {
	chart, err := loader.LoadDir(filepath.Join(dir, e.Helm))
	if err != nil {
		return err
	}
	values := maps.Clone(e.Set)
	for _, file := range slices.Backward(e.Values) {
		v, err := chartutil.ReadValuesFile(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		// What is set already wins: later files come first.
		values = chartutil.CoalesceTables(values, v)
	}
	version, err := chartutil.ParseKubeVersion("v1.33.0")
	if err != nil {
		return err
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *version
	release := chartutil.ReleaseOptions{Name: e.Release, Namespace: e.Namespace, Revision: 1, IsInstall: true}
	input, err := chartutil.ToRenderValues(chart, values, release, capabilities)
	if err != nil {
		return err
	}
	rendered, err := engine.Render(chart, input)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(rendered)) {
		if strings.HasSuffix(name, "NOTES.txt") {
			continue
		}
		if err := into.add([]byte(rendered[name]), name); err != nil {
			return err
		}
	}
	return nil
}
