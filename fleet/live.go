package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Live is what was read of a running cluster (loaders/cluster). Where there is any, the config's sources are not read: they say
// what should run, and Live what does. Documents of the Inputs are laid over it: what the clusters would hold once these were
// applied.
type Live struct {
	Cluster string
	Docs    []*source.Document
	Broken  []source.Diagnostic
	// Missing are lists that were not to be had: what they might hold is unknown.
	Missing []LiveMissing
}

// LiveMissing is one of them.
type LiveMissing struct {
	Namespace string // "" = all
	What      string
}

// takeLive joins the objects of the clusters with the documents that were read: one of the same object takes the place of the
// cluster's.
func (r *reading) takeLive(o Options) {
	if len(o.Live) == 0 {
		return
	}
	type object struct{ cluster, key string }
	over := map[object]*source.Document{}
	for _, d := range r.Docs {
		over[object{cmp.Or(d.Cluster, o.onlyLive()), d.Key()}] = d
	}
	alike := o.alike()
	var docs []*source.Document
	taken := map[*source.Document]bool{}
	for _, l := range o.Live {
		r.Documents += len(l.Docs)
		r.Diagnostics = append(r.Diagnostics, l.Broken...)
		for _, d := range l.Docs {
			if by := over[object{l.Cluster, d.Key()}]; by != nil {
				d = by
				taken[by] = true
			} else if names := alike[liveObject{d.Key(), string(d.JSON)}]; len(names) > 1 {
				_, object, _ := strings.Cut(d.File, "/")
				d = d.From("kube:" + strings.Join(names, ",") + "/" + object)
			}
			docs = append(docs, d)
		}
		for _, m := range l.Missing {
			r.missing = append(r.missing, Missing{
				Position: mesh.Position{File: "kube:" + l.Cluster, Line: 1}, Cluster: l.Cluster, Anywhere: m.Namespace == "", Namespaces: namespacesOf(m),
				What: fmt.Sprintf("%s, in cluster %s", m.What, l.Cluster),
				Help: "grant list on it (the chart's reader role does), or bound the scan with --namespace",
			})
		}
	}
	for _, d := range r.Docs {
		if !taken[d] {
			docs = append(docs, d)
		}
	}
	r.Docs = docs
}

// liveObject is one in its words.
type liveObject struct{ key, text string }

// alike are the clusters that hold an object in the same words. It is one source for them, as a file is that several clusters
// read: what is wrong in it is told once.
func (o Options) alike() map[liveObject][]string {
	names := map[liveObject][]string{}
	if len(o.Live) < 2 {
		return names
	}
	for _, l := range o.Live {
		for _, d := range l.Docs {
			k := liveObject{d.Key(), string(d.JSON)}
			names[k] = append(names[k], l.Cluster)
		}
	}
	for _, list := range names {
		slices.Sort(list)
	}
	return names
}

func namespacesOf(m LiveMissing) []string {
	if m.Namespace == "" {
		return nil
	}
	return []string{m.Namespace}
}

// onlyLive is the cluster that documents without one are laid over: the only live one, or none.
func (o Options) onlyLive() string {
	if len(o.Live) == 1 {
		return o.Live[0].Cluster
	}
	return ""
}

// Reads reports whether a live scan lists objects of a kind: those that some loader understands or passes over with a word, and
// all kinds of the meshes' groups. Secrets and what workloads keep for themselves are not among them.
func Reads(apiVersion, kind string) bool {
	group, _, named := strings.Cut(apiVersion, "/")
	if !named {
		group = ""
	}
	if _, told := aside[group+"/"+kind]; told || !ownGroups[group] && ReadsGroup(group) {
		return true
	}
	return understood(&source.Document{APIVersion: apiVersion, Kind: kind})
}

// ReadsGroup reports whether objects of an API group may be read.
func ReadsGroup(group string) bool {
	return versions[group] != nil || otherMeshes[group] != ""
}
