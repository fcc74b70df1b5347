package policy

import (
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// maxMessage bounds the message of a finding, in characters.
const maxMessage = 1000

// findingKeys are the members that a finding may have.
var findingKeys = []string{"id", "field", "path", "service", "args", "level", "message"}

// findings resolves what a policy found, in a fixed order, and up to the cap.
func (e *evaluation) findings(p *Policy) []analyzer.Finding {
	terms := e.found[p]
	slices.SortStableFunc(terms, func(a, b *ast.Term) int { return ast.Compare(a.Value, b.Value) })
	terms = slices.CompactFunc(terms, func(a, b *ast.Term) bool { return a.Equal(b) })
	if len(terms) > e.o.Most {
		e.missing(p, p.Position, "it has more than %d findings: those beyond are not shown", e.o.Most)
		terms = terms[:e.o.Most]
	}
	list := make([]analyzer.Finding, 0, len(terms))
	for _, t := range terms {
		f, problem := e.finding(p, t)
		if problem != "" {
			e.missing(p, p.Position, "it has a finding that cannot be shown: %s", problem)
			continue
		}
		list = append(list, f)
	}
	return list
}

// finding turns one member of a set findings into a finding, or says why that is not possible.
func (e *evaluation) finding(p *Policy, t *ast.Term) (analyzer.Finding, string) {
	f := analyzer.Finding{Level: p.Severity}
	o, ok := t.Value.(ast.Object)
	if !ok {
		return f, "want an object such as {\"id\": id}"
	}
	words := map[string]string{}
	args := map[string]string{}
	problem := ""
	o.Foreach(func(k, v *ast.Term) {
		key, _ := k.Value.(ast.String)
		s, isText := v.Value.(ast.String)
		switch {
		case !slices.Contains(findingKeys, string(key)):
			problem = unknownWord(shown(k), findingKeys)
		case key == "args":
			args, ok = argsOf(v)
			if !ok {
				problem = "args: want an object"
			}
		case !isText:
			problem = string(key) + ": want text"
		default:
			words[string(key)] = string(s)
		}
	})
	if problem != "" {
		return f, problem
	}
	if f.Origin, problem = e.origin(p, words); problem != "" {
		return f, problem
	}
	if len(p.Rule.Yields) > 0 {
		f.Follows = []mesh.Origin{f.Origin}
	}
	if f.Service, problem = e.service(words); problem != "" {
		return f, problem
	}
	if level := words["level"]; level != "" {
		if !slices.Contains(severities, level) {
			return f, "level: " + unknownWord(level, severities)
		}
		f.Level = analyzer.Level(level)
	}
	f.Message = words["message"]
	if f.Message == "" {
		f.Message = filled(p, args)
	}
	if r := []rune(f.Message); len(r) > maxMessage {
		f.Message = string(r[:maxMessage]) + "…"
	}
	return f, ""
}

// origin finds where a finding stands: at a node of the graph or a field of it, or at an object or a value in it.
func (e *evaluation) origin(p *Policy, words map[string]string) (mesh.Origin, string) {
	id, field, pointer := words["id"], words["field"], words["path"]
	if id == "" {
		return mesh.Origin{}, "id: there is none"
	}
	if o, ok := e.objects.object(id); ok && (p.Over == "objects" || field == "") {
		if field != "" {
			return mesh.Origin{}, "field: it belongs to nodes of the graph; objects have path, a JSON pointer"
		}
		if pointer != "" && !strings.HasPrefix(pointer, "/") {
			return mesh.Origin{}, "path: want a JSON pointer such as /spec/host"
		}
		return mesh.Origin{In: o.Origin.In, Path: o.Origin.Path + pointer}, ""
	}
	if pointer != "" {
		return mesh.Origin{}, "path: it belongs to objects; nodes of the graph have field, such as update.history"
	}
	known := false
	for _, own := range []bool{true, false} {
		for _, s := range e.sections {
			if own != (s.name == p.Over) {
				continue
			}
			if at, ok := s.origin(id, field); ok {
				return at, ""
			}
			_, there := s.origin(id, "")
			known = known || there
		}
	}
	if known {
		return mesh.Origin{}, "field: " + id + " has no field " + field
	}
	return mesh.Origin{}, "id: there is no " + id + " in the fleet"
}

// service is the one that a finding is about: the one that it names, that it stands at, or the only one behind that.
func (e *evaluation) service(words map[string]string) (*mesh.Service, string) {
	if id := words["service"]; id != "" {
		s := e.o.Graph.Service(mesh.ServiceID(id))
		if s == nil {
			return nil, "service: there is no " + id + " in the fleet"
		}
		return s, ""
	}
	if s := e.o.Graph.Service(mesh.ServiceID(words["id"])); s != nil {
		return s, ""
	}
	var about []string
	if o, ok := e.objects.object(words["id"]); ok {
		about = e.p.about(o)
	} else {
		for _, id := range e.p.behind(words["id"]) {
			about = append(about, string(id))
		}
	}
	if len(about) == 1 {
		return e.o.Graph.Service(mesh.ServiceID(about[0])), ""
	}
	return nil, ""
}

var placeholder = regexp.MustCompile(`\{([a-zA-Z][a-zA-Z0-9]*)\}`)

// filled is the message template of a policy with arguments; its title, if it has none.
func filled(p *Policy, args map[string]string) string {
	if p.Message == "" {
		return p.Title
	}
	return placeholder.ReplaceAllStringFunc(strings.Join(strings.Fields(p.Message), " "), func(word string) string {
		if v, ok := args[strings.Trim(word, "{}")]; ok {
			return v
		}
		return word
	})
}

func argsOf(t *ast.Term) (map[string]string, bool) {
	o, ok := t.Value.(ast.Object)
	if !ok {
		return nil, false
	}
	args := map[string]string{}
	o.Foreach(func(k, v *ast.Term) { args[shown(k)] = shown(v) })
	return args, true
}

// shown is a value as messages have it.
func shown(t *ast.Term) string {
	list := func(n int, each func(func(*ast.Term))) string {
		parts := make([]string, 0, n)
		each(func(x *ast.Term) { parts = append(parts, shown(x)) })
		return strings.Join(parts, ", ")
	}
	switch v := t.Value.(type) {
	case ast.String:
		return string(v)
	case *ast.Array:
		return list(v.Len(), v.Foreach)
	case ast.Set:
		return list(v.Len(), v.Foreach)
	}
	return t.String()
}

// builtinFailed notes a call that failed, such as to_number("x"): what depends on it was passed over.
func (e *evaluation) builtinFailed(err topdown.Error) {
	at := positionOf(err.Location)
	n := NotEvaluated{Position: at, Message: "an expression fails, and what depends on it is passed over: " + strings.Join(strings.Fields(err.Message), " ")}
	for _, p := range e.active {
		if p.File == at.File {
			n.Rule = p.ID
		}
	}
	for _, other := range e.out.NotEvaluated {
		if other.Position.Compare(at) == 0 && other.Rule == n.Rule {
			return // one is enough for a line
		}
	}
	e.out.NotEvaluated = append(e.out.NotEvaluated, n)
}
