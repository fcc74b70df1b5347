package report

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Inputs is the record of what a report rests on. A file that belongs to several clusters stands
// in it once.
type Inputs struct {
	Files         int             `json:"files"`
	Documents     int             `json:"documents"`
	Resources     int             `json:"resources"` // objects that a loader understood
	Ignored       int             `json:"ignored"`   // documents and files that are no manifests
	Unreadable    []Unreadable    `json:"unreadable"`
	Rendered      []Rendered      `json:"rendered"`
	Missing       []Missing       `json:"missing"`
	Skipped       []Skipped       `json:"skipped"`
	NotUnderstood []NotUnderstood `json:"notUnderstood"`
	NotEvaluated  []NotEvaluated  `json:"notEvaluated"`
}

// Unreadable is a file or document that is missing from the audit. Line 0 means the whole file,
// column 0 the whole line.
type Unreadable struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// Rendered is a chart or kustomization whose objects are part of the audit.
type Rendered struct {
	Kind    string `json:"kind"` // helm or kustomize
	Dir     string `json:"dir"`
	Cluster string `json:"cluster"` // "" if nobody said
	Objects int    `json:"objects"`
}

// Missing is a chart, kustomization or template whose objects are not part of the audit.
type Missing struct {
	Position Position `json:"position"`
	What     string   `json:"what"`
	Help     string   `json:"help"` // what to do about it; may be ""
}

// Skipped counts what has no say in any prediction.
type Skipped struct {
	Reason   string   `json:"reason"`
	Kind     string   `json:"kind"` // of objects, with the group if it is no one of Kubernetes' own; "" for what is no object
	Count    int      `json:"count"`
	Examples []string `json:"examples"` // file:line of the first of them

	places []string
}

// mostExamples is how many places of a reason the JSON names.
const mostExamples = 3

// SkippedOf is an entry about what was skipped for one reason, with all its places as file:line.
func SkippedOf(reason, kind string, places []string) Skipped {
	return Skipped{Reason: reason, Kind: kind, Count: len(places), Examples: places[:min(len(places), mostExamples)], places: places}
}

// NotUnderstood may have a say in predictions that take no notice of it.
type NotUnderstood struct {
	Position Position `json:"position"`
	Message  string   `json:"message"`
	Kind     string   `json:"kind"` // of the object, or ""
}

// NotUnderstoodOf is an entry about something of a kind.
func NotUnderstoodOf(kind, message string, at mesh.Origin) NotUnderstood {
	return NotUnderstood{Position: Position{at}, Message: message, Kind: kind}
}

// NotEvaluated is a policy whose answer is missing or not whole.
type NotEvaluated struct {
	Rule     string   `json:"rule"` // its id; "" if that is not known
	Position Position `json:"position"`
	Message  string   `json:"message"`
}

// PositionAt is a known place of the inputs.
func PositionAt(at mesh.Position) Position { return Position{mesh.Origin{In: fixed{at}}} }

// fixed is a Locator that always answers with one place.
type fixed struct{ mesh.Position }

// Locate returns the place, whatever the path.
func (p fixed) Locate(string) mesh.Position { return p.Position }

// settle sorts the lists; none of them is nil afterwards, so that JSON has no null.
func (in Inputs) settle() Inputs {
	in.Unreadable = append([]Unreadable{}, in.Unreadable...)
	slices.SortStableFunc(in.Unreadable, func(a, b Unreadable) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	in.Rendered = append([]Rendered{}, in.Rendered...)
	slices.SortStableFunc(in.Rendered, func(a, b Rendered) int {
		return cmp.Or(cmp.Compare(a.Dir, b.Dir), cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Kind, b.Kind))
	})
	in.Missing = append([]Missing{}, in.Missing...)
	slices.SortStableFunc(in.Missing, func(a, b Missing) int {
		return cmp.Or(a.Position.At().Compare(b.Position.At()), cmp.Compare(a.What, b.What))
	})
	in.Skipped = append([]Skipped{}, in.Skipped...)
	for i, s := range in.Skipped {
		in.Skipped[i].Examples = list(s.Examples)
	}
	in.NotUnderstood = append([]NotUnderstood{}, in.NotUnderstood...)
	in.NotEvaluated = append([]NotEvaluated{}, in.NotEvaluated...)
	return in
}

// shortfall is something that the audit lacks: every format says it, so that nobody takes the rest for
// all there is.
type shortfall struct {
	at      mesh.Position
	message string // what is the matter with it: "is missing from the audit: no such file"
	level   string // error, or warning where predictions take notice of it themselves
}

// shortfalls lists what is missing from the audit: inputs that were not read, policies that were not
// evaluated, and what was not rendered.
func (in *Inputs) shortfalls() []shortfall {
	var list []shortfall
	for _, u := range in.Unreadable {
		list = append(list, shortfall{u.position(), "is missing from the audit: " + u.Message, "error"})
	}
	for _, n := range in.NotEvaluated {
		list = append(list, shortfall{n.Position.At(), cmp.Or(n.Rule, "a policy") + " was not evaluated: " + n.Message, "error"})
	}
	for _, m := range in.Missing {
		message := "is missing from the audit: " + m.What
		if m.Help != "" {
			message += "; " + m.Help
		}
		list = append(list, shortfall{m.Position.At(), message, "warning"})
	}
	return list
}

func (u Unreadable) position() mesh.Position {
	return mesh.Position{File: u.File, Line: u.Line, Column: u.Column}
}
