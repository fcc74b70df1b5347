package fleet

import (
	"bytes"
	"context"
	"path"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// consulFile is a file of Consul's own notations, which Kubernetes knows nothing of.
type consulFile struct {
	cluster, file string
	*consul.Content
}

const consulExtension = ".hcl"

// findHCL finds the files that may be Consul's. Somebody else's (Terragrunt, Packer, Nomad) are told as passed over, unless they
// belong to a mesh of Consul.
func (r *reading) findHCL(ctx context.Context, o Options, inputs []source.Input) error {
	if !mayHaveConsul(o.Config) {
		return nil
	}
	files, _, err := source.Find(ctx, inputs, o.Source, consulExtension)
	if err != nil {
		return err
	}
	files = slices.DeleteFunc(files, func(f source.File) bool { return path.Ext(f.Path) != consulExtension }) // named by the user, and read as what they are
	for i, h := range readHCL(ctx, files, o.Source.Limits) {
		f := files[i]
		if h.unread != nil {
			r.unread = append(r.unread, *h.unread)
			continue
		}
		r.hcl = append(r.hcl, f.Path)
		declared := isConsulCluster(o.Config, f.Cluster)
		if h.content.Size() == 0 && (!declared || len(h.diags) == 0) {
			r.passedOver = append(r.passedOver, source.Ignored{File: f.Path, Line: 1, Reason: "HCL without configuration of Consul"})
			continue
		}
		r.unread = append(r.unread, h.diags...)
		r.takeConsul(f, h.marked, h.content)
	}
	return nil
}

// hclFile is what came of reading one file.
type hclFile struct {
	unread  *source.Diagnostic // why there is nothing
	content *consul.Content
	diags   []source.Diagnostic
	marked  []byte // the text, if suppressions may stand in it
}

// readHCL reads files on all cores.
func readHCL(ctx context.Context, files []source.File, limits source.Limits) []hclFile {
	out := make([]hclFile, len(files))
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files); i = int(next.Add(1)) - 1 {
				data, diag := files[i].Read(ctx, limits)
				if diag != nil {
					out[i].unread = diag
					continue
				}
				out[i].content, out[i].diags = consul.Parse(files[i].Path, data, source.Options{Limits: limits})
				if bytes.Contains(data, []byte(source.Mark)) {
					out[i].marked = data
				}
			}
		})
	}
	wg.Wait()
	return out
}

// readConsul reads what Load passed over as configuration of Consul in JSON and YAML.
func (r *reading) readConsul(ctx context.Context, o Options, inputs []source.Input) error {
	if !mayHaveConsul(o.Config) {
		return nil
	}
	candidates := map[string]bool{}
	for _, i := range r.Ignored {
		if i.Reason == source.ConsulConfiguration {
			candidates[i.File] = true
		}
	}
	if len(candidates) == 0 {
		return nil
	}
	files, _, err := source.Find(ctx, inputs, o.Source, ".json", ".yaml", ".yml")
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, f := range files {
		if !candidates[f.Path] {
			continue
		}
		data, diag := f.Read(ctx, o.Source.Limits)
		if diag != nil {
			continue // told by Load
		}
		content, diags := consul.Parse(f.Path, data, source.Options{Limits: o.Source.Limits})
		content.Entries = slices.DeleteFunc(content.Entries, func(e *consul.Entry) bool { return e.Resource }) // they are documents
		if content.Size() == 0 {
			continue
		}
		taken[f.Path] = true
		r.unread = append(r.unread, diags...)
		r.takeConsul(f, nil, content) // Load knows its marks
	}
	r.Ignored = slices.DeleteFunc(r.Ignored, func(i source.Ignored) bool { return i.Reason == source.ConsulConfiguration && taken[i.File] })
	return nil
}

func (r *reading) takeConsul(f source.File, data []byte, content *consul.Content) {
	r.consul = append(r.consul, consulFile{f.Cluster, f.Path, content})
	r.consulDocuments += content.Size()
	if bytes.Contains(data, []byte(source.Mark)) {
		r.consulMarked = append(r.consulMarked, source.Marked{File: f.Path, Data: data})
	}
}

// mayHaveConsul reports whether nobody says which meshes there are, or one is Consul's.
func mayHaveConsul(c *config.Config) bool {
	return c == nil || len(c.Meshes) == 0 || slices.ContainsFunc(c.Meshes, func(m config.Mesh) bool { return m.Kind == mesh.Consul })
}

// isConsulCluster reports whether a cluster is declared to be of a mesh of Consul.
func isConsulCluster(c *config.Config, cluster string) bool {
	return c != nil && slices.ContainsFunc(c.Meshes, func(m config.Mesh) bool {
		return m.Kind == mesh.Consul && (len(m.Clusters) == 0 || slices.Contains(m.Clusters, cluster))
	})
}

// consulContents is what the inputs of a cluster hold of Consul's configuration, resources of consul-k8s included.
func (f *Fleet) consulContents(cluster string) (*consul.Content, []source.Diagnostic) {
	var docs []*source.Document
	for _, d := range f.docs[cluster] {
		if kindOfDocument(d) == mesh.Consul {
			docs = append(docs, d)
		}
	}
	resources, diags := consul.FromDocuments(docs)
	return consul.Join(append(slices.Clip(f.consul[cluster]), resources)...), diags
}
