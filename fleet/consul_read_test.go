package fleet

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
)

// The same entry in the three notations, registrations, and what is somebody else's.
var consulTree = map[string]string{
	"dc1/resolver.hcl":   "Kind = \"service-resolver\",\nName = \"pay\",\nFailover = { \"*\" = { Datacenters = [\"dc2\"] } }\n",
	"dc1/splitter.json":  `{"Kind": "service-splitter", "Name": "web", "Splits": [{"Weight": 100}]}`,
	"dc1/defaults.yaml":  "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata: {name: web}\nspec: {protocol: http}\n",
	"dc1/agents.json":    `{"services": [{"name": "pay", "connect": {"sidecar_service": {}}}]}`,
	"dc1/terragrunt.hcl": "terraform {\n  source = \"git::example\"\n}\n",
	"dc1/broken.hcl":     "locals {\n  a = merge({}, {})\n}\n",
	"dc1/compose.yaml":   "services: {web: {image: web}}\nversion: '3'\n",
	"dc1/package.json":   `{"name": "web", "version": "1.0.0"}`,
}

func written(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func configured(t *testing.T, dir, text string) *config.Config {
	t.Helper()
	file := filepath.Join(dir, "muster.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file, dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func consulKinds(t *testing.T, f *Fleet, cluster string) []string {
	t.Helper()
	content, diags := f.consulContents(cluster)
	if len(diags) > 0 {
		t.Errorf("%v", diags)
	}
	var out []string
	for _, e := range content.Entries {
		out = append(out, e.Kind+"/"+e.Name+" at "+e.Origin.Position().Short())
	}
	for _, s := range content.Services {
		out = append(out, s.Name+" at "+s.Origin.Position().Short())
	}
	slices.Sort(out)
	return out
}

func TestConsulIsReadInAllNotations(t *testing.T) {
	want := []string{"pay at agents.json:1", "service-defaults/web at defaults.yaml:1", "service-resolver/pay at resolver.hcl:1", "service-splitter/web at splitter.json:1"}
	for name, declared := range map[string]string{
		"nothing declared": "",
		"declared":         "apiVersion: passmuster.dev/v1\nmeshes: [{name: bank, kind: consul, clusters: [dc1]}]\nclusters: [{name: dc1, sources: [{path: dc1}]}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := written(t, consulTree)
			o := Options{Source: source.Options{Root: dir}}
			cluster := DefaultCluster
			if declared != "" {
				o.Config, cluster = configured(t, dir, declared), "dc1"
			} else {
				o.Inputs = []source.Input{{Path: "dc1"}}
			}
			f, err := Load(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if got := consulKinds(t, f, cluster); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if f.Graph.Meshes[0].Kind != "consul" {
				t.Errorf("the mesh is %s", f.Graph.Meshes[0].Kind)
			}
			// In a mesh of Consul a file that cannot be read may have been meant; elsewhere it is somebody else's.
			told := slices.ContainsFunc(f.Inputs.Unreadable, func(d source.Diagnostic) bool { return strings.HasSuffix(d.Position.File, "broken.hcl") })
			if told != (declared != "") {
				t.Errorf("broken.hcl is told: %v; %v", told, f.Inputs.Unreadable)
			}
			for _, s := range f.Inputs.Skipped {
				if strings.Contains(s.Reason, "Consul, not read") {
					t.Errorf("%+v", s)
				}
			}
		})
	}
}

// Where only other meshes are declared, Consul's configuration is told as skipped.
func TestConsulBesideIstioIsTold(t *testing.T) {
	dir := written(t, consulTree)
	c := configured(t, dir, "apiVersion: passmuster.dev/v1\nmeshes: [{name: prod, kind: istio, clusters: [dc1]}]\nclusters: [{name: dc1, sources: [{path: dc1}]}]\n")
	f, err := Load(t.Context(), Options{Config: c, Source: source.Options{Root: dir}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range f.Inputs.Skipped {
		if s.Reason == source.ConsulConfiguration {
			n += len(s.Places)
		}
	}
	if n != 2 || len(f.consul) > 0 {
		t.Errorf("%d files are told, and %d read", n, len(f.consul))
	}
}
