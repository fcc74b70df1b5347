package linkerd_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/mesh"
)

const (
	web     = "web.shop.serviceaccount.identity.linkerd.cluster.local"
	batch   = "batch.jobs.serviceaccount.identity.linkerd.cluster.local"
	gateway = "linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local"
	nobody  = ""
)

// pay is a meshed pod that declares the ports http 8080 and admin 9090, with more annotations.
func pay(annotations string) string {
	return podWith("pay", "linkerd", annotations, "containers: [{name: app, ports: [{name: http, containerPort: 8080}, {name: admin, containerPort: 9090}]}, "+proxy+"]")
}

// serverOf is a Server of the pods of pay, with more of its spec.
func serverOf(name, port, more string) string {
	return fmt.Sprintf(`
---
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: %s, namespace: shop, labels: {of: pay}}
spec:
  podSelector: {matchLabels: {app: pay}}
  port: %s
  %s
`, name, port, more)
}

const toServer = "{group: policy.linkerd.io, kind: Server, name: http}"

// policyFor admits who fulfils refs.
func policyFor(target, refs string) string {
	return fmt.Sprintf(`
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: allow, namespace: shop}
spec: {targetRef: %s, requiredAuthenticationRefs: [%s]}
`, target, refs)
}

const (
	account = "{kind: ServiceAccount, name: web}"
	ids     = "{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: ids}"
	nets    = "{group: policy.linkerd.io, kind: NetworkAuthentication, name: nets}"
)

func identities(spec string) string {
	return "\n---\n{apiVersion: policy.linkerd.io/v1alpha1, kind: MeshTLSAuthentication, metadata: {name: ids, namespace: shop}, spec: {" + spec + "}}\n"
}

func networks(list string) string {
	return "\n---\n{apiVersion: policy.linkerd.io/v1alpha1, kind: NetworkAuthentication, metadata: {name: nets, namespace: shop}, spec: {networks: [" + list + "]}}\n"
}

func legacy(server, client string) string {
	return "\n---\n{apiVersion: policy.linkerd.io/v1beta1, kind: ServerAuthorization, metadata: {name: old, namespace: shop}, spec: {server: {" + server + "}, client: {" + client + "}}}\n"
}

func route(api, kind, name, spec string) string {
	return "\n---\n{apiVersion: " + api + ", kind: " + kind + ", metadata: {name: " + name + ", namespace: shop}, spec: {parentRefs: [{group: policy.linkerd.io, kind: Server, name: http}], " + spec + "}}\n"
}

// status is a partial route of which the policy controller says whether it is accepted.
func status(accepted string) string {
	return strings.Replace(route(httpRoute, "HTTPRoute", "r", part), "spec:", "status: {parents: [{controllerName: linkerd.io/policy-controller, parentRef: {kind: Server, name: http}, conditions: [{type: Accepted, status: '"+accepted+"'}]}]}, spec:", 1)
}

const (
	httpRoute  = "policy.linkerd.io/v1beta3"
	gatewayAPI = "gateway.networking.k8s.io/v1"
	all        = "rules: [{matches: [{path: {type: PathPrefix, value: /}}]}]"
	part       = "rules: [{matches: [{path: {type: PathPrefix, value: /v1}}]}]"
	toRoute    = "{group: policy.linkerd.io, kind: HTTPRoute, name: r}"
)

var verdictNames = map[mesh.Verdict]string{mesh.VerdictUnknown: "?", mesh.Allowed: "+", mesh.Denied: "-"}

// shown is the mode of a port and the verdicts about callers without identity, web, batch and the gateway.
func shown(in *mesh.Inbound, port int) string {
	out := string(in.Mode(port).Mode) + " "
	for _, principal := range []string{nobody, web, batch, gateway} {
		v, _ := in.Authorization.Decide(mesh.Caller{Principal: principal, Port: port})
		out += verdictNames[v]
	}
	return out
}

