package istio

import (
	"net"
	"slices"
	"strconv"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// doorPlace is what makes endpoints of another network one address: a gateway, and the locality that it stands for.
type doorPlace struct {
	locality mesh.Locality
	text     string
	gateway  *networkGateway
}

// doorway is a door that is being opened.
type doorway struct {
	doorPlace
	weight uint32
	behind []*mesh.Endpoint // in memory that serves again
	listed int              // its place among the endpoints
}

// doorways are those of one pool.
type doorways struct {
	at   map[doorPlace]int
	list []doorway
}

func (d *doorways) begin() {
	clear(d.at)
	d.list = d.list[:0]
}

// to finds the doorway of a place, or opens it.
func (d *doorways) to(place doorPlace) (door *doorway, opened bool) {
	i, known := d.at[place]
	if !known {
		i = len(d.list)
		d.at[place] = i
		d.list = slices.Grow(d.list, 1)[:i+1]
		d.list[i] = doorway{doorPlace: place, behind: d.list[i].behind[:0]}
	}
	return &d.list[i], !known
}

// doors are the doors of a mesh, and what clients speak to endpoints where it is not what they speak to the fleet's own. Clients of
// several networks, and those that obey different rules, find the same ones.
type doors struct {
	mu     sync.Mutex
	of     map[doorKey][]*mesh.Endpoint
	spoken map[spokenKey]*mesh.Endpoint
}

// spokenKey is an endpoint with what a client speaks to it, and its weight.
type spokenKey struct {
	*mesh.Endpoint
	security mesh.Security
	weight   uint32
}

// as is the endpoint with what this client speaks to it: the fleet's own if that is no different.
func (x *doors) as(r reached, weight uint32) *mesh.Endpoint {
	if r.Security == r.security && r.Weight == weight {
		return r.endpoint.Endpoint
	}
	key := spokenKey{r.endpoint.Endpoint, r.security, weight}
	x.mu.Lock()
	defer x.mu.Unlock()
	if known := x.spoken[key]; known != nil {
		return known
	}
	e := *r.endpoint.Endpoint
	e.Security, e.Weight = r.security, weight
	if x.spoken == nil {
		x.spoken = map[spokenKey]*mesh.Endpoint{}
	}
	x.spoken[key] = &e
	return &e
}

// doorKey is a part of what a door says, enough to find the few that it may be.
type doorKey struct {
	gateway  *mesh.Gateway
	behind   *mesh.Endpoint // the first
	security mesh.Security
}

// door is a gateway's address in place of the endpoints of one locality.
func (d *draft) door(w *doorway) *mesh.Endpoint {
	g, security := w.gateway, d.doorSecurity()
	key := doorKey{g.public, w.behind[0], security}
	all := &d.fleet.doors
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, e := range all.of[key] {
		if e.Name == g.address && e.Port == g.port && e.Cluster == g.cluster && e.Network == g.network && e.Origin == g.origin &&
			e.Locality == w.locality && e.LocalityText == w.text && e.Weight == w.weight && slices.Equal(e.Behind, w.behind) {
			return e
		}
	}
	e := &mesh.Endpoint{
		Name:         g.address,
		Address:      net.JoinHostPort(g.address, strconv.Itoa(g.port)),
		Port:         g.port,
		Locality:     w.locality,
		LocalityText: w.text,
		Weight:       w.weight,
		Cluster:      g.cluster,
		Network:      g.network,
		Gateway:      g.public,
		Behind:       slices.Clone(w.behind),
		MeshAble:     true,
		Security:     security,
		Origin:       g.origin,
	}
	if all.of == nil {
		all.of = map[doorKey][]*mesh.Endpoint{}
	}
	all.of[key] = append(all.of[key], e)
	return e
}

// doorSecurity is what the client speaks to a gateway.
func (d *draft) doorSecurity() mesh.Security {
	switch d.TLS.Mode {
	case mesh.AutoTLS, mesh.IstioTLS:
		return mesh.MeshMTLS
	case mesh.Simple:
		return mesh.SimpleTLS
	case mesh.Mutual:
		return mesh.MutualTLS
	default:
		return mesh.Plaintext
	}
}
