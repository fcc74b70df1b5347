package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/mesh"
)

// clientFlags describe a client.
type clientFlags struct {
	Client, ClientCluster, Locality, Network, Kind string
	Labels                                         map[string]string
}

func (c *clientFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.Client, "client", "", "who asks: `NAMESPACE[/WORKLOAD]` (required)")
	f.StringVar(&c.ClientCluster, "cluster", "", "the `NAME` of the cluster that the client runs in")
	f.StringVar(&c.Locality, "locality", "", "where it runs: `REGION[/ZONE[/SUBZONE]]`")
	f.StringVar(&c.Network, "network", "", "the `NAME` of its network (default: that of its cluster)")
	f.StringVar(&c.Kind, "kind", "", "the `KIND` of proxy: sidecar, gateway or waypoint (default: the workload's, else sidecar)")
	f.StringToStringVar(&c.Labels, "labels", nil, "labels of its pod, `KEY=VALUE,…`")
	complete(cmd, "kind", "sidecar", "gateway", "waypoint")
}

func (c *clientFlags) check() error {
	if namespace, _, _ := strings.Cut(c.Client, "/"); namespace == "" {
		return usagef("--client: who asks? want NAMESPACE or NAMESPACE/WORKLOAD")
	}
	if !slices.Contains([]string{"", string(mesh.Sidecar), string(mesh.GatewayPod), string(mesh.Waypoint)}, c.Kind) {
		return usagef("--kind %q: want sidecar, gateway or waypoint", c.Kind)
	}
	return nil
}

// client builds the client that the flags describe.
func (c *clientFlags) client(g *mesh.Graph) (*mesh.Client, error) {
	namespace, name, _ := strings.Cut(c.Client, "/")
	if name == "" && c.isConsulService(g, namespace) {
		namespace, name = "default", namespace
	}
	out := &mesh.Client{ID: c.Client, Namespace: namespace, Cluster: c.ClientCluster, Kind: mesh.Sidecar, Labels: map[string]string{}}
	if name != "" {
		w, err := c.workload(g, namespace, name)
		if err != nil {
			return nil, err
		}
		fromWorkload(out, g, w)
	}
	if out.Cluster == "" && len(g.Clusters) == 1 {
		out.Cluster = g.Clusters[0].Name
	}
	cluster := g.Cluster(out.Cluster)
	if cluster == nil {
		var names []string
		for _, k := range g.Clusters {
			names = append(names, k.Name)
		}
		if out.Cluster == "" {
			return nil, usagef("--cluster: in which cluster does the client run? there are %s", strings.Join(names, ", "))
		}
		return nil, usagef("--cluster %s: there are %s", out.Cluster, strings.Join(names, ", "))
	}
	out.Mesh = cluster.Mesh
	if out.Network == "" {
		out.Network = cluster.Network
	}
	if out.Locality.IsZero() {
		out.Locality.Region = cluster.Region
	}
	c.override(out)
	return out, nil
}

// isConsulService reports whether a name without a namespace is that of a service of a Consul mesh, and no namespace.
func (c *clientFlags) isConsulService(g *mesh.Graph, name string) bool {
	if slices.ContainsFunc(g.Workloads, func(w *mesh.Workload) bool { return w.Namespace == name }) {
		return false
	}
	return slices.ContainsFunc(g.Workloads, func(w *mesh.Workload) bool {
		k := g.Cluster(w.Cluster)
		if k == nil || w.Name != name || w.Namespace != "default" || c.ClientCluster != "" && w.Cluster != c.ClientCluster {
			return false
		}
		m := g.Mesh(k.Mesh)
		return m != nil && m.Kind == mesh.Consul
	})
}

// override lets flags outweigh what the inputs say.
func (c *clientFlags) override(out *mesh.Client) {
	if c.Locality != "" {
		out.Locality = mesh.ParseLocality(c.Locality)
	}
	if c.Network != "" {
		out.Network = c.Network
	}
	if c.Kind != "" {
		out.Kind = mesh.ClientKind(c.Kind)
	}
	for k, v := range c.Labels {
		out.Labels[k] = v
	}
}

// workload finds a workload by name; the cluster decides between several.
func (c *clientFlags) workload(g *mesh.Graph, namespace, name string) (*mesh.Workload, error) {
	var found []*mesh.Workload
	var clusters, others []string
	for _, w := range g.Workloads {
		if w.Namespace != namespace {
			continue
		}
		if w.Name != name || c.ClientCluster != "" && w.Cluster != c.ClientCluster {
			others = append(others, w.Cluster+": "+w.Name)
			continue
		}
		found = append(found, w)
		clusters = append(clusters, w.Cluster)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1 && len(slices.Compact(slices.Clone(clusters))) == 1:
		return found[0], nil // a Deployment and a StatefulSet of one name
	case len(found) > 1:
		return nil, usagef("--client %s/%s runs in %s; choose with --cluster", namespace, name, strings.Join(clusters, ", "))
	case len(others) > 0:
		return nil, usagef("--client: there is no workload %s/%s; in this namespace there are %s", namespace, name, strings.Join(others, ", "))
	}
	return nil, usagef("--client: there is no workload %s/%s, and none in its namespace; a namespace alone will do", namespace, name)
}

// fromWorkload takes labels and place from the inputs: of the class of callers that the workload
// belongs to, the first where it runs in several places.
func fromWorkload(c *mesh.Client, g *mesh.Graph, w *mesh.Workload) {
	c.Cluster = w.Cluster
	c.Network = w.Network
	c.Locality = w.Locality.Or(mesh.Locality{})
	c.Workloads = []*mesh.Workload{w}
	if w.Identity != "" {
		c.Principals = []string{w.Identity}
	}
	for k, v := range w.Labels {
		c.Labels[k] = v
	}
	for _, class := range g.Clients {
		if slices.Contains(class.Workloads, w) {
			c.Kind = class.Kind
			for k, v := range class.Labels { // Consul knows its callers by the services that they are
				c.Labels[k] = v
			}
			if len(c.Principals) == 0 {
				c.Principals = class.Principals
			}
			if c.Locality.Zone == "" {
				c.Locality = class.Locality
			}
			if c.Network == "" {
				c.Network = class.Network
			}
			return
		}
	}
}
