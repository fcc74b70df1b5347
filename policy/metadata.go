package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Metadata is what the METADATA of a policy's package says of it.
type Metadata struct {
	ID          string
	Slug        string
	Title       string
	Description string
	Severity    analyzer.Level // of its findings, unless they say otherwise
	Impact      string
	Precision   string
	Category    string
	Meshes      []string
	// Over is the kind of its targets: services, workloads, clusters, gateways or dependencies of the graph, or objects.
	Over  string
	Kinds []string // of objects, if Over is objects
	// Message is a template for the messages of its findings: {name} stands for the argument of that name.
	Message     string
	Remediation string
	Params      []Parameter
	Links       []string
	// Off: it runs only where the config gives it a level.
	Off      bool
	Position mesh.Position
}

// Parameter is one parameter, with what it is for.
type Parameter struct {
	analyzer.Param
	Description string
}

// The words of METADATA.
var (
	customKeys = []string{"id", "slug", "severity", "impact", "precision", "category", "meshes", "selector", "message", "remediation",
		"params", "since", "default", "tags", "examples", "fix", "ignorable"}
	severities = []string{"error", "warning", "note"}
	impacts    = []string{"critical", "high", "medium", "low"}
	precisions = []string{"very-high", "high", "medium", "low"}
	overs      = []string{"services", "workloads", "clusters", "gateways", "dependencies", "objects"}
	paramTypes = []string{"integer", "number", "boolean", "string", "duration", "strings"}
)

