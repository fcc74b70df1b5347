package fleet

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/infrastructure"
	"github.com/passmuster/muster/loaders/render"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// doubts are the values of objects that are not known, by pointer.
type doubts map[*source.Document]map[string]*terraform.Unknown

// built is what Terraform adds to a reading.
type built struct {
	environments []*environment
	docs         []*source.Document
	doubts       doubts
	gaps         []*mesh.Gap
	named        []*mesh.Gap // of single services
	doubtful     []*mesh.Doubt
	notes        []NotUnderstood
	missing      []Missing
	diags        []source.Diagnostic
	charts       []render.Source
	consul       []consulFile
	regions      map[string]string // of clusters
	files        int
	from         []string // files beside those of configuration that objects stand in
	lost         map[string]bool
	planned      []string // plans and states: no manifests
}

// readTerraform evaluates the environments and hands their documents to the clusters that they are for.
func (o Options) readTerraform(ctx context.Context, inputs []source.Input) (*built, error) {
	b := &built{environments: o.environments(inputs), doubts: doubts{}, regions: map[string]string{}, lost: map[string]bool{}}
	found, err := o.findPlanned(ctx, inputs)
	if err != nil {
		return nil, err
	}
	b.environments, b.notes = o.attach(b.environments, found)
	for _, p := range found {
		b.planned = append(b.planned, p.shown)
	}
	for _, e := range b.environments {
		for _, p := range []*plannedFile{e.plan, e.state} {
			if p != nil {
				b.planned = append(b.planned, p.shown)
			}
		}
	}
	b.notes = append(b.notes, o.unnamed(inputs)...)
	o.evaluate(ctx, b.environments)
	b.doubles()
	for _, e := range b.environments {
		b.files += e.files
		b.diags = append(b.diags, e.diags...)
		for _, n := range e.notes {
			b.notes = append(b.notes, NotUnderstood{Origin: mesh.Origin{In: &located{n.Position}}, Message: n.Message, Kind: "note on Terraform"})
		}
		if e.failed != "" {
			b.everywhere(e, e.what, e.known.Origin)
			continue
		}
		b.take(o, e)
	}
	slices.Sort(b.from)
	b.from = slices.Compact(b.from)
	return b, nil
}

func (b *built) take(o Options, e *environment) {
	used := map[string]bool{}
	cluster := func(provider string, at mesh.Origin) (string, bool) {
		p := e.out.Providers[provider]
		name, ok := e.clusterOf(o.Config, p)
		if !ok {
			b.homeless(e, provider, at)
			return "", false
		}
		used[name] = true
		if region, known := providerRegion(p); known && b.regions[name] == "" {
			b.regions[name] = region
		}
		return name, true
	}
	for i := range e.out.Documents {
		d := &e.out.Documents[i]
		if name, ok := cluster(d.Provider, d.Origin); ok {
			b.document(d, name, e.shown)
		}
	}
	for i := range e.out.Entries {
		x := &e.out.Entries[i]
		name, ok := x.Datacenter.Get()
		if !ok || len(e.clusters) > 0 && !slices.Contains(e.clusters, name) {
			name, ok = cluster(x.Provider, x.Origin)
		}
		if ok {
			used[name] = true
			b.entry(x, name)
		}
	}
	for i := range e.out.Charts {
		c := &e.out.Charts[i]
		if name, ok := cluster(c.Provider, c.Origin); ok {
			b.chart(o, e, c, name)
		}
	}
	for _, r := range e.out.Releases {
		r.Cluster, _ = e.clusterOf(o.Config, e.out.Providers[e.out.Installs[r]])
	}
	if e.known.Clusters = slices.Sorted(maps.Keys(used)); e.declared && len(e.clusters) > 0 {
		e.known.Clusters = slices.Sorted(slices.Values(e.clusters))
	}
	if n := e.known.Unknown; n > 0 {
		b.notes = append(b.notes, NotUnderstood{Origin: e.known.Origin, Kind: unknownValues, Message: fmt.Sprintf(
			"%d of %d values of %s are not known before it is applied: %s", n, e.known.Attributes, e.shown, strings.Join(e.known.Causes, "; "))})
	}
}

// unknownValues is the kind of the entry that tells how much of an environment is not known: no strict scan could do without.
const unknownValues = "values of Terraform that are not known"

func providerRegion(p *infrastructure.Provider) (string, bool) {
	if p == nil {
		return "", false
	}
	return p.Region.Get()
}

// homeless is told once for each configuration of a provider that leads to no cluster.
func (b *built) homeless(e *environment, provider string, at mesh.Origin) {
	if b.lost[e.name+"|"+provider] {
		return
	}
	b.lost[e.name+"|"+provider] = true
	what := fmt.Sprintf("which cluster the provider %s works on is not known, and what it applies is left out: %s", provider, at.Position().Short())
	if p := e.out.Providers[provider]; p != nil && !p.Origin.Position().IsZero() {
		at = p.Origin
	}
	b.notes = append(b.notes, NotUnderstood{Origin: at, Kind: "document of no cluster",
		Message: what + "; name it after the cluster (alias or config_context), or refer to the cluster's resource"})
	for _, c := range e.everywhere() {
		b.gaps = append(b.gaps, &mesh.Gap{Cluster: c, Namespaces: []string{""}, What: what, Value: true, Origin: at})
	}
}

