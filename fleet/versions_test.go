package fleet_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// loaded reads a tree with a muster.yaml, without predictions.
func loaded(t *testing.T, dir string) *fleet.Fleet {
	t.Helper()
	root, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(root, "muster.yaml"), root)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Load(context.Background(), fleet.Options{Config: cfg, Source: source.Options{Root: root}})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range f.Inputs.Unreadable {
		t.Error(d)
	}
	return f
}

func serviceOf(t *testing.T, f *fleet.Fleet, name string) *mesh.Service {
	t.Helper()
	for _, s := range f.Graph.Services {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no service %s", name)
	return nil
}

// tellVersions renders versions one a line: name, share with its place, labels, workloads, pods by region.
func tellVersions(f *fleet.Fleet, s *mesh.Service) string {
	var b strings.Builder
	for _, v := range f.Graph.Versions(s) {
		share := "no share"
		switch w := v.Weight; w.State {
		case mesh.Known:
			share = fmt.Sprintf("%d of %d at %s", w.V, v.Sum, w.Origin.Position().Short())
		case mesh.Unknown:
			share = w.Cause
		}
		fmt.Fprintf(&b, "%s (%s): %s, labels %v", v.Name, v.Origin.Position().Short(), share, v.Labels)
		if v.Matched {
			b.WriteString(", matched")
		}
		b.WriteString(";")
		for _, w := range v.Workloads {
			b.WriteString(" " + w.Cluster + "/" + w.Name)
		}
		b.WriteString(";")
		regions := map[string]int{}
		var order []string
		for _, g := range v.Endpoints {
			if regions[g.Locality.Region] == 0 {
				order = append(order, g.Locality.Region)
			}
			regions[g.Locality.Region] += len(g.Endpoints)
		}
		for _, r := range order {
			fmt.Fprintf(&b, " %s=%d", r, regions[r])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestVersionsOfTheShop(t *testing.T) {
	f := loaded(t, filepath.Join(fleetsDir, "shop"))
	tests := []struct{ name, service, want string }{
		{"canary", "checkout", `v1 (checkout.yaml:28): 90 of 100 at checkout.yaml:64, labels map[version:v1]; us-east/checkout-v1 us-west/checkout-v1; us-east-1=6 us-west-2=6
v2 (checkout.yaml:31): 10 of 100 at checkout.yaml:68, labels map[version:v2], matched; us-east/checkout-v2 us-west/checkout-v2; us-east-1=2 us-west-2=2
`},
		{"blue-green", "frontend", `blue (frontend.yaml:22): 100 of 100 at frontend.yaml:47, labels map[version:blue]; eu/frontend-blue us-east/frontend-blue us-west/frontend-blue; eu-west-1=6 us-east-1=6 us-west-2=6
green (frontend.yaml:25): 0 of 100 at frontend.yaml:51, labels map[version:green]; eu/frontend-green us-east/frontend-green us-west/frontend-green; eu-west-1=6 us-east-1=6 us-west-2=6
`},
		{"one version", "payments", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := tellVersions(f, serviceOf(t, f, test.service)); got != test.want {
				t.Errorf("got:\n%swant:\n%s", got, test.want)
			}
		})
	}
}
