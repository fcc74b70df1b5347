// Package proposal proposes a muster.yaml for a repository: which clusters there are, which files configure each, and
// what mesh they form, as far as folders, definitions of Argo CD, Flux, Rancher and helmfile, and the objects themselves tell.
// Every line says what it rests on. Nothing is rendered, and nothing outside of the repository is read.
package proposal

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// Options control what is read.
type Options struct {
	NoIgnore bool // read what .gitignore leaves out, too
	Limits   source.Limits
}

// Proposal is what a muster.yaml could say.
type Proposal struct {
	Meshes       []Mesh
	Clusters     []Cluster
	Environments []Environment
	Services     []Service
	// Notes are further observations, each a sentence: what was left out, and what is not decided.
	Notes []string
	// Definitions counts what deploys into clusters, by kind: Application, Kustomization.
	Definitions map[string]int
	Files       int                 // files that were looked at
	Unread      []source.Diagnostic // what could not be read
}

// Line is a value with what it rests on; an empty value is not written.
type Line struct{ Value, Why string }

// Mesh is one mesh.
type Mesh struct {
	Name, Kind, Version, TrustDomain, RootNamespace Line
	Clusters                                        []string
}

// Cluster is one cluster.
type Cluster struct {
	Name, Region, Network, ConfigCluster Line
	Zones                                []string
	ZonesWhy                             string
	Sources                              []Source
	RegionHint                           Line // a region that other objects name, if only one fits the name of the cluster
	environment                          string
}

// Source is one place that holds configuration of a cluster: Path, Kustomize or Helm is set.
type Source struct {
	Path, Kustomize, Helm string
	Values                []string
	Set                   map[string]any
	Namespace, Release    string
	Why                   string
}

// Environment is a set of clusters that are judged apart from others.
type Environment struct {
	Name      string
	Clusters  []string
	Terraform Line     // the root that builds them
	VarFiles  []string // that the root is evaluated with
}

// Service is one service that an objective could be about.
type Service struct{ Namespace, Name, Why string }

// Empty reports whether nothing was found to propose.
func (p *Proposal) Empty() bool { return len(p.Clusters) == 0 }