// Each row is worked out by hand from the policy controller's index and the proxy's checks. The verdicts are
// about a caller without identity, web of shop, batch of jobs, and the multicluster gateway.
func TestWhatAProxyAccepts(t *testing.T) {
	deny := "config.linkerd.io/default-inbound-policy: deny"
	for _, test := range []struct{ name, input, http, other string }{
		{"nothing is written", pay(""), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"audit lets everybody through", pay("config.linkerd.io/default-inbound-policy: audit"), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"all-authenticated", pay("config.linkerd.io/default-inbound-policy: all-authenticated"), "STRICT -+++", "STRICT -+++"},
		{"cluster-unauthenticated with all private networks", pay("config.linkerd.io/default-inbound-policy: cluster-unauthenticated"), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"cluster-authenticated", pay("config.linkerd.io/default-inbound-policy: cluster-authenticated"), "STRICT -+++", "STRICT -+++"},
		{"deny", pay(deny), "STRICT ----", "STRICT ----"},
		{"a policy that is none is ignored", pay("config.linkerd.io/default-inbound-policy: Deny"), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"one port requires identities", pay("config.linkerd.io/proxy-require-identity-inbound-ports: '8080'"), "STRICT -+++", "PERMISSIVE ++++"},
		{"a list that cannot be read requires none", pay("config.linkerd.io/proxy-require-identity-inbound-ports: '8080,http'"), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"deny refuses those with identities, too", pay(deny + ", config.linkerd.io/proxy-require-identity-inbound-ports: '8080'"), "STRICT ----", "STRICT ----"},
		{"a skipped port bypasses the policy", pay(deny + ", config.linkerd.io/skip-inbound-ports: '8080'"), "DISABLE ++++", "STRICT ----"},
		{"a skipped port bypasses its Server", pay("config.linkerd.io/skip-inbound-ports: '8000-8100'") + serverOf("http", "http", ""), "DISABLE ++++", "PERMISSIVE ++++"},
		{"all ports are skipped", pay(deny + ", config.linkerd.io/skip-inbound-ports: '1-65535'"), "DISABLE ++++", "DISABLE ++++"},

		{"a Server denies by default", pay("") + serverOf("http", "http", ""), "STRICT ----", "PERMISSIVE ++++"},
		{"a Server by number", pay("") + serverOf("http", "9090", ""), "PERMISSIVE ++++", "STRICT ----"},
		{"a number that is written as a text is a name", pay("") + serverOf("http", "'8080'", ""), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"a Server overrides the default", pay(deny) + serverOf("http", "http", "accessPolicy: all-unauthenticated"), "PERMISSIVE ++++", "STRICT ----"},
		{"accessPolicy all-authenticated", pay("") + serverOf("http", "http", "accessPolicy: all-authenticated"), "STRICT -+++", "PERMISSIVE ++++"},
		{"a Server of other pods", pay("") + strings.Replace(serverOf("http", "http", ""), "app: pay", "app: other", 1), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"a Server of ExternalWorkloads", pay("") + strings.Replace(serverOf("http", "http", ""), "podSelector", "externalWorkloadSelector", 1), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"a Server that admission refuses does not exist", pay("") + serverOf("http", "http", "proxyProtocol: garbanzo"), "PERMISSIVE ++++", "PERMISSIVE ++++"},

		{"a policy for the Server", pay("") + serverOf("http", "http", "") + policyFor(toServer, account), "STRICT -+--", "PERMISSIVE ++++"},
		{"a policy for the namespace", pay("") + serverOf("http", "http", "") + policyFor("{kind: Namespace, name: shop}", account), "STRICT -+--", "PERMISSIVE ++++"},
		{"a policy for the namespace without a Server", pay(deny) + policyFor("{kind: Namespace, name: shop}", account), "STRICT ----", "STRICT ----"},
		{"a policy for another Server", pay("") + serverOf("http", "http", "") + policyFor("{group: policy.linkerd.io, kind: Server, name: x}", account), "STRICT ----", "PERMISSIVE ++++"},
		{"a policy adds to accessPolicy", pay("") + serverOf("http", "http", "accessPolicy: all-authenticated") + policyFor(toServer, account), "STRICT -+++", "PERMISSIVE ++++"},
		{"a policy without requirements admits all", pay("") + serverOf("http", "http", "") + policyFor(toServer, ""), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"exact identity", pay("") + serverOf("http", "http", "") + policyFor(toServer, ids) + identities("identities: ["+batch+"]"), "STRICT --+-", "PERMISSIVE ++++"},
		{"any identity", pay("") + serverOf("http", "http", "") + policyFor(toServer, ids) + identities("identities: ['*']"), "STRICT -+++", "PERMISSIVE ++++"},
		{"identities with a suffix", pay("") + serverOf("http", "http", "") + policyFor(toServer, ids) + identities("identities: ['*.jobs.serviceaccount.identity.linkerd.cluster.local']"), "STRICT --+-", "PERMISSIVE ++++"},
		{"all accounts of a namespace", pay("") + serverOf("http", "http", "") + policyFor(toServer, ids) + identities("identityRefs: [{kind: Namespace, name: jobs}]"), "STRICT --+-", "PERMISSIVE ++++"},
		{"an account of another namespace", pay("") + serverOf("http", "http", "") + policyFor(toServer, ids) + identities("identityRefs: [{kind: ServiceAccount, name: batch, namespace: jobs}]"), "STRICT --+-", "PERMISSIVE ++++"},
		{"only the gateway", pay("") + serverOf("http", "http", "") + policyFor(toServer, ids) + identities("identityRefs: [{kind: ServiceAccount, name: linkerd-gateway, namespace: linkerd-multicluster}]"), "STRICT ---+", "PERMISSIVE ++++"},
		{"identities of another trust domain", pay("") + serverOf("http", "http", "") + policyFor(toServer, ids) + identities("identities: [web.shop.serviceaccount.identity.linkerd.other]"), "STRICT ----", "PERMISSIVE ++++"},
		{"an authentication that is not in the inputs", pay("") + serverOf("http", "http", "") + policyFor(toServer, ids), "PERMISSIVE ????", "PERMISSIVE ++++"},
		{"an authentication that admission refuses", pay("") + serverOf("http", "http", "") + policyFor(toServer, ids) + identities("identities: [no_name]"), "STRICT ----", "PERMISSIVE ++++"},
		{"networks are unknown", pay("") + serverOf("http", "http", "") + policyFor(toServer, nets) + networks("{cidr: 10.0.0.0/8}"), "PERMISSIVE ????", "PERMISSIVE ++++"},
		{"identity and networks", pay("") + serverOf("http", "http", "") + policyFor(toServer, account+", "+nets) + networks("{cidr: 10.0.0.0/8}"), "STRICT -?--", "PERMISSIVE ++++"},
		{"everywhere is a network", pay("") + serverOf("http", "http", "") + policyFor(toServer, account+", "+nets) + networks("{cidr: 0.0.0.0/0}, {cidr: '::/0'}"), "STRICT -+--", "PERMISSIVE ++++"},
		{"everywhere but here", pay("") + serverOf("http", "http", "") + policyFor(toServer, nets) + networks("{cidr: 0.0.0.0/0, except: [10.1.0.0/16]}"), "PERMISSIVE ????", "PERMISSIVE ++++"},

		{"legacy, unauthenticated", pay("") + serverOf("http", "http", "") + legacy("name: http", "unauthenticated: true"), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"legacy, unauthenticated TLS", pay("") + serverOf("http", "http", "") + legacy("name: http", "meshTLS: {unauthenticatedTLS: true}"), "STRICT -+++", "PERMISSIVE ++++"},
		{"legacy, by labels of the Server", pay("") + serverOf("http", "http", "") + legacy("selector: {matchLabels: {of: pay}}", "meshTLS: {serviceAccounts: [{name: web}]}"), "STRICT -+--", "PERMISSIVE ++++"},
		{"legacy, other labels", pay("") + serverOf("http", "http", "") + legacy("selector: {matchLabels: {of: x}}", "meshTLS: {serviceAccounts: [{name: web}]}"), "STRICT ----", "PERMISSIVE ++++"},
		{"legacy, with networks", pay("") + serverOf("http", "http", "") + legacy("name: http", "networks: [{cidr: 10.0.0.0/8}], meshTLS: {identities: ["+web+"]}"), "STRICT -?--", "PERMISSIVE ++++"},
		{"legacy, for nobody", pay("") + serverOf("http", "http", "") + legacy("name: http", "networks: [{cidr: 10.0.0.0/8}]"), "STRICT ----", "PERMISSIVE ++++"},

		{"a catch-all route changes nothing", pay("") + serverOf("http", "http", "") + policyFor(toServer, account) + route(httpRoute, "HTTPRoute", "r", all), "STRICT -+--", "PERMISSIVE ++++"},
		{"other requests than those of routes get 404", pay("") + serverOf("http", "http", "") + policyFor(toServer, account) + route(httpRoute, "HTTPRoute", "r", part), "STRICT -?--", "PERMISSIVE ++++"},
		{"a policy for a catch-all route", pay("") + serverOf("http", "http", "") + policyFor(toRoute, account) + route(httpRoute, "HTTPRoute", "r", all), "STRICT -+--", "PERMISSIVE ++++"},
		{"a policy for one of several routes", pay("") + serverOf("http", "http", "") + policyFor(toRoute, account) + route(httpRoute, "HTTPRoute", "r", all) + route(httpRoute, "HTTPRoute", "s", part), "STRICT -?--", "PERMISSIVE ++++"},
		{"a policy for a route of the other group", pay("") + serverOf("http", "http", "") + policyFor(toRoute, account) + route(gatewayAPI, "HTTPRoute", "r", all), "STRICT ----", "PERMISSIVE ++++"},
		{"a gateway route", pay("") + serverOf("http", "http", "") + policyFor("{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}", account) + route(gatewayAPI, "HTTPRoute", "r", all), "STRICT -+--", "PERMISSIVE ++++"},
		{"a route with hosts", pay("") + serverOf("http", "http", "accessPolicy: all-unauthenticated") + route(httpRoute, "HTTPRoute", "r", "hostnames: [a], "+all), "PERMISSIVE ????", "PERMISSIVE ++++"},
		{"a route that Linkerd cannot use", pay("") + serverOf("http", "http", "accessPolicy: all-unauthenticated") + route(gatewayAPI, "HTTPRoute", "r", "rules: [{filters: [{type: URLRewrite}]}]"), "PERMISSIVE ????", "PERMISSIVE ++++"},
		{"a redirect answers for the server", pay("") + serverOf("http", "http", "accessPolicy: all-unauthenticated") + route(gatewayAPI, "HTTPRoute", "r", "rules: [{filters: [{type: RequestRedirect}]}]"), "PERMISSIVE ????", "PERMISSIVE ++++"},
		{"a route that is not accepted", pay("") + serverOf("http", "http", "accessPolicy: all-unauthenticated") + status("False"), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"a route that is accepted", pay("") + serverOf("http", "http", "accessPolicy: all-unauthenticated") + status("True"), "PERMISSIVE ????", "PERMISSIVE ++++"},
		{"opaque ports have no routes", pay("") + serverOf("http", "http", "accessPolicy: all-unauthenticated, proxyProtocol: opaque") + route(httpRoute, "HTTPRoute", "r", part), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"HTTP does not see GRPCRoutes", pay("") + serverOf("http", "http", "accessPolicy: all-unauthenticated") + route(gatewayAPI, "GRPCRoute", "r", "rules: [{matches: [{method: {service: a}}]}]"), "PERMISSIVE ++++", "PERMISSIVE ++++"},
		{"gRPC does", pay("") + serverOf("http", "http", "{accessPolicy: all-unauthenticated, proxyProtocol: gRPC}") + route(gatewayAPI, "GRPCRoute", "r", "rules: [{matches: [{method: {service: a}}]}]"), "PERMISSIVE ????", "PERMISSIVE ++++"},

		{"two Servers that agree", pay("") + serverOf("http", "http", "accessPolicy: all-authenticated") + serverOf("number", "8080", "accessPolicy: all-authenticated"), "STRICT -+++", "PERMISSIVE ++++"},
		{"two Servers that do not", pay("") + serverOf("http", "http", "accessPolicy: all-unauthenticated") + serverOf("number", "8080", ""), "PERMISSIVE ????", "PERMISSIVE ++++"},
		{"two Servers that agree, one with routes", pay("") + serverOf("a", "8080", "accessPolicy: all-authenticated") + serverOf("http", "http", "accessPolicy: all-authenticated") + route(httpRoute, "HTTPRoute", "r", part), "STRICT -???", "PERMISSIVE ++++"},
		{"two Servers and a policy for one", pay("") + serverOf("http", "http", "") + serverOf("number", "8080", "") + policyFor(toServer, account), "STRICT -?--", "PERMISSIVE ++++"},
		{"two Servers and a policy for both", pay("") + serverOf("http", "http", "") + serverOf("number", "8080", "") + policyFor("{kind: Namespace, name: shop}", account), "STRICT -+--", "PERMISSIVE ++++"},
	} {
		t.Run(test.name, func(t *testing.T) {
			input := strings.ReplaceAll(test.input, "{accessPolicy: all-unauthenticated, proxyProtocol: gRPC}", "accessPolicy: all-unauthenticated\n  proxyProtocol: gRPC")
			input = strings.ReplaceAll(input, "accessPolicy: all-unauthenticated, proxyProtocol: opaque", "accessPolicy: all-unauthenticated\n  proxyProtocol: opaque")
			c := cluster(t, input)
			in := c.Inbound(c.Pods[kubernetes.Key{Namespace: "shop", Name: "pay"}])
			expect(t, shown(in, 8080), test.http)
			expect(t, shown(in, 9090), test.other)
		})
	}
}

