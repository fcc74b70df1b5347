package istio

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/mesh"
)

// fleetFrom builds a fleet of one cluster, "east", from Istio objects and Kubernetes objects.
func fleetFrom(t *testing.T, objects ...string) *Fleet {
	t.Helper()
	return fleetOf(t, &txtar.Archive{Files: []txtar.File{{Name: "mesh.yaml", Data: []byte(strings.Join(objects, "\n---\n"))}}})
}

func peerAuthentication(namespace, name, spec string) string {
	return fmt.Sprintf("{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: %s, namespace: %s}, spec: %s}", name, namespace, spec)
}

func aged(object, created string) string {
	return strings.Replace(object, "metadata: {", "metadata: {creationTimestamp: '"+created+"', ", 1)
}

func TestPeerAuthenticationPrecedence(t *testing.T) {
	meshWide := peerAuthentication("istio-system", "default", "{mtls: {mode: STRICT}}")
	tests := []struct {
		name     string
		policies []string
		want     string // mode of every other port, then of single ports
	}{
		{"nobody says anything", nil, "PERMISSIVE"},
		{"the mesh's policy holds for all", []string{meshWide}, "STRICT"},
		{"the namespace's goes before the mesh's", []string{meshWide, peerAuthentication("shop", "default", "{mtls: {mode: DISABLE}}")}, "DISABLE"},
		{"another namespace's does not count", []string{peerAuthentication("bank", "default", "{mtls: {mode: DISABLE}}")}, "PERMISSIVE"},
		{"the workload's goes before the namespace's", []string{
			peerAuthentication("shop", "default", "{mtls: {mode: DISABLE}}"),
			peerAuthentication("shop", "cart", "{selector: {matchLabels: {app: cart}}, mtls: {mode: STRICT}}"),
		}, "STRICT"},
		{"a policy for others does not count", []string{peerAuthentication("shop", "pay", "{selector: {matchLabels: {app: pay}}, mtls: {mode: STRICT}}")}, "PERMISSIVE"},
		{"a selector in the root namespace does not count", []string{
			peerAuthentication("istio-system", "cart", "{selector: {matchLabels: {app: cart}}, mtls: {mode: DISABLE}}"),
		}, "PERMISSIVE"},
		{"UNSET inherits", []string{
			meshWide,
			peerAuthentication("shop", "default", "{mtls: {mode: UNSET}}"),
			peerAuthentication("shop", "cart", "{selector: {matchLabels: {app: cart}}}"),
		}, "STRICT"},
		{"ports need a selector", []string{peerAuthentication("shop", "default", "{mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}}")}, "STRICT"},
		{"ports inherit from their policy", []string{
			meshWide,
			peerAuthentication("shop", "cart", "{selector: {matchLabels: {app: cart}}, portLevelMtls: {8080: {mode: DISABLE}, 9090: {mode: UNSET}}}"),
		}, "STRICT 8080=DISABLE 9090=STRICT"},
		{"the oldest of several decides", []string{
			aged(peerAuthentication("shop", "a", "{selector: {matchLabels: {app: cart}}, mtls: {mode: DISABLE}}"), "2024-02-01T00:00:00Z"),
			aged(peerAuthentication("shop", "b", "{selector: {matchLabels: {app: cart}}, mtls: {mode: STRICT}}"), "2024-01-01T00:00:00Z"),
		}, "STRICT"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := fleetFrom(t, test.policies...)
			in := f.inboundFor(f.worldOf("east"), "shop", map[string]string{"app": "cart"})
			got := string(in.Mode(0).Mode)
			for _, p := range in.Ports[1:] {
				got += fmt.Sprintf(" %d=%s", p.Port, p.Mode)
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestOnlyMeshWidePoliciesWithoutNamespace(t *testing.T) {
	f := fleetFrom(t,
		peerAuthentication("istio-system", "default", "{mtls: {mode: STRICT}}"),
		peerAuthentication("shop", "default", "{mtls: {mode: DISABLE}}"))
	if got := f.inboundFor(f.worldOf("east"), "", nil).Mode(8080).Mode; got != mesh.Strict {
		t.Errorf("got %s, want STRICT", got)
	}
}

func TestClientHintLooksAtNoSelector(t *testing.T) {
	f := fleetFrom(t,
		peerAuthentication("istio-system", "default", "{mtls: {mode: DISABLE}}"),
		peerAuthentication("shop", "default", "{mtls: {mode: STRICT}}"),
		peerAuthentication("bank", "default", "{mtls: {mode: UNSET}}"),
		peerAuthentication("ops", "pay", "{selector: {matchLabels: {app: pay}}, mtls: {mode: STRICT}}"))
	w := f.worldOf("east")
	for namespace, want := range map[string]mesh.MTLSMode{"shop": mesh.Strict, "bank": mesh.DisableMTLS, "ops": mesh.DisableMTLS, "istio-system": mesh.DisableMTLS} {
		if got := w.namespaceMTLS(namespace); got != want {
			t.Errorf("%s: got %s, want %s", namespace, got, want)
		}
	}
	if got := fleetFrom(t).worldOf("east").namespaceMTLS("shop"); got != "" {
		t.Errorf("without policies: got %s, want none", got)
	}
}

func TestInboundListsPortsOfServicesAndPolicies(t *testing.T) {
	f := fleetFrom(t,
		peerAuthentication("shop", "cart", "{selector: {matchLabels: {app: cart}}, mtls: {mode: STRICT}, portLevelMtls: {7777: {mode: DISABLE}}}"),
		"{apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: web}, {name: tcp, port: 90}, {name: dns, port: 53, protocol: UDP}]}}",
		"{apiVersion: v1, kind: Service, metadata: {name: other, namespace: shop}, spec: {selector: {app: other}, ports: [{name: http, port: 81}]}}",
		"{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: shop}, spec: {hosts: [e.global], resolution: STATIC, workloadSelector: {labels: {app: cart}}, ports: [{number: 82, targetPort: 8082, name: http, protocol: HTTP}]}}",
		"{apiVersion: v1, kind: Pod, metadata: {name: cart-0, namespace: shop, labels: {app: cart}}, spec: {containers: [{name: c, image: c, ports: [{name: web, containerPort: 8080}]}]}, status: {podIP: 10.0.0.1}}")
	in := f.inboundOf(&mesh.Client{Cluster: "east", Namespace: "shop", Kind: mesh.Sidecar, Labels: map[string]string{"app": "cart"}})
	var got []string
	for _, p := range in.Ports {
		got = append(got, fmt.Sprintf("%d=%s", p.Port, p.Mode))
	}
	if want := []string{"0=STRICT", "90=STRICT", "7777=DISABLE", "8080=STRICT", "8082=STRICT"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func authorizationPolicy(namespace, name, spec string) string {
	return fmt.Sprintf("{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: %s, namespace: %s}, spec: %s}", name, namespace, spec)
}

// meshIs is the ConfigMap that names the mesh's trust domain and its aliases.
func meshIs(domain string, aliases ...string) string {
	return fmt.Sprintf("{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: 'trustDomain: %s\n\n  trustDomainAliases: [%s]'}}",
		domain, strings.Join(aliases, ", "))
}

func TestAuthorizationDecides(t *testing.T) {
	web := mesh.Caller{Principal: "cluster.local/ns/web/sa/web", Namespace: "web", Port: 8080}
	stranger := mesh.Caller{Port: 8080}
	tests := []struct {
		name          string
		policies      []string
		web, stranger mesh.Verdict
	}{
		{"no policy allows all", nil, mesh.Allowed, mesh.Allowed},
		{"an empty spec denies all", []string{authorizationPolicy("shop", "p", "{}")}, mesh.Denied, mesh.Denied},
		{"an empty rule allows all", []string{authorizationPolicy("shop", "p", "{rules: [{}]}")}, mesh.Allowed, mesh.Allowed},
		{"DENY without rules denies nobody", []string{authorizationPolicy("shop", "p", "{action: DENY}")}, mesh.Allowed, mesh.Allowed},
		{"a principal", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {principals: [cluster.local/ns/web/sa/web]}}]}]}")}, mesh.Allowed, mesh.Denied},
		{"any principal asks for one", []string{authorizationPolicy("shop", "p", `{rules: [{from: [{source: {principals: ["*"]}}]}]}`)}, mesh.Allowed, mesh.Denied},
		{"a principal of another domain", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {principals: [other/ns/web/sa/web]}}]}]}")}, mesh.Denied, mesh.Denied},
		{"a namespace", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {namespaces: [web]}}]}]}")}, mesh.Allowed, mesh.Denied},
		{"a service account", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {serviceAccounts: [web/web]}}]}]}")}, mesh.Allowed, mesh.Denied},
		{"a service account of the policy's own namespace", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {serviceAccounts: [web]}}]}]}")}, mesh.Denied, mesh.Denied},
		{"not a namespace", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {notNamespaces: [web]}}]}]}")}, mesh.Denied, mesh.Allowed},
		{"DENY goes before ALLOW", []string{
			authorizationPolicy("shop", "a", "{rules: [{}]}"),
			authorizationPolicy("shop", "d", "{action: DENY, rules: [{from: [{source: {namespaces: [web]}}]}]}"),
		}, mesh.Denied, mesh.Allowed},
		{"policies of the root namespace count", []string{authorizationPolicy("istio-system", "d", "{action: DENY, rules: [{}]}")}, mesh.Denied, mesh.Denied},
		{"policies of other namespaces do not", []string{authorizationPolicy("bank", "d", "{action: DENY, rules: [{}]}")}, mesh.Allowed, mesh.Allowed},
		{"policies for other workloads do not", []string{authorizationPolicy("shop", "d", "{selector: {matchLabels: {app: pay}}, action: DENY, rules: [{}]}")}, mesh.Allowed, mesh.Allowed},
		{"policies for a Gateway do not", []string{authorizationPolicy("shop", "d", "{targetRefs: [{kind: Service, group: '', name: cart}], action: DENY, rules: [{}]}")}, mesh.Allowed, mesh.Allowed},
		{"AUDIT only writes", []string{authorizationPolicy("shop", "d", "{action: AUDIT, rules: [{}]}")}, mesh.Allowed, mesh.Allowed},
		{"CUSTOM is somebody else's decision", []string{authorizationPolicy("shop", "c", "{action: CUSTOM, provider: {name: x}, rules: [{from: [{source: {namespaces: [web]}}]}]}")}, mesh.VerdictUnknown, mesh.Allowed},
		{"a dry run is not obeyed", []string{strings.Replace(authorizationPolicy("shop", "d", "{action: DENY, rules: [{}]}"), "{name: d", "{annotations: {istio.io/dry-run: 'true'}, name: d", 1)}, mesh.Allowed, mesh.Allowed},
		{"a path depends on the request", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {namespaces: [web]}}], to: [{operation: {paths: [/api]}}]}]}")}, mesh.VerdictUnknown, mesh.Denied},
		{"another port", []string{authorizationPolicy("shop", "p", "{rules: [{to: [{operation: {ports: ['9090']}}]}]}")}, mesh.Denied, mesh.Denied},
		{"the port, among alternatives", []string{authorizationPolicy("shop", "p", "{rules: [{to: [{operation: {ports: ['9090']}}, {operation: {ports: ['8080']}}]}]}")}, mesh.Allowed, mesh.Allowed},
		{"an alternative that asks nothing", []string{authorizationPolicy("shop", "p", "{rules: [{to: [{operation: {paths: [/api]}}, {}]}]}")}, mesh.Allowed, mesh.Allowed},
		{"a condition on the port", []string{authorizationPolicy("shop", "p", "{rules: [{when: [{key: destination.port, values: ['8080']}]}]}")}, mesh.Allowed, mesh.Allowed},
		{"a condition narrows every source", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {namespaces: [web, bank]}}], when: [{key: source.namespace, notValues: [web]}]}]}")}, mesh.Denied, mesh.Denied},
		{"a condition without sources", []string{authorizationPolicy("shop", "p", "{rules: [{when: [{key: source.principal, values: ['*/sa/web']}]}]}")}, mesh.Allowed, mesh.Denied},
		{"two lists of principals meet", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {principals: [cluster.local/ns/web/sa/web]}}], when: [{key: source.principal, values: ['*/sa/other']}]}]}")}, mesh.Denied, mesh.Denied},
		{"a token depends on the request", []string{authorizationPolicy("shop", "p", "{rules: [{when: [{key: 'request.auth.claims[iss]', values: [x]}]}]}")}, mesh.VerdictUnknown, mesh.VerdictUnknown},
		{"an address is not known", []string{authorizationPolicy("shop", "p", "{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}]}")}, mesh.VerdictUnknown, mesh.VerdictUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := fleetFrom(t, test.policies...)
			a := f.inboundFor(f.worldOf("east"), "shop", map[string]string{"app": "cart"}).Authorization
			for who, c := range map[string]struct {
				caller mesh.Caller
				want   mesh.Verdict
			}{"web": {web, test.web}, "stranger": {stranger, test.stranger}} {
				if got, at := a.Decide(c.caller); got != c.want {
					t.Errorf("%s: got %v by %s, want %v", who, got, at, c.want)
				}
			}
		})
	}
}

