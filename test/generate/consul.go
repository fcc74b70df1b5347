package generate

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Consul generates a fleet of Consul of Options.Resources registrations and config entries, in its own HCL: datacenters that are
// federated, the first of them primary. PolicyShare of the services that run in several datacenters fail over to the others; their
// callers detect it, or do not. Some have routers, splitters with subsets, and intentions.
func Consul(o Options) map[string][]byte {
	o = o.orDefault()
	f := &consulPlan{plan: newPlan(o), files: map[string]*strings.Builder{}}
	f.entry("proxy-defaults", "global", "Config { protocol = \"http\" }\nMeshGateway { Mode = \"local\" }\n")
	for _, c := range f.clusters {
		for i := range 2 {
			f.register(c, fmt.Sprintf("service {\n  kind = \"mesh-gateway\"\n  id = \"mesh-gateway-%d\"\n  name = \"mesh-gateway\"\n  address = \"10.%d.255.%d\"\n  port = 8443\n}\n", i, c.index, i+1))
		}
	}
	for i := 0; f.n < f.Resources; i++ {
		a := f.newApp(i)
		f.apps = append(f.apps, a)
		f.service(a, rand.New(rand.NewPCG(f.Seed+2, uint64(i))))
	}
	out := map[string][]byte{"muster.yaml": []byte(f.config())}
	for name, text := range f.files {
		out[name] = []byte(text.String())
	}
	return out
}

// consulPlan is a fleet of Consul being generated.
type consulPlan struct {
	*plan
	files map[string]*strings.Builder
	n     int // resources so far
}

// text is the file of the n-th resource of a folder; entries have one each, registrations share theirs.
func (f *consulPlan) text(name string) *strings.Builder {
	if f.files[name] == nil {
		f.files[name] = &strings.Builder{}
	}
	return f.files[name]
}

func (f *consulPlan) entry(kind, name, body string) {
	if f.n < f.Resources {
		fmt.Fprintf(f.text(fmt.Sprintf("entries/%s/%s.hcl", kind, name)), "Kind = %q\nName = %q\n%s", kind, name, body)
		f.n++
	}
}

func (f *consulPlan) register(c *cluster, text string) {
	if f.n < f.Resources {
		fmt.Fprint(f.text(fmt.Sprintf("datacenters/%s/agent-%03d.hcl", c.name, f.n/200)), text)
		f.n++
	}
}

func (a *app) consulName() string { return a.namespace.name + "-" + a.name }

func (f *consulPlan) service(a *app, r *rand.Rand) {
	name := a.consulName()
	for _, c := range a.clusters {
		for i := range a.replicas {
			f.register(c, a.registration(c, i))
		}
	}
	protocol := "http"
	if !a.http() {
		protocol = "tcp"
	}
	detects := ""
	if chance(r, 0.6) {
		detects = fmt.Sprintf("UpstreamConfig {\n  Defaults {\n    ConnectTimeoutMs = 1000\n    PassiveHealthCheck { MaxFailures = %d, Interval = \"10s\", MaxEjectionPercent = %d }\n  }\n}\n", 3+a.index%3, pick(r, 10, 100, 100))
	}
	f.entry("service-defaults", name, fmt.Sprintf("Protocol = %q\n%s", protocol, detects))
	failover := ""
	if len(a.clusters) > 1 && chance(r, 2*f.PolicyShare) {
		names := make([]string, len(a.clusters))
		for i, c := range a.clusters {
			names[i] = fmt.Sprintf("%q", c.name)
		}
		failover = fmt.Sprintf("Failover = {\n  \"*\" = { Datacenters = [%s] },\n}\n", strings.Join(names, ", "))
	}
	subsets := ""
	if len(a.versions) > 1 {
		subsets = "DefaultSubset = \"v1\"\nSubsets = {\n  v1 = { Filter = \"Service.Meta.version == v1\" },\n  v2 = { Filter = \"Service.Meta.version == v2\" },\n}\n"
		f.entry("service-splitter", name, "Splits = [ { Weight = 90, ServiceSubset = \"v1\" }, { Weight = 10, ServiceSubset = \"v2\" } ]\n")
	}
	if failover+subsets != "" {
		f.entry("service-resolver", name, "ConnectTimeout = \"2s\"\n"+subsets+failover)
	}
	if a.http() && chance(r, 0.5) {
		f.entry("service-router", name, "Routes = [ {\n  Match { HTTP { PathPrefix = \"/\" } }\n  Destination { RequestTimeout = \"3s\", NumRetries = 2, RetryOnConnectFailure = true }\n} ]\n")
	}
	if a.guarded {
		var who strings.Builder
		for _, c := range append([]*app{a}, a.callers...) {
			fmt.Fprintf(&who, "  { Name = %q, Action = \"allow\" },\n", c.consulName())
		}
		f.entry("service-intentions", name, fmt.Sprintf("Sources = [\n%s  { Name = \"*\", Action = \"deny\" },\n]\n", who.String()))
	}
}

func (a *app) registration(c *cluster, i int) string {
	version := a.versions[0]
	if i == 0 && len(a.versions) > 1 {
		version = a.versions[1]
	}
	var upstreams strings.Builder
	for n, u := range a.upstreams {
		fmt.Fprintf(&upstreams, "          upstreams { destination_name = %q, local_bind_port = %d }\n", u.consulName(), 9100+n)
	}
	return fmt.Sprintf(`service {
  name = %[1]q
  id = "%[1]s-%[2]d"
  address = "10.%[3]d.%[4]d.%[5]d"
  port = %[6]d
  meta { version = %[7]q, team = %[8]q }
  locality { region = %[9]q, zone = %[10]q }
  check { name = "ready", http = "http://localhost:%[6]d/healthz", interval = "5s", timeout = "1s" }
  connect {
    sidecar_service {
      proxy {
%[11]s      }
    }
  }
}
`, a.consulName(), i, c.index, a.index/200%250, a.index%200+i, a.ports[0].target, version, a.namespace.name, c.region, c.zones[i%len(c.zones)], upstreams.String())
}

func (f *consulPlan) config() string {
	var b strings.Builder
	names := make([]string, len(f.clusters))
	for i, c := range f.clusters {
		names[i] = c.name
	}
	fmt.Fprintf(&b, "apiVersion: passmuster.dev/v1\nmeshes:\n  - {name: prod, kind: consul, version: \"1.22\", edition: community, clusters: [%s], configCluster: %s}\nclusters:\n", strings.Join(names, ", "), names[0])
	for i, c := range f.clusters {
		fmt.Fprintf(&b, "  - name: %s\n    region: %s\n    zones: [%s]\n    sources:\n      - {path: datacenters/%s}\n", c.name, c.region, strings.Join(c.zones, ", "), c.name)
		if i == 0 {
			b.WriteString("      - {path: entries}\n")
		}
	}
	b.WriteString("objectives:\n  - match: {service: payments-*}\n    survive: [cluster]\n    faults: [crash, hang, partition]\n    rto: 60s\n    encryption: mtls\n")
	return b.String()
}
