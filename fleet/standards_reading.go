package fleet

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// overlooked is a file that muster would pass over, and that holds what the base reads: for a .gitignore, its name or its place.
type overlooked struct {
	file, cluster string
	objects       []string // keys; none for Consul's own notations
	path          string   // absolute
}

// absent leaves out folders of the base's config that the files that are judged do not have. What they held is missing: nothing
// is known of their clusters.
func (o Options) absent(inputs []source.Input) (there []source.Input, gone []Missing) {
	if o.Standards == nil || o.Config == nil || len(o.Inputs) > 0 {
		return inputs, nil
	}
	at := map[source.Input]mesh.Position{}
	for _, c := range o.Config.Clusters {
		for _, s := range c.Sources {
			at[source.Input{Path: o.Config.Resolve(s.Path), Cluster: c.Name}] = s.Position
		}
	}
	for _, in := range inputs {
		if _, err := os.Stat(absolute(o.Source.Root, in.Path)); err == nil {
			there = append(there, in)
			continue
		}
		gone = append(gone, Missing{Position: at[in], Cluster: in.Cluster, Anywhere: true, What: "the source " + o.shown(in.Path) + " of cluster " + in.Cluster,
			Help: "keep the folder where the config of the base names it, or let the config of the change count with --accept-config-changes"})
	}
	return there, gone
}

// toldAbsent are the diagnostics of sources that are gone.
func toldAbsent(gone []Missing) (diags []source.Diagnostic) {
	for _, m := range gone {
		diags = append(diags, source.Diagnostic{Position: m.Position, Message: m.What + " is in the config that both sides are judged by, and the files to judge do not have it; " + m.Help})
	}
	return diags
}

// The bounds of a search for overlooked files: entries of folders, and bytes of all files that are looked into.
const (
	mostEntries  = 200_000
	mostSearched = 256 << 20
)

// regularFile reads a regular file of at most some bytes. It opens nothing else: a pipe would never end.
func regularFile(name string, most int64) ([]byte, bool) {
	found, err := os.Lstat(name)
	if err != nil || !found.Mode().IsRegular() || found.Size() > most {
		return nil, false
	}
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, false
	}
	defer func() { _ = f.Close() }()
	if opened, err := f.Stat(); err != nil || !os.SameFile(found, opened) {
		return nil, false
	}
	data, err := io.ReadAll(io.LimitReader(f, most))
	return data, err == nil
}

// overlookedIn finds files of a fleet that nobody reads and that hold what the base reads: objects that the fleet lacks now, and
// files of Consul's own notations that the base reads at the same place. What the base has at the same place without reading it
// is not meant.
func (st *Standards) overlookedIn(ctx context.Context, o Options, inputs []source.Input, docs []*source.Document, notation []placed, rendered []string) []overlooked {
	here, read := map[placed]bool{}, map[string]bool{}
	for _, d := range docs {
		here[placed{cmp.Or(d.Cluster, onlyCluster(o.Config)), d.Key()}] = true
		read[d.File] = true
	}
	lacks := map[placed]bool{}
	for p := range st.places {
		if !here[p] {
			lacks[p] = true
		}
	}
	entries := map[placed]bool{}
	for _, p := range st.base.notation {
		if !slices.Contains(notation, p) {
			entries[p] = true
		}
	}
	var list []overlooked
	if len(lacks)+len(entries) == 0 {
		return nil
	}
	left, bytesLeft := mostEntries, int64(mostSearched)
	for _, in := range inputs {
		if in.Path == "-" {
			continue
		}
		cluster := cmp.Or(in.Cluster, onlyCluster(o.Config))
		walkFiles(ctx, absolute(o.Source.Root, in.Path), &left, func(full string) {
			shown := o.shown(full)
			one := overlooked{file: shown, cluster: in.Cluster, path: full}
			switch {
			case read[shown] || slices.ContainsFunc(list, func(l overlooked) bool { return l.file == shown && l.cluster == in.Cluster }):
				return
			case entries[placed{cluster, shown}]:
				list = append(list, one)
				return
			case !isManifest(full) || len(lacks) == 0 || st.passedOver(shown):
				return
			}
			if _, ok := slices.BinarySearch(rendered, shown); ok && !strings.HasPrefix(path.Base(shown), "values") {
				return // it is a part of what is rendered, whatever comes of it
			}
			if one.objects = lackedIn(full, o.Source.Limits, cluster, lacks, &bytesLeft); len(one.objects) > 0 {
				list = append(list, one)
			}
		})
	}
	slices.SortFunc(list, func(a, b overlooked) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.cluster, b.cluster))
	})
	return list
}

