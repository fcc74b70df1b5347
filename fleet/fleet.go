// Package fleet puts one scan together: configuration and inputs through the loaders into the
// mesh graph.
package fleet

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/xds"
	"github.com/passmuster/muster/mesh"
)

// Options say what to read.
type Options struct {
	// Config names meshes, clusters, their sources and objectives; nil = none was found.
	Config *config.Config
	// Inputs are paths given on the command line. With a Config that declares sources and no
	// Inputs, the config's sources are read.
	Inputs []source.Input
	Source source.Options
	// Live is what running clusters hold.
	Live []Live
	// Values and Set are for the one chart among the inputs: files of values, relative to
	// Source.Root, and key=value expressions, as helm takes them.
	Values, Set []string
	// Renderer is the command line of the process that renders; nil = this program's own.
	Renderer []string
	// RenderWithin bounds the rendering of one source; 0 = render.DefaultDeadline.
	RenderWithin time.Duration
	// Strict makes a Fact of everything that was not read, not understood or not rendered, so
	// that rules can insist on it.
	Strict bool
	// Standards are those of another state of the same files, by which this one is judged: its objectives, dependencies,
	// suppressions and files; nil = it is judged by its own. Config is then that of the other state, too (config.Config.At).
	Standards *Standards

	beside []string // root modules of Terraform: their charts may be read
}

// Fleet is everything one scan knows. It is immutable; Update yields a new one.
type Fleet struct {
	Graph  *mesh.Graph
	Config *config.Config
	Inputs Inputs

	strict      bool
	from        Options            // what it was read by
	standards   *Standards         // that it is judged by; nil = its own
	kept        []*mesh.Dependency // of the standards, and declared no more
	inputs      []source.Input     // that were read
	overlooked  []overlooked       // and read because the standards ask for it
	notation    []placed           // files of Consul's own notations, by cluster
	gaps        []*mesh.Gap
	variants    []string                      // renderings and files of values that stand beside others of their sort
	files       []string                      // that were rendered from
	marked      []source.Marked               // that may hold suppressions in comments
	texts       map[string][]byte             // of files, see Text
	said        *record                       // what the documents tell of themselves; it is not changed once built
	docs        map[string][]*source.Document // by cluster
	consul      map[string][]*consul.Content  // of files that are no documents, by cluster
	xds         map[string][]*xds.Content     // that control planes announce, by cluster
	xdsFiles    []xdsFile
	built       *built                           // by Terraform
	inventories map[string]*kubernetes.Inventory // by cluster
	clusters    []*mesh.Cluster
	meshes      []*meshState
	records     []*mesh.Record
	// What could not be read, by who found it: reading files, and reading Kubernetes objects.
	unread, kubernetesErrors []source.Diagnostic
}

// meshState is one mesh with what its loader keeps.
type meshState struct {
	mesh        *mesh.Mesh
	clusters    []*mesh.Cluster
	inventories map[string]*kubernetes.Inventory
	system      system
	leadNowhere map[mesh.ServiceID][]*mesh.Fact
	hidden      []*mesh.Fact // strong dependencies that their callers do not see
}

// Text is what a file said when manifests were read from it, by its path in positions; false if none were.
func (f *Fleet) Text(file string) ([]byte, bool) {
	text, ok := f.texts[file]
	return text, ok
}

// DefaultCluster names the cluster of inputs that nobody assigned to one.
const DefaultCluster = "default"

