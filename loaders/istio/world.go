package istio

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	meshconfig "istio.io/api/mesh/v1alpha1"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// world is what the control plane of one configuration cluster knows: its own mesh objects, and
// the Services and pods of every cluster of the mesh. It is not changed once built.
type world struct {
	number        int    // position in Fleet.worlds, for class names
	cluster       string // the configuration cluster
	config        *Config
	settings      *meshconfig.MeshConfig
	domain        string // of Kubernetes Services
	rootNamespace string
	trustDomain   string
	version       version
	features      features
	down          map[string]bool
	clusters      []*clusterView // the configuration cluster first, then by name
	byCluster     map[string]*clusterView

	services     []*service // in istiod's order: by age, name, namespace
	byHost       map[string][]*service
	shards       map[hostKey]*shard
	rules        ruleIndex
	sources      []*routeSource
	routes       *routeIndex
	inbound      *inboundIndex
	told         *workloadIndex
	gateways     networkGateways
	clusterLocal byHost[mesh.Origin]    // hosts that are cluster-local, with the setting
	sidecars     map[string][]*Sidecar  // by namespace, those with a selector first
	listeners    *sync.Map              // listenerKey -> []*listener
	strangers    *sync.Map              // *mesh.Service -> *strangers
	apiGateways  map[string]*apiGateway // those of the Gateway API that istiod runs, by "namespace/name"
	apiNotes     []*mesh.Fact           // about routes of the Gateway API
	// refusedBackends are backends that a ReferenceGrant lacks for, with what is missing, by their places.
	refusedBackends map[mesh.Origin]string
	// noted are facts about what was read, whatever the rules say.
	noted   []*mesh.Fact
	unknown map[*source.Document][]unknownField
}

// clusterView is one cluster of the mesh, as a registry of Services and pods.
type clusterView struct {
	*mesh.Cluster
	inv     *kubernetes.Inventory
	network string      // of pods that say nothing, from the system namespace
	at      mesh.Origin // where the network is named, or would be
	nets    networkLookup
	entries []*WorkloadEntry   // selectable by this cluster's Services
	doors   []*gateway.Gateway // of the Gateway API
	pods    map[*kubernetes.Pod]*podView
	parked  map[string][]*mesh.Workload // scaled to zero, by namespace
	down    map[string]bool             // addresses of pods that are not ready, whatever the inputs say of them

	services  []*kubernetes.Service // sorted by namespace and name
	endpoints map[*kubernetes.Service][]*endpoint
}

// registry is what all worlds of a mesh share: its clusters, with the endpoints in them. It is not
// changed once built.
type registry struct {
	clusters map[string]*clusterView
}

// newRegistry views the clusters of the mesh. What meshNetworks says of a cluster is read where
// that cluster's own control plane reads it.
func newRegistry(in Input, objects map[string][]decoded, settings map[string]meshSettings) *registry {
	r := &registry{clusters: map[string]*clusterView{}}
	for _, c := range in.Clusters {
		inv := in.Inventories[c.Name]
		if inv == nil {
			inv = &kubernetes.Inventory{Cluster: c.Name}
		}
		own := settings[cmp.Or(c.ConfigCluster, c.Name)]
		v := &clusterView{Cluster: c, inv: inv, pods: map[*kubernetes.Pod]*podView{}, parked: parkedWorkloads(inv), down: in.Down, services: sortedServices(inv)}
		v.network, v.at = systemNetwork(c, inv, own.network)
		v.nets = newNetworkLookup(c.Name, own.networks)
		// The Services of a cluster select the WorkloadEntries of that cluster, whoever else
		// reads them.
		for _, o := range objects[c.Name] {
			switch o := o.object.(type) {
			case *WorkloadEntry:
				v.entries = append(v.entries, o)
			case *gateway.Gateway:
				v.doors = append(v.doors, o)
			}
		}
		slices.SortStableFunc(v.entries, func(a, b *WorkloadEntry) int { return a.age(b.Meta) })
		r.clusters[c.Name] = v
	}
	var wg sync.WaitGroup
	for _, v := range r.clusters {
		wg.Go(v.findEndpoints)
	}
	wg.Wait()
	return r
}

// findEndpoints builds the endpoints of the cluster's Services.
func (v *clusterView) findEndpoints() {
	v.endpoints = make(map[*kubernetes.Service][]*endpoint, len(v.inv.Services))
	for _, s := range v.services {
		v.endpoints[s] = definition{v, s}.endpoints()
	}
}

// hostKey names a service: istiod keeps endpoints by it, whatever defines them.
type hostKey struct{ host, namespace string }

// features are istiod's switches, with the defaults of a version.
type features struct {
	sendUnhealthy     bool // PILOT_SEND_UNHEALTHY_ENDPOINTS: always
	autoSendUnhealthy bool // PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS: unless minHealthPercent asks for panic
	preferNetwork     bool
	zoneAware         bool
	meshDefaults      bool // MeshConfig.defaultTrafficPolicy
	dnsPriority       bool // failoverPriority acts on DNS hosts
	edsForHeadless    bool // PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES
	weightedAlways    bool // ENABLE_LOCALITY_WEIGHTED_LB_CONFIG
	mergeByExport     bool // ENABLE_ENHANCED_DESTINATIONRULE_MERGE
	ambient           bool
	subsetsInheritTLS bool // of the rule's tls mode, where endpoints are checked against it
	preferHBONE       bool // PILOT_PREFER_SENDING_HBONE
	hbone             bool // PILOT_ENABLE_SENDING_HBONE
}

