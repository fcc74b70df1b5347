package istio

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	// TrustDomains are those of other meshes, whose callers policies may name; "" = one that is not
	// declared, and may be any.
	TrustDomains []string
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
	trusted  []string // trust domains of other meshes
	diags    []source.Diagnostic

	scopes sync.Map // scopeKey -> *scope
	views  sync.Map // viewKey -> *mesh.View
	known  sync.Map // poolsKey -> []*mesh.Pool

	scratch        sync.Pool // of *scratch
	doors          doors
	gatewayClasses sync.Map // *mesh.Client -> string
	detections     sync.Map // block[*networking.OutlierDetection] -> *mesh.OutlierDetection
}

// Build reads and compiles a mesh. It never fails: what cannot be read is in Diagnostics.
func Build(in Input) *Fleet {
	f := &Fleet{
		mesh:     in.Mesh,
		trusted:  in.TrustDomains,
		clusters: map[string]*mesh.Cluster{},
		byConfig: map[string]*world{},
	}
	for _, c := range in.Clusters {
		f.clusters[c.Name] = c
	}
	byCluster, noted := f.sort(in)
	names := configClusters(in.Clusters)
	settings := map[string]meshSettings{}
	for _, cluster := range names {
		read := readMesh(in.Inventories[cluster], operators(byCluster[cluster]))
		f.diags = append(f.diags, read.diags...)
		noted[cluster] = append(noted[cluster], read.facts()...)
		settings[cluster] = read
	}
	shared := newRegistry(in, byCluster, settings)
	f.worlds = make([]*world, len(names))
	var wg sync.WaitGroup
	for number, cluster := range names {
		wg.Go(func() {
			f.worlds[number] = newWorld(in, number, cluster, byCluster[cluster], settings[cluster], shared)
		})
	}
	wg.Wait()
	for number, cluster := range names {
		f.worlds[number].noted = noted[cluster]
		f.byConfig[cluster] = f.worlds[number]
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

// sort decodes the objects and returns them by cluster, each key once, as a source of one cluster
// holds it; facts about repeated ones come along.
func (f *Fleet) sort(in Input) (map[string][]decoded, map[string][]*mesh.Fact) {
	type key struct{ cluster, kind, namespace, name string }
	first := map[key]*source.Document{}
	objects, facts := map[string][]decoded{}, map[string][]*mesh.Fact{}
	for i, o := range decodeAll(in.Docs) {
		d := in.Docs[i]
		if o.diag != nil {
			f.diags = append(f.diags, *o.diag)
		}
		cluster := d.Cluster
		if cluster == "" && len(in.Clusters) == 1 {
			cluster = in.Clusters[0].Name
		}
		group, _, _ := strings.Cut(d.APIVersion, "/")
		k := key{cluster, group + "/" + d.Kind, cmp.Or(d.Namespace, "default"), d.Name}
		switch known := first[k]; {
		case known == nil || d.Name == "":
			first[k] = d
			objects[cluster] = append(objects[cluster], o)
			facts[cluster] = append(facts[cluster], o.noted...)
		case known.File == d.File && known.Index == d.Index && known.Line == d.Line:
			// The same text, included twice.
		default:
			facts[cluster] = append(facts[cluster], repeated(d, known, cluster))
		}
	}
	return objects, facts
}

func repeated(d, first *source.Document, cluster string) *mesh.Fact {
	return &mesh.Fact{
		Kind: mesh.FactDuplicate, Origin: mesh.At(d, ""), Resource: resourceOf(d),
		Related: []mesh.Evidence{{What: "the definition that counts", Origin: mesh.At(first, "")}},
		Message: fmt.Sprintf("%s %s/%s is defined twice in cluster %s; the definition at %s counts, and this one is left out: remove one of them",
			d.Kind, cmp.Or(d.Namespace, "default"), d.Name, cluster, mesh.At(first, "").Position()),
	}
}

// facts are the fields that nobody knows in the mesh's configuration.
func (s meshSettings) facts() []*mesh.Fact {
	var out []*mesh.Fact
	for _, u := range s.unknown {
		out = append(out, &mesh.Fact{Kind: mesh.FactUnknownField, Origin: u.at, Message: u.message(), Meant: u.certain(), Resource: s.resource})
	}
	return out
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

// certain is the field that was meant, if only one resembles it most.
func (u unknownField) certain() string {
	if !u.only {
		return ""
	}
	return u.meant
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