func TestNetworksOfTheCluster(t *testing.T) {
	input := pay("config.linkerd.io/default-inbound-policy: cluster-authenticated") + serverOf("admin", "admin", "") + legacy("name: admin", "unauthenticated: true")
	public := slice("web-1", entry("203.0.113.7", "pay", ""))
	private := slice("web-1", entry("10.1.2.3", "pay", ""))
	ten := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	everywhere := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	for _, test := range []struct {
		name, own, linked string
		networks          []netip.Prefix
		want              string
	}{
		{"the default holds all private addresses", "", "", nil, "STRICT -+++ PERMISSIVE ++++"},
		{"pods have private addresses", private, private, nil, "STRICT -+++ PERMISSIVE ++++"},
		{"a pod has another", public, "", nil, "STRICT -??? PERMISSIVE ????"},
		{"a pod of a linked cluster has another", "", public, nil, "STRICT -??? PERMISSIVE ????"},
		{"only some private networks", "", "", ten, "STRICT -??? PERMISSIVE ????"},
		{"all networks", public, public, everywhere, "STRICT -+++ PERMISSIVE ++++"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := cluster(t, input+test.own)
			c.Settings.ClusterNetworks = test.networks
			c.Linked = map[string]*linkerd.Cluster{"east": cluster(t, webService("", "")+test.linked)}
			in := c.Inbound(c.Pods[kubernetes.Key{Namespace: "shop", Name: "pay"}])
			expect(t, shown(in, 8080)+" "+shown(in, 9090), test.want)
		})
	}
}

