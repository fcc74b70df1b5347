package istio

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Input is everything that decides how an Istio mesh behaves.
type Input struct {
	Mesh        *mesh.Mesh
	Clusters    []*mesh.Cluster // of this mesh
	Inventories map[string]*kubernetes.Inventory
	// Docs are the Istio and Gateway API objects of all clusters; each obeys its Cluster.
	Docs []*source.Document
	// Switches are istiod's environment variables, where they differ from the version's default.
	Switches map[string]string
	// Down are the addresses of pods that are not ready, whatever the inputs say of them.
	Down map[string]bool
}

// Fleet is an Istio mesh, compiled as far as it can be without asking about one service and one
// client. It implements mesh.Compiler.
type Fleet struct {
	mesh     *mesh.Mesh
	clusters map[string]*mesh.Cluster
	worlds   []*world
	byConfig map[string]*world
	services []*mesh.Service
	hosts    map[hostKey]*mesh.Service
	gateways []*mesh.Gateway
	facts    []*mesh.Fact
	diags    []source.Diagnostic

	scopes  sync.Map // scopeKey -> *scope
	clients sync.Map // *mesh.Client -> *scope
}

// Build reads and compiles a mesh. It never fails: what cannot be read is in Diagnostics.
func Build(in Input) *Fleet {
	f := &Fleet{
		mesh:     in.Mesh,
		clusters: map[string]*mesh.Cluster{},
		byConfig: map[string]*world{},
	}
	for _, c := range in.Clusters {
		f.clusters[c.Name] = c
	}
	objects := decodeAll(in.Docs)
	f.report(in.Docs, objects)
	byCluster := map[string][]decoded{}
	for i, o := range objects {
		cluster := in.Docs[i].Cluster
		if cluster == "" && len(in.Clusters) == 1 {
			cluster = in.Clusters[0].Name
		}
		byCluster[cluster] = append(byCluster[cluster], o)
	}
	names := configClusters(in.Clusters)
	settings := map[string]meshSettings{}
	for _, cluster := range names {
		settings[cluster] = readMesh(in.Inventories[cluster], operators(byCluster[cluster]))
		f.reportMesh(settings[cluster])
	}
	shared := newRegistry(in, byCluster, settings)
	for number, cluster := range names {
		w := newWorld(in, number, cluster, byCluster[cluster], settings[cluster], shared)
		f.worlds = append(f.worlds, w)
		f.byConfig[cluster] = w
	}
	f.unite()
	f.observe()
	return f
}

// configClusters are the clusters whose objects anybody obeys, sorted.
func configClusters(clusters []*mesh.Cluster) []string {
	var names []string
	for _, c := range clusters {
		names = append(names, cmp.Or(c.ConfigCluster, c.Name))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Services returns the services of the mesh, sorted by id.
func (f *Fleet) Services() []*mesh.Service { return f.services }

// Gateways returns the gateways between the networks of the mesh, sorted by id.
func (f *Fleet) Gateways() []*mesh.Gateway { return f.gateways }

// Facts returns what is worth saying without any simulation.
func (f *Fleet) Facts() []*mesh.Fact { return f.facts }

// Diagnostics returns what could not be read.
func (f *Fleet) Diagnostics() []source.Diagnostic { return f.diags }

// Config returns what the clients of a cluster obey, or nil.
func (f *Fleet) Config(cluster string) *Config {
	if w := f.worldOf(cluster); w != nil {
		return w.config
	}
	return nil
}

// worldOf is the world of a cluster's configuration cluster.
func (f *Fleet) worldOf(cluster string) *world {
	if c := f.clusters[cluster]; c != nil {
		return f.byConfig[cmp.Or(c.ConfigCluster, c.Name)]
	}
	if len(f.worlds) == 1 {
		return f.worlds[0]
	}
	return nil
}

// report turns what decoding found into diagnostics and facts.
func (f *Fleet) report(docs []*source.Document, objects []decoded) {
	for i, o := range objects {
		if o.diag != nil {
			f.diags = append(f.diags, *o.diag)
		}
		for _, u := range o.unknown {
			f.facts = append(f.facts, &mesh.Fact{
				Kind:     mesh.FactUnknownField,
				Origin:   mesh.At(docs[i], u.path),
				Message:  u.message(),
				Resource: resourceOf(docs[i]),
			})
		}
	}
}

// reportMesh turns what reading the mesh's configuration found into diagnostics and facts.
func (f *Fleet) reportMesh(s meshSettings) {
	f.diags = append(f.diags, s.diags...)
	for _, u := range s.unknown {
		f.facts = append(f.facts, &mesh.Fact{Kind: mesh.FactUnknownField, Origin: u.at, Message: u.message(), Resource: s.resource})
	}
}

func operators(objects []decoded) []*operator {
	var out []*operator
	for _, o := range objects {
		if op, ok := o.object.(*operator); ok {
			out = append(out, op)
		}
	}
	return out
}

func (u unknownField) message() string {
	if u.meant == "" {
		return fmt.Sprintf("%s has no field %s: it is dropped", u.of, u.name)
	}
	return fmt.Sprintf("%s has no field %s: it is dropped; did you mean %s?", u.of, u.name, u.meant)
}

func resourceOf(d *source.Document) mesh.Resource {
	return mesh.Resource{Kind: d.Kind, Namespace: d.Namespace, Name: d.Name, Cluster: d.Cluster}
}

// child is the origin of a value below another: child(at, 3, "hosts", 0) is at/3/hosts/0.
func child(at mesh.Origin, elems ...any) mesh.Origin {
	for _, e := range elems {
		switch e := e.(type) {
		case int:
			at = at.Child(strconv.Itoa(e))
		case string:
			at = at.Child(e)
		}
	}
	return at
}