func isManifest(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(path.Ext(name)))
}

// walkFiles calls each for the regular files below a folder, those of folders included that discovery leaves out. It follows no link.
func walkFiles(ctx context.Context, dir string, left *int, each func(full string)) {
	// What cannot be read has been told by who reads manifests.
	_ = filepath.WalkDir(dir, func(full string, e fs.DirEntry, err error) error {
		*left--
		switch {
		case ctx.Err() != nil || *left < 0:
			return fs.SkipAll
		case err != nil:
			return fs.SkipDir
		case e.IsDir() && e.Name() == ".git":
			return fs.SkipDir
		case e.Type().IsRegular():
			each(full)
		}
		return nil
	})
}

// passedOver reports whether the base has a file at the same place, and reads nothing of it.
func (st *Standards) passedOver(shown string) bool {
	if _, err := os.Lstat(absolute(st.base.from.Source.Root, filepath.FromSlash(shown))); err != nil {
		return false
	}
	return !st.read[shown]
}

// lackedIn are the keys of the objects of a file that are lacking in a cluster.
func lackedIn(full string, limits source.Limits, cluster string, lacks map[placed]bool, bytesLeft *int64) (keys []string) {
	limits.FileBytes = cmp.Or(limits.FileBytes, source.DefaultLimits().FileBytes)
	data, ok := regularFile(full, min(int64(limits.FileBytes), *bytesLeft))
	*bytesLeft -= int64(len(data))
	if !ok || !bytes.Contains(data, []byte("kind")) {
		return nil
	}
	docs, _, _ := source.Parse("overlooked.yaml", data, source.Options{Limits: limits})
	for _, d := range docs {
		if lacks[placed{cluster, d.Key()}] {
			keys = append(keys, d.Key())
		}
	}
	return keys
}

// readOverlooked reads files that the standards ask for: what hides them from muster hides them from nobody else.
func (r *reading) readOverlooked(ctx context.Context, o Options) error {
	if o.Standards == nil {
		return nil
	}
	var notation []placed
	for _, c := range r.consul {
		notation = append(notation, placed{cmp.Or(c.cluster, onlyCluster(o.Config)), c.file})
	}
	r.overlooked = o.Standards.overlookedIn(ctx, o, r.inputs, r.Docs, notation, r.files)
	opts := o.Source
	opts.Skip = nil
	for _, one := range r.overlooked {
		inputs := []source.Input{{Path: one.path, Cluster: one.cluster}}
		if len(one.objects) == 0 {
			files, _, err := source.Find(ctx, inputs, opts, consulExtension)
			if err != nil {
				return err
			}
			for i, h := range readHCL(ctx, files, opts.Limits) {
				if h.content != nil {
					r.Diagnostics = append(r.Diagnostics, h.diags...)
					before := len(r.consulMarked)
					r.takeConsul(files[i], h.marked, h.content)
					r.Marked = append(r.Marked, r.consulMarked[before:]...)
					r.Documents += h.content.Size()
				}
			}
			continue
		}
		res, err := source.Load(ctx, inputs, opts)
		if err != nil {
			return err
		}
		for _, d := range res.Docs {
			if slices.Contains(one.objects, d.Key()) {
				r.Docs = append(r.Docs, d)
				r.Documents++
			}
		}
		r.Files += res.Files
		r.Diagnostics, r.Marked = append(r.Diagnostics, res.Diagnostics...), append(r.Marked, res.Marked...)
	}
	return ctx.Err()
}

