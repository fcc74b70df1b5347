package kustomize

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/loaders/render/confined"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Plan is a kustomization with everything that it refers to, read and checked.
type Plan struct {
	Problems    []Problem
	Diagnostics []source.Diagnostic // what is wrong with the files that it refers to
	Owned       []string            // the files it is made of, as in positions, sorted
	Bytes       int                 // of all of them

	top   string // the kustomization as positions name it
	nodes []*node
	files []File
	keeps bool // the kustomization itself asks for origin annotations
}

// reader reads one kustomization.
type reader struct {
	ctx    context.Context
	root   *confined.Root
	opts   source.Options
	limits Limits
	plan   *Plan

	owned   map[string]bool
	parsed  map[string]parsed // resource files, by path below the root
	objects int
	stopped bool // beyond a limit; nothing is rendered
}

type parsed struct {
	docs   []*source.Document
	broken bool // the YAML cannot be read
}

// Read reads the kustomization in the directory dir below root. Of opts, Limits matter.
func Read(ctx context.Context, root *confined.Root, dir string, opts source.Options, limits Limits) *Plan {
	r := &reader{
		ctx: ctx, root: root, opts: opts, limits: limits,
		plan:  &Plan{top: root.Shown(dir)},
		owned: map[string]bool{}, parsed: map[string]parsed{},
	}
	at := mesh.Position{File: r.plan.top}
	if n := r.visit(dir, place{at: at, what: "kustomization"}); n == nil {
		r.stopped = true
	}
	for name := range r.owned {
		r.plan.Owned = append(r.plan.Owned, name)
	}
	slices.Sort(r.plan.Owned)
	if r.stopped {
		r.plan.files = nil
	}
	return r.plan
}

// Input is what the child needs to render the plan; without files there is nothing to render.
func (p *Plan) Input() Input { return Input{Files: p.files, KeepOrigins: p.keeps} }

// place says which entry asks for something.
type place struct {
	parent  *node
	entry   string // JSON pointer
	text    string // the entry
	at      mesh.Position
	what    string // "base", "component", …
	plugins *node
	refused bool // kustomize itself refuses the entry
}

// maxProblems is how many problems of one kustomization are told one by one.
const maxProblems = 100

// refuse tells of an entry that kustomize itself refuses.
func (r *reader) refuse(at place, what, message string) {
	at.refused = true
	r.problem(at, what, message, "")
}

func (r *reader) problem(at place, what, message, help string) {
	p := Problem{Position: at.at, Message: message, Help: help, What: what, Refused: at.refused}
	if at.plugins == nil {
		p.Namespaces = at.parent.namespaces()
	}
	if at.parent != nil {
		at.parent.dropped = true
	}
	if r.stopped {
		return // what stopped it says enough
	}
	for i := range r.plan.Problems { // a base that is included twice has its problems once
		if known := &r.plan.Problems[i]; known.Position.Compare(p.Position) == 0 && known.Message == p.Message {
			known.Namespaces = union(known.Namespaces, p.Namespaces)
			return
		}
	}
	if n := len(r.plan.Problems); n > maxProblems {
		last := &r.plan.Problems[n-1]
		last.Namespaces, last.Refused = union(last.Namespaces, p.Namespaces), last.Refused && p.Refused
		return
	} else if n == maxProblems {
		p.Message = "here and in more places of this kustomization something cannot be rendered; mend what is told above first"
		p.What, p.Help = "more entries of the kustomization "+r.plan.top, ""
	}
	r.plan.Problems = append(r.plan.Problems, p)
}

// stop gives up on the whole kustomization.
func (r *reader) stop(at place, message string) {
	if !r.stopped {
		r.stopped = true
		r.plan.Problems = append(r.plan.Problems, Problem{Position: at.at, Message: message, What: "the kustomization " + r.plan.top,
			Help: "split it, or render it beforehand: kustomize build " + r.plan.top + " | muster scan -"})
	}
}

// visit reads the kustomization in a directory and everything that it includes; nil if it cannot
// be rendered.
func (r *reader) visit(dir string, at place) *node {
	n := r.open(dir, at)
	if n == nil {
		return nil
	}
	r.plan.nodes = append(r.plan.nodes, n)
	if at.parent != nil {
		at.parent.children = append(at.parent.children, n)
	} else {
		r.plan.keeps = slices.Contains(n.spec.BuildMetadata, types.OriginAnnotations)
	}
	spec := r.fields(n)
	if at.parent == nil && !r.plan.keeps {
		spec.BuildMetadata = append(slices.Clip(spec.BuildMetadata), types.OriginAnnotations)
	}
	if n.dropped && spec.MetaData == nil {
		spec.MetaData = &types.ObjectMeta{Name: "rest"} // kustomize refuses a kustomization that says nothing
	}
	data, err := yaml.Marshal(spec)
	if err != nil {
		r.stop(at, "the kustomization cannot be copied: "+err.Error())
		return nil
	}
	r.plan.files = append(r.plan.files, File{Name: n.base() + "/" + names[0], Data: data})
	for _, name := range sortedKeys(n.contents) {
		r.plan.files = append(r.plan.files, File{Name: n.base() + "/" + name, Data: n.contents[name]})
	}
	return n
}

