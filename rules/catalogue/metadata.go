// Package catalogue reads what the folder of a rule says about it: rule.yaml, the page beside it, and the table of
// mutations. It knows nothing of what rules do.
package catalogue

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
)

// Metadata is one rule.yaml. docs/schema/rule.schema.json describes it for editors.
type Metadata struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Since string `json:"since"` // the first version of muster that has the rule
	// Strict: it speaks under --strict only.
	Strict bool `json:"strict,omitempty"`
	// Ignorable is false where nobody can suppress the findings.
	Ignorable *bool `json:"ignorable,omitempty"`
	// Levels are those at which it speaks unless a config says otherwise, the loudest first.
	Levels []analyzer.Level `json:"levels"`
	// Yields are the ids of rules to whose errors it yields: where one of these has an error of the same service at the
	// object that a finding follows from, the finding is a second telling of the same fault, and is left out.
	Yields    []string `json:"yields,omitempty"`
	Precision string   `json:"precision"` // how often a finding is right: very-high, high, medium, low
	Impact    string   `json:"impact"`    // what a real failure would cost: critical, high, medium, low
	// Fix is how far muster fix goes for its findings: safe (it repairs some of them), suggestion (it proposes what somebody
	// has to look at), or none, as "".
	Fix string `json:"fix,omitempty"`
	// Meshes say for each kind of mesh "answers", "n/a: why" or "not yet: why".
	Meshes   map[string]string   `json:"meshes"`
	Reads    Reads               `json:"reads"`
	Controls map[string][]string `json:"controls"` // framework -> references
	// Remediation is what to do about a finding, one paragraph.
	Remediation string      `json:"remediation"`
	Params      []Parameter `json:"params,omitempty"`
	Links       []Link      `json:"links"`
}

// Reads declares the inputs of a rule.
type Reads struct {
	Kinds  []string `json:"kinds"`            // of the objects at which its findings stand
	Causes []string `json:"causes,omitempty"` // failover.CauseKind: it speaks for cells that break by these
	Facts  []string `json:"facts,omitempty"`  // mesh.FactKind
	Graph  []string `json:"graph,omitempty"`  // parts of the graph beside the facts: services, gateways, breaches, …
}

// Parameter is one parameter as rule.yaml declares it.
type Parameter struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Default     any      `json:"default"`
	Minimum     *float64 `json:"minimum,omitempty"`
	Maximum     *float64 `json:"maximum,omitempty"`
	Enum        []string `json:"enum,omitempty"`
	Description string   `json:"description"`
}

// Link leads to the documentation of the mesh.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// MeshKinds are the kinds of mesh that every rule says something about.
var MeshKinds = []string{"istio", "linkerd", "consul"}

// Answers is what Meshes says of a mesh in which the rule finds what it is for.
const Answers = "answers"

var (
	idForm    = regexp.MustCompile(`^(DR[1-9]|IN0|S)[0-9]{2}$`)
	sinceForm = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)
	meshForm  = regexp.MustCompile(`^(answers|(n/a|not yet): .+)$`)
)

// Parse reads a rule.yaml strictly. The error joins all that is wrong, each beginning with file.
func Parse(file string, data []byte) (*Metadata, error) {
	m := &Metadata{}
	if err := yaml.UnmarshalStrict(data, m, yaml.DisallowUnknownFields); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	m.Remediation = strings.Join(strings.Fields(m.Remediation), " ")
	var problems []error
	for _, p := range m.problems() {
		problems = append(problems, fmt.Errorf("%s: %s", file, p))
	}
	return m, errors.Join(problems...)
}

// problems are what a generator and a reader cannot do without; the schema says the same and more.
func (m *Metadata) problems() (list []string) {
	report := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if !idForm.MatchString(m.ID) {
		report("id: want one such as DR103, got %q", m.ID)
	}
	if strings.TrimSpace(m.Title) == "" {
		report("title: there is none")
	}
	if !sinceForm.MatchString(m.Since) {
		report("since: want a version such as 0.1.0, got %q", m.Since)
	}
	if !slices.Equal(m.Levels, byLoudness(m.Levels)) || len(m.Levels) == 0 {
		report("levels: want error, warning or note, the loudest first, got %v", m.Levels)
	}
	for _, id := range m.Yields {
		if !idForm.MatchString(id) {
			report("yields: want ids of rules, got %q", id)
		}
	}
	if !slices.Contains([]string{"", "none", "safe", "suggestion"}, m.Fix) {
		report("fix: want safe, suggestion or none, got %q", m.Fix)
	}
	for _, kind := range MeshKinds {
		if !meshForm.MatchString(m.Meshes[kind]) {
			report(`meshes.%s: want "answers", "n/a: why" or "not yet: why", got %q`, kind, m.Meshes[kind])
		}
	}
	for framework, refs := range m.Controls {
		for _, ref := range refs {
			if _, ok := ControlTitle(framework, ref); !ok {
				report("controls.%s: %q is not in the list of references (rules/catalogue/controls.go)", framework, ref)
			}
		}
	}
	if m.Remediation == "" {
		report("remediation: there is none")
	}
	for _, p := range m.Params {
		if _, err := p.Declare(); err != nil {
			report("params.%s: %v", p.Name, err)
		}
	}
	slices.Sort(list)
	return list
}

// byLoudness returns those of the known levels that list has, the loudest first.
func byLoudness(list []analyzer.Level) []analyzer.Level {
	var out []analyzer.Level
	for _, l := range []analyzer.Level{analyzer.Error, analyzer.Warning, analyzer.Note} {
		if slices.Contains(list, l) {
			out = append(out, l)
		}
	}
	return out
}

// Declare turns a parameter into what the analyzer checks configs against.
func (p Parameter) Declare() (analyzer.Param, error) {
	out := analyzer.Param{Name: p.Name, Type: analyzer.ParamType(p.Type), Least: p.Minimum, Most: p.Maximum, OneOf: p.Enum}
	v, err := out.Parse(p.Default)
	if err != nil {
		return out, fmt.Errorf("default: %w", err)
	}
	out.Default = v
	return out, nil
}

// Fixed reports whether nobody can suppress the findings.
func (m *Metadata) Fixed() bool { return m.Ignorable != nil && !*m.Ignorable }

// ShortForMesh is what a table says of the rule in a mesh: "answers", "n/a" or "not yet", and why.
func (m *Metadata) ShortForMesh(kind string) (short, why string) {
	short, why, _ = strings.Cut(m.Meshes[kind], ": ")
	return short, why
}
