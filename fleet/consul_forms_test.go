package fleet_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// An entry means the same in each form that it can be written in: HCL of version 1 with commas and blocks inside objects, the JSON of the
// API, and the resource of consul-k8s. Only positions differ.
func TestConsulEntryMeansTheSameInEachForm(t *testing.T) {
	resource := func(kind, name, spec string) string {
		return "apiVersion: consul.hashicorp.com/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: default}\nspec:\n" + spec
	}
	const seen = `"Subsets": {"v1": {"Filter": "Service.Meta.version == v1"}, "v2": {"Filter": "Service.Meta.version == v2", "OnlyPassing": true}}`
	around := map[string]string{"one/pay.hcl": colours("v1", "v2"), "one/agent.hcl": "acl { enabled = true, default_policy = \"deny\" }\n"}
	subsetsToo := map[string]string{"entries/subsets.json": `{"Kind": "service-resolver", "Name": "pay", ` + seen + `}`}
	for _, c := range []struct {
		kind            string
		more            map[string]string
		hcl, json, yaml string
		shows           string // something of the entry that the graph must show
	}{
		{"service-resolver", nil,
			"Kind = \"service-resolver\"\nName = \"pay\"\nDefaultSubset = \"v1\",\nConnectTimeout = \"3s\"\nRequestTimeout = \"9s\"\nSubsets = {\n  \"v1\" = { Filter = \"Service.Meta.version == v1\" },\n  v2 { Filter = \"Service.Meta.version == v2\", only_passing = true }\n}\n" +
				"Failover \"*\" {\n  Targets = [ { Datacenter = \"two\", service_subset = \"v2\" }, { Service = \"pay\", Datacenter = \"one\", ServiceSubset = \"v2\" } ]\n}\nLoadBalancer { Policy = \"maglev\" }\n",
			`{"Kind": "service-resolver", "Name": "pay", "DefaultSubset": "v1", "ConnectTimeout": "3s", "RequestTimeout": "9s", ` + seen + `,
			 "Failover": {"*": {"Targets": [{"Datacenter": "two", "ServiceSubset": "v2"}, {"Service": "pay", "Datacenter": "one", "ServiceSubset": "v2"}]}}, "LoadBalancer": {"Policy": "maglev"}}`,
			resource("ServiceResolver", "pay", `  defaultSubset: v1
  connectTimeout: 3s
  requestTimeout: 9s
  subsets: {v1: {filter: Service.Meta.version == v1}, v2: {filter: Service.Meta.version == v2, onlyPassing: true}}
  failover: {"*": {targets: [{datacenter: two, serviceSubset: v2}, {service: pay, datacenter: one, serviceSubset: v2}]}}
  loadBalancer: {policy: maglev}
`), "maglev"},
		{"service-splitter", subsetsToo,
			"Kind = \"service-splitter\"\nName = \"pay\"\nSplits = [\n  { Weight = 87.5, service_subset = \"v1\", },\n  { Weight = 12.5, ServiceSubset = \"v2\" }\n]\n",
			`{"Kind": "service-splitter", "Name": "pay", "Splits": [{"Weight": 87.5, "ServiceSubset": "v1"}, {"Weight": 12.5, "ServiceSubset": "v2"}]}`,
			resource("ServiceSplitter", "pay", "  splits: [{weight: 87.5, serviceSubset: v1}, {weight: 12.5, serviceSubset: v2}]\n"), "Weight:8750"},
		{"service-router", subsetsToo,
			"Kind = \"service-router\"\nName = \"pay\"\nRoutes = [\n  {\n    Match { HTTP { PathPrefix = \"/admin\", Header = [ { Name = \"x-team\", Exact = \"ops\" } ], Methods = [\"GET\"] } }\n    Destination { ServiceSubset = \"v2\", RequestTimeout = \"4s\", NumRetries = 2, RetryOnConnectFailure = true, RetryOnStatusCodes = [503] }\n  }\n]\n",
			`{"Kind": "service-router", "Name": "pay", "Routes": [{"Match": {"HTTP": {"PathPrefix": "/admin", "Header": [{"Name": "x-team", "Exact": "ops"}], "Methods": ["GET"]}},
			 "Destination": {"ServiceSubset": "v2", "RequestTimeout": "4s", "NumRetries": 2, "RetryOnConnectFailure": true, "RetryOnStatusCodes": [503]}}]}`,
			resource("ServiceRouter", "pay", `  routes:
  - match: {http: {pathPrefix: /admin, header: [{name: x-team, exact: ops}], methods: [GET]}}
    destination: {serviceSubset: v2, requestTimeout: 4s, numRetries: 2, retryOnConnectFailure: true, retryOnStatusCodes: [503]}
`), "prefix:/admin"},
		{"service-defaults", nil,
			"Kind = \"service-defaults\"\nName = \"web\"\nProtocol = \"http\"\nUpstreamConfig {\n  Defaults { ConnectTimeoutMs = 700 }\n  Overrides = [ { Name = \"pay\", PassiveHealthCheck { Interval = \"5s\", MaxFailures = 3, MaxEjectionPercent = 100 }, Limits { MaxConnections = 64 } } ]\n}\n",
			`{"Kind": "service-defaults", "Name": "web", "Protocol": "http", "UpstreamConfig": {"Defaults": {"ConnectTimeoutMs": 700},
			 "Overrides": [{"Name": "pay", "PassiveHealthCheck": {"Interval": "5s", "MaxFailures": 3, "MaxEjectionPercent": 100}, "Limits": {"MaxConnections": 64}}]}}`,
			resource("ServiceDefaults", "web", `  protocol: http
  upstreamConfig:
    defaults: {connectTimeoutMs: 700}
    overrides: [{name: pay, passiveHealthCheck: {interval: 5s, maxFailures: 3, maxEjectionPercent: 100}, limits: {maxConnections: 64}}]
`), "MaxConnections:64"},
		{"service-intentions", nil,
			"Kind = \"service-intentions\"\nName = \"pay\"\nSources = [\n  { Name = \"web\", Action = \"allow\", },\n  { Name = \"batch\", Permissions = [ { Action = \"allow\", HTTP { PathPrefix = \"/v1\", Methods = [\"GET\"] } } ] }\n]\n",
			`{"Kind": "service-intentions", "Name": "pay", "Sources": [{"Name": "web", "Action": "allow"}, {"Name": "batch", "Permissions": [{"Action": "allow", "HTTP": {"PathPrefix": "/v1", "Methods": ["GET"]}}]}]}`,
			resource("ServiceIntentions", "who-may-pay", `  destination: {name: pay}
  sources:
  - {name: web, action: allow}
  - {name: batch, permissions: [{action: allow, http: {pathPrefix: /v1, methods: [GET]}}]}
`), "/svc/web"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			first, firstForm := "", ""
			for _, form := range []struct{ file, text string }{{"entry.hcl", c.hcl}, {"entry.json", c.json}, {"entry.yaml", c.yaml}} {
				files := maps.Clone(around)
				maps.Copy(files, c.more)
				files["entries/"+form.file] = form.text
				got := nodeOf(t, datacenters(files))
				if !strings.Contains(got, c.shows) {
					t.Errorf("%s: nothing shows %q in\n%s", form.file, c.shows, got)
				}
				if first == "" {
					first, firstForm = got, form.file
				} else if got != first {
					t.Errorf("%s:\n%s\n%s:\n%s", firstForm, first, form.file, got)
				}
			}
			if plain := datacenters(around); nodeOf(t, plain) == first {
				t.Error("the entry changes nothing")
			}
		})
	}
}

