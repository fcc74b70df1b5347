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
	// Versioned are the buckets of which it is known whether they keep earlier versions, by name.
	Versioned map[string]mesh.Value[bool]
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
	// Objects are the documents; a value whose pointer is in Unknown is not known.
	Objects []*source.Document
	Unknown map[string]*terraform.Unknown
	// Opaque is why nothing of it can be read; its Namespace may be concerned ("" = any).
	Opaque    string
	Namespace string
	Origin    mesh.Origin
}

// adapter reads one resource of a type.
type adapter func(b *builder, r *Resource)

// builder is an Output in the making.
type builder struct {
	Input
	out   *Output
	all   []*Resource
	byKey map[string][]*Resource // by address without keys of instances: what references name
	later []func()               // what can only be linked once all resources are read
	fronts
}

// Build tells what an environment is made of.
func Build(in Input) *Output {
	b := &builder{Input: in, out: &Output{Versioned: map[string]mesh.Value[bool]{}}, byKey: map[string][]*Resource{}}
	for i := range in.Instances {
		r := &Resource{Instance: in.Instances[i], environment: in.Environment}
		b.all = append(b.all, r)
		b.byKey[plain(r.Address)] = append(b.byKey[plain(r.Address)], r)
	}
	slices.SortStableFunc(b.all, func(x, y *Resource) int { return strings.Compare(x.Address, y.Address) })
	for _, r := range b.all {
		if adapt := adapters[r.key()]; adapt != nil {
			adapt(b, r)
		}
	}
	for i := 0; i < len(b.later); i++ {
		b.later[i]()
	}
	return b.out
}

// refer is the resource that a reference names, with what follows its address ("dns_name"); nil if it is none of the environment's. A
// reference to all instances of a resource names none.
func (b *builder) refer(ref string) (r *Resource, attribute string) {
	for end := len(ref); end > 0; end = strings.LastIndexByte(ref[:end], '.') {
		for _, r := range b.byKey[plain(ref[:end])] {
			if r.Address == ref[:end] {
				return r, strings.TrimPrefix(ref[end:], ".")
			}
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

// afterwards runs f once every resource is read.
func (b *builder) afterwards(f func()) { b.later = append(b.later, f) }

// adapters is the table of all types, by "type" and, for data sources, "data.type".
var adapters = join(awsTypes, googleTypes, azureTypes, otherTypes)

func join(tables ...map[string]adapter) map[string]adapter {
	out := map[string]adapter{}
	for _, t := range tables {
		for name, a := range t {
			out[name] = a
		}
	}
	return out
}
