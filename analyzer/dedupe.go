package analyzer

import (
	"github.com/passmuster/muster/mesh"
)

// dedupe keeps one finding per rule, place and service, the most severe one. Copies of a service in several clusters are one.
func dedupe(list []*Finding) []*Finding {
	type key struct {
		rule    *Rule
		place   int
		service *mesh.Service
	}
	type words struct {
		rule    *Rule
		place   int
		message string
	}
	places := newPlacer()
	positions := make([]mesh.Position, len(list))
	parallel(len(list), func(i int) { positions[i] = list[i].Position() })
	at := map[key]int{}
	said := map[words]*Finding{}
	var out []*Finding
	for i, f := range list {
		k := key{f.Rule, places.at(f.Origin, positions[i]), f.Service}
		if f.Origin.In == nil {
			out = append(out, f)
			continue
		}
		if i, ok := at[k]; ok {
			if levelRank[f.Level] < levelRank[out[i].Level] {
				out[i] = f
			}
			continue
		}
		w := words{f.Rule, k.place, f.Message}
		if first := said[w]; first != nil && first.Level == f.Level && sameElsewhere(first.Service, f.Service) {
			first.Cells = first.Cells.with(f.Cells)
			continue
		}
		said[w] = f
		at[k] = len(out)
		out = append(out, f)
	}
	return out
}

// sameElsewhere reports whether two services are one to people: of one name, in several clusters of a mesh that makes a service of
// each cluster's (Linkerd, Consul). What is said of both in the same words at the same place is said once.
func sameElsewhere(a, b *mesh.Service) bool {
	return a != nil && b != nil && a.Mesh == b.Mesh && a.Namespace == b.Namespace && a.Name == b.Name
}

// place is where an origin stands. One file can be a source of several clusters: its documents
// are several, their places one.
type place struct {
	file         string
	line, column int
	note         string
}

// placer numbers places.
type placer struct {
	numbers map[place]int
	known   map[mesh.Origin]int
}

func newPlacer() *placer { return &placer{map[place]int{}, map[mesh.Origin]int{}} }

func (x *placer) of(o mesh.Origin) int {
	if n, ok := x.known[o]; ok {
		return n
	}
	n := x.at(o, o.Position())
	x.known[o] = n
	return n
}

// at is the number of an origin whose position is known.
func (x *placer) at(o mesh.Origin, pos mesh.Position) int {
	p := place{pos.File, pos.Line, pos.Column, ""}
	if o.In == nil {
		p.note = o.Note
	}
	n, ok := x.numbers[p]
	if !ok {
		n = len(x.numbers)
		x.numbers[p] = n
	}
	return n
}
