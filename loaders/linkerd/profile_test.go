package linkerd_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
)

func profileOf(namespace, spec string) string {
	return fmt.Sprintf("\n---\napiVersion: linkerd.io/v1alpha2\nkind: ServiceProfile\nmetadata: {name: web.shop.svc.cluster.local, namespace: %s}\nspec: {%s}\n", namespace, spec)
}

// renderProfile writes a profile in one line; the default budget is left out.
func renderProfile(a linkerd.ProfileAnswer) string {
	p := a.Profile
	switch {
	case a.Code != linkerd.OK:
		return string(a.Code)
	case p.Empty:
		return "empty"
	}
	out := []string{p.FullyQualifiedName}
	add := func(format string, values ...any) { out = append(out, fmt.Sprintf(format, values...)) }
	if p.Opaque {
		add("opaque by %s", p.OpaqueFrom)
	}
	if p.Source != nil {
		add("by %s", p.Source.Namespace)
	}
	if p.Rejected != nil {
		add("without %s", p.Rejected.Namespace)
	}
	for _, r := range p.Routes {
		add("route %s %v %s", r.Name, r.Retryable, r.Timeout)
	}
	for _, o := range p.Overrides {
		add("%s=%d", o.Authority, o.Weight)
	}
	if b := p.Budget; b.Ratio != 0.2 || b.MinPerSecond != 10 || b.TTL.Seconds() != 10 {
		add("budget %v %d %s", b.Ratio, b.MinPerSecond, b.TTL)
	}
	if from, off := p.TurnsPolicyOff(); off {
		add("no policy by %s", from.Path)
	}
	return strings.Join(out, ", ")
}

func TestProfile(t *testing.T) {
	const (
		web   = "web.shop.svc.cluster.local"
		route = "routes: [{name: r, condition: {pathRegex: /x}, isRetryable: true, timeout: 1m30s}]"
	)
	for _, tc := range []struct{ name, objects, path, client, want string }{
		{name: "no Service", want: "Unknown"},
		{name: "a short name", objects: webService("", ""), path: "web:80", want: "InvalidArgument"},
		{name: "no such port", objects: webService("", ""), path: web + ":81", want: "empty"},
		{name: "an ExternalName without ports", objects: "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {type: ExternalName}}", want: "empty"},
		{name: "one pod", objects: webService("", ""), path: "p." + web, want: "Unimplemented"},
		{name: "an address", objects: webService("", "clusterIP: 10.1.2.3"), path: "10.1.2.3:80", want: web},
		{name: "an address of nobody", objects: webService("", "clusterIP: 10.1.2.3"), path: "10.1.2.4:80", want: "Unimplemented"},
		{name: "no profile", objects: webService("", ""), want: web},
		{name: "the Service's namespace", objects: webService("", "") + profileOf("shop", route), client: "elsewhere",
			want: web + ", by shop, route r true 1m30s, no policy by /spec/routes/0"},
		{name: "the client's namespace first", objects: webService("", "") + profileOf("shop", route) + profileOf("client", "retryBudget: {retryRatio: 0.5, minRetriesPerSecond: 1, ttl: 1m}"), client: "client",
			want: web + ", by client, budget 0.5 1 1m0s"},
		{name: "another client's namespace does not count", objects: webService("", "") + profileOf("client", route), client: "other", want: web},
		{name: "a client that is not known", objects: webService("", "") + profileOf("client", route), want: web},
		{name: "weights", objects: webService("", "") + profileOf("shop", "dstOverrides: [{authority: a.b:81, weight: 0.25}, {authority: c.d, weight: 500m}, {authority: e, weight: '0'}, {authority: f, weight: 2}]"),
			want: web + ", by shop, a.b:81=2500, c.d:80=5000, e:80=0, f:80=20000, no policy by /spec/dstOverrides/0"},
		{name: "overrides of nothing leave policy on", objects: webService("", "") + profileOf("shop", "dstOverrides: [{authority: a.b:81, weight: 0}]"),
			want: web + ", by shop, a.b:81=0"},
		{name: "opaque by the Service", objects: webService("annotations: {config.linkerd.io/opaque-ports: 'http,x'}", ""), want: web + ", opaque by k.yaml:4:54"},
		{name: "opaque by default", objects: "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 5432}]}}", path: web + ":5432", want: web + ", opaque by default of Linkerd"},
		{name: "an annotation replaces the default", objects: "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop, annotations: {config.linkerd.io/opaque-ports: '1-100'}}, spec: {ports: [{port: 5432}]}}", path: web + ":5432", want: web},
		{name: "a budget without ttl is no profile", objects: webService("", "") + profileOf("shop", route+", retryBudget: {retryRatio: 0.5}"), want: web + ", without shop"},
		{name: "nor does the other namespace's count then", objects: webService("", "") + profileOf("client", "routes: [{name: r, condition: {}}]") + profileOf("shop", route), client: "client", want: web + ", without client"},
		{name: "a route without condition", objects: webService("", "") + profileOf("shop", "routes: [{name: r}]"), want: web + ", without shop"},
		{name: "a condition in a condition", objects: webService("", "") + profileOf("shop", "routes: [{name: r, condition: {any: [{method: GET}, {not: {}}]}}]"), want: web + ", without shop"},
		{name: "a class of no status", objects: webService("", "") + profileOf("shop", "routes: [{name: r, condition: {method: GET}, responseClasses: [{condition: {status: {min: 600}}}]}]"), want: web + ", without shop"},
		{name: "a timeout that is none is left out", objects: webService("", "") + profileOf("shop", "routes: [{name: r, condition: {method: GET}, timeout: soon}]"),
			want: web + ", by shop, route r false 0s, no policy by /spec/routes/0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.path == "" {
				tc.path = web + ":80"
			}
			objects, _ := tryParse(t, tc.objects+nodes)
			c := &linkerd.Cluster{Objects: objects}
			expect(t, renderProfile(c.Profile(linkerd.ProfileQuery{Path: tc.path, Namespace: tc.client})), tc.want)
		})
	}
}

