package mesh

// Edge is an address at which a gateway ends connections that come from outside of its mesh.
type Edge struct {
	Resource        // the gateway's own object
	Mesh     string // whose gateway it is
	Address  string // "ip:port", as in Endpoint
	// TLS: it answers with a certificate that its object names; false = it takes plaintext.
	TLS    bool
	Origin Origin
}

// Beyond is the gateway of another mesh that an address leads to from a service's, or nil where the inputs do not show one.
func (g *Graph) Beyond(s *Service, address string) *Edge {
	if e := g.Edges[address]; e != nil && e.Mesh != s.Mesh {
		return e
	}
	return nil
}