// everywhere leaves a gap in all clusters of an environment.
func (b *built) everywhere(e *environment, what string, at mesh.Origin) {
	for _, c := range e.everywhere() {
		b.gaps = append(b.gaps, &mesh.Gap{Cluster: c, Namespaces: []string{""}, What: what, Origin: at})
	}
}

func (b *built) document(d *infrastructure.Document, cluster, root string) {
	switch {
	case d.Elsewhere:
		b.missing = append(b.missing, Missing{Position: d.Origin.Position(), What: d.Opaque, Cluster: cluster, Namespaces: namespaces(d.Namespace), Anywhere: d.Namespace == "",
			Help: "name its folder in helm_release.chart, or render it: helm template"})
		return
	case d.Opaque != "":
		b.gaps = append(b.gaps, &mesh.Gap{Cluster: cluster, Namespaces: []string{d.Namespace}, Value: true, Origin: d.Origin,
			What: fmt.Sprintf("The object in %s cannot be read: %s", d.Origin.Position().Short(), d.Opaque)})
		return
	}
	for i, doc := range d.Objects {
		doc.Index, doc.Cluster, doc.Root = i, cluster, root
		if len(d.Unknown) > 0 {
			b.doubts[doc] = d.Unknown
		}
		if file := doc.File; !isTerraform(file) {
			b.from = append(b.from, file)
		}
		if d.Unknown[""] == nil {
			b.docs = append(b.docs, doc)
		} else {
			b.doubt(doc, d.Unknown)
		}
	}
}

func namespaces(one string) []string {
	if one == "" {
		return nil
	}
	return []string{one}
}

// doubt leaves the gaps of an object that is not certain to be there at all.
func (b *built) doubt(d *source.Document, unknown map[string]*terraform.Unknown) {
	delete(b.doubts, d)
	if scope, matters := concerned(d, ""); matters {
		scope.workload = nil
		b.gaps = append(b.gaps, scope.gap(d, "", unknown[""]))
	}
}

func (b *built) entry(x *infrastructure.Entry, cluster string) {
	gap := func(why string) {
		g := &mesh.Gap{Cluster: cluster, Namespaces: []string{""}, Value: true, Origin: x.Origin, What: why}
		if x.Name == "" || !strings.HasPrefix(x.Kind, "service-") && x.Kind != "prepared-query" {
			b.gaps = append(b.gaps, g)
			return
		}
		if g.Name = x.Name; x.Kind == "prepared-query" {
			g.Name += ".query"
		}
		b.named = append(b.named, g)
	}
	at := x.Origin.Position().Short()
	if x.Opaque != "" {
		gap(fmt.Sprintf("The %s %s in %s cannot be read: %s", x.Kind, x.Name, at, x.Opaque))
		return
	}
	for _, p := range slices.Sorted(maps.Keys(x.Unknown)) {
		gap(fmt.Sprintf("%s of the %s %s in %s is not known: %s", dotted(p), x.Kind, x.Name, at, x.Unknown[p].Reason))
		b.doubtful = append(b.doubtful, &mesh.Doubt{Resource: mesh.Resource{Kind: x.Kind, Namespace: "default", Name: x.Name}, Origin: x.Origin})
	}
	if x.Unknown[""] == nil {
		b.consul = append(b.consul, consulFile{cluster: cluster, Content: x.Content})
	}
	b.diags = append(b.diags, x.Problems...)
}

// chart asks for a chart of the repository to be rendered.
func (b *built) chart(o Options, e *environment, c *infrastructure.Chart, cluster string) {
	if c.Opaque != "" {
		b.gaps = append(b.gaps, &mesh.Gap{Cluster: cluster, Namespaces: []string{c.Namespace}, Value: true, Origin: c.Origin,
			What: fmt.Sprintf("The chart %s is not rendered: a value in %s is not known: %s", path.Base(c.Dir), c.Origin.Position().Short(), c.Opaque)})
		return
	}
	at := c.Origin.Position()
	b.charts = append(b.charts, render.Source{Kind: render.Helm, Dir: path.Join(e.shown, c.Dir), Cluster: cluster, At: at, Namespace: c.Namespace, Release: c.Release,
		Given: &render.Given{Name: at.String() + " " + c.Release, JSON: c.Values, Locate: c.Locate}})
}

// dotted is a JSON pointer as people write it: spec.replicas.
func dotted(pointer string) string {
	if pointer == "" {
		return "whether there is any"
	}
	return strings.NewReplacer("/", ".", "~1", "/", "~0", "~").Replace(pointer[1:])
}