// What decides is told by the line: the authorization that admits, and else the Server or the default.
func TestVerdictsPointAtTheLineThatDecides(t *testing.T) {
	c := cluster(t, pay("config.linkerd.io/default-inbound-policy: all-authenticated")+serverOf("http", "http", "accessPolicy: deny")+policyFor(toServer, account))
	in := c.Inbound(c.Pods[kubernetes.Key{Namespace: "shop", Name: "pay"}])
	for _, test := range []struct {
		principal string
		port      int
		want      string
	}{
		{web, 8080, "/spec"},
		{nobody, 8080, "/spec/accessPolicy"},
		{nobody, 9090, "/metadata/annotations/config.linkerd.io~1default-inbound-policy"},
		{web, 9090, "/metadata/annotations/config.linkerd.io~1default-inbound-policy"},
	} {
		_, at := in.Authorization.Decide(mesh.Caller{Principal: test.principal, Port: test.port})
		if at.Path != test.want {
			t.Errorf("%q on %d is decided at %s, want %s", test.principal, test.port, at.Path, test.want)
		}
	}
	if at := in.Mode(8080).Origin.Path; at != "/spec/accessPolicy" {
		t.Errorf("the mode of 8080 is decided at %s", at)
	}
	if name := in.Authorization.Allow[0].Name + in.Authorization.Allow[1].Name; !strings.Contains(name, "shop/allow") {
		t.Errorf("no policy is called shop/allow: %v", in.Authorization.Allow)
	}
}

