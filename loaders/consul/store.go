package consul

import "strings"

// store is the entries that a server has accepted.
type store struct {
	named     references
	proxy     *ProxyDefaults
	defaults  map[string]*ServiceDefaults
	resolvers map[string]*Resolver
	splitters map[string]*Splitter
	routers   map[string]*Router
	exports   []Export
	fallback  *Failover                       // of services that have no failover of their own; nil = none
	offers    func(peer, service string) bool // who exports what to us
	users     map[string]map[string]bool      // a service's name → names of the chains that look at it
}

func newStore() *store {
	return &store{
		defaults: map[string]*ServiceDefaults{}, resolvers: map[string]*Resolver{}, splitters: map[string]*Splitter{},
		routers: map[string]*Router{}, users: map[string]map[string]bool{},
	}
}

// put writes an entry and returns what takes it back.
func (s *store) put(e *Entry) (undo func()) {
	switch {
	case e.ProxyDefaults != nil:
		old := s.proxy
		s.proxy = e.ProxyDefaults
		return func() { s.proxy = old }
	case e.ServiceDefaults != nil:
		return set(s.defaults, e.Name, e.ServiceDefaults)
	case e.Resolver != nil:
		return set(s.resolvers, e.Name, e.Resolver)
	case e.Splitter != nil:
		return set(s.splitters, e.Name, e.Splitter)
	case e.Router != nil:
		return set(s.routers, e.Name, e.Router)
	case e.Kind == exportedServices:
		old := s.exports
		s.exports = e.Exports
		return func() { s.exports = old }
	}
	return func() {}
}

func set[T any](m map[string]*T, name string, v *T) (undo func()) {
	old, had := m[name]
	m[name] = v
	return func() {
		if had {
			m[name] = old
		} else {
			delete(m, name)
		}
	}
}

// note remembers which services a compiled chain looked at: only their entries can change it.
func (s *store) note(c *compiler) {
	for service := range c.touched {
		if s.users[service] == nil {
			s.users[service] = map[string]bool{}
		}
		s.users[service][c.chain.Service] = true
	}
}

// leadsTo are the services that an entry names; "" stands for its own.
func (e *Entry) leadsTo() []string {
	var out []string
	if r := e.Router; r != nil {
		for _, route := range r.Routes {
			out = append(out, route.Destination.Service)
		}
	}
	if s := e.Splitter; s != nil {
		for _, split := range s.Splits {
			out = append(out, split.Service)
		}
	}
	if r := e.Resolver; r != nil {
		if r.Redirect != nil {
			out = append(out, r.Redirect.Service)
		}
		for _, f := range r.Failover {
			out = append(out, f.Service)
			for _, t := range f.Targets {
				out = append(out, t.Service)
			}
		}
	}
	return out
}

// reaching are the chains that look at a service, its own among them.
func (s *store) reaching(service string) []string {
	names := sortedKeys(s.users[service])
	if !s.users[service][service] {
		names = append(names, service)
	}
	return names
}

// chains are all services that have an entry of their own in the graph.
func (s *store) chains() []string {
	seen := map[string]bool{}
	for name := range s.resolvers {
		seen[name] = true
	}
	for name := range s.splitters {
		seen[name] = true
	}
	for name := range s.routers {
		seen[name] = true
	}
	return sortedKeys(seen)
}

// protocol is what a service speaks, and what says so. An entry of its own decides even where it
// names no protocol (sheet, section 1, fact 7).
func (s *store) protocol(service string) string {
	protocol := ""
	if d, ok := s.defaults[service]; ok {
		protocol = d.Protocol
	} else if s.proxy != nil {
		protocol = s.proxy.Protocol
	}
	if protocol == "" {
		return "tcp"
	}
	return strings.ToLower(protocol)
}