func newFeatures(v version, switches map[string]string) features {
	on := func(name string, def bool) bool {
		switch switches[name] {
		case "true", "1":
			return true
		case "false", "0":
			return false
		}
		return def
	}
	return features{
		sendUnhealthy:     on("PILOT_SEND_UNHEALTHY_ENDPOINTS", false),
		autoSendUnhealthy: v.since(31) && on("PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS", true),
		preferNetwork:     v.since(31),
		zoneAware:         v.since(31),
		meshDefaults:      v.since(31),
		dnsPriority:       v.since(30),
		edsForHeadless:    on("PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES", false),
		weightedAlways:    on("ENABLE_LOCALITY_WEIGHTED_LB_CONFIG", false),
		mergeByExport:     on("ENABLE_ENHANCED_DESTINATIONRULE_MERGE", true),
		ambient:           on("PILOT_ENABLE_AMBIENT", false),
		subsetsInheritTLS: v.since(31),
		preferHBONE:       on("PILOT_PREFER_SENDING_HBONE", false),
		hbone:             on("PILOT_ENABLE_SENDING_HBONE", true),
	}
}

// newWorld builds what one configuration cluster's control plane knows.
func newWorld(in Input, number int, cluster string, objects []decoded, settings meshSettings, shared *registry) *world {
	w := &world{
		number:    number,
		cluster:   cluster,
		config:    &Config{Cluster: cluster},
		domain:    "cluster.local",
		version:   parseVersion(in.Mesh.Version),
		down:      in.Down,
		byCluster: map[string]*clusterView{},
		byHost:    map[string][]*service{},
		shards:    map[hostKey]*shard{},
		unknown:   map[*source.Document][]unknownField{},
	}
	w.features = newFeatures(w.version, in.Switches)
	for _, o := range objects {
		w.config.add(o.object)
		if len(o.unknown) > 0 {
			w.unknown[o.doc] = o.unknown
		}
	}
	w.config.sort()
	w.configure(settings, in.Mesh)
	w.addClusters(shared)
	w.gateways = w.findGateways()
	w.clusterLocal = w.clusterLocalHosts()
	w.register()
	w.fill()
	w.rules = w.indexRules()
	w.sidecars, w.listeners, w.strangers = sidecarsByNamespace(w.config.Sidecars), &sync.Map{}, &sync.Map{}
	w.inbound = w.newInboundIndex()
	w.told = newWorkloadIndex(w.config)
	w.apiGateways, w.refusedBackends = w.findListeners(), map[mesh.Origin]string{}
	w.sources = w.buildSources()
	return w
}

func (w *world) configure(s meshSettings, m *mesh.Mesh) {
	w.settings = s.mesh
	w.config.Mesh, w.config.Networks, w.config.MeshOrigin = s.mesh, s.networks, s.origin
	w.rootNamespace = cmp.Or(s.mesh.RootNamespace, systemNamespace)
	w.trustDomain = cmp.Or(m.TrustDomain, s.mesh.TrustDomain)
}

// addClusters adds the clusters of the mesh: the configuration cluster first, as istiod reads it
// first, then the others by name.
func (w *world) addClusters(shared *registry) {
	for _, name := range sortedKeys(shared.clusters) {
		v := shared.clusters[name]
		w.byCluster[name] = v
		if name == w.cluster {
			w.clusters = slices.Insert(w.clusters, 0, v)
		} else {
			w.clusters = append(w.clusters, v)
		}
	}
}

// systemNetwork is the network that the system namespace's label names, else the one that the
// installation names or the cluster is declared to be in.
func systemNetwork(c *mesh.Cluster, inv *kubernetes.Inventory, installed string) (string, mesh.Origin) {
	if ns := inv.Namespaces[systemNamespace]; ns != nil {
		return cmp.Or(ns.Labels[mesh.LabelNetwork], installed, c.Network), mesh.At(ns.Doc, "/metadata/labels")
	}
	return cmp.Or(installed, c.Network), c.Origin
}

// sidecarsByNamespace puts Sidecars that select workloads before those of a whole namespace.
func sidecarsByNamespace(list []*Sidecar) map[string][]*Sidecar {
	out := map[string][]*Sidecar{}
	for _, selecting := range []bool{true, false} {
		for _, s := range list {
			if (s.Spec.WorkloadSelector != nil) == selecting {
				out[s.Namespace] = append(out[s.Namespace], s)
			}
		}
	}
	return out
}

// clusterLocalHosts are the hosts whose endpoints are only for clients of their own cluster.
// Istio: model.clusterLocalProvider.
func (w *world) clusterLocalHosts() byHost[mesh.Origin] {
	var hosts byHost[mesh.Origin]
	byDefault := map[string]bool{
		"*.kube-system.svc." + w.domain:                  true,
		"kubernetes.default.svc." + w.domain:             true,
		"istiod." + systemNamespace + ".svc." + w.domain: true,
	}
	at := w.config.MeshOrigin.Child("serviceSettings")
	for i, s := range w.settings.ServiceSettings {
		for j, h := range s.Hosts {
			if s.GetSettings().GetClusterLocal() {
				hosts.set(h, child(at, i, "hosts", j))
				continue
			}
			for d := range byDefault {
				if h == d || isWildcard(d) && len(h) >= len(d)-1 && h[len(h)-len(d)+1:] == d[1:] {
					delete(byDefault, d)
				}
			}
		}
	}
	for _, d := range slices.Sorted(maps.Keys(byDefault)) {
		if _, set := hosts.get(d); !set {
			hosts.set(d, mesh.Default("Istio"))
		}
	}
	return hosts
}