func TestTrustDomainsOfPrincipals(t *testing.T) {
	f := fleetFrom(t, meshIs("east.example", "old.example", "older.example"))
	w := f.worldOf("east")
	tests := map[string][]string{
		"cluster.local/ns/web/sa/web": {"east.example/ns/web/sa/web", "old.example/ns/web/sa/web", "older.example/ns/web/sa/web"},
		"old.example/ns/web/sa/web":   {"east.example/ns/web/sa/web", "old.example/ns/web/sa/web", "older.example/ns/web/sa/web"},
		"west.example/ns/web/sa/web":  {"west.example/ns/web/sa/web"},
		"*/ns/web/sa/web":             {"*/ns/web/sa/web"},
		"*.example/ns/web/sa/web":     {"*.example/ns/web/sa/web"},
		"*":                           {"*"},
		"*/sa/web":                    {"*/sa/web"},
		"east.example/ns/web/*":       {"east.example/ns/web/*"},
	}
	for principal, want := range tests {
		if got := w.expand([]string{principal}); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", principal, got, want)
		}
	}
}

func TestRenderedPrincipals(t *testing.T) {
	f := fleetFrom(t, authorizationPolicy("shop", "p", `{rules: [{from: [
		{source: {principals: [a/ns/x/sa/y, "*", "*/sa/y", "a/*"], notPrincipals: [b/ns/x/sa/y], namespaces: [ops, "team-*"], serviceAccounts: [own, bank/pay]}}],
		when: [{key: source.namespace, values: [late]}]}]}`))
	a := f.inboundFor(f.worldOf("east"), "shop", nil).Authorization
	want := []string{
		"exact:spiffe://a/ns/x/sa/y", "regex:.+", "suffix:/sa/y", "prefix:spiffe://a/", "not exact:spiffe://b/ns/x/sa/y",
		"regex:spiffe://.+/ns/shop/(.+/|)sa/own(/.+)?", "regex:spiffe://.+/ns/bank/(.+/|)sa/pay(/.+)?",
		"regex:.*/ns/ops/.*", "regex:.*/ns/team-.*/.*", "regex:.*/ns/late/.*",
	}
	if got := a.Allow[0].Rules[0].Rendered; !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestPoliciesOfWaypointsNameTheirGateway(t *testing.T) {
	f := fleetFrom(t,
		authorizationPolicy("shop", "named", "{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: waypoint}], rules: [{}]}"),
		authorizationPolicy("shop", "other", "{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: other}], action: DENY, rules: [{}]}"),
		authorizationPolicy("istio-system", "class", "{targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}], rules: [{}]}"),
		authorizationPolicy("shop", "selecting", "{action: DENY, rules: [{}]}"))
	w := f.worldOf("east")
	a := w.authorization("shop", map[string]string{labelGatewayName: "waypoint"}, true)
	if len(a.Deny) != 0 || len(a.Allow) != 2 {
		t.Errorf("got %d deny and %d allow policies, want 0 and 2", len(a.Deny), len(a.Allow))
	}
}
