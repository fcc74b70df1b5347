package render

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"helm.sh/helm/v3/pkg/ignore"

	"github.com/passmuster/muster/loaders/render/confined"
	"github.com/passmuster/muster/loaders/render/helm"
	"github.com/passmuster/muster/mesh"
)

// The limits of one chart, its dependencies included.
const (
	maxChartBytes = 32 << 20
	maxChartFiles = 5000
	maxChartDepth = 32
)

// chartReader reads the files of a chart, confined.
type chartReader struct {
	ctx     context.Context
	root    *confined.Root
	dir     string // of the chart, below root
	res     *Result
	rules   *ignore.Rules
	files   []helm.File
	dirs    int
	way     map[string]bool // directories that are being read, one in the other
	stopped bool
}

func (c *chartReader) read(src Source, opts Options) helm.Input {
	in := helm.Input{
		Chart: c.root.Shown(c.dir), Set: src.Set, Release: src.Release, Namespace: src.Namespace,
		KubeVersion: src.KubeVersion, APIVersions: src.APIVersions,
	}
	if in.Release == "" {
		in.Release = path.Base(in.Chart)
	}
	if in.Namespace == "" {
		in.Namespace = "default"
	}
	c.ignores()
	c.directory(c.dir, "", 0)
	in.Files = c.files
	for _, name := range src.Values {
		c.values(&in, name, opts)
	}
	if src.Given != nil {
		in.Values = append(in.Values, helm.ValuesFile{Name: src.Given.Name, Data: src.Given.JSON})
	}
	return in
}

// ignores reads .helmignore; helm ignores hidden files among the templates in any case.
func (c *chartReader) ignores() {
	c.rules = ignore.Empty()
	if e, err := c.root.Find(path.Join(c.dir, ignore.HelmIgnore)); err == nil && !e.Dir {
		if data, diag := c.root.Read(c.ctx, e.Name); diag == nil {
			if rules, err := ignore.Parse(bytes.NewReader(data)); err == nil {
				c.rules = rules
			}
		}
	}
	c.rules.AddDefaults()
}

func (c *chartReader) stop(file, message string) {
	if !c.stopped {
		c.stopped = true
		c.res.problem(mesh.Position{File: file, Line: 1, Column: 1}, message, "the chart "+c.root.Shown(c.dir), "")
	}
}

// directory reads what is below real, which the chart sees as name.
func (c *chartReader) directory(real, name string, depth int) {
	if c.stopped || c.ctx.Err() != nil {
		return
	}
	if c.dirs++; c.dirs > maxChartFiles {
		c.stop(c.root.Shown(c.dir), fmt.Sprintf("this chart holds more than %d directories; it is not rendered", maxChartFiles))
		return
	}
	c.way[real] = true
	defer delete(c.way, real)
	entries, err := c.root.List(real)
	if err != nil {
		c.stop(c.root.Shown(real), "cannot be read: "+err.Error())
		return
	}
	if depth > maxChartDepth {
		c.stop(c.root.Shown(real), fmt.Sprintf("directories of this chart lie more than %d levels deep; it is not rendered", maxChartDepth))
		return
	}
	for _, e := range entries {
		c.entry(path.Join(real, e.Name()), path.Join(name, e.Name()), depth, e)
	}
}

func (c *chartReader) entry(at, name string, depth int, e fs.DirEntry) {
	if info, err := e.Info(); err != nil || c.rules.Ignore(name, info) {
		return
	}
	found, err := c.root.Find(at)
	if err != nil {
		c.own(at) // told here, and not again
		c.res.problem(mesh.Position{File: c.root.Shown(at), Line: 1, Column: 1}, "this part of the chart "+err.Error()+" and is not read", c.root.Shown(at), "")
		return
	}
	if found.Dir && (c.way[found.Name] || found.Name == "." || strings.HasPrefix(c.dir+"/", found.Name+"/")) {
		c.own(at)
		c.res.problem(mesh.Position{File: c.root.Shown(at), Line: 1, Column: 1}, "this symlink leads back to a directory that it lies in; it is not followed, and Helm gives up on such a loop", "", "remove it")
		return
	}
	if found.Dir {
		c.directory(found.Name, name, depth+1)
		return
	}
	c.own(at)
	data, diag := c.root.Read(c.ctx, found.Name)
	if diag != nil {
		c.res.problem(diag.Position, diag.Message, diag.Position.File, "")
		return
	}
	c.res.Bytes += len(data)
	switch {
	case c.res.Bytes > maxChartBytes:
		c.stop(c.root.Shown(c.dir), fmt.Sprintf("this chart holds more than %d MiB; it is not rendered", maxChartBytes>>20))
	case len(c.files) >= maxChartFiles:
		c.stop(c.root.Shown(c.dir), fmt.Sprintf("this chart holds more than %d files; it is not rendered", maxChartFiles))
	default:
		c.files = append(c.files, helm.File{Name: name, Data: data})
	}
}

// own takes a file for a part of the chart: nobody else reads it. What a symlink leads to outside of
// the chart is not the chart's.
func (c *chartReader) own(at string) {
	below, ok := strings.CutPrefix(at, c.dir+"/")
	if c.dir == "." {
		below, ok = at, true
	}
	if ok && isChartPart(below) {
		c.res.Owned = append(c.res.Owned, c.root.Shown(at))
	}
}

// values reads one file of values, which may lie outside of the chart but not of the roots.
func (c *chartReader) values(in *helm.Input, name string, opts Options) {
	root, below, err := confined.For(opts.Source.Root, opts.Roots, name, opts.Source.Limits)
	if err != nil {
		c.stop(path.Clean(name), "these values cannot be used: the file "+err.Error())
		return
	}
	data, diag := root.Read(c.ctx, below)
	if diag != nil {
		c.stop(diag.Position.File, diag.Message)
		return
	}
	c.res.Bytes += len(data)
	c.res.Owned = append(c.res.Owned, root.Shown(below))
	c.res.Marked = append(c.res.Marked, root.Marked()...)
	in.Values = append(in.Values, helm.ValuesFile{Name: root.Shown(below), Data: data})
}
