package mesh

import "slices"

// AddressGuard is a policy that admits callers of a service by their addresses, while those of other clusters come through a
// gateway, which has an address of its own.
type AddressGuard struct {
	Policy   string // "namespace/name"
	Networks []string
	Gateway  string // the gateway's id
	// Refused: the gateway's pods certainly are in none of the networks; false = the inputs do not tell.
	Refused bool
	Origin  Origin // of the networks
}

// AddressGuards are the policies that admit callers of the service by addresses in which its gateway is not known to be, in the order
// of endpoints; nil for a service whose callers keep their addresses.
func (s *Service) AddressGuards() []AddressGuard {
	if s.Entrance == nil {
		return nil
	}
	var out []AddressGuard
	var last *Authorization
	for _, e := range s.Endpoints {
		if e.Inbound == nil || e.Inbound.Authorization == nil || e.Inbound.Authorization == last {
			continue
		}
		last = e.Inbound.Authorization
		for _, p := range last.Allow {
			for _, r := range p.Rules {
				if len(r.Ports) > 0 && !containsInt(r.Ports, e.Port) || containsInt(r.NotPorts, e.Port) {
					continue
				}
				for _, from := range r.From {
					at := from.Addresses
					if at == nil || len(at.Networks) == 0 || !from.Other || at.Through == Allowed ||
						slices.ContainsFunc(out, func(g AddressGuard) bool { return g.Origin == at.Origin && g.Policy == p.Name }) {
						continue
					}
					out = append(out, AddressGuard{Policy: p.Name, Networks: at.Networks, Gateway: s.Entrance.ID, Refused: at.Through == Denied, Origin: at.Origin})
				}
			}
		}
	}
	return out
}
