package infrastructure

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// Input is one environment, evaluated.
type Input struct {
	Environment string
	Instances   []terraform.Instance
	// Holds tells whether a directory, relative to the folder of the root module, holds a chart; nil = none does.
	Holds func(dir string) bool
}

// Output is what the resources of an environment are. Lists are in the order of the addresses.
type Output struct {
	Records   []*mesh.Record
	Balancers []*mesh.Balancer
	Stores    []*mesh.DataStore
	Clusters  []*Cluster
	Documents []Document
	Releases  []*mesh.Release
	Keeps     []*mesh.Keep
	Commands  []*mesh.Command
	// Installs are the configurations of providers that install the Releases.
	Installs map[*mesh.Release]string
	Charts   []Chart
	Entries  []Entry
	// Providers are the configurations of providers that lead to clusters and datacenters, by Instance.Provider.
	Providers map[string]*Provider
	// Versioned are the buckets of which it is known whether they keep earlier versions, by name.
	Versioned map[string]mesh.Value[bool]
	// Behind tells what the balancers lead to, by their IDs, where a reference or a tag shows it.
	Behind map[string]Behind
}

// Behind is the cluster that a balancer leads to.
type Behind struct {
	Cluster  string // Cluster.ID, "" = it is none of the environment's
	Provider string // configuration of the kubernetes provider that knows the balancer's Service, "" = none
}

// Cluster is a Kubernetes cluster, or a datacenter, that the resources build or name.
type Cluster struct {
	ID       string // environment and address of the resource
	Name     mesh.Value[string]
	Region   mesh.Value[string]
	Zones    []string
	Provider []string // configurations of kubernetes, helm, kubectl and consul providers that lead to it, as Instance.Provider names them
	Origin   mesh.Origin
}

// Document is an object of a mesh or of Kubernetes that a resource holds.
type Document struct {
	Provider string // configuration that applies it: its cluster
	// Objects are the documents. A value whose pointer is in Unknown is not known, and not in them; "" stands for whether they are there at all.
	Objects []*source.Document
	Unknown map[string]*terraform.Unknown
	// Opaque is why nothing of it can be read; its Namespace may be concerned ("" = any). Elsewhere: it is a chart, and not in the inputs.
	Opaque    string
	Elsewhere bool
	Namespace string
	Origin    mesh.Origin

	resource *Resource
}

// adapter reads one resource of a type.
type adapter func(b *builder, r *Resource)

// builder is an Output in the making.
type builder struct {
	Input
	out       *Output
	all       []*Resource
	byAddress map[string]*Resource
	byStem    map[string][]*Resource // by address without the last key
	byKey     map[string][]*Resource // by address without keys of instances: what references name
	later     []func()               // what can only be linked once all resources are read
	made
	fronts

	intentions map[string][]*Resource // of Consul, by their destination
	planes     map[string]int         // control planes of Istio, by provider
}

// made is what resources have become so far.
type made struct {
	balancers    map[*Resource]*mesh.Balancer
	records      map[*Resource]*mesh.Record // the first, if there are several
	stores       map[*Resource]*mesh.DataStore
	clusters     map[*Resource]*Cluster
	checks       map[*Resource]*mesh.RecordCheck
	names        []*nameMember
	groups       []*nameGroup
	byRecord     map[*mesh.Record]*nameGroup
	hosts        map[string]*mesh.Record // by zone, host and type
	accelerators map[*Resource]*accelerator
	byType       map[string][]*Resource
	byTag        map[[2]string][]*mesh.DataStore
	buckets      []*Resource
	bucketNames  map[string]*Resource       // buckets by name
	strays       map[string]bool            // types of stores of which any may have another copy
	global       map[string][]*globalMember // clusters of databases by family
	instances    map[*Resource]*instanceCount
	counted      map[string]bool // types of instances that are counted
	index        *index          // of load balancers
	nodes        map[*Cluster]*placement
	zones        map[string]int // how many zones resources make under one label
}

