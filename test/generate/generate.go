// Package generate writes fleets of any size for tests and benchmarks: Istio or Linkerd on several clusters, as the YAML files of a
// GitOps repository, or Consul in several datacenters, with a muster.yaml. Equal options give equal bytes.
//
// A fleet is meant to be believable rather than pretty. Most names resolve, a few dangle; most
// policies work, and some carry the mistakes that people make with failover. Objects are written
// as people write them: block style, one-line values, a comment or a folded string here and there.
package generate

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say how large a fleet is and what is in it. A zero field means its default.
type Options struct {
	// Resources is how many Kubernetes objects Fleet writes, all clusters together; default 1,000.
	Resources int
	// Services is how many services Matrix writes; default 1,000. Fleet has about one for every
	// nine resources.
	Services int
	// Clusters is how many clusters there are, each a region of its own with its own network as
	// far as there are regions; default 3.
	Clusters int
	// Zones is how many zones a region has; default 3, at most 6.
	Zones int
	// Namespaces of applications, the same ones in every cluster. Default: one for 500 resources
	// and at least 5; 20 for Matrix.
	Namespaces int
	// PolicyShare is the share of services with a DestinationRule that says something about
	// failover or detection; default 0.3. As many again have a rule that does not.
	PolicyShare float64
	// Dangling is the share of applications with a reference that leads nowhere; default 0.02.
	Dangling float64
	// Guarded is the share of services with an AuthorizationPolicy: default 0.3, and none for
	// Matrix.
	Guarded float64
	// Flat makes all clusters one network, without east-west gateways. Matrix is always flat.
	Flat bool
	// PerFile is how many documents a file has, or fewer at the end of a folder; default 50.
	PerFile int
	Seed    uint64
}

func (o Options) orDefault() Options {
	set(&o.Resources, 1000)
	set(&o.Services, 1000)
	set(&o.Clusters, 3)
	set(&o.Zones, 3)
	set(&o.Namespaces, max(5, o.Resources/500))
	set(&o.PolicyShare, 0.3)
	set(&o.Dangling, 0.02)
	set(&o.Guarded, 0.3)
	set(&o.PerFile, 50)
	o.Zones = min(o.Zones, 6)
	return o
}

func set[T int | float64](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// Fleet generates a fleet of mixed kinds: path to content, muster.yaml included.
func Fleet(o Options) map[string][]byte {
	o = o.orDefault()
	f := newPlan(o)
	f.platform()
	f.applications()
	return f.files()
}

// Write puts generated files under a directory.
func Write(dir string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// plan is a fleet being generated. What there is, is decided first; documents are written at the
// end, when everybody's callers are known.
type plan struct {
	Options
	clusters   []*cluster
	namespaces []*namespace
	apps       []*app
	parts      []part
	objectives string // of muster.yaml
	kind       string // of the mesh, and its version, as muster.yaml says it
}

// part is a document to be: where it stands, and who writes it.
type part struct {
	cluster   *cluster
	namespace string
	write     func(*page)
}

func newPlan(o Options) *plan {
	f := &plan{Options: o, kind: `kind: istio, version: "1.31"`}
	for i := range o.Clusters {
		f.clusters = append(f.clusters, newCluster(i, o))
	}
	for i := range o.Namespaces {
		f.namespaces = append(f.namespaces, &namespace{index: i, name: namespaceName(i)})
	}
	return f
}

func (f *plan) add(c *cluster, namespace string, write func(*page)) {
	f.parts = append(f.parts, part{c, namespace, write})
}

// files writes the parts, in the order in which they were added to their folder.
func (f *plan) files() map[string][]byte {
	type file struct {
		text    strings.Builder
		entries int
		number  int
	}
	out := map[string][]byte{"muster.yaml": []byte(f.config())}
	open := map[string]*file{}
	closeFile := func(folder string, to *file) {
		out[fmt.Sprintf("%s/%03d.yaml", folder, to.number)] = []byte(to.text.String())
		to.text.Reset()
		to.entries = 0
		to.number++
	}
	for _, p := range f.parts {
		folder := "clusters/" + p.cluster.name + "/" + p.namespace
		to := open[folder]
		if to == nil {
			to = &file{}
			open[folder] = to
		}
		if to.entries > 0 {
			to.text.WriteString("---\n")
		}
		page := &page{Builder: &to.text}
		p.write(page)
		if to.entries++; to.entries == f.PerFile {
			closeFile(folder, to)
		}
	}
	for folder, to := range open {
		if to.entries > 0 {
			closeFile(folder, to)
		}
	}
	return out
}

// page writes one document.
type page struct{ *strings.Builder }

func (p *page) add(format string, args ...any) { fmt.Fprintf(p.Builder, format, args...) }

// head writes everything up to the end of the metadata's name and namespace.
func (p *page) head(apiVersion, kind, namespace, name string) {
	p.add("apiVersion: %s\nkind: %s\nmetadata:\n  name: %s\n", apiVersion, kind, name)
	if namespace != "" {
		p.add("  namespace: %s\n", namespace)
	}
}

// indent shifts lines to the right.
func indent(n int, text string) string {
	blank := strings.Repeat(" ", n)
	return blank + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+blank) + "\n"
}