// Find reads the files below dir and proposes what its muster.yaml could say. The error is that of source.Load: dir
// does not exist, or ctx is done. Equal files give an equal proposal.
func Find(ctx context.Context, dir string, o Options) (*Proposal, error) {
	t, err := readTree(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	t.readPackages()
	t.survey()
	t.own()
	plan := t.plan()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := writer{plan: plan, facts: map[*file][]fact{}, shared: map[*file]int{}, known: map[*cluster]map[property][]fact{}}
	p := w.proposal()
	p.Files = len(t.files)
	p.Unread = t.diags
	p.Definitions = plan.deployed.kinds
	return p, nil
}

func (w *writer) proposal() *Proposal {
	p := &Proposal{}
	w.files = w.sortedFiles()
	for _, f := range w.files {
		if f.dir.aside {
			continue
		}
		w.facts[f] = w.tree.facts(f)
		for _, c := range w.clusters {
			if !c.reach[f] && len(f.docs) == 0 && !f.scope.isZero() && f.scope.within(c.scope) && w.isValues(f) {
				c.reach[f] = true // values of a chart from elsewhere
			}
			if c.reach[f] {
				w.shared[f]++
			}
		}
	}
	w.nameClusters()
	slices.SortFunc(w.clusters, func(a, b *cluster) int { return cmp.Compare(a.name, b.name) })
	for _, c := range w.clusters {
		p.Clusters = append(p.Clusters, w.cluster(c))
	}
	p.Meshes = w.meshes(p)
	p.Environments = environmentsOf(p.Clusters)
	for i := range p.Environments {
		w.buildBy(&p.Environments[i])
	}
	w.unbuilt(p.Environments)
	p.Services = w.services()
	p.Notes = w.notes
	for _, what := range w.deployed.vague {
		p.Notes = append(p.Notes, "files alone do not decide what "+what+" deploys; folders were taken instead")
	}
	if hints := w.hints(); hints != "" {
		p.Notes = append(p.Notes, hints)
	}
	slices.Sort(p.Notes)
	p.Notes = slices.Compact(p.Notes)
	return p
}

var (
	validName    = regexp.MustCompile(`^[^\s/|]+$`)
	validVersion = regexp.MustCompile(`^([0-9]+\.[0-9]+(\.[0-9]+)?([-+][0-9A-Za-z.+-]+)?|(stable|edge)-[0-9]+(\.[0-9]+)*)$`)
	notInName    = regexp.MustCompile(`[\s/|]+`)
)

func (w *writer) cluster(c *cluster) Cluster {
	out := Cluster{Name: Line{c.name, c.why}, Network: w.one(c, hasNetwork), Region: w.one(c, hasRegion), Sources: c.sources, environment: first(c.envName, c.scope.env)}
	out.environment = notInName.ReplaceAllString(out.environment, "-")
	fromNodes := false
	for _, f := range w.all(c, hasRegion) {
		fromNodes = fromNodes || f.rank == 0
	}
	if c.region != "" && validName.MatchString(c.region) && !fromNodes {
		out.Region = Line{c.region, c.regionWhy}
	}
	named := first(regionIn(c.scope.geo), regionIn(c.name))
	switch {
	case out.Region.Value == "" && out.Region.Why == "" && named != "":
		out.Region = Line{named, "the name is that of a cloud's region; no Node is here to confirm it"}
	case out.Region.Value == "" && out.Region.Why == "":
		out.Region.Why = "nothing here tells it: no Node, no name of a cloud's region"
		out.RegionHint = w.hinted(c)
	case out.Region.Value != "" && named != "" && named != out.Region.Value && out.Region.Value != c.region && !fromNodes:
		out.Region = Line{Why: "not decided: " + named + " by the name, " + out.Region.Value + " by " + out.Region.Why}
	}
	if out.Region.Value != "" {
		out.Zones, out.ZonesWhy = w.zones(c, out.Region.Value)
	}
	if l := w.one(c, obeys); l.Value != "" && l.Value != c.name && slices.ContainsFunc(w.clusters, func(o *cluster) bool { return o.name == l.Value }) {
		out.ConfigCluster = l
	}
	return out
}

// zones are those of a cluster's nodes; without nodes, those that its workloads are pinned to and its entries stand in.
func (w *writer) zones(c *cluster, region string) (list []string, why string) {
	facts := w.all(c, hasZone)
	best := 0
	if len(facts) > 0 {
		best = slices.MinFunc(facts, func(a, b fact) int { return cmp.Compare(a.rank, b.rank) }).rank
	}
	for _, f := range facts {
		of, zone, named := strings.Cut(f.value, "/") // a locality names its region
		if !named {
			zone = f.value
		}
		if f.rank == best && (!named || of == region) && !slices.Contains(list, zone) {
			list = append(list, zone)
			why = first(why, f.why)
		}
	}
	slices.Sort(list)
	return list, why
}

func environmentsOf(clusters []Cluster) []Environment {
	byName := map[string][]string{}
	for _, c := range clusters {
		if c.environment != "" {
			byName[c.environment] = append(byName[c.environment], c.Name.Value)
		}
	}
	var list []Environment
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, Environment{Name: name, Clusters: byName[name]})
	}
	return list
}

// services lists what an objective could be about.
func (w *writer) services() []Service {
	seen := map[string]bool{}
	var list []Service
	for _, f := range w.files {
		if w.shared[f] == 0 {
			continue
		}
		for _, d := range f.docs {
			if d.Kind != "Service" || d.APIVersion != "v1" || d.Name == "" || d.Namespace == "kube-system" || d.Namespace == "istio-system" || seen[d.Namespace+"/"+d.Name] {
				continue
			}
			seen[d.Namespace+"/"+d.Name] = true
			list = append(list, Service{d.Namespace, d.Name, where(d, "")})
		}
	}
	slices.SortStableFunc(list, func(a, b Service) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return list
}
