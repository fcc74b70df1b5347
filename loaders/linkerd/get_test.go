package linkerd_test

import (
	"testing"

	"github.com/passmuster/muster/loaders/linkerd"
)

const (
	webPath  = "web.shop.svc.cluster.local:80"
	identity = "default.shop.serviceaccount.identity.linkerd.cluster.local"
)

func TestGet(t *testing.T) {
	for _, tc := range []struct {
		name, objects, path, node, want string
	}{
		{name: "no such Service", objects: nodes, want: "NotFound"},
		{name: "a short name", objects: webService("", ""), path: "web.shop:80", want: "InvalidArgument"},
		{name: "a name of another domain", objects: webService("", ""), path: "web.shop.svc.example.org", want: "InvalidArgument"},
		{name: "too many labels", objects: webService("", ""), path: "x.y.web.shop.svc.cluster.local", want: "InvalidArgument"},
		{name: "no such port", objects: webService("", ""), path: "web.shop.svc.cluster.local:65536", want: "InvalidArgument"},
		{name: "a name as a port", objects: webService("", ""), path: "web.shop.svc.cluster.local:http", want: "InvalidArgument"},
		{name: "an ExternalName", objects: webService("", "type: ExternalName, externalName: example.org"), want: "InvalidArgument"},
		{name: "a Service without slices", objects: webService("", ""), want: ""},
		{name: "port 80 if there is none", objects: webService("", "") + meshed("p", "") + slice("s", entry("10.0.0.1", "p", "")),
			path: "web.shop.svc.cluster.local", want: "10.0.0.1:8080 " + identity + " h2"},
		{name: "a port that is not declared is the target's", objects: webService("", "") + meshed("p", "") + slice("s", entry("10.0.0.1", "p", "")),
			path: "web.shop.svc.cluster.local:9000", want: "10.0.0.1:9000 " + identity + " h2"},
		{name: "a slice without that port", objects: webService("", "") + meshed("p", "") + sliceWith("s", "", "ports: [{name: grpc, port: 8080}]", entry("10.0.0.1", "p", "")),
			want: "- 10.0.0.1: the slice has no port of that name"},
		{name: "a slice without ports has no undeclared ones either", objects: webService("", "") + meshed("p", "") + sliceWith("s", "", "", entry("10.0.0.1", "p", "")),
			path: "web.shop.svc.cluster.local:9000", want: "- 10.0.0.1: the slice has no port of that name"},
		{name: "readiness", objects: webService("", "") + meshed("p", "") + meshed("q", "") +
			slice("s", entry("10.0.0.1", "p", "conditions: {ready: false}"), entry("10.0.0.2", "q", "conditions: {}")),
			want: "10.0.0.2:8080 " + identity + " h2\n- 10.0.0.1: it is not ready"},
		{name: "a pod that is not there", objects: webService("", "") + slice("s", entry("10.0.0.1", "gone", "")),
			want: "- 10.0.0.1: its pod does not exist"},
		{name: "neither pod nor gateway", objects: webService("", "") + slice("s", "{addresses: [10.0.0.1], targetRef: {kind: Node, name: a}}"),
			want: "- 10.0.0.1: it belongs to neither a pod nor a gateway"},
		{name: "no address", objects: webService("", "") + slice("s", "{addresses: [db.example.org]}"),
			want: "- db.example.org: it is no IP address"},
		{name: "a pod has one address", objects: webService("", "") + meshed("p", "") +
			slice("s", "{addresses: [10.0.0.1, 10.0.0.2], targetRef: {kind: Pod, namespace: shop, name: p}}"),
			want: "10.0.0.2:8080 " + identity + " h2\n- 10.0.0.1: another address of its pod counts"},
		{name: "a plain pod", objects: webService("", "") + podWith("p", "", "", "containers: [{name: app}]") + slice("s", entry("10.0.0.1", "p", "")),
			want: "10.0.0.1:8080"},
		{name: "a pod of another control plane", objects: webService("", "") + podWith("p", "other", "", "containers: ["+proxy+"]") + slice("s", entry("10.0.0.1", "p", "")),
			want: "10.0.0.1:8080 h2"},
		{name: "a proxy as an init container", objects: webService("", "") + podWith("p", "linkerd", "", "serviceAccountName: sa, initContainers: ["+proxy+"]") + slice("s", entry("10.0.0.1", "p", "")),
			want: "10.0.0.1:8080 sa.shop.serviceaccount.identity.linkerd.cluster.local h2"},
		{name: "a label without a proxy", objects: webService("", "") + podWith("p", "linkerd", "", "containers: [{name: app}]") + slice("s", entry("10.0.0.1", "p", "")),
			want: "- 10.0.0.1: its pod is labelled as meshed and has no proxy with ports"},
		{name: "a label without a proxy on a port that bypasses it", objects: webService("", "") +
			podWith("p", "linkerd", `config.linkerd.io/skip-inbound-ports: "80,8080"`, "containers: [{name: app}]") + slice("s", entry("10.0.0.1", "p", "")),
			want: "10.0.0.1:8080"},
		{name: "an opaque port by name", objects: webService("", "") + meshed("p", "config.linkerd.io/opaque-ports: http") + slice("s", entry("10.0.0.1", "p", "")),
			want: "10.0.0.1:8080 " + identity + " opaque"},
		{name: "an opaque port by a range from 0", objects: webService("", "") + meshed("p", "config.linkerd.io/opaque-ports: 'x, 0-9000,'") + slice("s", entry("10.0.0.1", "p", "")),
			want: "10.0.0.1:8080 " + identity + " opaque"},
		{name: "an opaque port by default", objects: webService("", "") + meshed("p", "") + sliceWith("s", "", "ports: [{name: http, port: 6379}]", entry("10.0.0.1", "p", "")),
			want: "10.0.0.1:6379 " + identity + " opaque"},
		{name: "an empty annotation replaces the default", objects: webService("", "") + meshed("p", `config.linkerd.io/opaque-ports: ""`) +
			sliceWith("s", "", "ports: [{name: http, port: 6379}]", entry("10.0.0.1", "p", "")),
			want: "10.0.0.1:6379 " + identity + " h2"},
		{name: "a Service's opaque ports are not hinted", objects: webService("annotations: {config.linkerd.io/opaque-ports: '8080'}", "") + meshed("p", "") + slice("s", entry("10.0.0.1", "p", "")),
			want: "10.0.0.1:8080 " + identity + " h2"},
		{name: "a hostname", objects: webService("", "clusterIP: None") + meshed("p", "") + meshed("q", "") + meshed("r", "") +
			slice("s", entry("10.0.0.1", "p", "hostname: p"), entry("10.0.0.2", "q", "hostname: q"), entry("10.0.0.3", "r", "")),
			path: "q.web.shop.svc.cluster.local", want: "10.0.0.2:8080 " + identity + " h2\n- 10.0.0.1: it has another hostname\n- 10.0.0.3: it has another hostname"},
		{name: "an address in two slices", objects: webService("", "") + meshed("p", "") +
			slice("s-2", entry("10.0.0.2", "p", "")) + slice("s-1", entry("10.0.0.1", "p", "")),
			want: "10.0.0.2:8080 " + identity + " h2\n- 10.0.0.1: another address of its pod counts"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.path == "" {
				tc.path = webPath
			}
			objects, _ := tryParse(t, tc.objects)
			c := &linkerd.Cluster{Objects: objects}
			expect(t, render(c.Get(linkerd.GetQuery{Path: tc.path, Node: tc.node})), tc.want)
		})
	}
}