// Endpoints without any policy need no judgement at all.
func TestOpenPodsHaveNoAuthorization(t *testing.T) {
	c := cluster(t, pay(""))
	if in := c.Inbound(c.Pods[kubernetes.Key{Namespace: "shop", Name: "pay"}]); in.Authorization != nil {
		t.Errorf("%+v", in.Authorization)
	}
}

func TestAGatewayHidesItsCallers(t *testing.T) {
	c := cluster(t, pay("")+serverOf("http", "http", "")+policyFor(toServer, account))
	in := c.Inbound(c.Pods[kubernetes.Key{Namespace: "shop", Name: "pay"}])
	caller := c.ThroughGateway(8080)
	if v, _ := in.Authorization.Decide(caller.V); caller.V.Principal != gateway || v != mesh.Denied {
		t.Errorf("%+v is %v", caller, v)
	}
	own := "\n---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: gw, namespace: edge}, spec: {template: {metadata: {annotations: {linkerd.io/inject: enabled, config.linkerd.io/enable-gateway: 'true'}}, spec: {serviceAccountName: door, containers: [{name: pause}]}}}}\n"
	c = cluster(t, own)
	if id := c.GatewayIdentity(); id.V != "door.edge.serviceaccount.identity.linkerd.cluster.local" || id.Origin.In == nil {
		t.Errorf("%+v", id)
	}
	gw := c.InboundOf(c.Subjects[linkerd.SubjectKey{Kind: "Deployment", Key: kubernetes.Key{Namespace: "edge", Name: "gw"}}])
	expect(t, shown(gw, 4143), "STRICT -+++") // a caller without an identity is refused
	expect(t, shown(gw, 80), "PERMISSIVE ++++")
	if id := cluster(t, own+strings.NewReplacer("name: gw", "name: gw2", "door", "window").Replace(own)).GatewayIdentity(); id.IsKnown() {
		t.Errorf("two gateways have one identity: %+v", id)
	}
}
