package consul

import "github.com/passmuster/muster/mesh"

// surroundings says what else in the store forbids an entry that was just put there (sheet, section
// 6, "read only"): permissions of intentions look at HTTP requests, and a service that is exported
// to a peer must not be sent to another datacenter.
func (s *store) surroundings(e *Entry, budget *int) *Problem {
	if e.Intentions != nil && !e.Intentions.PermissionsAt.IsZero() && e.Name != "*" && !isHTTP(s.protocol(e.Name)) {
		return &Problem{"permissions-not-http", "permissions look at HTTP requests, and " + e.Name + " speaks " + s.protocol(e.Name), e.Intentions.PermissionsAt}
	}
	if e.Kind != exportedServices && e.Resolver == nil {
		return nil
	}
	for _, x := range s.exports {
		if at := s.leavesDatacenter(x.Service, budget); !at.IsZero() {
			return &Problem{"exported-across-datacenters", x.Service + " is exported to a peer, and is sent to another datacenter", at}
		}
	}
	return nil
}

// leavesDatacenter is what sends the requests for a service to another datacenter, in any entry
// that its chain may reach; zero if nothing does.
func (s *store) leavesDatacenter(service string, budget *int) mesh.Origin {
	todo, seen := []string{service}, map[string]bool{service: true}
	for i := 0; i < len(todo) && *budget > 0; i++ {
		*budget--
		name := todo[i]
		r := s.resolvers[name]
		if r != nil && r.Redirect != nil && r.Redirect.Datacenter != "" {
			return r.Redirect.Origin
		}
		if r != nil {
			for _, key := range sortedKeys(r.Failover) {
				if f := r.Failover[key]; len(f.Datacenters) > 0 {
					return f.ListAt
				}
			}
		}
		e := &Entry{Name: name, Resolver: r, Splitter: s.splitters[name]}
		if i == 0 {
			e.Router = s.routers[name]
		}
		for _, next := range e.leadsTo() {
			if next != "" && !seen[next] {
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	return mesh.Origin{}
}
