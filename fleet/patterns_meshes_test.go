package fleet_test

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/pattern"
)

// entry is a config entry; its body begins on line 3.
func entry(kind, name string, lines ...string) string {
	return "Kind = \"" + kind + "\"\nName = \"" + name + "\"\n" + strings.Join(lines, "\n") + "\n"
}

// datacenters is a fleet of two joined datacenters, of which one has callers.
func datacenters(more map[string]string) string {
	files := map[string]string{
		"muster.yaml": `apiVersion: passmuster.dev/v1
meshes:
- {name: bank, kind: consul, version: "1.22", edition: community, clusters: [one, two], configCluster: one}
clusters:
- {name: one, region: r1, sources: [{path: entries}, {path: one}]}
- {name: two, region: r2, sources: [{path: two}]}
`,
		"entries/proxy.hcl": "Kind = \"proxy-defaults\"\nName = \"global\"\nConfig { protocol = \"http\" }\n",
		"one/web.hcl":       registered("web", "one", httpCheck, "", "pay", 1),
		"one/pay.hcl":       registered("pay", "one", httpCheck, "", "", 2),
		"two/pay.hcl":       registered("pay", "two", httpCheck, "", "", 2),
	}
	maps.Copy(files, more)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		b.WriteString("-- " + name + " --\n" + files[name] + "\n")
	}
	return b.String()
}

// colours are one instance of pay in each version, in datacenter one.
func colours(versions ...string) string {
	text := ""
	for _, v := range versions {
		text += strings.Replace(registered("pay", v, httpCheck, "", "", 1), "port = 8080\n", "port = 8080\n meta = { version = \""+v+"\" }\n", 1)
	}
	return text
}

// ledgerOfLinkerd is another application, which is mirrored.
const ledgerOfLinkerd = "apiVersion: v1\nkind: Service\nmetadata: {name: ledger, namespace: shop, labels: {EXPORTED}}\nspec: {selector: {app: ledger}, ports: [{name: http, port: 80}]}\n" +
	"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ledger, namespace: shop}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: ledger}}\n  template: {metadata: {labels: {app: ledger}}, spec: {containers: [{name: c, image: x}]}}\n"

const subsetsOfPay = "Subsets {\n  v1 = { Filter = \"Service.Meta.version == v1\" }\n  v2 = { Filter = \"Service.Meta.version == v2\" }\n}"

// versionsOfWeb are two Deployments in east, with a Service each, beside the Service web.
func versionsOfWeb() string {
	text := webIn("east", "", "") + "-- west/none.yaml --\n"
	for _, v := range []string{"v1", "v2"} {
		text += "-- east/" + v + ".yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: web-" + v + ", namespace: shop, labels: {app: web}}\nspec: {selector: {app: web, version: " + v + "}, ports: [{name: http, port: 80}]}\n" +
			"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web-" + v + ", namespace: shop}\nspec:\n  replicas: 2\n  selector: {matchLabels: {app: web, version: " + v + "}}\n  template:\n    metadata: {labels: {app: web, version: " + v + "}}\n    spec: {containers: [{name: c, image: x}]}\n"
	}
	return text
}

// patternCase is a small fleet and what one of its services runs, with the sentences and the lines that show it.
type patternCase struct{ name, tree, service, want string }

