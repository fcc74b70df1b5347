package fleet

import (
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// Objects returns the objects of some kinds as they are written, by cluster and in the order in which they were read.
func (f *Fleet) Objects(kinds map[string]bool) []mesh.Object {
	if len(kinds) == 0 {
		return nil
	}
	var list []mesh.Object
	seen := map[string]int{}
	for _, c := range f.clusters {
		for _, d := range f.docs[c.Name] {
			if !kinds[d.Kind] {
				continue
			}
			id := c.Name + "/" + d.Key()
			seen[id]++
			if n := seen[id]; n > 1 {
				id += "#" + strconv.Itoa(n)
			}
			r := d.Resource()
			r.Cluster = c.Name
			list = append(list, mesh.Object{ID: id, Resource: r, APIVersion: d.APIVersion, JSON: d.JSON, Origin: mesh.At(d, "")})
		}
	}
	return list
}
