package fleet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// calls are what requests for a name need behind the gateways that it leads to: the services that these send them to.
func (x *dnsSystem) calls(_ *names, add func(mesh.Dependency)) {
	byMesh := map[string]*names{}
	for _, state := range x.fleet.meshes {
		if state.mesh.Kind != mesh.DNS {
			byMesh[state.mesh.Name] = newNames(x.graph, state)
		}
	}
	routed := map[string][]routed{}
	for _, s := range x.services {
		for _, cluster := range clustersOf(x.pods[s.ID]) {
			c := x.graph.Cluster(cluster)
			if c == nil || byMesh[c.Mesh] == nil {
				continue
			}
			if _, known := routed[cluster]; !known {
				routed[cluster] = x.routes(c)
			}
			for _, r := range routed[cluster] {
				if !slices.ContainsFunc(r.hosts, func(h string) bool { return covers(h, s.Name) }) {
					continue
				}
				n := byMesh[c.Mesh]
				if to := n.here(cluster, n.resolve(r.to, r.namespace)); to != "" {
					add(mesh.Dependency{From: s.ID, To: to, Strong: true,
						Evidence: mesh.Evidence{What: fmt.Sprintf("the gateway in %s sends requests for %s there", cluster, s.Name), Origin: r.origin}})
				}
			}
		}
	}
}

func clustersOf(list []*mesh.Endpoint) (out []string) {
	for _, e := range list {
		if e.Cluster != "" && !slices.Contains(out, e.Cluster) {
			out = append(out, e.Cluster)
		}
	}
	slices.Sort(out)
	return out
}

// routed is one destination of requests that come in through a gateway.
type routed struct {
	hosts     []string // in small letters
	to        string
	namespace string // that to is written in
	origin    mesh.Origin
}

// routes are the destinations of a cluster's gateways, of both APIs. Mirrors need no answer.
func (x *dnsSystem) routes(c *mesh.Cluster) (out []routed) {
	docs := x.fleet.docs[c.Name]
	if c.ConfigCluster != "" && c.ConfigCluster != c.Name {
		docs = slices.Concat(docs, x.fleet.docs[c.ConfigCluster])
	}
	for _, d := range docs {
		if d.Kind == "VirtualService" && strings.HasPrefix(d.APIVersion, "networking.istio.io/") {
			out = append(out, throughVirtualService(d)...)
		}
	}
	read := gateway.Read(docs)
	for _, r := range read.Routes {
		if !slices.ContainsFunc(r.Parents, func(p gateway.Parent) bool { return p.Kind == gateway.KindGateway }) {
			continue
		}
		for _, rule := range r.Rules {
			for _, b := range rule.Backends {
				if b.Kind == "Service" && b.Share() > 0 {
					out = append(out, routed{hosts: r.Hostnames, to: b.Name + "." + b.Namespace, namespace: b.Namespace, origin: b.Origin})
				}
			}
		}
	}
	return out
}

// throughVirtualService are the destinations of a VirtualService that gateways obey.
func throughVirtualService(d *source.Document) (out []routed) {
	type route struct {
		Route []struct {
			Destination struct{ Host string }
			Weight      int
		}
	}
	var vs struct {
		Spec struct {
			Hosts, Gateways []string
			HTTP, TLS, TCP  []route
		}
	}
	if json.Unmarshal(d.JSON, &vs) != nil || !slices.ContainsFunc(vs.Spec.Gateways, func(g string) bool { return g != "mesh" }) {
		return nil
	}
	for i, h := range vs.Spec.Hosts {
		vs.Spec.Hosts[i] = strings.ToLower(h)
	}
	for kind, rules := range map[string][]route{"http": vs.Spec.HTTP, "tls": vs.Spec.TLS, "tcp": vs.Spec.TCP} {
		for i, r := range rules {
			for j, to := range r.Route {
				if to.Weight > 0 || len(r.Route) == 1 {
					out = append(out, routed{hosts: vs.Spec.Hosts, to: to.Destination.Host, namespace: d.Namespace,
						origin: mesh.At(d, fmt.Sprintf("/spec/%s/%d/route/%d/destination/host", kind, i, j))})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b routed) int { return strings.Compare(a.origin.Path, b.origin.Path) })
	return out
}

// covers reports whether a host of a route, which may begin with "*", means a name.
func covers(pattern, name string) bool {
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(name, suffix)
	}
	return pattern == name
}
