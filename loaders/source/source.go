// Package source reads files into documents with positions: it discovers manifests in
// directories, splits them into documents, reads each the way Kubernetes does, and tells for any
// value of a document the line and column it stands in.
//
// Reading and locating are two different parses on purpose. What a document says is
// sigs.k8s.io/yaml's reading (YAML 1.1, as kubectl and the API server see it). Where a value
// stands comes from a node tree that is built only when somebody asks, because most documents of
// a fleet never appear in a report.
//
// Bad input never stops a load. What cannot be read becomes a Diagnostic, what is no manifest
// becomes an Ignored, and everything else is delivered.
package source

import (
	"context"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Input is one place to read documents from.
type Input struct {
	Path    string // a file, a directory, or "-" for standard input
	Cluster string // the cluster the documents belong to; "" if nobody said
}

// Options control discovery and reading. With the zero value everything that the inputs hold is
// read, with DefaultLimits.
type Options struct {
	// Include and Exclude are globs on slash-separated paths relative to the root of an input;
	// ** stands for any number of directories. A pattern that names a directory covers what is
	// below it. Explicitly named files are not filtered.
	Include, Exclude []string
	// Skip leaves out files that somebody else reads, by their path in positions, whoever named
	// them; nil = none.
	Skip func(file string) bool
	// Overlay are contents that stand in for those of files, by their path in positions: what a file would say after
	// an edit. It adds no files.
	Overlay  map[string][]byte
	NoIgnore bool      // do not let .gitignore prune discovery
	Stdin    io.Reader // what the input "-" reads
	// Root is the directory that relative inputs and the paths in positions are relative to;
	// "" is the working directory of the process.
	Root    string
	Limits  Limits
	Workers int // goroutines that read and parse; 0 = GOMAXPROCS
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// Result is what a load found, in the order of file paths whatever the parallelism.
type Result struct {
	Files       int         // files considered, those recognised by their name included; one of several clusters counts once
	Documents   int         // non-empty documents in them, before Lists are expanded
	Docs        []*Document // the Kubernetes objects, Lists expanded into their items
	Ignored     []Ignored   // what was recognised as something else
	Diagnostics []Diagnostic
	Marked      []Marked // the files that hold Mark, each once
	// Texts are the files that hold documents, by their path in positions. The documents keep them anyway.
	Texts map[string][]byte
}

// Mark is what comments begin with that speak to muster. Loading looks for it once, in the bytes of a file, so that
// nobody has to look for comments in files that have none.
const Mark = "muster:ignore"

// Marked is a file that holds Mark.
type Marked struct {
	File     string // as in positions
	Data     []byte
	Template bool // it may hold actions of Go templates
}

// Load discovers and reads inputs. It returns an error for usage problems only (an input that
// does not exist, a malformed glob) and when ctx is done; everything that is wrong with the
// content of an input is in the Result.
func Load(ctx context.Context, inputs []Input, opts Options) (*Result, error) {
	files, diags, err := Find(ctx, inputs, opts, ".yaml", ".yml", ".json")
	if err != nil {
		return nil, err
	}
	opts.Limits = opts.Limits.orDefault()
	texts, diag := openTexts(ctx, files, opts)
	if diag != nil {
		diags = append(diags, *diag)
	}

	type unit struct{ file, chunk int }
	var units []unit
	for i := range texts {
		texts[i].outcomes = make([]outcome, len(texts[i].chunks))
		for j := range texts[i].chunks {
			units = append(units, unit{i, j})
		}
	}
	each(ctx, opts.workers(), len(units), 16, func(i int) {
		t := &texts[units[i].file]
		t.outcomes[units[i].chunk] = t.parse(t.chunks[units[i].chunk])
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	res := &Result{Diagnostics: diags, Docs: make([]*Document, 0, len(units)), Texts: make(map[string][]byte, len(texts))} // a chunk holds one, mostly
	for i := range texts {
		docs, ignored, diags := texts[i].assemble()
		if i == 0 || files[i].Path != files[i-1].Path {
			res.Files++
			res.Documents += texts[i].documents()
			if texts[i].mark {
				res.Marked = append(res.Marked, Marked{File: files[i].Path, Data: texts[i].data})
			}
		}
		if len(docs) > 0 {
			res.Texts[files[i].Path] = texts[i].data
		}
		res.Docs = append(res.Docs, docs...)
		res.Ignored = append(res.Ignored, ignored...)
		res.Diagnostics = append(res.Diagnostics, diags...)
	}
	slices.SortStableFunc(res.Diagnostics, func(a, b Diagnostic) int { return a.Position.Compare(b.Position) })
	return res, nil
}

// Parse reads the documents of one file. Of opts only Limits matter.
func Parse(file string, data []byte, opts Options) (docs []*Document, ignored []Ignored, diags []Diagnostic) {
	t := readText(File{Path: file, Root: file}, data, opts.Limits.orDefault())
	t.outcomes = make([]outcome, len(t.chunks))
	for i, c := range t.chunks {
		t.outcomes[i] = t.parse(c)
	}
	return t.assemble()
}

// each calls do for 0..n-1 from several goroutines, in batches, until ctx is done.
func each(ctx context.Context, workers, n, batch int, do func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, (n+batch-1)/batch) {
		wg.Go(func() {
			for ctx.Err() == nil {
				from := int(next.Add(int64(batch))) - batch
				if from >= n {
					return
				}
				for i := from; i < min(from+batch, n); i++ {
					do(i)
				}
			}
		})
	}
	wg.Wait()
}
