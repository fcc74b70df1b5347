package consul_test

import (
	"testing"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// FuzzCompile puts whatever file into two datacenters and a peer. The graph that comes of it must hold together: equal
// input makes equal services, every pool has the service's port, every backend a pool, and nothing panics.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{
		"service { name = \"web\"\n port = 80\n connect { sidecar_service { proxy { upstreams = [{ destination_name = \"pay\" }, { destination_name = \"pay\", destination_peer = \"eu\" }, { destination_name = \"pay\", datacenter = \"dc2\" }] } } } }\nservice { name = \"pay\"\n connect { sidecar_service { check { tcp = \":1\", interval = \"1s\" } } } }\nservice { name = \"g\"\n kind = \"mesh-gateway\" }",
		"Kind = \"service-resolver\"\nName = \"pay\"\nFailover { \"*\" = { Targets = [{ Peer = \"eu\" }, { Datacenter = \"dc2\" }, { Service = \"web\" }] } }",
		"config_entries { bootstrap = [{ Kind = \"service-splitter\", Name = \"pay\", Splits = [{ Weight = 100, Service = \"web\" }] }, { Kind = \"proxy-defaults\", Name = \"global\", Config { protocol = \"http\" }, MeshGateway { Mode = \"local\" } }] }",
		"Kind = \"service-intentions\"\nName = \"*\"\nSources = [{ Name = \"*\", Action = \"deny\" }, { Name = \"web\", Peer = \"eu\", Action = \"allow\" }]",
		"acl { enabled = true, default_policy = \"deny\" }\ncheck { service_id = \"pay\", ttl = \"1s\" }",
	} {
		f.Add(text, "")
		f.Add(text, "service { name = \"web\"\n connect { sidecar_service { proxy { mode = \"transparent\" } } } }")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		limits := source.Limits{Documents: 30}
		first, _ := consul.Parse("a.hcl", []byte(one), source.Options{Limits: limits})
		second, _ := consul.Parse("b.hcl", []byte(two), source.Options{Limits: limits})
		both := consul.Join(first, second)
		m := &mesh.Mesh{Name: "m", Kind: mesh.Consul}
		dc := func(name, primary string, c *consul.Content) consul.Datacenter {
			return consul.Datacenter{Cluster: &mesh.Cluster{Name: name, Region: name, ConfigCluster: primary}, Content: c}
		}
		in := consul.Federation{Mesh: m, Datacenters: []consul.Datacenter{dc("dc1", "dc1", both), dc("dc2", "dc1", first)},
			Peers: []consul.Peer{{Name: "eu", As: "us", Mesh: "other", Datacenter: dc("eu", "eu", both)}}}
		x, again := consul.Compile(in), consul.Compile(in)
		if len(x.Services()) != len(again.Services()) || len(x.Facts()) != len(again.Facts()) || len(x.Clients()) != len(again.Clients()) {
			t.Fatal("equal input, and another graph")
		}
		for i, s := range x.Services() {
			if s.ID != again.Services()[i].ID || len(s.Ports) != 1 || len(s.Endpoints) != len(again.Services()[i].Endpoints) {
				t.Fatalf("%s: another service", s.ID)
			}
			x.Intent(s)
			for _, c := range x.Clients() {
				class := x.Class(s, c)
				v := x.View(s, c)
				if (class == "-") != (v == nil) {
					t.Fatalf("%s for %s: class %q", s.ID, c.ID, class)
				}
				if v == nil || s.Gap != nil && len(v.Pools) == 0 {
					continue
				}
				for _, p := range v.Pools {
					if p.Port != s.Ports[0].Number || len(p.Targets) == 0 {
						t.Fatalf("%s: pool %s:%d", s.ID, p.Host, p.Port)
					}
				}
				for _, r := range v.Routes {
					for _, rule := range r.Rules {
						for _, to := range rule.To {
							if !to.Missing && v.PoolOf(&to) == nil {
								t.Fatalf("%s: %s/%s has no pool", s.ID, to.Host, to.Subset)
							}
						}
					}
				}
			}
		}
		x.Dependencies()
	})
}