func TestPlaceOfTheClient(t *testing.T) {
	hinted := func(zones ...string) string {
		var entries []string
		for i, zone := range zones {
			hint := ""
			if zone != "" {
				hint = ", hints: {forZones: [{name: " + zone + "}]}"
			}
			entries = append(entries, "{addresses: [10.0.0."+string(rune('1'+i))+"]"+hint+"}")
		}
		return slice("s", entries...)
	}
	const other = ": it is meant for another zone"
	for _, tc := range []struct{ name, objects, node, want string }{
		{"a zone", webService("", "") + hinted("a", "b"), "a", "10.0.0.1:8080\n- 10.0.0.2" + other},
		{"a zone without endpoints", webService("", "") + hinted("b", "b"), "a", "10.0.0.1:8080\n10.0.0.2:8080"},
		{"one endpoint without a hint", webService("", "") + hinted("a", ""), "a", "10.0.0.1:8080\n10.0.0.2:8080"},
		{"a node without a zone", webService("", "") + hinted("a", "b"), "x", "10.0.0.1:8080\n10.0.0.2:8080"},
		{"a node that is not known", webService("", "") + hinted("a", "b"), "gone", "10.0.0.1:8080\n10.0.0.2:8080"},
		{"hints of those that are not ready do not count", webService("", "") + slice("s",
			"{addresses: [10.0.0.1], hints: {forZones: [{name: a}]}}", "{addresses: [10.0.0.2], conditions: {ready: false}}", "{addresses: [10.0.0.3], hints: {forZones: [{name: b}]}}"),
			"a", "10.0.0.1:8080\n- 10.0.0.2: it is not ready\n- 10.0.0.3" + other},
		{"a zone whose only pod has no proxy", webService("", "") + podWith("p", "linkerd", "", "containers: [{name: app}]") + slice("s",
			entry("10.0.0.1", "p", "hints: {forZones: [{name: a}]}"), "{addresses: [10.0.0.2], hints: {forZones: [{name: b}]}}"),
			"a", "- 10.0.0.1: its pod is labelled as meshed and has no proxy with ports\n- 10.0.0.2" + other},
		{"a node of its own", webService("", "internalTrafficPolicy: Local") + podWith("p", "", "", "containers: []") + slice("s", entry("10.0.0.1", "p", ""), "{addresses: [10.0.0.2]}"),
			"a", "10.0.0.1:8080\n- 10.0.0.2: internalTrafficPolicy is Local, and it is on another node"},
		{"no pod on the node", webService("", "internalTrafficPolicy: Local") + podWith("p", "", "", "containers: []") + slice("s", entry("10.0.0.1", "p", "")),
			"b", "- 10.0.0.1: internalTrafficPolicy is Local, and it is on another node"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			expect(t, render(cluster(t, tc.objects+nodes).Get(linkerd.GetQuery{Path: webPath, Node: tc.node})), tc.want)
		})
	}
}

