package linkerd_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/mesh"
)

// facts renders what is said of inputs: kind, path and a part of the message.
func facts(c *linkerd.Cluster) []*mesh.Fact { return c.InboundFacts() }

func TestWhatIsSaidOfInboundPolicy(t *testing.T) {
	enabled := namespace("linkerd.io/inject: enabled")
	server := serverOf("http", "http", "")
	limit := "\n---\n{apiVersion: policy.linkerd.io/v1alpha1, kind: HTTPLocalRateLimitPolicy, metadata: {name: l, namespace: shop}, spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: http}, %s}}\n"
	egress := "\n---\n{apiVersion: policy.linkerd.io/v1alpha1, kind: EgressNetwork, metadata: {name: e, namespace: shop}, spec: {%s}}\n"
	other := strings.Replace(serverOf("other", "http", ""), "app: pay", "app: x", 1)
	all8080 := strings.Replace(serverOf("all", "8080", ""), "{matchLabels: {app: pay}}", "{}", 1)
	probed := func(n int) string {
		return strings.Replace(deployment("", ""), "{name: app,", fmt.Sprintf("{name: app, readinessProbe: {httpGet: {path: /ready, port: %d}},", n), 1)
	}
	for _, test := range []struct {
		name, input string
		kind        mesh.FactKind
		path, says  string // "" says that nothing is said
	}{
		{"nothing is wrong", enabled + deployment("", "") + server + policyFor(toServer, account), "", "", ""},
		// Servers
		{"no selector", strings.Replace(server, "podSelector: {matchLabels: {app: pay}}", "", 1), mesh.FactInvalid, "/spec", "needs a podSelector"},
		{"both selectors", serverOf("http", "http", "externalWorkloadSelector: {}"), mesh.FactInvalid, "/spec/externalWorkloadSelector", "not both"},
		{"no port", serverOf("http", "0", ""), mesh.FactInvalid, "/spec/port", "needs a port"},
		{"protocol", serverOf("http", "80", "proxyProtocol: garbanzo"), mesh.FactInvalid, "/spec/proxyProtocol", "no proxyProtocol"},
		{"access policy", serverOf("http", "80", "accessPolicy: foobar"), mesh.FactInvalid, "/spec/accessPolicy", "no policy"},
		{"access policy before its time", strings.Replace(serverOf("http", "80", "accessPolicy: all-unauthenticated"), "v1beta3", "v1beta1", 1), mesh.FactUnknownField, "/spec/accessPolicy", "is not read"},
		{"equal Servers", server + strings.Replace(server, "name: http,", "name: more,", 1), mesh.FactInvalid, "/spec", "refuses one of the Servers shop/http and shop/more"},
		{"a Server of all pods", serverOf("number", "8080", "") + all8080, mesh.FactInvalid, "/spec", "refuses one of the Servers shop/all and shop/number"},
		{"Servers of different pods", enabled + deployment("", "") + server + other, "", "", ""},
		{"Servers that contend unnoticed", enabled + deployment("", "") + server + serverOf("number", "8080", ""), mesh.FactTwoRules, "/spec", "both for port 8080"},
		{"a port that no pod has", enabled + deployment("", "") + serverOf("http", "web", ""), mesh.FactRuleUnused, "/spec/port", "TCP port named"},
		{"a port of pods that are not in the inputs", serverOf("http", "web", ""), "", "", ""},
		// authorizations
		{"two identities", server + policyFor(toServer, account+", "+ids) + identities("identities: ['*']"), mesh.FactInvalid, "/spec/requiredAuthenticationRefs/1", "not together"},
		{"two networks", server + policyFor(toServer, nets+", "+nets) + networks("{cidr: 10.0.0.0/8}"), mesh.FactInvalid, "/spec/requiredAuthenticationRefs/1", "only one authentication of each kind"},
		{"no requirements at all", server + strings.Replace(policyFor(toServer, ""), ", requiredAuthenticationRefs: []", "", 1), mesh.FactInvalid, "/spec", "requiredAuthenticationRefs"},
		{"a kind without its group", server + policyFor(toServer, "{kind: MeshTLSAuthentication, name: ids}"), mesh.FactInvalid, "/spec/requiredAuthenticationRefs/0/kind", "with its group"},
		{"another namespace", server + policyFor("{kind: Namespace, name: jobs}", account), mesh.FactInvalid, "/spec/targetRef/name", "another namespace"},
		{"a Deployment", server + policyFor("{group: apps, kind: Deployment, name: pay}", account), mesh.FactInvalid, "/spec/targetRef/kind", "has to be a Server"},
		{"kinds without regard to case", server + policyFor("{group: Policy.Linkerd.io, kind: server, name: http}", "{group: core, kind: serviceaccount, name: web}"), "", "", ""},
		{"no such Server", policyFor(toServer, account), mesh.FactRuleUnused, "/spec/targetRef/name", "there is no Server shop/http"},
		{"no Server at all", policyFor("{kind: Namespace, name: shop}", account), mesh.FactRuleUnused, "/spec/targetRef", "default-inbound-policy alone"},
		{"no such route", server + policyFor(toRoute, account), mesh.FactRuleUnused, "/spec/targetRef/name", "is attached to a Server"},
		{"no such authentication", server + policyFor(toServer, ids), mesh.FactInvalid, "/spec/requiredAuthenticationRefs/0", "ignores the policy"},
		{"an authentication of a namespace that is not in the inputs", server + policyFor(toServer, strings.Replace(ids, "name:", "namespace: elsewhere, name:", 1)), "", "", ""},
		{"an authentication of another namespace", server + policyFor(toServer, strings.Replace(ids, "name:", "namespace: jobs, name:", 1)) + strings.ReplaceAll(server, "shop", "jobs"), mesh.FactInvalid, "/spec/requiredAuthenticationRefs/0", "jobs/ids"},
		{"an authentication that is refused is told once", server + policyFor(toServer, ids) + identities("identities: [a_b]"), mesh.FactInvalid, "/spec/identities/0", "neither a DNS name"},
		{"an identity that is none", identities("identities: [a_b]"), mesh.FactInvalid, "/spec/identities/0", "neither a DNS name"},
		{"a star within", identities("identities: ['a.*.b']"), mesh.FactInvalid, "/spec/identities/0", "neither a DNS name"},
		{"a SPIFFE id", identities("identities: ['spiffe://td/ns/x']"), "", "", ""},
		{"a SPIFFE id with an empty step", identities("identities: ['spiffe://td//x']"), mesh.FactInvalid, "/spec/identities/0", "SPIFFE"},
		{"a SPIFFE id with a port", identities("identities: ['spiffe://td:80/x']"), mesh.FactInvalid, "/spec/identities/0", "SPIFFE"},
		{"no identities", identities(""), mesh.FactInvalid, "/spec", "lists no identity"},
		{"identities and references", identities("identities: ['*'], identityRefs: [{kind: Namespace, name: a}]"), mesh.FactInvalid, "/spec/identityRefs", "not both"},
		{"a namespace in a namespace", identities("identityRefs: [{kind: Namespace, name: a, namespace: b}]"), mesh.FactInvalid, "/spec/identityRefs/0/namespace", "has no namespace"},
		{"identity of a pod", identities("identityRefs: [{kind: Pod, name: a}]"), mesh.FactInvalid, "/spec/identityRefs/0/kind", "ServiceAccount"},
		{"no networks", networks(""), mesh.FactInvalid, "/spec/networks", "at least one network"},
		{"no network", networks("{cidr: 10.0.0}"), mesh.FactInvalid, "/spec/networks/0/cidr", "is no network"},
		{"an address", networks("{cidr: 10.0.0.7}"), "", "", ""},
		{"an exception of all", networks("{cidr: 10.0.0.0/8, except: [0.0.0.0/0]}"), mesh.FactInvalid, "/spec/networks/0/except/0", "leaves nothing"},
		{"an exception of something else", networks("{cidr: 10.0.0.0/8, except: [192.168.0.0/16]}"), mesh.FactInvalid, "/spec/networks/0/except/0", "not part of"},
		{"legacy, both", server + legacy("name: http", "unauthenticated: true, meshTLS: {unauthenticatedTLS: true}"), mesh.FactInvalid, "/spec/client/unauthenticated", "has to be false"},
		{"legacy, identities of nobody", server + legacy("name: http", "meshTLS: {unauthenticatedTLS: true, identities: ['*']}"), mesh.FactInvalid, "/spec/client/meshTLS/unauthenticatedTLS", "has to be false"},
		{"legacy, for nobody", server + legacy("name: http", "meshTLS: {}"), mesh.FactInvalid, "/spec/client/meshTLS", "admits nobody"},
		{"legacy, for nothing", server + legacy("", "unauthenticated: true"), mesh.FactInvalid, "/spec/server", "has to name a Server"},
		{"legacy, no such Server", legacy("name: http", "unauthenticated: true"), mesh.FactRuleUnused, "/spec/server/name", "there is no Server"},
		// routes
		{"a Server elsewhere", server + strings.Replace(route(httpRoute, "HTTPRoute", "r", all), "name: http}", "name: http, namespace: jobs}", 1), mesh.FactInvalid, "/spec/parentRefs/0/namespace", "another namespace"},
		{"a port of a Server", server + strings.Replace(route(httpRoute, "HTTPRoute", "r", all), "name: http}", "name: http, port: 80}", 1), mesh.FactInvalid, "/spec/parentRefs/0/port", "a port of a Server"},
		{"a filter that Linkerd lacks", server + route(gatewayAPI, "HTTPRoute", "r", "rules: [{filters: [{type: RequestMirror}]}]"), mesh.FactInvalid, "/spec/rules/0/filters/0", "cannot apply RequestMirror"},
		{"a route of a Service", strings.Replace(route(gatewayAPI, "HTTPRoute", "r", "rules: [{filters: [{type: RequestMirror}]}]"), "group: policy.linkerd.io, kind: Server", "group: '', kind: Service, port: 80", 1), "", "", ""},
		{"probes are let through", enabled + probed(8080) + server, "", "", ""},
		{"a route locks probes out", enabled + probed(8080) + server + policyFor(toServer, account) + route(httpRoute, "HTTPRoute", "r", all), mesh.FactInvalid, "/spec/template/spec/containers/0/readinessProbe", "probe of port 8080 is refused"},
		{"probes of another port", enabled + probed(9000) + server + route(httpRoute, "HTTPRoute", "r", all), "", "", ""},
		{"probes of pods without a proxy", namespace("") + probed(8080) + server + route(httpRoute, "HTTPRoute", "r", all), "", "", ""},
		{"probes that a policy admits", enabled + probed(8080) + server + route(httpRoute, "HTTPRoute", "r", all) + policyFor(toRoute, nets) + networks("{cidr: 0.0.0.0/0}"), "", "", ""},
		// fields
		{"a field of another case", strings.Replace(server, "podSelector", "podselector", 1) + "\n", mesh.FactUnknownField, "/spec/podselector", "it is spelt podSelector"},
		{"a field that nothing has", serverOf("http", "http", "accesPolicy: deny"), mesh.FactUnknownField, "/spec/accesPolicy", "is dropped"},
		{"a field of a list", server + policyFor(toServer, "{kind: ServiceAccount, name: web, nameSpace: x}"), mesh.FactUnknownField, "/spec/requiredAuthenticationRefs/0/nameSpace", "it is spelt namespace"},
		// others
		{"a rate of nothing", server + fmt.Sprintf(limit, "total: {requestsPerSecond: 0}"), mesh.FactInvalid, "/spec/total", "greater than 0"},
		{"a part above the whole", server + fmt.Sprintf(limit, "total: {requestsPerSecond: 10}, identity: {requestsPerSecond: 11}"), mesh.FactInvalid, "/spec/identity", "that of total"},
		{"an override for a namespace", server + fmt.Sprintf(limit, "total: {requestsPerSecond: 10}, overrides: [{requestsPerSecond: 1, clientRefs: [{kind: Namespace, name: a}]}]"), mesh.FactInvalid, "/spec/overrides/0/clientRefs/0", "ServiceAccount"},
		{"egress", fmt.Sprintf(egress, "trafficPolicy: Deny"), "", "", ""},
		{"egress without a policy", fmt.Sprintf(egress, "networks: [{cidr: 10.0.0.0/8}]"), mesh.FactInvalid, "/spec/trafficPolicy", "Allow or Deny"},
		{"egress to no network", fmt.Sprintf(egress, "trafficPolicy: Allow, networks: []"), mesh.FactInvalid, "/spec/networks", "at least one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			objects, _ := tryParse(t, test.input)
			got := facts(&linkerd.Cluster{Objects: objects})
			if test.kind == "" {
				for _, f := range got {
					t.Errorf("%s at %s: %s", f.Kind, f.Origin.Path, f.Message)
				}
				return
			}
			if len(got) != 1 || got[0].Kind != test.kind || got[0].Origin.Path != test.path || !strings.Contains(got[0].Message, test.says) || got[0].Resource.Name == "" {
				for _, f := range got {
					t.Logf("%s at %s: %s", f.Kind, f.Origin.Path, f.Message)
				}
				t.Errorf("want %s at %s: %s", test.kind, test.path, test.says)
			}
		})
	}
}

