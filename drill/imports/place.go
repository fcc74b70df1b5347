package imports

import (
	"net/netip"

	"github.com/passmuster/muster/drill/record"
)

// Place says where the addresses of a prefix are.
type Place struct {
	Prefix                netip.Prefix
	Region, Zone, Cluster string
}

// places finds the place of an address: the one with the longest prefix.
type places []Place

// locate completes what is known of a destination by its address, and overwrites nothing.
func (p places) locate(d *record.Dest) {
	if len(p) == 0 || d.Address == "" {
		return
	}
	addr, ok := address(d.Address)
	if !ok {
		return
	}
	best := -1
	for i := range p {
		if p[i].Prefix.Contains(addr) && (best < 0 || p[i].Prefix.Bits() > p[best].Prefix.Bits()) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	for _, f := range []struct {
		to   *string
		from string
	}{{&d.Region, p[best].Region}, {&d.Zone, p[best].Zone}, {&d.Cluster, p[best].Cluster}} {
		if *f.to == "" {
			*f.to = f.from
		}
	}
}

// address is that of host:port or of a bare address.
func address(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}
