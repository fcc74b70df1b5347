package kustomize

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/loaders/render/confined"
	"github.com/passmuster/muster/loaders/source"
)

// find resolves an entry that names something on the disk.
func (r *reader) find(n *node, at place, what, entry string) (confined.Entry, bool) {
	if at.text = entry; r.stopped {
		return confined.Entry{}, false
	}
	label := what + " " + quote(entry)
	switch {
	case IsRemote(entry):
		r.problem(at, "remote "+label, label+" is not on this disk, and muster fetches nothing; what it holds is unknown",
			"kustomize localize "+r.plan.top)
		return confined.Entry{}, false
	case strings.TrimSpace(entry) == "":
		r.refuse(at, what, "an empty entry; name a file or directory, or remove it")
		return confined.Entry{}, false
	case path.IsAbs(entry):
		r.refuse(at, label, label+" is an absolute path; name it relative to this file")
		return confined.Entry{}, false
	}
	e, err := r.root.Find(path.Join(n.dir, entry))
	switch {
	case errors.Is(err, confined.ErrOutside):
		r.owned[r.root.Shown(path.Join(n.dir, entry))] = true // told here, and not again
		r.problem(at, label, label+" "+err.Error()+" and is not read", "scan a directory that holds both")
	case err != nil:
		r.refuse(at, label, label+" "+err.Error())
	}
	return e, err == nil
}

// file reads a file that an entry names; it has to be in the directory of the kustomization or
// below (kustomize: LoadRestrictionsRootOnly).
func (r *reader) file(n *node, at place, what, entry string) bool {
	e, ok := r.find(n, at, what, entry)
	return ok && r.load(n, at, what, entry, e)
}

func (r *reader) load(n *node, at place, what, entry string, e confined.Entry) bool {
	label := what + " " + quote(entry)
	name := path.Clean(entry)
	switch {
	case e.Dir:
		r.refuse(at, label, label+" is a directory; kustomize wants a file here")
		return false
	case n.dir != "." && !strings.HasPrefix(e.Name, n.dir+"/") || strings.HasPrefix(name, "../"):
		r.refuse(at, label, label+" is outside of the kustomization's directory, where kustomize reads only bases from")
		return false
	case IsName(name):
		r.refuse(at, label, label+" is the kustomization itself")
		return false
	}
	n.entries[name] = at.entry
	if _, ok := n.contents[name]; ok {
		return true
	}
	r.owned[r.root.Shown(e.Name)] = true
	data, diag := r.root.Read(r.ctx, e.Name)
	if diag != nil {
		r.problem(place{at: diag.Position, parent: n}, label, diag.Message, "")
		return false
	}
	if !r.size(at, len(data)) {
		return false
	}
	n.contents[name], n.data[name] = data, r.root.Shown(e.Name)
	return true
}

// resource is an entry under resources: a file of objects, or another kustomization.
func (r *reader) resource(n *node, at place, entry string) (string, bool) {
	at.plugins = n.plugins
	e, ok := r.find(n, at, "resource", entry)
	switch {
	case !ok:
		return "", false
	case e.Dir:
		return r.include(n, at, "base", entry, e)
	case !r.load(n, at, "resource", entry, e):
		return "", false
	}
	name := path.Clean(entry)
	if n.plugins != nil {
		return entry, r.plugins(n.plugins, at, n.data[name], n.contents[name])
	}
	p, known := r.parsed[e.Name]
	if !known {
		p = r.parse(e.Name, n.contents[name])
		r.parsed[e.Name] = p
	}
	n.resources[name] = p.docs
	r.objects += len(p.docs)
	if r.objects > r.limits.Objects {
		r.stop(at, fmt.Sprintf("renders more than %d objects, counted as often as they are included; nothing of it is rendered", r.limits.Objects))
	}
	if p.broken {
		n.dropped = true
	}
	return entry, !p.broken && !r.stopped
}

// parse reads a file of objects. What is wrong with it is reported once, however often it is
// included.
func (r *reader) parse(name string, data []byte) parsed {
	docs, _, diags := source.Parse(r.root.Shown(name), data, r.opts)
	r.plan.Diagnostics = append(r.plan.Diagnostics, diags...)
	return parsed{docs: docs, broken: len(diags) > 0 && !readable(data)}
}

// readable reports whether kustomize's YAML parser gets through a file.
func readable(data []byte) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	for {
		var n yaml.Node
		if err := dec.Decode(&n); err != nil {
			return err.Error() == "EOF"
		}
	}
}

func (r *reader) component(n *node, at place, entry string) (string, bool) {
	at.plugins = n.plugins
	e, ok := r.find(n, at, "component", entry)
	if !ok {
		return "", false
	}
	if !e.Dir {
		r.refuse(at, "component "+entry, quote(entry)+" is a file; a component is a directory")
		return "", false
	}
	return r.include(n, at, "component", entry, e)
}

// include reads another kustomization, and gives its entry in the copy.
func (r *reader) include(n *node, at place, what, entry string, e confined.Entry) (string, bool) {
	at.what, at.text, at.parent = what, entry, n
	child := r.visit(e.Name, at)
	if child == nil {
		n.dropped = true
		return "", false
	}
	return "../" + fmt.Sprint(child.number), true
}

// quote renders an entry in a message.
func quote(entry string) string {
	entry = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(entry, "?"))
	if r := []rune(entry); len(r) > 120 {
		entry = string(r[:120]) + "…"
	}
	return entry
}
