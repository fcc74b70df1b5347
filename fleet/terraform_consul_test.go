package fleet

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// consulTwo is a mesh of two datacenters that keeps its entries in ENTRIES.
const consulTwo = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes: [{name: prod, kind: consul, version: "1.22", clusters: [dc1, dc2]}]
clusters:
- {name: dc1, region: us-east-1, sources: [{path: dc1}]}
- {name: dc2, region: us-west-2, sources: [{path: dc2}]}
environments: {prod: {terraform: infra}}
-- dc1/pay.hcl --
service { name = "pay", port = 80, connect { sidecar_service {} } }
-- dc2/pay.hcl --
service { name = "pay", port = 80, connect { sidecar_service {} } }
-- infra/provider.tf --
provider "consul" { datacenter = "dc1" }
provider "consul" {
  alias      = "west"
  address    = "consul.west:8500"
  datacenter = "dc2"
}
resource "random_id" "a" {}
variable "weights" { default = [90, 10] }
`

// Resources of the Consul provider mean what the files of Consul mean.
func TestResourcesOfConsulAreItsEntries(t *testing.T) {
	for name, tc := range map[string]struct{ resource, file string }{
		"resolver, as JSON": {`
resource "consul_config_entry" "pay" {
  kind = "service-resolver"
  name = "pay"
  config_json = jsonencode({
    ConnectTimeout = "3s"
    DefaultSubset  = "v1"
    Subsets        = { v1 = { Filter = "Service.Meta.version == 1", OnlyPassing = true } }
    Failover       = { "*" = { Datacenters = ["dc2"] } }
  })
}`, `
Kind = "service-resolver"
Name = "pay"
ConnectTimeout = "3s"
DefaultSubset = "v1"
Subsets = { v1 = { Filter = "Service.Meta.version == 1", OnlyPassing = true } }
Failover = { "*" = { Datacenters = ["dc2"] } }
`},
		"resolver, in blocks": {`
resource "consul_config_entry_service_resolver" "pay" {
  name            = "pay"
  partition       = "default"
  connect_timeout = "3s"
  default_subset  = "v1"
  subsets {
    name         = "v1"
    filter       = "Service.Meta.version == 1"
    only_passing = true
  }
  failover {
    subset_name = "*"
    targets { datacenter = "dc2" }
    targets {
      datacenter = "dc1"
      service    = "pay-old"
    }
  }
}`, `
Kind = "service-resolver"
Name = "pay"
ConnectTimeout = "3s"
DefaultSubset = "v1"
Subsets = { v1 = { Filter = "Service.Meta.version == 1", OnlyPassing = true } }
Failover = { "*" = { Targets = [{ Datacenter = "dc2" }, { Datacenter = "dc1", Service = "pay-old" }] } }
`},
		"splitter": {`
resource "consul_config_entry_service_splitter" "pay" {
  name = "pay"
  splits {
    weight         = var.weights[0]
    service_subset = "v1"
  }
  splits {
    weight         = var.weights[1]
    service_subset = "v2"
  }
}`, `
Kind = "service-splitter"
Name = "pay"
Splits = [{ Weight = 90, ServiceSubset = "v1" }, { Weight = 10, ServiceSubset = "v2" }]
`},
		"router": {`
resource "consul_config_entry_service_router" "pay" {
  name = "pay"
  routes {
    match {
      http {
        path_prefix = "/admin"
        header {
          name  = "x-debug"
          exact = "1"
        }
      }
    }
    destination {
      service                  = "admin"
      num_retries              = 5
      retry_on_connect_failure = true
    }
  }
}`, `
Kind = "service-router"
Name = "pay"
Routes = [{
  Match { HTTP { PathPrefix = "/admin", Header = [{ Name = "x-debug", Exact = "1" }] } }
  Destination { Service = "admin", NumRetries = 5, RetryOnConnectFailure = true }
}]
`},
		"defaults": {`
resource "consul_config_entry_service_defaults" "pay" {
  name     = "pay"
  protocol = "http"
  upstream_config {
    defaults {
      passive_health_check {
        interval     = "10s"
        max_failures = 3
      }
    }
  }
  mesh_gateway { mode = "local" }
}`, `
Kind = "service-defaults"
Name = "pay"
Protocol = "http"
UpstreamConfig { Defaults { PassiveHealthCheck { Interval = "10s", MaxFailures = 3 } } }
MeshGateway { Mode = "local" }
`},
		"intentions": {`
