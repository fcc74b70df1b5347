package fleet

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// edges are the addresses at which gateways of meshes other than Istio's certainly end connections: Gateways of the Gateway API
// whose listeners of a port all take plaintext, or all end TLS with certificates that they name. Private addresses may
// mean something else in another network, and an address that a second gateway or an Istio mesh has, too, is nobody's.
func (f *Fleet) edges(g *mesh.Graph) map[string]*mesh.Edge {
	if len(f.meshes) < 2 {
		return nil
	}
	found := map[string]*mesh.Edge{}
	taken := map[string]bool{}
	for _, gw := range g.Gateways {
		for _, address := range gw.Addresses {
			taken[address] = true
		}
	}
	for _, state := range f.meshes {
		for _, gw := range gateway.Read(f.documents(state, isGateway)).Gateways {
			for _, ip := range publicAddresses(gw) {
				if state.mesh.Kind != mesh.Linkerd && state.mesh.Kind != mesh.Consul || strings.HasPrefix(gw.Class, "istio") {
					taken[ip] = true
					continue
				}
				for _, l := range gw.Listeners {
					address := net.JoinHostPort(ip, strconv.Itoa(l.Port))
					tls, ends := endsAt(gw, l.Port)
					known := found[address]
					if !ends || known != nil && known.Resource != gw.Resource() {
						taken[address] = true
						continue
					}
					found[address] = &mesh.Edge{Resource: gw.Resource(), Mesh: state.mesh.Name, Address: address, TLS: tls, Origin: l.Origin}
				}
			}
		}
	}
	for address := range found {
		if ip, _, err := net.SplitHostPort(address); err != nil || taken[address] || taken[ip] {
			delete(found, address)
		}
	}
	return found
}

func isGateway(d *source.Document) bool { return d.Kind == gateway.KindGateway && gateway.Reads(d) }

// publicAddresses are the addresses of a Gateway that mean the same everywhere.
func publicAddresses(gw *gateway.Gateway) []string {
	var list []string
	for _, a := range slices.Concat(gw.Addresses, gw.Given) {
		ip, err := netip.ParseAddr(a.Value)
		if err != nil || ip.Zone() != "" || !ip.IsGlobalUnicast() || ip.IsPrivate() || sharedSpace.Contains(ip) {
			continue
		}
		if text := ip.String(); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// sharedSpace is for networks of carriers, and private in clouds.
// RFC 6598.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// endsAt reports whether connections to a port certainly end at the Gateway, and whether they end as TLS: all listeners of the port
// have to agree.
func endsAt(gw *gateway.Gateway, port int) (tls, ends bool) {
	plain, encrypted := 0, 0
	for _, l := range gw.Listeners {
		switch {
		case l.Port != port:
		case l.Protocol == "HTTP" && l.TLS == nil:
			plain++
		case (l.Protocol == "HTTPS" || l.Protocol == "TLS") && l.TLS != nil && l.TLS.Mode == "Terminate" && len(l.TLS.Certificates) > 0:
			encrypted++
		default:
			return false, false
		}
	}
	return encrypted > 0, (plain == 0) != (encrypted == 0)
}
