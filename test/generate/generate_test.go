package generate

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

const resources = 1500

// documents parses everything but muster.yaml, by cluster. Nothing may be wrong with any of it.
func documents(t *testing.T, files map[string][]byte) map[string][]*source.Document {
	t.Helper()
	all := map[string][]*source.Document{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == "muster.yaml" {
			continue
		}
		docs, ignored, diags := source.Parse(name, files[name], source.Options{})
		for _, d := range diags {
			t.Error(d.Error())
		}
		for _, i := range ignored {
			t.Errorf("%s:%d is ignored: %s", i.File, i.Line, i.Reason)
		}
		for _, d := range docs {
			d.Cluster = strings.Split(name, "/")[1]
			all[d.Cluster] = append(all[d.Cluster], d)
		}
	}
	return all
}

func kinds(all map[string][]*source.Document) (n map[string]int, total int) {
	n = map[string]int{}
	for _, docs := range all {
		for _, d := range docs {
			n[d.Kind]++
			total++
		}
	}
	return n, total
}

func TestFleetHasAsManyResourcesAsAskedFor(t *testing.T) {
	for _, want := range []int{7, 300, resources} {
		if _, got := kinds(documents(t, Fleet(Options{Resources: want, Seed: 1}))); got != want {
			t.Errorf("%d documents, want %d", got, want)
		}
	}
}

func TestFleetMixesKinds(t *testing.T) {
	n, total := kinds(documents(t, Fleet(Options{Resources: resources, Seed: 1})))
	for kind, share := range map[string][2]float64{
		"Service": {0.15, 0.3}, "Deployment": {0.15, 0.3}, "StatefulSet": {0.002, 0.05}, "HorizontalPodAutoscaler": {0.03, 0.12},
		"DestinationRule": {0.06, 0.2}, "VirtualService": {0.03, 0.15}, "AuthorizationPolicy": {0.03, 0.12},
		"PeerAuthentication": {0.005, 0.05}, "Sidecar": {0.002, 0.03}, "ServiceEntry": {0.002, 0.03}, "Namespace": {0.005, 0.03},
	} {
		if got := float64(n[kind]) / float64(total); got < share[0] || got > share[1] {
			t.Errorf("%s: %.1f %% of all, want %.1f to %.1f", kind, got*100, share[0]*100, share[1]*100)
		}
	}
}

func TestEqualOptionsGiveEqualBytes(t *testing.T) {
	for name, generate := range map[string]func(Options) map[string][]byte{"fleet": Fleet, "matrix": Matrix} {
		o := Options{Resources: 600, Services: 60, Seed: 7}
		first, second := generate(o), generate(o)
		if !maps.EqualFunc(first, second, bytes.Equal) {
			t.Errorf("%s: two fleets of one seed differ", name)
		}
		o.Seed++
		if maps.EqualFunc(first, generate(o), bytes.Equal) {
			t.Errorf("%s: another seed gives the same fleet", name)
		}
	}
}

func TestConfigOfFleetIsValid(t *testing.T) {
	for name, files := range map[string]map[string][]byte{"fleet": Fleet(Options{Clusters: 9}), "matrix": Matrix(Options{Services: 10})} {
		c, problems := config.Parse("muster.yaml", files["muster.yaml"])
		for _, p := range problems {
			t.Errorf("%s: %v: %s", name, p.Position, p.Message)
		}
		for _, cluster := range c.Clusters {
			folder := cluster.Sources[0].Path + "/"
			if !slices.ContainsFunc(slices.Collect(maps.Keys(files)), func(f string) bool { return strings.HasPrefix(f, folder) }) {
				t.Errorf("%s: cluster %s has no file in %s", name, cluster.Name, folder)
			}
		}
	}
}

