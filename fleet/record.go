package fleet

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// record collects what documents by themselves tell of what is skipped and not understood.
type record struct {
	skipped       map[reason]*Skipped
	notUnderstood []NotUnderstood
	seen          map[string]bool // documents, which several clusters may share
}

func recordOf(ignored []source.Ignored, meshes []*meshState, docs map[string][]*source.Document) *record {
	r := &record{skipped: map[reason]*Skipped{}, seen: map[string]bool{}}
	r.ignored(ignored)
	for _, state := range meshes {
		for _, c := range state.clusters {
			for _, d := range docs[c.Name] {
				r.document(state.mesh.Kind, d)
			}
		}
	}
	return r
}

// reason is why something is skipped, and of what kind that is.
type reason struct{ why, kind string }

func (r *record) skip(why, kind string, at mesh.Position) {
	s := r.skipped[reason{why, kind}]
	if s == nil {
		s = &Skipped{Reason: why, Kind: kind}
		r.skipped[reason{why, kind}] = s
	}
	s.Places = append(s.Places, at)
}

// ignored takes in what source recognised as no manifest. What looks like one that lost a line is
// not understood rather than skipped.
func (r *record) ignored(list []source.Ignored) {
	for _, i := range list {
		at := mesh.Position{File: i.File, Line: i.Line, Column: 1}
		if strings.HasSuffix(i.Reason, "looks like a manifest") {
			r.notUnderstood = append(r.notUnderstood, NotUnderstood{
				Origin: mesh.Origin{In: &located{at}}, Kind: "half a manifest", Message: i.Reason + ": it is left out",
			})
			continue
		}
		r.skip(i.Reason, "", at)
	}
}

func (r *record) document(kind mesh.Kind, d *source.Document) {
	s := standingIn(kind, d)
	if s.standing == modelled && s.message == "" {
		return
	}
	at := mesh.Position{File: d.File, Line: d.Line, Column: 1}
	key := at.String() + "|" + d.Key()
	if r.seen[key] {
		return
	}
	r.seen[key] = true
	if s.standing == unmodelled {
		kind := d.Kind
		if group, _, ok := strings.Cut(d.APIVersion, "/"); ok && !ownGroups[group] {
			kind += "." + group
		}
		r.skip(notModelled, kind, at)
		return
	}
	name := strings.TrimPrefix(d.Namespace+"/"+d.Name, "/")
	r.notUnderstood = append(r.notUnderstood, NotUnderstood{
		Origin: mesh.At(d, ""), Kind: d.Kind, Message: d.Kind + " " + name + ": " + s.message,
	})
}

// droppedFields takes over what the loaders left out. Facts of one object in several clusters are
// one.
func droppedFields(list []*mesh.Fact) (out []NotUnderstood) {
	seen := map[string]bool{}
	for _, f := range list {
		kind := "unknown field"
		switch f.Kind {
		case mesh.FactUnknownField:
		case mesh.FactUnsupported:
			kind = f.Resource.Kind
		default:
			continue
		}
		if key := f.Origin.String() + "|" + f.Message; !seen[key] {
			seen[key] = true
			out = append(out, NotUnderstood{Origin: f.Origin, Message: f.Message, Kind: kind})
		}
	}
	return out
}

// reasons are what was skipped, the most frequent kinds of a reason first.
func (r *record) reasons() []Skipped {
	var skipped []Skipped
	for _, s := range r.skipped {
		skipped = append(skipped, *s)
	}
	slices.SortFunc(skipped, func(a, b Skipped) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(len(b.Places), len(a.Places)), cmp.Compare(a.Kind, b.Kind))
	})
	return skipped
}

func byPosition(list []NotUnderstood) []NotUnderstood {
	slices.SortStableFunc(list, func(a, b NotUnderstood) int {
		return cmp.Or(a.Origin.Position().Compare(b.Origin.Position()), cmp.Compare(a.Message, b.Message))
	})
	return list
}

// facts makes facts of everything that a strict scan does not put up with.
func (in *Inputs) facts() []*mesh.Fact {
	var list []*mesh.Fact
	say := func(kind mesh.FactKind, at mesh.Origin, message string) {
		list = append(list, &mesh.Fact{Kind: kind, Origin: at, Message: message})
	}
	here := func(p mesh.Position) mesh.Origin {
		p.Line, p.Column = max(p.Line, 1), max(p.Column, 1)
		return mesh.Origin{In: &located{p}}
	}
	for _, d := range in.Unreadable {
		if slices.ContainsFunc(in.Missing, func(m Missing) bool { return m.Position.Compare(d.Position) == 0 }) {
			continue // told as missing
		}
		say(mesh.FactNotRead, here(d.Position), "Not read, and so missing from the audit: "+d.Message)
	}
	for _, n := range in.NotUnderstood {
		if n.Kind == unknownValues {
			continue
		}
		say(mesh.FactNotUnderstood, n.Origin, "Not understood: "+n.Message)
	}
	for _, m := range in.Missing {
		message := notRendered + m.What
		if m.Help != "" {
			message += "; " + m.Help
		}
		say(mesh.FactNotRendered, here(m.Position), message)
	}
	for _, i := range in.Ignored {
		if NotRendered(i.Reason) {
			say(mesh.FactNotRendered, here(mesh.Position{File: i.File, Line: i.Line}), notRendered+whatIsNotRendered(i.Reason))
		}
	}
	return list
}

const notRendered = "Not rendered, and so missing from the audit: "

// whatIsNotRendered says what it is, and what helps, in the words of a finding.
func whatIsNotRendered(reason string) string {
	what, where, _ := strings.Cut(reason, ", not rendered")
	switch {
	case what == "template":
		return "a document with {{ }} that no chart renders"
	case strings.HasSuffix(where, "standard input"):
		return "a " + what + " on standard input; kustomize build DIR | muster scan -"
	case where != "":
		return "a " + what + " in a file that kustomize does not look for; name it kustomization.yaml"
	}
	return "a " + what
}

// NotRendered reports whether the reason for which something was ignored means that objects are
// missing. The templates of a chart are left to the chart.
func NotRendered(reason string) bool { return strings.Contains(reason, ", not rendered") }
