package linkerd

import (
	"slices"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// Code is the outcome of a question, by the name of its gRPC code.
type Code string

// The codes that the destination server answers with.
const (
	OK                 Code = "OK"                 // without endpoints: the client's balancer is empty
	InvalidArgument    Code = "InvalidArgument"    // no authority that the server serves
	NotFound           Code = "NotFound"           // no such Service, or its cluster is not linked
	FailedPrecondition Code = "FailedPrecondition" // a mirror that does not say what it mirrors
	Unknown            Code = "Unknown"            // a profile of a Service that does not exist
	// Unimplemented is our own: the question is one that muster does not model (profiles of pods).
	Unimplemented Code = "Unimplemented"
)

// Settings are those of a control plane that decide answers. The zero value is Linkerd's default.
type Settings struct {
	Namespace     string // of the control plane; "" = linkerd
	TrustDomain   string // "" = cluster.local
	ClusterDomain string // "" = cluster.local
	// OpaquePorts hold where no annotation says otherwise; nil = Linkerd's default.
	OpaquePorts []int
	InboundSettings
}

// Linkerd's defaults (linkerd2 charts/linkerd-control-plane/values.yaml).
const (
	defaultControlPlane = "linkerd"
	defaultDomain       = "cluster.local"
)

func (s Settings) namespace() string     { return orElse(s.Namespace, defaultControlPlane) }
func (s Settings) trustDomain() string   { return orElse(s.TrustDomain, defaultDomain) }
func (s Settings) clusterDomain() string { return orElse(s.ClusterDomain, defaultDomain) }

func orElse(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// isOpaque reports whether a port is opaque by default.
func (s Settings) isOpaque(port int) bool {
	if s.OpaquePorts != nil {
		return slices.Contains(s.OpaquePorts, port)
	}
	switch port {
	case 25, 587, 3306, 4444, 5432, 6379, 9300, 11211: // SMTP, MySQL, Galera, PostgreSQL, Redis, Elasticsearch, Memcached
		return true
	}
	return false
}

// Cluster is what a cluster's destination server knows: its own objects and settings, and the
// clusters that are linked to it. It answers questions and is not changed by them.
type Cluster struct {
	*Objects
	Settings Settings
	// Linked are the clusters whose objects this one reads, by the name that labels and
	// annotations use (the Secret of the Link). Of their settings only the trust domain counts.
	Linked map[string]*Cluster
	// Adaptor: linkerd-smi runs here and copies TrafficSplits into ServiceProfiles. Without it
	// splits decide nothing.
	Adaptor bool
}

// zone is the place of a node; "" if it is not known.
func (c *Cluster) zone(node string) string {
	if n := c.Nodes[node]; n != nil {
		return n.Labels[labelZone]
	}
	return ""
}

// clusterIP finds the Service with an address; more than one is a conflict.
func (c *Cluster) clusterIP(ip string) []kubernetes.Key {
	var out []kubernetes.Key
	for key, s := range c.Services {
		if slices.Contains(s.ClusterIPs, ip) {
			out = append(out, key)
		}
	}
	return out
}

// serverOpaque finds a Server that makes a port of a pod opaque. Servers select pods of their own
// namespace (linkerd2 watcher SetToServerProtocol).
func (c *Cluster) serverOpaque(p *Pod, port int) (mesh.Origin, bool) {
	for _, s := range c.Servers[p.Namespace] {
		if s.ProxyProtocol != serverOpaque || !s.covers(p, port) || !s.selects(p) {
			continue
		}
		return s.At("/spec/proxyProtocol"), true
	}
	return mesh.Origin{}, false
}