// readingChanges tells which files the base reads, and the change hides from muster, and which configs it adds where a scan of a
// folder would find them first.
func (st *Standards) readingChanges(head *Fleet) (list []config.Change) {
	hidden := head.overlooked
	if head.standards == nil {
		var docs []*source.Document
		for _, c := range head.clusters {
			docs = append(docs, head.docs[c.Name]...)
		}
		hidden = st.overlookedIn(context.Background(), head.from, head.inputs, docs, head.notation, head.files)
	}
	told := map[string]bool{}
	for _, h := range hidden {
		if told[h.file] {
			continue // it is a source of several clusters
		}
		told[h.file] = true
		what := "what the base reads"
		if len(h.objects) > 0 {
			what = fewOf(h.objects)
		}
		why, kind, at := "its name or its place", config.KindInputs, mesh.Position{File: h.file, Line: 1}
		if by := head.from.ignoredBy(h.path, st.base.from); by != "" {
			why, kind, at = by, config.KindIgnore, mesh.Position{File: by, Line: 1}
		}
		list = append(list, config.Change{Kind: kind, Change: config.Changed, Weakens: true, Base: mesh.Position{File: st.from(h), Line: 1}, Head: at,
			What: fmt.Sprintf("%s is hidden from muster by %s, and holds %s.", h.file, why, what)})
	}
	return append(list, st.nestedConfigs(head)...)
}

// from is where the base has what a file hides.
func (st *Standards) from(h overlooked) string {
	if len(h.objects) == 0 {
		return h.file
	}
	return st.places[placed{cmp.Or(h.cluster, onlyCluster(st.base.Config)), h.objects[0]}]
}

// fewOf names objects by their keys, the first few of them.
func fewOf(keys []string) string {
	const most = 3
	list := make([]string, 0, most)
	for _, key := range keys[:min(len(keys), most)] {
		parts := strings.Split(key, "/")
		list = append(list, parts[1]+" "+strings.TrimPrefix(strings.Join(parts[2:], "/"), "/"))
	}
	if len(keys) > most {
		list = append(list, fmt.Sprintf("%d more", len(keys)-most))
	}
	return strings.Join(list, ", ")
}

// mostIgnore is the size in bytes beyond which a .gitignore ignores nothing.
const mostIgnore = 1 << 20

// ignoredBy is the .gitignore above a file that the base does not have, or has otherwise; "" where there is none.
func (o Options) ignoredBy(full string, base Options) string {
	if o.Source.NoIgnore {
		return ""
	}
	top := config.WorkingTree(absolute(o.Source.Root, "."))
	for dir := filepath.Dir(full); ; dir = filepath.Dir(dir) {
		file := filepath.Join(dir, ".gitignore")
		if now, ok := regularFile(file, mostIgnore); ok {
			shown := o.shown(file)
			if was, ok := regularFile(absolute(base.Source.Root, filepath.FromSlash(shown)), mostIgnore); !ok || !bytes.Equal(was, now) {
				return shown
			}
		}
		if dir == top || dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// nestedConfigs are configs in the folders that are read that the base does not have: who scans such a folder is judged by them.
func (st *Standards) nestedConfigs(head *Fleet) (list []config.Change) {
	if head.from.Config == nil {
		return nil
	}
	left := mostEntries
	told := map[string]bool{}
	for _, in := range head.inputs {
		if in.Path == "-" {
			continue
		}
		walkFiles(context.Background(), absolute(head.from.Source.Root, in.Path), &left, func(full string) {
			shown := head.from.shown(full)
			if !config.IsName(filepath.Base(full)) || told[shown] || shown == head.from.Config.File {
				return
			}
			told[shown] = true
			if _, err := os.Lstat(absolute(st.base.from.Source.Root, filepath.FromSlash(shown))); err != nil {
				list = append(list, config.Change{Kind: config.KindConfig, Change: config.Added, Weakens: true, Head: mesh.Position{File: shown, Line: 1},
					What: fmt.Sprintf("%s is a config of its own: whoever scans %s is judged by it.", shown, path.Dir(shown))})
			}
		})
	}
	return list
}
