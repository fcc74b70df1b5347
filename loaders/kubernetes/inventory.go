// Package kubernetes reads the Kubernetes side of a fleet: what runs, where, how many of it, and
// how the kubelet finds out that it does not work any more. Repositories hold Deployments, not
// Pods: a workload with none of its pods in the inputs yields synthetic ones.
package kubernetes

import (
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Key names a namespaced object.
type Key struct{ Namespace, Name string }

// Inventory is the Kubernetes objects of one cluster. It is not changed once built.
type Inventory struct {
	Cluster    string
	Namespaces map[string]*Namespace
	Nodes      map[string]*Node
	Services   map[Key]*Service
	Slices     map[Key][]*Slice // by the Service they belong to
	// Pods are sorted by namespace and name, synthetic ones included. Pods that have finished or
	// wait for an address are left out: they neither serve nor call.
	Pods            []*Pod
	Workloads       []*mesh.Workload // sorted by ID
	ConfigMaps      map[Key]*ConfigMap
	ServiceAccounts map[Key]*ServiceAccount
	Ingresses       []*Ingress // sorted by namespace and name
	// DependsOn are the strong dependencies that workloads declare (annotation
	// passmuster.dev/depends-on), by the ID of the workload.
	DependsOn map[string][]mesh.Value[string]
	Facts     []*mesh.Fact

	pods      podIndex
	templates []workloadTemplate // sorted by ID of the workload
}

// Namespace carries what mesh loaders look at.
type Namespace struct {
	Name        string
	Labels      map[string]string
	Annotations map[string]string
	Doc         *source.Document
}

// Node is a machine with its place.
type Node struct {
	Name     string
	Locality mesh.Locality
	Labels   map[string]string
	Doc      *source.Document
}

// Service is a core/v1 Service.
type Service struct {
	Key
	Labels, Annotations   map[string]string
	Selector              map[string]string // empty: endpoints come from slices only
	ClusterIP             string            // "None" = headless
	ExternalName          string            // type ExternalName
	Type                  string
	Ports                 []ServicePort
	Addresses             []string // status.loadBalancer.ingress[].ip or hostname, spec.externalIPs
	InternalTrafficPolicy string
	TrafficDistribution   string
	PublishNotReady       bool
	Created               string               // RFC 3339 creationTimestamp, "" if none
	DependsOn             []mesh.Value[string] // annotation passmuster.dev/depends-on: "name.namespace" or "name"
	Doc                   *source.Document
}

// ServicePort is one port of a Service.
type ServicePort struct {
	Name        string
	Number      int
	Protocol    string // TCP, UDP, SCTP
	AppProtocol string
	TargetPort  int    // 0 when named
	TargetName  string // named target port
	NodePort    int
}

// Slice is an EndpointSlice (or one subset of an Endpoints object).
type Slice struct {
	Key                 // its own name, not the Service's
	Labels, Annotations map[string]string
	AddressType         string // IPv4, IPv6, FQDN; "" for Endpoints
	Endpoints           []SliceEndpoint
	Ports               []SlicePort
	Doc                 *source.Document
}

// SliceEndpoint is one entry of a slice. Absent conditions mean ready.
type SliceEndpoint struct {
	Addresses   []string
	Ready       bool
	Serving     bool // ready, were it not terminating
	Terminating bool
	Pod         Key // of targetRef; zero if none
	Node, Zone  string
	Hostname    string
	HintZones   []string // zones that the control plane wants to use it
}

// SlicePort is a port of a slice.
type SlicePort struct {
	Name     string
	Number   int // 0: every port
	Protocol string
}

// Pod is a pod of the inputs, or a synthetic one made from its workload's template.
type Pod struct {
	Key
	Labels         map[string]string
	Annotations    map[string]string
	IP             string // without an address in the inputs: made up, "pod.namespace.cluster"
	Node           string
	ServiceAccount string
	Ports          []ContainerPort
	// Meshed: the pod has, or will be given, Istio's sidecar proxy (or takes part in ambient).
	Meshed  mesh.Value[bool]
	Ambient bool // meshed by the node's ztunnel, without a sidecar
	// Locality is the place as Istio sees it. A running pod on a Node without topology labels is
	// known to have none: the zero Locality.
	Locality mesh.Value[mesh.Locality]
	// ZoneUnknown: the pod has a zone, but the inputs do not decide which.
	ZoneUnknown bool
	Ready       bool // false for pods that are known not to be ready
	Terminating bool // being deleted: never announced as an endpoint
	Synthetic   bool
	Workload    *mesh.Workload // never nil: a bare pod is a workload of its own
	Doc         *source.Document
}

// ContainerPort is a declared container port; Services may name it as target.
type ContainerPort struct {
	Name     string
	Number   int
	Protocol string // TCP, UDP, SCTP
}

// ConfigMap keeps the text of a ConfigMap.
type ConfigMap struct {
	Key
	Data map[string]string
	Doc  *source.Document
}

// ServiceAccount is an identity that pods run under.
type ServiceAccount struct {
	Key
	Labels, Annotations map[string]string
	Doc                 *source.Document
}

// Ingress is a networking.k8s.io/v1 Ingress, as far as it names services.
type Ingress struct {
	Key
	Class    string
	Backends []IngressBackend
	Doc      *source.Document
}

// IngressBackend is a service that an Ingress sends to.
type IngressBackend struct {
	Service string
	Port    string
	Origin  mesh.Origin
}