// open reads the kustomization file of a directory.
func (r *reader) open(dir string, at place) *node {
	if r.stopped || r.ctx.Err() != nil {
		return nil
	}
	for n, depth := at.parent, 0; n != nil; n, depth = n.parent, depth+1 {
		if n.dir == dir || strings.HasPrefix(n.dir, dir+"/") || dir == "." {
			r.refuse(at, at.what+" "+at.text, fmt.Sprintf("%s is, or contains, a kustomization that asks for it; kustomize refuses such a cycle", r.root.Shown(dir)))
			return nil
		}
		if depth+2 > r.limits.Depth {
			r.stop(at, fmt.Sprintf("kustomizations inside one another more than %d levels deep; nothing of it is rendered", r.limits.Depth))
			return nil
		}
	}
	if len(r.plan.nodes) >= r.limits.Kustomizations {
		r.stop(at, fmt.Sprintf("includes more than %d kustomizations, counted as often as they are included; nothing of it is rendered", r.limits.Kustomizations))
		return nil
	}
	name, problem, outside := r.named(dir)
	if problem != "" {
		at.refused = !outside
		r.problem(at, at.what+" "+at.text, problem, "")
		return nil
	}
	n := &node{
		number: len(r.plan.nodes), dir: dir, file: r.root.Shown(name), parent: at.parent, entry: at.entry, plugins: at.plugins,
		resources: map[string][]*source.Document{}, entries: map[string]string{}, texts: map[string][]*text{},
		data: map[string]string{}, contents: map[string][]byte{},
	}
	n.patches = sync.OnceValue(n.readPatches)
	r.owned[n.file] = true
	data, diag := r.root.Read(r.ctx, name)
	if diag != nil {
		r.problem(place{at: diag.Position}, "the kustomization "+r.root.Shown(dir), diag.Message, "")
		return nil
	}
	if at.parent == nil {
		at.at = mesh.Position{File: n.file, Line: 1, Column: 1}
	}
	if !r.size(at, len(data)) {
		return nil
	}
	var diags []source.Diagnostic
	if n.doc, n.spec, diags = Parse(n.file, data, r.opts); len(diags) > 0 {
		for _, d := range diags {
			r.refuse(place{at: d.Position}, "the kustomization "+r.root.Shown(dir), d.Message)
		}
		if at.parent != nil {
			at.parent.dropped = true
		}
		return nil
	}
	return r.kind(n, at)
}

// kind checks that components and kustomizations stand where kustomize wants them.
func (r *reader) kind(n *node, at place) *node {
	n.component = n.spec.Kind == types.ComponentKind
	switch {
	case at.parent == nil || n.component == (at.what == "component"):
		return n
	case n.component:
		r.refuse(at, at.what+" "+at.text, r.root.Shown(n.dir)+" is a Component; name it under components")
	default:
		r.refuse(at, at.what+" "+at.text, r.root.Shown(n.dir)+" is no Component; name it under resources")
	}
	return nil
}

// named finds the kustomization file of a directory, or says why there is none; outside: it cannot
// be looked at.
func (r *reader) named(dir string) (name, problem string, outside bool) {
	for _, candidate := range names {
		e, err := r.root.Find(path.Join(dir, candidate))
		switch {
		case err == confined.ErrOutside: //nolint:errorlint // Find returns its errors bare
			return "", r.root.Shown(path.Join(dir, candidate)) + " " + err.Error(), true
		case err != nil || e.Dir:
		case name != "":
			return "", fmt.Sprintf("%s holds two kustomization files, and kustomize refuses to choose", r.root.Shown(dir)), false
		default:
			name = path.Join(dir, candidate)
		}
	}
	if name == "" {
		return "", r.root.Shown(dir) + " holds no kustomization.yaml", false
	}
	e, err := r.root.Find(name)
	if err != nil {
		return "", r.root.Shown(name) + " " + err.Error(), false
	}
	return e.Name, "", false
}

// size counts what is read against the limit.
func (r *reader) size(at place, n int) bool {
	r.plan.Bytes += n
	if r.plan.Bytes > r.limits.Bytes {
		r.stop(at, fmt.Sprintf("is made of more than %d MiB, counted as often as it is included; nothing of it is rendered", r.limits.Bytes>>20))
		return false
	}
	return true
}
