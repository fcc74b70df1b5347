// Package render turns kustomizations and Helm charts into documents whose positions lead to the
// files they were rendered from.
//
// Everything a source is made of is read here, confined to the roots of the scan, and checked; a
// child process then renders it in memory, without files, network and programs, and is killed when
// it takes too long. What cannot be rendered becomes a diagnostic at its line, and everything else
// is rendered without it.
package render

import (
	"context"
	"errors"
	"path"
	"slices"
	"time"

	"github.com/passmuster/muster/loaders/render/confined"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Kind says what renders a source.
type Kind int

// The kinds of sources.
const (
	Kustomize Kind = iota
	Helm
)

// String names the kind as muster.yaml does.
func (k Kind) String() string {
	if k == Helm {
		return "helm"
	}
	return "kustomize"
}

// Source is a kustomization or a chart that is to be rendered.
type Source struct {
	Kind    Kind
	Dir     string // relative to the working root, slash-separated
	Cluster string
	At      mesh.Position // who names the source; zero = it was found

	// Namespace is where objects without one go; for a chart it is the release's too.
	Namespace string

	// For charts only.
	Values      []string // files of values, relative to the working root, in order
	Set         []string // key=value expressions, in order
	Given       *Given   // values that stand in no file, after all files; nil = none
	Release     string   // "" = the name of the directory
	KubeVersion string   // "" = the renderer's default
	APIVersions []string
}

// Given are values for a chart from elsewhere than a file.
type Given struct {
	Name string // as positions name it before Locate leads them on; no file has it
	JSON []byte // one value a line, as json.MarshalIndent writes it
	// Locate leads from the JSON pointer of a value to the place where it is written.
	Locate func(pointer string) mesh.Position
}

// Options bound a rendering.
type Options struct {
	Source source.Options // Root is the working root; Limits hold for every file
	// Roots are the directories that no path leads out of: a source may read the innermost one
	// that it lies in. None means the working root.
	Roots       []string
	Deadline    time.Duration // of each source; 0 = 30 s
	MemoryBytes int64         // of the child; 0 = 600 MB
	Child       []string      // the command line of the child; none = this program's render-child

	inProcess func(context.Context, request) *response // for fuzzing, where a process a time is too slow
}

// The defaults of Options.
const (
	DefaultDeadline    = 30 * time.Second
	DefaultMemoryBytes = 600_000_000
)

func (o Options) orDefault() Options {
	if o.Deadline <= 0 {
		o.Deadline = DefaultDeadline
	}
	if o.MemoryBytes <= 0 {
		o.MemoryBytes = DefaultMemoryBytes
	}
	return o
}

// Missing is something that could not be rendered because it is not there: whatever it would have
// said is unknown.
type Missing struct {
	Position   mesh.Position
	What       string   // "remote base https://…", "chart dependency redis 17.1.0"
	Help       string   // what to do about it, as a command where there is one
	Namespaces []string // those that it may concern
	Anywhere   bool     // it may concern any namespace of the cluster
}

// Result is what a source rendered to.
type Result struct {
	Docs []*source.Document
	// Owned are the files that the source is made of, as in positions and sorted: they are not to
	// be read again as plain manifests.
	Owned   []string
	Ignored []source.Ignored
	// Diagnostics are all problems, one line each; Missing are those that leave a gap.
	Diagnostics []source.Diagnostic
	Missing     []Missing
	Bytes       int // of everything that was read
	Marked      []source.Marked

	around []string // namespaces of the source, beside those of Docs
}

// Render renders one source. The error is for usage problems and for a ctx that is done; whatever
// is wrong with the source is in the Result.
func Render(ctx context.Context, src Source, opts Options) (*Result, error) {
	opts = opts.orDefault()
	root, dir, err := confined.For(opts.Source.Root, opts.Roots, src.Dir, opts.Source.Limits)
	if err != nil {
		at, why := mesh.Position{File: path.Clean(src.Dir)}, err.Error()
		if !src.At.IsZero() {
			at, why = src.At, path.Clean(src.Dir)+" "+why
		}
		if !errors.Is(err, confined.ErrOutside) && !errors.Is(err, confined.ErrMissing) {
			why = "cannot be read: " + err.Error()
		}
		return &Result{
			Diagnostics: []source.Diagnostic{{Position: at, Message: why}},
			Missing:     []Missing{{Position: at, What: src.Kind.String() + " source " + src.Dir, Anywhere: true}},
		}, nil
	}
	res := &Result{}
	if src.Kind == Helm {
		err = res.chart(ctx, src, root, dir, opts)
	} else {
		err = res.kustomization(ctx, src, root, dir, opts)
	}
	if err != nil {
		return nil, err
	}
	res.Marked = append(res.Marked, root.Marked()...)
	for i := range res.Marked {
		res.Marked[i].Template = src.Kind == Helm
	}
	res.finish(src)
	return res, ctx.Err()
}

// finish says of every document where it belongs, and puts everything in order.
func (r *Result) finish(src Source) {
	for i, d := range r.Docs {
		d.Index, d.Cluster, d.Root = i, src.Cluster, path.Clean(src.Dir)
		if d.Namespace == "" && src.Namespace != "" && !isClusterScoped(d) {
			d.Namespace = src.Namespace
		}
	}
	r.scope(src)
	slices.Sort(r.Owned)
	r.Owned = slices.Compact(r.Owned)
	slices.SortStableFunc(r.Diagnostics, func(a, b source.Diagnostic) int { return a.Position.Compare(b.Position) })
	r.Diagnostics = slices.CompactFunc(r.Diagnostics, func(a, b source.Diagnostic) bool { return a.Error() == b.Error() })
	slices.SortStableFunc(r.Missing, func(a, b Missing) int { return a.Position.Compare(b.Position) })
}

// problem is one line, and a gap where what names something that is missing.
func (r *Result) problem(at mesh.Position, message, what, help string) {
	r.lacks(Missing{Position: at, What: what, Help: help}, message)
}

func (r *Result) lacks(m Missing, message string) {
	shown := message
	if m.Help != "" {
		shown += " (" + m.Help + ")"
	}
	r.Diagnostics = append(r.Diagnostics, source.Diagnostic{Position: m.Position, Message: shown})
	if m.What != "" {
		r.Missing = append(r.Missing, m)
	}
}
