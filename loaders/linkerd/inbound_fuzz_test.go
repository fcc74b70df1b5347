package linkerd_test

import (
	"reflect"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// FuzzInbound reads whatever documents parse, and asks what they make every subject accept. Nothing in an input
// may make it panic, or answer differently, and these hold of every answer: who has an identity is not refused
// where somebody without one gets through, and a port is STRICT only if callers without one are refused.
func FuzzInbound(f *testing.F) {
	f.Add([]byte(namespace("linkerd.io/inject: enabled") + deployment("", "") + serverOf("http", "http", "") + policyFor(toServer, ids+", "+nets) + identities("identities: ['*.a']") + networks("{cidr: 10.0.0.0/8}")))
	f.Add([]byte(pay("config.linkerd.io/skip-inbound-ports: '1-65535', config.linkerd.io/default-inbound-policy: cluster-authenticated") + serverOf("a", "8080", "accessPolicy: audit") + serverOf("b", "http", "")))
	f.Add([]byte(pay("config.linkerd.io/proxy-require-identity-inbound-ports: 1-90") + legacy("selector: {}", "meshTLS: {unauthenticatedTLS: true}") + route(httpRoute, "HTTPRoute", "r", part) + serverOf("http", "http", "")))
	f.Add([]byte(machine + "\n---\n" + config))
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, _, _ := source.Parse("k.yaml", data, source.Options{})
		if len(docs) > 40 {
			return
		}
		one, two := accepted(t, docs), accepted(t, docs)
		if !reflect.DeepEqual(one, two) {
			t.Errorf("%+v, then %+v", one, two)
		}
	})
}

// accepted asks about everything that the documents describe.
func accepted(t *testing.T, docs []*source.Document) []any {
	objects, diags := linkerd.Read(docs)
	c := &linkerd.Cluster{Objects: objects}
	if p, ok := c.ControlPlane(""); ok {
		c.Settings = p.Settings
	}
	facts := c.InboundFacts()
	for _, f := range facts {
		f.Origin.Position()
	}
	out := []any{diags, facts, c.GatewayIdentity()}
	for _, d := range docs {
		key := linkerd.SubjectKey{Kind: d.Kind, Key: kubernetes.Key{Namespace: d.Namespace, Name: d.Name}}
		s := c.Subjects[key]
		if s == nil {
			continue
		}
		in := c.InboundOf(s)
		for _, p := range append(in.Ports, mesh.InboundPort{Port: 8080}) {
			without, _ := in.Authorization.Decide(mesh.Caller{Port: p.Port})
			with, _ := in.Authorization.Decide(mesh.Caller{Principal: web, Port: p.Port})
			if without == mesh.Allowed && with == mesh.Denied {
				t.Errorf("port %d of %v refuses identities, and nobody else", p.Port, s.SubjectKey)
			}
			if in.Mode(p.Port).Mode == mesh.Strict != (without == mesh.Denied) && in.Mode(p.Port).Mode != mesh.DisableMTLS {
				t.Errorf("port %d of %v is %s, and callers without an identity are %v", p.Port, s.SubjectKey, in.Mode(p.Port).Mode, without)
			}
		}
		out = append(out, in, c.Meshing(s))
	}
	for _, w := range objects.External {
		c.ExternalMembers(&kubernetes.Service{Key: w.Key, Selector: w.Labels})
	}
	return out
}