// TestMostReferencesResolve follows the hosts of routes and rules: a few lead nowhere, on purpose.
func TestMostReferencesResolve(t *testing.T) {
	all := documents(t, Fleet(Options{Resources: 6000, Seed: 3}))
	hosts := map[string]bool{}
	for _, docs := range all {
		for _, d := range docs {
			hosts[d.Name+"."+d.Namespace+".svc.cluster.local"] = hosts[d.Name+"."+d.Namespace+".svc.cluster.local"] || d.Kind == "Service"
		}
	}
	named, dangling := 0, 0
	for _, docs := range all {
		for _, d := range docs {
			if d.Kind != "VirtualService" && (d.Kind != "DestinationRule" || strings.HasSuffix(d.Name, "-partner")) {
				continue
			}
			for _, host := range hostsOf(t, d.JSON) {
				if !strings.Contains(host, ".") {
					host += "." + d.Namespace + ".svc.cluster.local"
				}
				if named++; !hosts[host] {
					dangling++
				}
			}
		}
	}
	if share := float64(dangling) / float64(named); share == 0 || share > 0.03 {
		t.Errorf("%d of %d hosts do not exist, want a few", dangling, named)
	}
}

// hostsOf finds the members "host" of an object at any depth.
func hostsOf(t *testing.T, data []byte) []string {
	t.Helper()
	var root any
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	var found []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if host, ok := v["host"].(string); ok {
				found = append(found, host)
			}
			for _, member := range v {
				walk(member)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	walk(root)
	return found
}

// TestFleetsCompile: every object is one that its API accepts, and nothing is said to be wrong but
// what was meant to be.
func TestFleetsCompile(t *testing.T) {
	meant := []mesh.FactKind{mesh.FactDanglingHost, mesh.FactDanglingSubset, mesh.FactDanglingRegion, mesh.FactEmptySubset}
	for name, files := range map[string]map[string][]byte{
		"fleet":  Fleet(Options{Resources: resources, Dangling: 0.1, Seed: 2}),
		"matrix": Matrix(Options{Services: 60, Guarded: 0.2, Seed: 2}),
	} {
		dir := t.TempDir()
		if err := Write(dir, files); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
		if err != nil {
			t.Fatal(err)
		}
		f, err := fleet.Load(t.Context(), fleet.Options{Config: c})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Inputs.Unreadable {
			t.Errorf("%s: %v", name, d)
		}
		for _, fact := range f.Graph.Facts {
			if !slices.Contains(meant, fact.Kind) {
				t.Errorf("%s: %s: %s: %s", name, fact.Origin.Position(), fact.Kind, fact.Message)
			}
		}
		for _, s := range f.Graph.Services {
			if len(s.Endpoints) == 0 {
				t.Errorf("%s: %s has no endpoint", name, s.ID)
			}
		}
	}
}

// TestMatrixHasSixEndpointsInSixZones: every service selects two pods in each of three clusters.
func TestMatrixHasSixEndpointsInSixZones(t *testing.T) {
	const services = 90
	places := map[string]map[mesh.Locality]int{}
	zones := map[mesh.Locality]int{}
	for cluster, docs := range documents(t, Matrix(Options{Services: services, Seed: 1})) {
		region := strings.TrimPrefix(cluster, "prod-")
		inv, diags := kubernetes.Build(&mesh.Cluster{Name: cluster, Region: region, Zones: []string{region + "a", region + "b", region + "c"}}, docs)
		for _, d := range diags {
			t.Error(d.Error())
		}
		if len(inv.Services) != services {
			t.Errorf("%s: %d services, want %d", cluster, len(inv.Services), services)
		}
		for key, s := range inv.Services {
			if len(s.Ports) != 3 {
				t.Errorf("%s: %d ports, want 3", key.Name, len(s.Ports))
			}
			host := key.Namespace + "/" + key.Name
			if places[host] == nil {
				places[host] = map[mesh.Locality]int{}
			}
			for _, pod := range inv.SelectPods(s.Namespace, s.Selector) {
				places[host][pod.Locality.V]++
				zones[pod.Locality.V]++
			}
		}
	}
	for host, at := range places {
		if len(at) != 6 || slices.Max(slices.Collect(maps.Values(at))) != 1 {
			t.Errorf("%s: pods in %v, want one in each of six zones", host, at)
		}
	}
	if len(zones) != 9 {
		t.Errorf("%d zones are used, want 9", len(zones))
	}
}
