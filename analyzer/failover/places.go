package failover

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// place is a destination while shares are still being added up.
type place struct {
	locality   mesh.Locality
	cluster    string
	encryption string
	service    mesh.ServiceID // "" = that of the pool
	share      float64
}

// answered adds a host's share to the places that answer it: for a gateway, those behind it.
func (e *evaluator) answered(h *host, share float64, encryption string) {
	if len(h.ep.Behind) == 0 {
		e.addPlace(h.ep, encryption, share)
		return
	}
	alive := 0
	for i := range h.ep.Behind {
		if e.hit(h, i) == no {
			alive++
		}
	}
	for i, b := range h.ep.Behind {
		switch {
		case alive == 0:
			e.addPlace(b, encryption, share/float64(len(h.ep.Behind)))
		case e.hit(h, i) == no:
			e.addPlace(b, encryption, share/float64(alive))
		}
	}
}

func (e *evaluator) addPlace(ep *mesh.Endpoint, encryption string, share float64) {
	few := e.places
	if len(few) > fewPlaces {
		few = few[:fewPlaces]
	}
	for i := range few {
		if p := &few[i]; p.locality == ep.Locality && p.cluster == ep.Cluster && p.encryption == encryption && p.service == owner(ep) {
			p.share += share
			return
		}
	}
	if len(e.places) > fewPlaces {
		k := placeKey{ep.Locality, ep.Cluster, encryption, owner(ep)}
		if i, ok := e.placeAt[k]; ok {
			e.places[i].share += share
			return
		}
		e.placeAt[k] = len(e.places)
	} else if len(e.places) == fewPlaces {
		e.placeAt = map[placeKey]int{{ep.Locality, ep.Cluster, encryption, owner(ep)}: fewPlaces}
	}
	e.places = append(e.places, place{ep.Locality, ep.Cluster, encryption, owner(ep), share})
}

// fewPlaces are looked through one by one; beyond them a table is quicker.
const fewPlaces = 32

type placeKey struct {
	locality            mesh.Locality
	cluster, encryption string
	service             mesh.ServiceID
}

// owner is the service of an endpoint that may stand in pools of other services; "" = that of the pool.
func owner(e *mesh.Endpoint) mesh.ServiceID {
	if e.Service == nil {
		return ""
	}
	return e.Service.ID
}

// takePlaces turns the places added up so far into destinations, in the memory of a list.
func (e *evaluator) takePlaces(list []Destination) []Destination {
	if len(e.places) == 0 {
		return nil
	}
	list = slices.Grow(list[:0], len(e.places))
	for _, p := range e.places {
		list = append(list, Destination{e.nameOf(p.locality), p.cluster, string(cmp.Or(p.service, e.pool.Service.ID)), p.share, p.encryption})
	}
	e.places = e.places[:0]
	return list
}

// nameOf is a locality in words; there are few, and they are in every answer.
func (e *evaluator) nameOf(l mesh.Locality) string {
	name, ok := e.names[l]
	if !ok {
		if e.names == nil {
			e.names = map[mesh.Locality]string{}
		}
		name = l.String()
		e.names[l] = name
	}
	return name
}
