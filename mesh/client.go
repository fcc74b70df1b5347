package mesh

// ClientKind is the kind of proxy that decides where a caller's requests go.
type ClientKind string

// The kinds of clients.
const (
	Sidecar    ClientKind = "sidecar"
	GatewayPod ClientKind = "gateway"
	Waypoint   ClientKind = "waypoint"
	Ztunnel    ClientKind = "ztunnel"
	Unmeshed   ClientKind = "unmeshed" // kube-proxy: any ready endpoint of its own cluster
)

// Client is a class of callers that get equal answers (a ClientScope): their configuration
// cluster, namespace, the labels that matter, and their place.
type Client struct {
	ID        string
	Mesh      string
	Cluster   string
	Namespace string
	Labels    map[string]string
	Locality  Locality
	Network   string
	Kind      ClientKind
	// Principals are the identities the callers present, without scheme ("td/ns/x/sa/y");
	// empty when they have none, or none is known.
	Principals []string
	// Members counts the pods that the class stands for; 0 if unknown.
	Members int
	// Workloads are the callers themselves, when they are in the inputs.
	Workloads []*Workload
}
