package report

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// GraphEnvironment is what one root module of Terraform builds.
type GraphEnvironment struct {
	Name     string   `json:"name"`
	Folder   string   `json:"folder"`
	Clusters []string `json:"clusters"`
	Regions  []string `json:"regions"`
	Backend  string   `json:"backend"` // of its state; "" if none is written
	// Values counts what is configured, and Unknown how much of it is not known.
	Values   int      `json:"values"`
	Unknown  int      `json:"unknown"`
	Position Position `json:"position"`
}

// GraphRecord is a name or an address that leads to one of several places.
type GraphRecord struct {
	ID          string        `json:"id"`
	Kind        string        `json:"kind"`
	Host        string        `json:"host"` // "" if not known
	Environment string        `json:"environment"`
	Policy      string        `json:"policy"`
	TTL         *int          `json:"ttl"`     // in seconds; null if not known
	Service     string        `json:"service"` // id; "" if it has no cells
	Members     []GraphMember `json:"members"`
	Position    Position      `json:"position"`
}

// GraphMember is one answer of a record.
type GraphMember struct {
	Name    string  `json:"name"`
	Rank    int     `json:"rank"`
	Region  *string `json:"region"`  // null if not known
	Checked *bool   `json:"checked"` // null if not known
	Leads   string  `json:"leads"`   // id of a load balancer or a record; "" if it is none of the inputs
}

// GraphBalancer is a load balancer.
type GraphBalancer struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Region   *string  `json:"region"`  // null if not known
	Cluster  string   `json:"cluster"` // that it leads to; "" if none is known
	Service  string   `json:"service"` // NAMESPACE/NAME of Kubernetes; "" if none is known
	Position Position `json:"position"`
}

// GraphStore is a place that keeps data.
type GraphStore struct {
	ID          string      `json:"id"`
	Kind        string      `json:"kind"`
	Class       string      `json:"class"`
	Name        string      `json:"name"`
	Environment string      `json:"environment"`
	Region      *string     `json:"region"` // null if not known
	ReplicaOf   string      `json:"replicaOf"`
	Copies      []GraphCopy `json:"copies"`
	Position    Position    `json:"position"`
}

// GraphCopy is data of a store in another place.
type GraphCopy struct {
	Kind   string  `json:"kind"`
	Region *string `json:"region"` // null if not known
	Store  string  `json:"store"`  // id; "" if it is none of the inputs
}

// infrastructure adds what stands around clusters.
func (g *Graph) infrastructure(from *mesh.Graph) {
	for _, e := range from.Environments {
		one := GraphEnvironment{Name: e.Name, Folder: e.Folder, Clusters: list(e.Clusters), Regions: list(e.Regions), Values: e.Attributes, Unknown: e.Unknown, Position: Position{e.Origin}}
		if e.State != nil {
			one.Backend = e.State.Backend
		}
		g.Environments = append(g.Environments, one)
	}
	for _, r := range from.Records {
		g.Records = append(g.Records, graphRecord(r))
	}
	for _, b := range from.Balancers {
		one := GraphBalancer{ID: b.ID, Kind: b.Kind, Name: b.Name, Region: known(b.Region), Cluster: b.Cluster, Position: Position{b.Origin}}
		if b.Service != "" {
			one.Service = b.Namespace + "/" + b.Service
		}
		g.Balancers = append(g.Balancers, one)
	}
	for _, s := range from.Stores {
		one := GraphStore{ID: s.ID, Kind: s.Kind, Class: s.Class, Name: s.Name, Environment: s.Environment, Region: known(s.Region), ReplicaOf: s.ReplicaOf,
			Copies: []GraphCopy{}, Position: Position{s.Origin}}
		for _, c := range s.Copies {
			one.Copies = append(one.Copies, GraphCopy{string(c.Kind), known(c.Region), c.Store})
		}
		g.Stores = append(g.Stores, one)
	}
}

func graphRecord(r *mesh.Record) GraphRecord {
	out := GraphRecord{ID: r.ID, Kind: r.Kind, Host: r.Host, Environment: r.Environment, Policy: string(r.Policy), Service: string(r.Service), Members: []GraphMember{}, Position: Position{r.Origin}}
	if ttl, ok := r.TTL.Get(); ok {
		seconds := int(ttl / time.Second)
		out.TTL = &seconds
	}
	for _, m := range r.Members {
		one := GraphMember{Name: m.Name, Rank: m.Rank, Region: known(m.Region)}
		if m.Check.State != mesh.Unknown {
			checked := m.Check.IsKnown()
			one.Checked = &checked
		}
		switch {
		case m.Leads != nil:
			one.Leads = m.Leads.ID
		case m.Next != nil:
			one.Leads = m.Next.ID
		}
		out.Members = append(out.Members, one)
	}
	return out
}