resource "consul_config_entry_service_intentions" "pay" {
  name = "pay"
  sources {
    name   = "web"
    action = "allow"
    type   = "consul"
  }
}`, `
Kind = "service-intentions"
Name = "pay"
Sources = [{ Name = "web", Action = "allow", Type = "consul" }]
`},
		"intentions, one by one": {`
resource "consul_intention" "web" {
  source_name      = "web"
  destination_name = "pay"
  action           = "allow"
}
resource "consul_intention" "all" {
  source_name      = "*"
  destination_name = "pay"
  action           = "deny"
}`, `
Kind = "service-intentions"
Name = "pay"
Sources = [{ Name = "*", Action = "deny" }, { Name = "web", Action = "allow" }]
`},
		"prepared query": {`
resource "consul_prepared_query" "pay" {
  name         = "pay-near"
  service      = "pay"
  only_passing = true
  failover {
    datacenters = ["dc2"]
  }
}`, `{"Name": "pay-near", "Service": {"Service": "pay", "OnlyPassing": true, "Failover": {"Datacenters": ["dc2"]}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := planned(t, consulTwo+"-- infra/x.tf --\n"+tc.resource+"\n")
			want := planned(t, consulTwo+"-- dc1/x.hcl --\n"+tc.file)
			a, b := entriesOf(t, got), entriesOf(t, want)
			if a != b || told(got) != told(want) || !strings.Contains(a, "pay") {
				t.Errorf("the resource:\n%s\n%s\nthe file:\n%s\n%s", a, told(got), b, told(want))
			}
		})
	}
}

// entriesOf is what the first datacenter has of entries and queries, without places.
func entriesOf(t *testing.T, f *Fleet) string {
	t.Helper()
	content, _ := f.consulContents("dc1")
	js, err := json.Marshal(struct{ E, Q any }{content.Entries, content.Queries})
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if json.Unmarshal(js, &v) != nil {
		t.Fatal(string(js))
	}
	js, _ = json.MarshalIndent(bare(v), "", " ")
	return string(js)
}

// bare leaves out origins.
func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if k == "Origin" || strings.HasSuffix(k, "At") {
				delete(v, k)
				continue
			}
			v[k] = bare(e)
		}
	case []any:
		for i := range v {
			v[i] = bare(v[i])
		}
	}
	return v
}

// The datacenter is that of the provider, or of the resource; what is not known of an entry concerns its service alone.
func TestEntriesOfConsulGoToTheirDatacenter(t *testing.T) {
	f := planned(t, consulTwo+`
-- infra/x.tf --
resource "consul_config_entry_service_resolver" "west" {
  provider        = consul.west
  name            = "pay"
  connect_timeout = "${random_id.a.dec}s"
}
resource "consul_config_entry" "other" {
  kind        = "service-defaults"
  name        = "other"
  config_json = random_id.a.hex
}
resource "consul_config_entry" "any" {
  kind        = "service-defaults"
  name        = random_id.a.hex
  config_json = jsonencode({})
}
`)
	there, _ := f.consulContents("dc2")
	if len(there.Entries) != 1 || there.Entries[0].Name != "pay" || there.Entries[0].Problem != nil {
		t.Errorf("%+v", there.Entries)
	}
	want := []string{
		`gap dc1 []  The service-defaults  in x.tf:13 cannot be read: its name is not known: computed: random_id.a.hex`,
		`gap dc1 [] other The service-defaults other in x.tf:9 cannot be read: its content is not known: computed: random_id.a.hex`,
		`gap dc2 [] pay connecttimeout of the service-resolver pay in x.tf:1 is not known: computed: random_id.a.dec`,
	}
	var got []string
	for line := range strings.Lines(told(f)) {
		if strings.HasPrefix(line, "gap") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, s := range f.Graph.Services {
		if gap := f.Graph.Gap(s); s.Name == "pay" && gap == nil {
			t.Errorf("%s has no gap", s.ID)
		}
	}
}
