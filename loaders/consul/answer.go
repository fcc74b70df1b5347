package consul

import "maps"

// Query is a question: what do callers in a datacenter get when they name a service as their
// upstream? The caller has no config entry of its own.
type Query struct {
	Service, Datacenter string
	Faults              Faults
}

// Answer is a chain with the endpoints of its targets.
type Answer struct {
	*Chain
	CallerMeshGateway string // see Fleet.CallerMeshGateway
	DefaultSubset     string
	Endpoints         map[string]*Endpoints // by the ID of the target
}

// Answer compiles the chain of a service and looks up what each target comes down to. The error is
// that of Chain.
func (f *Fleet) Answer(q Query) (*Answer, error) {
	chain, err := f.Chain(q.Service, q.Datacenter)
	if err != nil {
		return nil, err
	}
	a := &Answer{Chain: chain, DefaultSubset: f.DefaultSubset(q.Service), Endpoints: map[string]*Endpoints{}}
	a.CallerMeshGateway, _ = f.CallerMeshGateway()
	for id, t := range maps.All(chain.Targets) {
		a.Endpoints[id] = f.Endpoints(t, q.Datacenter, q.Faults)
	}
	return a, nil
}

// FirstUsable is the first of a resolver's targets that has a healthy endpoint; "" if none has.
func (a *Answer) FirstUsable(r *ResolverNode) string {
	for _, t := range r.Targets {
		if a.Endpoints[t.ID].Usable() {
			return t.ID
		}
	}
	return ""
}
