package forms

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"
)

// application is the part of an Argo CD Application that says what it brings where.
type application struct {
	Kind string `json:"kind"`
	Spec struct {
		Source struct {
			Path      string `json:"path"`
			Directory struct {
				Recurse bool `json:"recurse"`
			} `json:"directory"`
			Helm *struct {
				ReleaseName string                         `json:"releaseName"`
				ValueFiles  []string                       `json:"valueFiles"`
				Parameters  []struct{ Name, Value string } `json:"parameters"`
			} `json:"helm"`
		} `json:"source"`
		Destination struct {
			Name      string `json:"name"`
			Server    string `json:"server"`
			Namespace string `json:"namespace"`
		} `json:"destination"`
	} `json:"spec"`
}

// The sources of a cluster in muster.yaml are those of the Applications that have it as their destination.
func TestApplicationsAreTheSources(t *testing.T) {
	dir := filepath.Join(fleets, "shop-argocd")
	root := readApplication(t, filepath.Join(dir, "bootstrap/root.yaml"))
	if !root.Spec.Source.Directory.Recurse {
		t.Fatal("the app-of-apps does not look into the folders of the clusters")
	}
	got := map[string][]string{}
	files, err := filepath.Glob(filepath.Join(dir, root.Spec.Source.Path, "*/*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		a := readApplication(t, file)
		if a.Kind != "Application" {
			t.Errorf("%s is %q, want an Application", file, a.Kind)
		}
		got[a.Spec.Destination.Name] = append(got[a.Spec.Destination.Name], show(a.entry(t, dir)))
	}
	for _, c := range readManifest(t, dir).Clusters {
		var want []string
		for _, e := range c.Sources {
			want = append(want, show(e))
		}
		slices.Sort(want)
		slices.Sort(got[c.Name])
		if !slices.Equal(got[c.Name], want) {
			t.Errorf("%s:\nApplications %q\nmuster.yaml  %q", c.Name, got[c.Name], want)
		}
		delete(got, c.Name)
	}
	for name := range got {
		t.Errorf("Applications for %q, which muster.yaml does not know", name)
	}
}

func readApplication(t *testing.T, file string) application {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var a application
	if err := yaml.Unmarshal(data, &a); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return a
}

// entry is the Application as a source of muster.yaml. Argo CD takes a folder for what its files make it: a chart, a kustomization, or
// else plain manifests, of which it reads those in the folders below only when told to.
func (a application) entry(t *testing.T, dir string) entry {
	t.Helper()
	s := a.Spec.Source
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, s.Path, name))
		return err == nil
	}
	switch {
	case has("Chart.yaml") && s.Helm != nil:
		e := entry{Helm: s.Path, Release: s.Helm.ReleaseName, Namespace: a.Spec.Destination.Namespace}
		for _, file := range s.Helm.ValueFiles {
			// The chart's own values are read in any case.
			if file != "values.yaml" {
				e.Values = append(e.Values, path.Join(s.Path, file))
			}
		}
		for _, p := range s.Helm.Parameters {
			var v any
			if err := yaml.Unmarshal([]byte(p.Value), &v); err != nil {
				t.Fatal(err)
			}
			if e.Set == nil {
				e.Set = map[string]any{}
			}
			e.Set[p.Name] = v
		}
		return e
	case has("kustomization.yaml"):
		return entry{Kustomize: s.Path}
	default:
		below, err := filepath.Glob(filepath.Join(dir, s.Path, "*/*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if s.Directory.Recurse != (len(below) > 0) {
			t.Errorf("%s: recurse is %t, and %d files lie in folders below", s.Path, s.Directory.Recurse, len(below))
		}
		return entry{Path: s.Path}
	}
}
