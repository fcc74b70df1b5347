package fleet

import (
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// Objects returns the objects of some kinds as they are written, by cluster and in the order in which they were read. Entries in
// Consul's own notations follow those of their cluster, in the form of their resources.
func (f *Fleet) Objects(kinds map[string]bool) []mesh.Object {
	if len(kinds) == 0 {
		return nil
	}
	n := 0
	for _, c := range f.clusters {
		for _, d := range f.docs[c.Name] {
			if kinds[d.Kind] {
				n++
			}
		}
	}
	list := make([]mesh.Object, 0, n)
	seen := make(map[string]int, n)
	add := func(o mesh.Object) {
		seen[o.ID]++
		if n := seen[o.ID]; n > 1 {
			o.ID += "#" + strconv.Itoa(n)
		}
		list = append(list, o)
	}
	for _, c := range f.clusters {
		for _, d := range f.docs[c.Name] {
			if !kinds[d.Kind] {
				continue
			}
			r := d.Resource()
			r.Cluster = c.Name
			add(mesh.Object{ID: c.Name + "/" + d.Key(), Resource: r, APIVersion: d.APIVersion, JSON: d.JSON, Origin: mesh.At(d, "")})
		}
		for _, content := range f.consul[c.Name] {
			for _, e := range content.Entries {
				if o, ok := e.Object(c.Name, kinds); ok {
					add(o)
				}
			}
		}
	}
	return list
}