func TestServersMakePortsOpaque(t *testing.T) {
	const opaque, h2 = "10.0.0.1:8080 " + identity + " opaque", "10.0.0.1:8080 " + identity + " h2"
	for _, tc := range []struct{ name, namespace, spec, want string }{
		{"by number", "shop", "podSelector: {matchLabels: {app: p}}, port: 8080, proxyProtocol: opaque", opaque},
		{"by name", "shop", "podSelector: {}, port: http, proxyProtocol: opaque", opaque},
		{"a number in quotes is a name", "shop", "podSelector: {}, port: '8080', proxyProtocol: opaque", h2},
		{"another port", "shop", "podSelector: {}, port: 9090, proxyProtocol: opaque", h2},
		{"another protocol", "shop", "podSelector: {}, port: http, proxyProtocol: TLS", h2},
		{"other pods", "shop", "podSelector: {matchLabels: {app: q}}, port: http, proxyProtocol: opaque", h2},
		{"no selector", "shop", "port: http, proxyProtocol: opaque", h2},
		{"another namespace", "bank", "podSelector: {}, port: http, proxyProtocol: opaque", h2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := cluster(t, webService("", "")+meshed("p", "")+slice("s", entry("10.0.0.1", "p", ""))+`
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: s, namespace: `+tc.namespace+`}
spec: {`+tc.spec+`}
`)
			a := c.Get(linkerd.GetQuery{Path: webPath})
			expect(t, render(a), tc.want)
			if from := a.Endpoints[0].HintFrom.Path; tc.want == opaque && from != "/spec/proxyProtocol" {
				t.Errorf("the hint is from %s", from)
			}
		})
	}
}