// Build tells what an environment is made of.
func Build(in Input) *Output {
	b := &builder{Input: in, byKey: map[string][]*Resource{}, byAddress: map[string]*Resource{}, byStem: map[string][]*Resource{}, planes: map[string]int{}}
	b.out = &Output{Versioned: map[string]mesh.Value[bool]{}, Behind: map[string]Behind{}, Providers: map[string]*Provider{}, Installs: map[*mesh.Release]string{}}
	b.made = made{balancers: map[*Resource]*mesh.Balancer{}, records: map[*Resource]*mesh.Record{}, stores: map[*Resource]*mesh.DataStore{},
		clusters: map[*Resource]*Cluster{}, checks: map[*Resource]*mesh.RecordCheck{},
		byRecord: map[*mesh.Record]*nameGroup{}, strays: map[string]bool{}, accelerators: map[*Resource]*accelerator{},
		counted: map[string]bool{}, instances: map[*Resource]*instanceCount{}, global: map[string][]*globalMember{}}
	budget := maxSteps
	for i := range in.Instances {
		r := &Resource{Instance: in.Instances[i], environment: in.Environment, budget: &budget}
		b.all = append(b.all, r)
		b.byAddress[r.Address] = r
		b.byStem[r.stem()] = append(b.byStem[r.stem()], r)
		b.byKey[plain(r.Address)] = append(b.byKey[plain(r.Address)], r)
	}
	slices.SortStableFunc(b.all, func(x, y *Resource) int { return strings.Compare(x.Address, y.Address) })
	for _, r := range b.all {
		if adapt := adapters[r.key()]; adapt != nil {
			adapt(b, r)
		}
		b.provider(r)
	}
	for i := 0; i < len(b.later); i++ {
		b.later[i]()
	}
	b.out.sort()
	return b.out
}

// Understands reports whether a type of resources, "data." in front of that of a data source, becomes something.
func Understands(in terraform.Instance) bool { return adapters[(&Resource{Instance: in}).key()] != nil }

// refer is the resource that a reference names, with what follows its address ("dns_name"); nil if it is none of the environment's. A
// reference to all instances of a resource names none.
func (b *builder) refer(ref string) (r *Resource, attribute string) {
	for end := len(ref); end > 0; end = strings.LastIndexByte(ref[:end], '.') {
		if r := b.byAddress[ref[:end]]; r != nil {
			return r, strings.TrimPrefix(ref[end:], ".")
		}
	}
	return nil, ""
}

// referred are the resources of some types that a value refers to.
func (b *builder) referred(l terraform.Leaf, types ...string) (out []*Resource) {
	for _, ref := range l.Refs {
		if r, _ := b.refer(ref); r != nil && (len(types) == 0 || slices.Contains(types, r.key())) && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

// sort brings the lists into the order of addresses.
func (o *Output) sort() {
	slices.SortStableFunc(o.Records, func(x, y *mesh.Record) int { return strings.Compare(x.ID, y.ID) })
	slices.SortStableFunc(o.Balancers, func(x, y *mesh.Balancer) int { return strings.Compare(x.ID, y.ID) })
	slices.SortStableFunc(o.Stores, func(x, y *mesh.DataStore) int { return strings.Compare(x.ID, y.ID) })
	slices.SortStableFunc(o.Clusters, func(x, y *Cluster) int { return strings.Compare(x.ID, y.ID) })
}

// afterwards runs f once every resource is read; what f itself hands over runs after all that was handed over before.
func (b *builder) afterwards(f func()) { b.later = append(b.later, f) }

// adapters is the table of all types, by "type" and, for data sources, "data.type".
var adapters = join(awsTypes, googleTypes, azureTypes, otherTypes, kubernetesTypes, consulTypes)

func join(tables ...map[string]adapter) map[string]adapter {
	out := map[string]adapter{}
	for _, t := range tables {
		for name, a := range t {
			out[name] = a
		}
	}
	return out
}