// nodeOf renders pay of the first datacenter: what it is, what its callers know, and what its endpoints accept.
func nodeOf(t *testing.T, tree string) string {
	t.Helper()
	f := loaded(t, unpack(t, tree))
	s := f.Graph.Service("bank/one/default/pay")
	var b strings.Builder
	for _, part := range []any{s.Ports, s.Losses, s.Intent, s.Gap, s.Labels} {
		bare(&b, reflect.ValueOf(part))
		b.WriteByte('\n')
	}
	for _, c := range f.Graph.Clients {
		if v := f.Graph.View(s, c); v != nil {
			b.WriteString(c.ID + ": ")
			bare(&b, reflect.ValueOf(*v))
			b.WriteByte('\n')
		}
	}
	for _, e := range s.Endpoints {
		bare(&b, reflect.ValueOf(e))
		if e.Inbound != nil {
			bare(&b, reflect.ValueOf(*e.Inbound))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// bare renders a value of the graph without positions; services, workloads and endpoints by name.
func bare(b *strings.Builder, v reflect.Value) {
	if v.IsValid() && v.Type() == reflect.TypeFor[mesh.Origin]() {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		switch v.Type() {
		case reflect.TypeFor[*mesh.Service]():
			b.WriteString(v.Elem().FieldByName("ID").String())
			return
		case reflect.TypeFor[*mesh.Endpoint]():
			b.WriteString(v.Elem().FieldByName("Name").String() + " " + v.Elem().FieldByName("Cluster").String())
			bare(b, v.Elem().FieldByName("Labels"))
			return
		case reflect.TypeFor[*mesh.Workload](), reflect.TypeFor[*mesh.Gateway](), reflect.TypeFor[*mesh.Client]():
			return
		}
		bare(b, v.Elem())
	case reflect.Struct:
		b.WriteByte('{')
		for i := range v.NumField() {
			if v.Field(i).Type() != reflect.TypeFor[mesh.Origin]() {
				b.WriteString(v.Type().Field(i).Name + ":")
				bare(b, v.Field(i))
				b.WriteByte(' ')
			}
		}
		b.WriteByte('}')
	case reflect.Slice, reflect.Array:
		b.WriteByte('[')
		for i := range v.Len() {
			bare(b, v.Index(i))
			b.WriteByte(' ')
		}
		b.WriteByte(']')
	case reflect.Map:
		var list []string
		for _, k := range v.MapKeys() {
			var one strings.Builder
			bare(&one, v.MapIndex(k))
			list = append(list, fmt.Sprint(k)+":"+one.String())
		}
		slices.Sort(list)
		fmt.Fprint(b, list)
	case reflect.Func:
		b.WriteString("func")
	default:
		fmt.Fprint(b, v)
	}
}