func TestGatewaysAndLinkedClusters(t *testing.T) {
	east := cluster(t, webService("", "internalTrafficPolicy: Local")+podWith("p", "linkerd", "", "containers: ["+proxy+"]")+
		slice("s", entry("10.9.0.1", "p", "hints: {forZones: [{name: z}]}")))
	for _, tc := range []struct{ name, objects, want string }{
		{"a gateway", webService("", "") + sliceWith("s", "mirror.linkerd.io/remote-svc-fq-name: web.bank.svc.east.local, mirror.linkerd.io/remote-gateway-identity: gw", "ports: [{name: http, port: 4143}]", "{addresses: [192.0.2.1]}"),
			"192.0.2.1:4143 gw h2 web.bank.svc.east.local:80"},
		{"a gateway without identity", webService("", "") + sliceWith("s", "mirror.linkerd.io/remote-svc-fq-name: web.bank.svc.east.local", "ports: [{name: http, port: 4143}]", "{addresses: [192.0.2.1]}"),
			"192.0.2.1:4143 web.bank.svc.east.local:80"},
		{"a flat mirror is filtered by no place", webService("labels: {multicluster.linkerd.io/remote-discovery: east, multicluster.linkerd.io/remote-service: web}", ""),
			"10.9.0.1:8080 default.shop.serviceaccount.identity.linkerd.east.local h2 east"},
		{"a flat mirror of nothing", webService("labels: {multicluster.linkerd.io/remote-discovery: east}", ""), "FailedPrecondition"},
		{"a flat mirror of a Service that does not exist", webService("labels: {multicluster.linkerd.io/remote-discovery: east, multicluster.linkerd.io/remote-service: api}", ""), ""},
		{"a flat mirror of a cluster that is not linked", webService("labels: {multicluster.linkerd.io/remote-discovery: west, multicluster.linkerd.io/remote-service: web}", ""), "NotFound"},
		{"a federated service", webService("annotations: {multicluster.linkerd.io/remote-discovery: 'web@east,web@west,web', multicluster.linkerd.io/local-discovery: web}", "") + slice("s", "{addresses: [10.0.0.1]}"),
			"10.0.0.1:8080\n10.9.0.1:8080 default.shop.serviceaccount.identity.linkerd.east.local h2 east\n- web: a member is written service@cluster\n- web@west: its cluster is not linked"},
		{"a federated service without members", webService("annotations: {multicluster.linkerd.io/local-discovery: ''}", "") + slice("s", "{addresses: [10.0.0.1]}"), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := cluster(t, tc.objects+nodes)
			remote := *east
			remote.Settings.TrustDomain = "east.local"
			c.Linked = map[string]*linkerd.Cluster{"east": &remote}
			expect(t, render(c.Get(linkerd.GetQuery{Path: webPath, Node: "a"})), tc.want)
		})
	}
}

func TestAnswersSayWhereTheyComeFrom(t *testing.T) {
	c := cluster(t, webService("", "")+meshed("p", "config.linkerd.io/opaque-ports: '8080'")+slice("s", entry("10.0.0.1", "p", "")))
	e := c.Get(linkerd.GetQuery{Path: webPath}).Endpoints[0]
	for want, got := range map[string]string{
		"k.yaml:10:55":  e.IdentityFrom.String(),
		"k.yaml:10:110": e.HintFrom.String(),
		"k.yaml:21:13":  e.Origin.String(),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
