package mesh

// Endpoint is one address as a client sees it: a pod, a machine, an external host, or a gateway
// that stands for the endpoints behind it.
type Endpoint struct {
	Name     string // pod name, or workload#ordinal for a synthetic endpoint
	Address  string // "ip:port" or "host:port"; synthetic endpoints have a made-up host
	Port     int    // the workload's own port (target port); for a gateway the gateway's port
	Locality Locality
	// LocalityText is the locality as written, where that is not its usual form (region/zone/subzone,
	// all three): Istio puts endpoints together by the text.
	LocalityText string
	// ZoneUnknown marks an endpoint whose zone the inputs do not decide (a Deployment without a
	// hard spread or pin in a cluster with several zones).
	ZoneUnknown bool
	// MeshAble tells whether the endpoint can terminate the mesh's mTLS (it has a proxy, or an
	// identity is written down for it).
	MeshAble  bool
	Synthetic bool   // derived from a workload, its pods are not in the inputs
	Health    Health // in the recorded state, before any failure
	Weight    uint32 // relative; 0 means 1
	Cluster   string
	Network   string
	// ForZones are the zones that the control plane means the endpoint for (hints of EndpointSlices); nil = all.
	ForZones []string
	// Security is what the client speaks to this endpoint: decided by the client's rule, or per
	// endpoint when that is automatic.
	Security Security
	// SecurityOrigin is the line that decides Security, where one does.
	SecurityOrigin Origin
	Labels         map[string]string
	Workload       *Workload
	Inbound        *Inbound    // what the server side accepts; nil if nothing is known
	Gateway        *Gateway    // set if this is a gateway's address
	Behind         []*Endpoint // gateway: the endpoints it leads to
	// Onward are the gateways that this one hands on to before what is behind it, if any.
	Onward []*Gateway
	// Relays is what a gateway speaks to what is behind it, where the mesh's connection ends at the gateway itself and another one
	// begins there; "" = it hands connections on as they are.
	Relays Security
	// Misfit is why no TLS handshake with the endpoint succeeds, whoever of the callers tries; nil = nothing is known against it.
	Misfit *Misfit
	// Service is whose endpoint it is, where it may stand in pools of other services; nil = that of the pool.
	Service *Service
	// Registry is how a registry decides about the endpoint's health; nil = Kubernetes does, by readiness.
	Registry *Registry
	Origin   Origin
}

// Misfit is why a connection does not come about, with the line that decides.
type Misfit struct {
	Why    string // a clause: "proxies of the caller offer TLS 1.2 alone, and …"
	Origin Origin
}

// Protection is what requests to the endpoint carry on all of their way: the weaker of what is spoken to a gateway and by it.
func (e *Endpoint) Protection() Security {
	if e.Relays == Plaintext || e.Relays == SimpleTLS && e.Security != Plaintext {
		return e.Relays
	}
	return e.Security
}

// Registry is how a registry (Consul's catalogue) decides whether an endpoint is announced as healthy.
type Registry struct {
	// Checks are those that look at the program itself; without any it stays healthy until its node is lost.
	Checks []HealthCheck
	// Readiness: the readiness of the pod is one of the checks.
	Readiness bool
	// Follows: a gateway that is announced as healthy while anything behind it is, whatever becomes of itself.
	Follows bool
	// Doubt is why the inputs do not tell what the checks look at; "" if they do.
	Doubt string
}

// Health is the state in which a control plane announces an endpoint.
type Health uint8

// The health states.
const (
	Healthy   Health = iota
	Unhealthy        // announced, but marked so that proxies avoid it
)

// Security is the protection of one connection.
type Security string

// What can be spoken to an endpoint.
const (
	MeshMTLS  Security = "istio"  // the mesh's own mTLS
	HBONE     Security = "hbone"  // mTLS inside an HTTP CONNECT tunnel (ambient)
	SimpleTLS Security = "simple" // server certificate only
	MutualTLS Security = "mutual" // the author's own certificates
	Plaintext Security = "none"
)

// Encryption names the protection for reports: mtls, tls or plaintext.
func (s Security) Encryption() string {
	switch s {
	case MeshMTLS, HBONE, MutualTLS:
		return "mtls"
	case SimpleTLS:
		return "tls"
	case Plaintext:
		return "plaintext"
	}
	return "unknown"
}