func split(metadata, backends string) string {
	return fmt.Sprintf("\n---\napiVersion: split.smi-spec.io/v1alpha2\nkind: TrafficSplit\nmetadata: {name: t, namespace: shop%s}\nspec: {service: web, backends: [%s]}\n", metadata, backends)
}

func endpoints(name string, ready bool) string {
	list := "notReadyAddresses"
	if ready {
		list = "addresses"
	}
	return fmt.Sprintf("\n---\n{apiVersion: v1, kind: Endpoints, metadata: {name: %s, namespace: shop}, subsets: [{%s: [{ip: 10.0.0.1}]}]}\n", name, list)
}

const (
	controlled = ", labels: {failover.linkerd.io/controlled-by: linkerd-failover}"
	three      = "{service: web, weight: 90}, {service: east, weight: 10}, {service: west, weight: 0}"
)

func TestFailover(t *testing.T) {
	for _, tc := range []struct{ name, objects, want string }{
		{"no split", "", "NotFound"},
		{"the primary is ready", split(controlled, three) + endpoints("web", true) + endpoints("east", true), "OK web=1 east=0 west=0"},
		{"all that are ready", split(controlled, three) + endpoints("web", false) + endpoints("east", true) + endpoints("west", true), "OK web=0 east=1 west=1"},
		{"none is ready", split(controlled, three) + endpoints("east", false), "OK web=0 east=0 west=0"},
		{"the annotation names the primary", split(controlled+", annotations: {failover.linkerd.io/primary-service: west}", three) + endpoints("web", true) + endpoints("west", true), "OK web=0 east=0 west=1"},
		{"a primary that is no backend", split(controlled+", annotations: {failover.linkerd.io/primary-service: north}", three) + endpoints("web", true) + endpoints("north", true), "OK web=0 east=0 west=0"},
		{"slices do not count", split(controlled, three) + slice("s", "{addresses: [10.0.0.1]}") + endpoints("east", true), "OK web=0 east=1 west=0"},
		{"without the label nothing changes", split("", three) + endpoints("east", true), "OK web=90 east=10 west=0"},
		{"no backends", split(controlled, ""), "OK"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := cluster(t, tc.objects+nodes).Failover(kubernetes.Key{Namespace: "shop", Name: "t"})
			got := string(a.Code)
			for _, b := range a.Backends {
				got += fmt.Sprintf(" %s=%s", b.Service, b.Weight)
			}
			expect(t, got, tc.want)
		})
	}
}

func TestTheAdaptorCopiesSplitsIntoProfiles(t *testing.T) {
	const web, off = "web.shop.svc.cluster.local", ", no policy by /spec/backends/"
	const overrides = ", web.shop.svc.cluster.local:80=%d, east.shop.svc.cluster.local:80=%d, west.shop.svc.cluster.local:80=0"
	for _, tc := range []struct {
		name, objects string
		adaptor       bool
		want          string
	}{
		{"no adaptor", split("", three), false, web},
		{"weights as written", split("", three), true, web + ", by shop" + fmt.Sprintf(overrides, 900000, 100000) + off + "0"},
		{"weights of the operator", split(controlled, three) + endpoints("east", true), true, web + ", by shop" + fmt.Sprintf(overrides, 0, 10000) + off + "1"},
		{"a profile of its own keeps its budget", split("", three) + profileOf("shop", "dstOverrides: [{authority: x, weight: 1}], retryBudget: {retryRatio: 0.5, minRetriesPerSecond: 1, ttl: 1m}"), true,
			web + ", by shop" + fmt.Sprintf(overrides, 900000, 100000) + ", budget 0.5 1 1m0s" + off + "0"},
		{"a profile that wants to be left alone", split("", three) + strings.Replace(profileOf("shop", ""), "namespace: shop", "namespace: shop, annotations: {smi.linkerd.io/skip: 'true'}", 1), true, web + ", by shop"},
		{"a split of another apex", strings.Replace(split("", three), "service: web, backends", "service: api, backends", 1), true, web},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := cluster(t, webService("", "")+tc.objects)
			c.Adaptor = tc.adaptor
			expect(t, renderProfile(c.Profile(linkerd.ProfileQuery{Path: web + ":80"})), tc.want)
		})
	}
}
