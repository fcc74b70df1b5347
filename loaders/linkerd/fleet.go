package linkerd

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Input is everything that decides how a mesh of Linkerd behaves.
type Input struct {
	Mesh        *mesh.Mesh
	Clusters    []*mesh.Cluster // of this mesh
	Inventories map[string]*kubernetes.Inventory
	// Docs are the documents of each cluster. Of those that the inventories hold already, pods and EndpointSlices are looked at
	// for what only Linkerd asks of them.
	Docs map[string][]*source.Document
}

// Fleet is a mesh of Linkerd, compiled as far as it can be without asking about one service and one client. It implements
// mesh.Compiler. Each cluster has a control plane, services and callers of its own.
type Fleet struct {
	mesh     *mesh.Mesh
	worlds   map[string]*world
	names    []string // of the clusters, sorted
	services []*mesh.Service
	byPublic map[*mesh.Service]*service
	gateways []*mesh.Gateway
	facts    []*mesh.Fact
	diags    []source.Diagnostic
}

// Build reads and compiles a mesh. It never fails: what cannot be read is in Diagnostics.
func Build(in Input) *Fleet {
	f := &Fleet{mesh: in.Mesh, worlds: map[string]*world{}, byPublic: map[*mesh.Service]*service{}}
	for _, c := range in.Clusters {
		f.names = append(f.names, c.Name)
	}
	worlds := make([]*world, len(in.Clusters))
	atOnce(len(worlds), func(i int) {
		c := in.Clusters[i]
		worlds[i] = f.newWorld(c, in.Inventories[c.Name], in.Docs[c.Name])
	})
	for i, c := range in.Clusters {
		f.worlds[c.Name] = worlds[i]
		f.takeFacts(worlds[i])
		f.diags = append(f.diags, worlds[i].diags...)
	}
	slices.Sort(f.names)
	f.each((*world).link)
	f.each((*world).mirror)
	f.each((*world).announceMirrors)
	f.everywhere((*world).publish)
	f.each((*world).take)
	f.each((*world).findGateways)
	f.fillOwn()
	f.each((*world).fillMirrors)
	f.each((*world).inheritParked)
	f.everywhere((*world).relate)
	f.each((*world).carryNeeds)
	f.each((*world).takeNeeds)
	f.everywhere((*world).observe)
	slices.SortFunc(f.services, func(a, b *mesh.Service) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(f.gateways, func(a, b *mesh.Gateway) int { return cmp.Compare(a.ID, b.ID) })
	return f
}

// each does something in every cluster, in the order of their names.
func (f *Fleet) each(do func(*world)) {
	for _, name := range f.names {
		do(f.worlds[name])
	}
}

// everywhere does something in every cluster at the same time. It may change what belongs to its own cluster alone.
func (f *Fleet) everywhere(do func(*world)) {
	atOnce(len(f.names), func(i int) { do(f.worlds[f.names[i]]) })
	for _, name := range f.names {
		f.takeFacts(f.worlds[name])
	}
}

// takeFacts takes over what a cluster has noted by now.
func (f *Fleet) takeFacts(w *world) {
	f.facts = append(f.facts, w.facts...)
	w.facts = nil
}

// Services returns the services of all clusters, sorted by id.
func (f *Fleet) Services() []*mesh.Service { return f.services }

// Gateways returns the gateways that mirrors lead through, sorted by id.
func (f *Fleet) Gateways() []*mesh.Gateway { return f.gateways }

// Facts returns what is worth saying without any simulation.
func (f *Fleet) Facts() []*mesh.Fact { return f.facts }

// Diagnostics returns what could not be read.
func (f *Fleet) Diagnostics() []source.Diagnostic { return f.diags }

// Cluster is what the destination server of a cluster knows, mirrors included that its service mirror would write; nil if there is
// no such cluster.
func (f *Fleet) Cluster(name string) *Cluster {
	if w := f.worlds[name]; w != nil {
		return w.Cluster
	}
	return nil
}

// world is one cluster of the mesh: what its control plane knows, and what becomes of it in the graph.
type world struct {
	*Cluster
	fleet     *Fleet
	at        *mesh.Cluster
	inv       *kubernetes.Inventory
	routes    []*gateway.Route
	installed installation
	services  map[kubernetes.Key]*service
	order     []kubernetes.Key            // of services, sorted
	facts     []*mesh.Fact                // that the fleet has not taken over yet
	diags     []source.Diagnostic         // of its documents
	gateway   *mesh.Gateway               // into this cluster; nil if nobody knows of one
	addresses uint32                      // that were made up
	parked    map[string][]*mesh.Workload // without a pod, by namespace
	told      map[told]bool
	trusted   func() bundle              // what its proxies trust, read when somebody asks
	bypassed  map[int]bool               // ports of services for which some pod bypasses its proxy; nil until the first pod is asked about
	bypassAt  map[string]mesh.Origin     // by "namespace|ports": the line that says so
	offered   []int                      // ports of services
	shown     map[string]bool            // namespaces that have Services
	meshing   map[kubernetes.Key]Meshing // of pods
	subjectOf map[kubernetes.Key]*Subject
	machines  map[kubernetes.Key]*mesh.Workload // by the ExternalWorkload
	dumped    map[kubernetes.Key]bool           // Services of which the inputs hold slices
	inbounds  sync.Mutex                        // guards inbound
	inbound   map[*Subject]*mesh.Inbound
	derived   map[kubernetes.Key]derivation
	attached  map[kubernetes.Key][]attachment    // by the Service that is the parent
	splits    map[kubernetes.Key][]*TrafficSplit // by their apex, sorted by name
	profiles  map[string][]*ServiceProfile       // by the full name of their Service, sorted by namespace
}

func (f *Fleet) newWorld(c *mesh.Cluster, inv *kubernetes.Inventory, docs []*source.Document) *world {
	objects, diags := Read(slices.DeleteFunc(slices.Clone(docs), func(d *source.Document) bool {
		switch kindOf(d.APIVersion, d.Kind) {
		case "/Service", "/Namespace", "/Node":
			return true // the inventory has them
		}
		return !Handles(d.APIVersion, d.Kind)
	}))
	read := gateway.Read(slices.DeleteFunc(slices.Clone(docs), func(d *source.Document) bool { return !gateway.Reads(d) }))
	w := &world{Cluster: &Cluster{Objects: objects, Linked: map[string]*Cluster{}}, fleet: f, at: c, inv: inv, routes: read.Routes, facts: read.Facts,
		services: map[kubernetes.Key]*service{}, dumped: map[kubernetes.Key]bool{}, meshing: map[kubernetes.Key]Meshing{},
		subjectOf: map[kubernetes.Key]*Subject{}, inbound: map[*Subject]*mesh.Inbound{}}
	w.trusted = sync.OnceValue(w.readRoots)
	w.installed = f.installation(objects, inv, docs)
	w.Settings, w.Adaptor = w.installed.settings, w.installed.adaptor != absent
	slices.SortStableFunc(w.routes, func(a, b *gateway.Route) int { return a.Older(&b.Meta) })
	w.splits = map[kubernetes.Key][]*TrafficSplit{}
	for _, key := range slices.SortedFunc(maps.Keys(objects.Splits), compareKeys) {
		apex := kubernetes.Key{Namespace: key.Namespace, Name: objects.Splits[key].Service}
		w.splits[apex] = append(w.splits[apex], objects.Splits[key])
	}
	w.profiles = map[string][]*ServiceProfile{}
	for _, key := range slices.SortedFunc(maps.Keys(objects.Profiles), compareKeys) {
		w.profiles[key.Name] = append(w.profiles[key.Name], objects.Profiles[key])
	}
	r := &reader{out: objects}
	w.takeCore(r)
	w.takeMachines()
	w.parked, w.told = parked(inv), map[told]bool{}
	w.shown = map[string]bool{}
	for key := range inv.Services {
		w.shown[key.Namespace] = true
	}
	w.announce()
	w.diags = slices.Concat(diags, read.Diagnostics, r.diags)
	return w
}

// link finds the clusters whose services this one can discover.
func (w *world) link() {
	for _, l := range w.Links {
		if target := w.fleet.worlds[l.Cluster]; target != nil && target != w {
			w.Linked[l.Cluster] = target.Cluster
		}
	}
}

// linkTo is the Link to a cluster; nil if there is none in the inputs.
func (w *world) linkTo(cluster string) *Link {
	for _, l := range w.Links {
		if l.Cluster == cluster {
			return l
		}
	}
	return nil
}

// host is the full name of a service of this cluster.
func (w *world) host(key kubernetes.Key) string { return w.profileName(key) }

// serviceOf finds a service by its full name, with or without a port.
func (w *world) serviceOf(authority string) *service {
	host, _, _ := splitPath(authority)
	rest, ok := strings.CutSuffix(host, ".svc."+w.Settings.clusterDomain())
	name, namespace, two := strings.Cut(rest, ".")
	if !ok || !two {
		return nil
	}
	return w.services[kubernetes.Key{Namespace: namespace, Name: name}]
}