// patternCases are one example of each pattern in each mesh, which docs/patterns.md shows as well, and what looks like one and is none.
func patternCases() (each, more []patternCase) {
	istio := func(where []string, text string) string {
		archive := threePlaces + "-- all/mesh.yaml --\n" + text
		for _, p := range where {
			archive += at(p)
		}
		return archive
	}
	operated := mirrored(exported, "") + split + installed("linkerd-destination", "smi-adaptor", "linkerd-failover")
	each = []patternCase{
		{"Istio, active-active", istio([]string{"east pay", "west pay", "east web", "west web"}, rule(detects)), "pay", `active-active
us-east-1 and us-west-2 answer requests on a normal day: each serves its own callers first (mesh.yaml:7)
outlierDetection makes tiers of localities (mesh.yaml:7)`},
		{"Istio, active-passive", istio([]string{"east pay", "west pay", "eu web"}, rule(failsTo, detects)), "pay", `active-passive
us-east-1 answers every request on a normal day, and us-west-2 stands by (mesh.yaml:7)
failover eu-west-1 -> us-east-1 (mesh.yaml:7)`},
		{"Istio, canary", istio([]string{"east pay v1", "east pay v2", "eu web"}, rule()+subsets("v1", "v2")+routes(to("v1 90", "v2 10"))), "pay", `canary
v1 gets 90 of 100 requests (mesh.yaml:16)
v2 gets 10 of 100 requests (mesh.yaml:16)`},
		{"Istio, blue-green", istio([]string{"east pay v1", "east pay v2", "eu web"}, rule()+subsets("v1", "v2")+routes(to("v1 100", "v2 0"))), "pay", `blue-green
v1 gets every request (mesh.yaml:16)
v2 gets none, and its pods run (mesh.yaml:16)`},

		{"Linkerd, active-active", twoLinkerds + federated(both), "web-federated", `active-active
us-east-1 and us-west-2 answer requests on a normal day (link.yaml:12)`},
		{"Linkerd, active-passive", twoLinkerds + operated, "web", `active-passive
us-east-1 answers every request on a normal day, and us-west-2 stands by (split.yaml:4)
linkerd-failover in east moves requests between web.shop.svc.cluster.local and web-west.shop.svc.cluster.local when the first has no ready address (split.yaml:4)`},
		{"Linkerd, canary", twoLinkerds + versionsOfWeb() + routed(backends("web-v1=90", "web-v2=10")), "web", `canary
web-v1.shop.svc.cluster.local gets 90 of 100 requests (route.yaml:6)
web-v2.shop.svc.cluster.local gets 10 of 100 requests (route.yaml:6)`},
		{"Linkerd, blue-green", twoLinkerds + versionsOfWeb() + routed(backends("web-v1=100", "web-v2=0")), "web", `blue-green
web-v1.shop.svc.cluster.local gets every request (route.yaml:6)
web-v2.shop.svc.cluster.local gets none, and its pods run (route.yaml:6)`},

		{"Consul, active-active", datacenters(map[string]string{
			"two/web.hcl":     registered("web", "two", httpCheck, "", "pay", 1),
			"entries/pay.hcl": entry("service-resolver", "pay", `Failover { "*" = { Datacenters = ["one", "two"] } }`)}), "pay", `active-active
r1 and r2 answer requests on a normal day: each serves its own callers first (pay.hcl:3)
failover in order: pay.one, then pay.two (pay.hcl:3)`},
		{"Consul, active-passive", datacenters(map[string]string{
			"entries/pay.hcl": entry("service-resolver", "pay", `Failover { "*" = { Datacenters = ["two"] } }`)}), "pay", `active-passive
r1 answers every request on a normal day, and r2 stands by (pay.hcl:3)
failover in order: pay.one, then pay.two (pay.hcl:3)`},
		{"Consul, canary", datacenters(map[string]string{"two/pay.hcl": "", "one/pay.hcl": colours("v1", "v2"),
			"entries/pay.hcl":   entry("service-resolver", "pay", subsetsOfPay),
			"entries/split.hcl": entry("service-splitter", "pay", "Splits = [", "  { Weight = 90, ServiceSubset = \"v1\" },", "  { Weight = 10, ServiceSubset = \"v2\" },", "]")}), "pay", `canary
v1 gets 90 of 100 requests (split.hcl:4)
v2 gets 10 of 100 requests (split.hcl:5)`},
		{"Consul, blue-green", datacenters(map[string]string{"two/pay.hcl": "", "one/pay.hcl": colours("v1", "v2"),
			"entries/pay.hcl": entry("service-resolver", "pay", "DefaultSubset = \"v1\"", subsetsOfPay)}), "pay", `blue-green
v1 gets every request (pay.hcl:3)
v2 gets none, and its pods run (pay.hcl:6)`},
	}
	more = []patternCase{
		{"Linkerd, weight 0 for a mirror", twoLinkerds + mirrored(exported, "") + routed(backends("web=100", "web-west=0")), "web", `none
weight 0 makes no standby of web-west.shop.svc.cluster.local: nothing sends requests there when us-east-1 fails (route.yaml:6)`},
		{"Linkerd, weights for a mirror", twoLinkerds + mirrored(exported, "") + routed(backends("web=50", "web-west=50")), "web", `active-active
us-east-1 and us-west-2 answer requests on a normal day (route.yaml:6)
web.shop.svc.cluster.local gets 50 of 100 requests (route.yaml:6)
web-west.shop.svc.cluster.local gets 50 of 100 requests (route.yaml:6)`},
		{"Linkerd, a split that nobody acts on", twoLinkerds + mirrored(exported, "") + split + installed("linkerd-destination", "smi-adaptor"), "web", `none
weight 0 makes no standby of web-west.shop.svc.cluster.local: nothing sends requests there when us-east-1 fails (split.yaml:4)
callers have no endpoint of us-west-2: TrafficSplit shop/web is meant to switch to web-west, and linkerd-failover does not run in cluster east (split.yaml:4)`},
		{"Linkerd, a canary by TrafficSplit", twoLinkerds + versionsOfWeb() + strings.NewReplacer("{service: web, weight: 1}", "{service: web-v1, weight: 9}", "{service: web-west, weight: 0}", "{service: web-v2, weight: 1}", ", labels: {failover.linkerd.io/controlled-by: linkerd-failover}", "").Replace(split) + installed("linkerd-destination", "smi-adaptor"), "web", `canary
web-v1.shop.svc.cluster.local gets 90 of 100 requests (split.yaml:4)
web-v2.shop.svc.cluster.local gets 10 of 100 requests (split.yaml:4)`},
		{"Linkerd, a share for another application elsewhere", twoLinkerds + mirrored(exported, "") + "-- both/ledger.yaml --\n" + strings.ReplaceAll(ledgerOfLinkerd, "EXPORTED", exported) +
			routed(backends("web=50", "ledger-west=50")), "web", `none`},
		{"Consul, weight 0 for another datacenter", datacenters(map[string]string{
			"entries/far.hcl":   entry("service-resolver", "pay-far", "Redirect { Service = \"pay\", Datacenter = \"two\" }"),
			"entries/split.hcl": entry("service-splitter", "pay", "Splits = [", "  { Weight = 100 },", "  { Weight = 0, Service = \"pay-far\" },", "]")}), "pay", `none
weight 0 makes no standby of pay.two: nothing sends requests there when r1 fails (split.hcl:5)`},
		{"Consul, weights over datacenters", datacenters(map[string]string{
			"entries/far.hcl":   entry("service-resolver", "pay-far", "Redirect { Service = \"pay\", Datacenter = \"two\" }"),
			"entries/split.hcl": entry("service-splitter", "pay", "Splits = [", "  { Weight = 50 },", "  { Weight = 50, Service = \"pay-far\" },", "]")}), "pay", `active-active
r1 and r2 answer requests on a normal day (split.hcl:1)
pay gets 50 of 100 requests (split.hcl:4)
pay.two gets 50 of 100 requests (split.hcl:5)`},
		{"Consul, weight 0 for a subset", datacenters(map[string]string{"two/pay.hcl": "", "one/pay.hcl": colours("v1", "v2"),
			"entries/pay.hcl":   entry("service-resolver", "pay", subsetsOfPay),
			"entries/split.hcl": entry("service-splitter", "pay", "Splits = [", "  { Weight = 100, ServiceSubset = \"v1\" },", "  { Weight = 0, ServiceSubset = \"v2\" },", "]")}), "pay", `blue-green
v1 gets every request (split.hcl:4)
v2 gets none, and its pods run (split.hcl:5)`},
		{"Consul, no entry", datacenters(nil), "pay", `none`},
		{"Consul, a failover to the own datacenter", datacenters(map[string]string{
			"entries/pay.hcl": entry("service-resolver", "pay", `Failover { "*" = { Datacenters = ["one"] } }`)}), "pay", `none`},
		{"Consul, subsets without a default", datacenters(map[string]string{"two/pay.hcl": "", "one/pay.hcl": colours("v1", "v2"),
			"entries/pay.hcl": entry("service-resolver", "pay", subsetsOfPay)}), "pay", `none`},
		{"Consul, the other subset has no instance", datacenters(map[string]string{"two/pay.hcl": "", "one/pay.hcl": colours("v1"),
			"entries/pay.hcl": entry("service-resolver", "pay", "DefaultSubset = \"v1\"", subsetsOfPay)}), "pay", `none
no pod runs v2 (pay.hcl:6)`},
		{"Consul, the other subset is the standby", datacenters(map[string]string{"two/pay.hcl": "", "one/pay.hcl": colours("v1", "v2"),
			"entries/pay.hcl": entry("service-resolver", "pay", "DefaultSubset = \"v1\"", subsetsOfPay, `Failover { "*" = { ServiceSubset = "v2" } }`)}), "pay", `none`},
	}
	return each, more
}