// Load reads and compiles a fleet. Bad documents are listed in Inputs.Unreadable and never stop
// it; the error is for inputs that do not exist and for cancellation.
func Load(ctx context.Context, o Options) (*Fleet, error) {
	read, err := read(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return assemble(o, read), ctx.Err()
}

// assemble compiles what was read.
func assemble(o Options, read *reading) *Fleet {
	if read.built == nil {
		read.built = &built{} // no Terraform
	}
	f := &Fleet{
		Config: o.Config,
		Inputs: Inputs{Files: read.Files, Documents: read.Documents, Ignored: once(read.Ignored), Unreadable: slices.Clone(read.Diagnostics), Rendered: read.rendered, Missing: read.missing},
		strict: o.Strict, from: o, standards: o.Standards,
		gaps: append(gapsOf(o.Config, read.missing), read.built.gaps...), built: read.built, variants: append(valuesFiles(read.files), read.variants...), files: read.files, marked: read.Marked, texts: read.Texts,
		docs:   map[string][]*source.Document{},
		consul: map[string][]*consul.Content{},
		xds:    map[string][]*xds.Content{},
		unread: read.Diagnostics, records: read.records,
	}
	f.Inputs.homeless = append(homeless(o.Config, read.Docs), read.built.notes...)
	for _, d := range read.Docs {
		cluster := cmp.Or(d.Cluster, onlyCluster(o.Config))
		f.docs[cluster] = append(f.docs[cluster], d)
		if understood(d) {
			f.Inputs.Resources++
		}
	}
	for _, e := range read.built.environments {
		f.Inputs.Resources += e.nodes()
	}
	f.inputs, f.overlooked = read.inputs, read.overlooked
	for _, c := range read.consul {
		cluster := cmp.Or(c.cluster, onlyCluster(o.Config))
		f.notation = append(f.notation, placed{cluster, c.file})
		f.consul[cluster] = append(f.consul[cluster], c.Content)
		f.Inputs.Resources += c.Size()
	}
	f.xdsFiles = read.xds
	for _, x := range read.xds {
		cluster := cmp.Or(x.cluster, onlyCluster(o.Config))
		f.xds[cluster] = append(f.xds[cluster], x.Content)
		f.Inputs.Resources += x.Size()
	}
	f.build()
	return f
}

// onlyCluster is where documents go that nobody assigned: the config's cluster if it has one.
func onlyCluster(c *config.Config) string {
	if c != nil && len(c.Clusters) == 1 {
		return c.Clusters[0].Name
	}
	return DefaultCluster
}

// build compiles the documents into the graph.
func (f *Fleet) build() {
	if f.built == nil {
		f.built = &built{} // no Terraform
	}
	g := &mesh.Graph{Compilers: map[string]mesh.Compiler{}}
	f.clusters = f.declareClusters()
	inventories := map[string]*kubernetes.Inventory{}
	f.inventories = inventories
	read, unread := make([]*kubernetes.Inventory, len(f.clusters)), make([][]source.Diagnostic, len(f.clusters))
	var wg sync.WaitGroup
	for i, c := range f.clusters {
		wg.Go(func() { read[i], unread[i] = kubernetes.Build(c, f.docs[c.Name]) })
	}
	wg.Wait()
	for i, c := range f.clusters {
		inv := read[i]
		f.kubernetesErrors = append(f.kubernetesErrors, unread[i]...)
		inventories[c.Name] = inv
		complete(c, inv)
		if c.Region == "" {
			c.Region = f.built.regions[c.Name]
		}
		g.Workloads = append(g.Workloads, inv.Workloads...)
		f.addRollouts(g, inv)
	}
	g.Clusters = f.clusters
	for _, m := range f.declareMeshes() {
		state := &meshState{mesh: m, inventories: map[string]*kubernetes.Inventory{}}
		for _, c := range f.clusters {
			if c.Mesh == m.Name {
				state.clusters = append(state.clusters, c)
				state.inventories[c.Name] = inventories[c.Name]
			}
		}
		state.system = f.newSystem(state)
		f.Inputs.Unreadable = append(f.Inputs.Unreadable, state.system.Diagnostics()...)
		state.system.identify()
		g.Meshes = append(g.Meshes, m)
		g.Services = append(g.Services, state.system.Services()...)
		g.Workloads = append(g.Workloads, state.system.workloads()...)
		g.Gateways = append(g.Gateways, state.system.Gateways()...)
		g.Clients = append(g.Clients, state.system.clients()...)
		g.Compilers[m.Name] = state.system
		f.meshes = append(f.meshes, state)
	}
	f.built.into(g)
	g.Records = append(g.Records, f.records...)
	f.addRecords(g)
	f.doubt(g)
	g.Edges = f.edges(g)
	g.Index()
	f.setObjectives(g)
	f.Inputs.Unreadable = append(f.Inputs.Unreadable, f.kubernetesErrors...)
	for _, state := range f.meshes {
		state.leadNowhere = map[mesh.ServiceID][]*mesh.Fact{}
		state.setIntent(g.Services)
	}
	g.Dependencies = f.dependencies(g)
	if f.standards != nil {
		f.kept = f.standards.keep(g)
		g.Dependencies = sortDependencies(append(g.Dependencies, f.kept...))
	}
	f.hide(g)
	g.Facts = f.facts(g)
	f.Graph = g
	f.settle()
}

// facts puts together what the loaders saw, in a fixed order.
func (f *Fleet) facts(g *mesh.Graph) []*mesh.Fact {
	var list []*mesh.Fact
	for _, state := range f.meshes {
		list = append(list, state.system.Facts()...)
		for _, c := range state.clusters {
			list = append(list, state.inventories[c.Name].Facts...)
		}
	}
	list = joinSiblings(list, f.variants, f.files, f.Config != nil)
	for _, state := range f.meshes {
		list = append(list, state.hidden...)
		for _, s := range g.Services {
			list = append(list, state.leadNowhere[s.ID]...)
		}
	}
	return list
}