var (
	ownIDForm     = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)
	builtinIDForm = regexp.MustCompile(`^DR[1-9][0-9]{2}$`)
	slugForm      = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	paramForm     = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]*$`)
	kindForm      = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
)

// IsOwnID reports whether an id has the form of those of policies that are not built in: ACME_001. Ids without an
// underscore belong to muster.
func IsOwnID(id string) bool { return ownIDForm.MatchString(id) }

// metadataReader reads the METADATA of one package, and notes all that is wrong with it.
type metadataReader struct {
	m        Metadata
	at       mesh.Position
	problems []Problem
}

func (r *metadataReader) problem(format string, args ...any) {
	r.problems = append(r.problems, Problem{r.at, "METADATA: " + fmt.Sprintf(format, args...)})
}

// metadataOf reads the METADATA of a policy with an id, the last part of its package.
func metadataOf(m *ast.Module, id string, builtin bool) (Metadata, []Problem) {
	r := &metadataReader{at: positionOf(m.Package.Location)}
	r.m.Position = r.at
	i := slices.IndexFunc(m.Annotations, func(a *ast.Annotations) bool { return a.Scope == "package" })
	if i < 0 {
		r.problem("there is none above the package: a policy needs a title, custom.id and custom.severity")
		return r.m, r.problems
	}
	a := m.Annotations[i]
	r.at = positionOf(a.Location)
	r.m.Title, r.m.Description = strings.TrimSpace(a.Title), strings.TrimSpace(a.Description)
	if r.m.Title == "" || strings.Contains(r.m.Title, "\n") {
		r.problem("title: want one line that says what is wrong when it speaks")
	}
	for _, l := range a.RelatedResources {
		r.m.Links = append(r.m.Links, l.Ref.String())
	}
	if len(a.Schemas) > 0 {
		r.problem("schemas: leave them out, muster knows what input and data.graph hold")
	}
	for _, key := range slices.Sorted(maps.Keys(a.Custom)) {
		if !slices.Contains(customKeys, key) {
			r.problem("custom.%s: %s", key, unknownWord(key, customKeys))
		}
	}
	r.identity(a.Custom, id, builtin)
	r.judgement(a.Custom)
	r.selector(a.Custom["selector"])
	r.params(a.Custom["params"])
	return r.m, r.problems
}

func (r *metadataReader) identity(c map[string]any, id string, builtin bool) {
	r.m.ID = r.text(c, "id", true)
	switch {
	case r.m.ID == "":
	case r.m.ID != id:
		r.problem("custom.id: it is %s, and the package is data.muster.rules.%s; they have to be one", r.m.ID, id)
	case builtin && !builtinIDForm.MatchString(id):
		r.problem("custom.id: want one such as DR541, got %q", id)
	case !builtin && !IsOwnID(id):
		r.problem("custom.id: want capitals and digits with an underscore, such as ACME_001, got %q; ids without one belong to muster", id)
	}
	r.m.Slug = r.text(c, "slug", false)
	if r.m.Slug == "" {
		r.m.Slug = strings.ToLower(strings.ReplaceAll(id, "_", "-"))
	}
	if !slugForm.MatchString(r.m.Slug) {
		r.problem("custom.slug: want small letters with hyphens, such as no-owner, got %q", r.m.Slug)
	}
}

func (r *metadataReader) judgement(c map[string]any) {
	r.m.Severity = analyzer.Level(r.word(c, "severity", severities, true))
	r.m.Impact = r.word(c, "impact", impacts, false)
	r.m.Precision = r.word(c, "precision", precisions, false)
	r.m.Category = r.text(c, "category", false)
	r.m.Meshes = r.words("custom.meshes", c["meshes"])
	r.m.Message = r.text(c, "message", false)
	r.m.Remediation = strings.Join(strings.Fields(r.text(c, "remediation", false)), " ")
	if d, ok := c["default"]; ok {
		on, is := d.(bool)
		if !is {
			r.problem("custom.default: want true or false")
		}
		r.m.Off = is && !on
	}
}

// selector says what the targets of the policy are; services, if it says nothing.
func (r *metadataReader) selector(v any) {
	r.m.Over = "services"
	if v == nil {
		return
	}
	m, ok := v.(map[string]any)
	if !ok || len(m) == 0 {
		r.problem("custom.selector: want {over: services}, or {kinds: [VirtualService]}")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if key != "over" && key != "kinds" {
			r.problem("custom.selector.%s: %s", key, unknownWord(key, []string{"over", "kinds"}))
		}
	}
	r.m.Kinds = r.words("custom.selector.kinds", m["kinds"])
	if len(r.m.Kinds) > 0 {
		r.m.Over = "objects"
	}
	for _, k := range r.m.Kinds {
		if !kindForm.MatchString(k) {
			r.problem("custom.selector.kinds: %q is no kind of object", k)
		}
	}
	if over, ok := m["over"]; ok {
		s, _ := over.(string)
		switch {
		case !slices.Contains(overs, s):
			r.problem("custom.selector.over: %s", unknownWord(fmt.Sprint(over), overs))
		case (s == "objects") != (len(r.m.Kinds) > 0):
			r.problem("custom.selector: kinds go with over: objects")
		default:
			r.m.Over = s
		}
	}
}

func (r *metadataReader) text(c map[string]any, key string, needed bool) string {
	v, there := c[key]
	s, ok := v.(string)
	s = strings.TrimSpace(s)
	if there && !ok {
		r.problem("custom.%s: want text, got %v", key, v)
	} else if needed && s == "" {
		r.problem("custom.%s: there is none", key)
	}
	return s
}

func (r *metadataReader) word(c map[string]any, key string, want []string, needed bool) string {
	s := r.text(c, key, needed)
	if s != "" && !slices.Contains(want, s) {
		r.problem("custom.%s: %s", key, unknownWord(s, want))
	}
	return s
}

func (r *metadataReader) words(name string, v any) []string {
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	var out []string
	for _, item := range list {
		s, is := item.(string)
		ok = ok && is && s != ""
		out = append(out, s)
	}
	if !ok {
		r.problem("%s: want a list of texts", name)
		return nil
	}
	return out
}

// params reads the parameters: a list of {name, type, default, minimum, maximum, enum, description}.
func (r *metadataReader) params(v any) {
	list, ok := v.([]any)
	if v != nil && !ok {
		r.problem("custom.params: want a list")
	}
	for i, item := range list {
		m, _ := item.(map[string]any)
		name, _ := m["name"].(string)
		kind, _ := m["type"].(string)
		where := fmt.Sprintf("custom.params[%d]", i)
		p := Parameter{Param: analyzer.Param{Name: name, Type: analyzer.ParamType(kind), OneOf: r.words(where+".enum", m["enum"])}}
		p.Description, _ = m["description"].(string)
		for key := range m {
			if !slices.Contains([]string{"name", "type", "default", "minimum", "maximum", "enum", "description"}, key) {
				r.problem("%s.%s: there is no such key", where, key)
			}
		}
		p.Least, p.Most = r.bound(m["minimum"]), r.bound(m["maximum"])
		switch {
		case !paramForm.MatchString(name):
			r.problem("%s.name: want a word, got %v", where, m["name"])
			continue
		case slices.ContainsFunc(r.m.Params, func(o Parameter) bool { return o.Name == name }):
			r.problem("%s.name: %s is there twice", where, name)
			continue
		case !slices.Contains(paramTypes, kind):
			r.problem("%s.type: %s", where, unknownWord(kind, paramTypes))
			continue
		}
		value, err := p.Parse(plain(m["default"]))
		if err != nil {
			r.problem("%s.default: %v", where, err)
			continue
		}
		p.Default = value
		r.m.Params = append(r.m.Params, p)
	}
}

func (r *metadataReader) bound(v any) *float64 {
	if n, ok := plain(v).(float64); ok {
		return &n
	}
	return nil
}
