package fleet

import (
	"path"
	"slices"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// takeBuilt adds what Terraform holds. An object that its file already gives to the same cluster is one.
func (r *reading) takeBuilt() {
	b := r.built
	type object struct{ cluster, key, file string }
	known, counted := map[object]bool{}, map[string]bool{}
	for _, d := range r.Docs {
		if len(b.docs)+len(b.from) == 0 {
			break // nothing to compare with
		}
		known[object{d.Cluster, d.Key(), d.File}], counted[d.File] = true, true
	}
	for _, f := range b.from {
		if _, skipped := slices.BinarySearch(r.files, f); !skipped && !counted[f] {
			r.Files++
		}
	}
	for _, d := range b.docs {
		r.Documents++
		if !known[object{d.Cluster, d.Key(), d.File}] {
			r.Docs = append(r.Docs, d)
		}
	}
	for _, c := range b.consul {
		r.consul = append(r.consul, c)
		r.Documents += c.Size()
	}
	r.Files += b.files
	for _, e := range b.environments {
		r.Marked = append(r.Marked, e.marked...)
	}
	r.missing = append(r.missing, b.missing...)
	r.Diagnostics = append(r.Diagnostics, b.diags...)
	r.Ignored = slices.DeleteFunc(r.Ignored, func(i source.Ignored) bool { return isTerraform(i.File) && b.reads(i.File) })
}

// reads reports whether a file of configuration belongs to a root module that was read.
func (b *built) reads(file string) bool {
	return slices.ContainsFunc(b.environments, func(e *environment) bool { return e.failed == "" && !e.noRoot && path.Dir(file) == e.shown })
}

// into adds what Terraform builds beside the clusters.
func (b *built) into(g *mesh.Graph) {
	for _, e := range b.environments {
		g.Environments = append(g.Environments, e.known)
		if e.out != nil {
			g.Records, g.Balancers, g.Stores = append(g.Records, e.out.Records...), append(g.Balancers, e.out.Balancers...), append(g.Stores, e.out.Stores...)
		}
	}
}

// nodes is how many resources of an environment are in the graph by themselves, beside the objects that they hold.
func (e *environment) nodes() int {
	if e.out == nil {
		return 0
	}
	return len(e.out.Records) + len(e.out.Balancers) + len(e.out.Stores) + len(e.out.Clusters)
}