// Every annotation of pods and namespaces that has wrong values: a good one and a bad one.
func TestWhatIsSaidOfAnnotations(t *testing.T) {
	for _, test := range []struct{ key, good, bad, says string }{
		{"linkerd.io/inject", "ingress", "true", "keeps the proxy out"},
		{"config.linkerd.io/default-inbound-policy", "audit", "all", "default of the control plane holds"},
		{"config.linkerd.io/skip-inbound-ports", "22,8000-8010", "ssh", "is ignored"},
		{"config.linkerd.io/skip-outbound-ports", "4567", "9000-8000", "is ignored"},
		{"config.linkerd.io/skip-subnets", "10.0.0.0/8, 10.1.2.0/24", "10.0.0.1", "do not start"},
		{"config.linkerd.io/proxy-require-identity-inbound-ports", "8443,9000-9010", "https", "no port requires an identity"},
		{"config.linkerd.io/proxy-await", "disabled", "false", "ignores it"},
		{"config.linkerd.io/proxy-enable-native-sidecar", "true", "enabled", "true or false"},
		{"config.linkerd.io/shutdown-grace-period", "1m30s", "30", "default holds"},
		{"config.linkerd.io/proxy-outbound-connect-timeout", "500ms", "1d", "default holds"},
		{"config.linkerd.io/proxy-outbound-discovery-cache-unused-timeout", "5s", "five", "default holds"},
		{"config.alpha.linkerd.io/proxy-wait-before-exit-seconds", "30", "30s", "does not wait"},
		{"config.linkerd.io/proxy-cpu-request", "100m", "100 m", "such as 100m"},
		{"config.linkerd.io/proxy-memory-limit", "64Mi", "64MB!", "such as 100m or 64Mi"},
		{"config.linkerd.io/proxy-additional-env", "[]", "A=b", "JSON"},
	} {
		for value, bad := range map[string]bool{test.good: false, test.bad: true} {
			annotation := fmt.Sprintf("%s: %q", test.key, value)
			for where, input := range map[string]string{"namespace": namespace(annotation), "template": namespace("") + deployment(annotation, "")} {
				got := facts(cluster(t, input))
				if !bad && len(got) > 0 || bad && (len(got) != 1 || !strings.Contains(got[0].Message, test.says) || !strings.HasSuffix(got[0].Origin.Path, strings.ReplaceAll(test.key, "/", "~1"))) {
					t.Errorf("%s=%s of a %s: %v", test.key, value, where, got)
				}
			}
		}
	}
}

func TestAnAnnotationBesideTheTemplate(t *testing.T) {
	beside := func(value, ns, template string) string {
		return namespace(ns) + strings.Replace(deployment(template, ""), "name: pay,", "name: pay, annotations: {linkerd.io/inject: "+value+"},", 1)
	}
	for _, test := range []struct{ name, input, says string }{
		{"asks for a proxy", beside("enabled", "", ""), "its pods get no proxy"},
		{"declines one", beside("disabled", "linkerd.io/inject: enabled", ""), "its pods get a proxy nevertheless"},
		{"changes nothing", beside("enabled", "linkerd.io/inject: enabled", ""), ""},
		{"the template says so, too", beside("enabled", "", "linkerd.io/inject: enabled"), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := facts(cluster(t, test.input))
			if test.says == "" && len(got) > 0 || test.says != "" && (len(got) != 1 || !strings.Contains(got[0].Message, test.says)) {
				t.Errorf("%v", got)
			}
		})
	}
}