func TestEachPatternIsRecognisedInEachMesh(t *testing.T) {
	each, more := patternCases()
	for _, test := range slices.Concat(each, more) {
		t.Run(test.name, func(t *testing.T) {
			f := loaded(t, unpack(t, test.tree))
			if got := tellPattern(pattern.Of(f.Graph, serviceOf(t, f, test.service)), true); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

var update = flag.Bool("update", false, "rewrite the table of docs/patterns.md")

// written says what the line that decides is, in the examples of the page.
var written = map[string]string{
	"Istio, active-active":    "`outlierDetection`, callers in both regions",
	"Istio, active-passive":   "`localityLbSetting.failover` with `outlierDetection`",
	"Istio, canary":           "VirtualService, weights of two subsets",
	"Istio, blue-green":       "VirtualService, weights 100 and 0 of two subsets",
	"Linkerd, active-active":  "Link that federates the Service",
	"Linkerd, active-passive": "TrafficSplit 1 and 0 for a mirror, under linkerd-failover",
	"Linkerd, canary":         "HTTPRoute, weights of two Services",
	"Linkerd, blue-green":     "HTTPRoute, weights 100 and 0 of two local Services",
	"Consul, active-active":   "service-resolver, `Failover` in both datacenters, callers in both",
	"Consul, active-passive":  "service-resolver, `Failover` to another datacenter",
	"Consul, canary":          "service-splitter over two subsets",
	"Consul, blue-green":      "service-resolver, `DefaultSubset` beside another subset",
}

// The page shows what the test above holds.
func TestPatternsPage(t *testing.T) {
	const page, begin, end = "../docs/patterns.md", "<!-- table: begin -->\n", "<!-- table: end -->"
	each, _ := patternCases()
	table := "| pattern | mesh | what is written | evidence |\n|---|---|---|---|\n"
	for _, p := range []string{"active-active", "active-passive", "canary", "blue-green"} {
		for _, c := range each {
			kind, evidence, _ := strings.Cut(c.want, "\n")
			if kind != p {
				continue
			}
			name, _, _ := strings.Cut(c.name, ",")
			table += "| " + p + " | " + name + " | " + written[c.name] + " | " + strings.ReplaceAll(evidence, "\n", "<br>") + " |\n"
		}
	}
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	old, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatal("the page has no marks around its table")
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != table {
		t.Errorf("the table of %s is stale; go test ./fleet -run TestPatternsPage -update\n%s", page, table)
	}
}
