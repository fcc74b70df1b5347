package fleet

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/xds"
	"github.com/passmuster/muster/mesh"
)

// xdsFile is a file of what control planes announce, or of what an Envoy says that it holds.
type xdsFile struct {
	cluster, file string
	*xds.Content
	beside func(name string) ([]byte, bool)
}

// findXDS reads the files of JSON that belong to a mesh of kind xds. Those that hold nothing of it are left to whoever knows them.
func (r *reading) findXDS(ctx context.Context, o Options, inputs []source.Input) error {
	if o.Config == nil || !slices.ContainsFunc(o.Config.Meshes, func(m config.Mesh) bool { return m.Kind == mesh.XDS }) {
		return nil
	}
	files, _, err := source.Find(ctx, inputs, o.Source, ".json")
	if err != nil {
		return err
	}
	for _, f := range files {
		if cluster := f.Cluster; path.Ext(f.Path) != ".json" || !isXDSCluster(o.Config, cluster) {
			continue
		}
		data, diag := f.Read(ctx, o.Source.Limits)
		if diag != nil {
			r.unread = append(r.unread, *diag)
			continue
		}
		content, diags := xds.Parse(f.Path, data, source.Options{Limits: o.Source.Limits})
		if content.Size() == 0 && len(content.Ignored) == 0 {
			continue // Load tells
		}
		r.announced = append(r.announced, f.Path)
		r.unread = append(r.unread, diags...)
		r.passedOver = append(r.passedOver, content.Ignored...)
		r.xds = append(r.xds, xdsFile{f.Cluster, f.Path, content, besideOf(ctx, o, f)})
	}
	return nil
}

// besideOf reads files that one names, below the input that it was found in.
func besideOf(ctx context.Context, o Options, f source.File) func(string) ([]byte, bool) {
	return func(name string) ([]byte, bool) {
		if path.IsAbs(name) || strings.Contains(name, "\x00") {
			return nil, false // of another machine
		}
		root := f.Root
		if root == f.Path {
			root = path.Dir(root)
		}
		shown := path.Join(path.Dir(f.Path), filepath.ToSlash(name))
		below, err := filepath.Rel(filepath.FromSlash(root), filepath.FromSlash(shown))
		if err != nil || !filepath.IsLocal(below) {
			return nil, false
		}
		dir := filepath.FromSlash(root)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(o.Source.Root, dir)
		}
		data, diag := source.FileBelow(dir, filepath.ToSlash(below), shown).Read(ctx, o.Source.Limits)
		return data, diag == nil
	}
}

// isXDSCluster reports whether a cluster is declared to be of a mesh of kind xds. Files of no cluster are where all meshes are.
func isXDSCluster(c *config.Config, cluster string) bool {
	return slices.ContainsFunc(c.Meshes, func(m config.Mesh) bool {
		return m.Kind == mesh.XDS && (cluster == "" && len(c.Meshes) == 1 || len(m.Clusters) == 0 || slices.Contains(m.Clusters, cluster))
	})
}
