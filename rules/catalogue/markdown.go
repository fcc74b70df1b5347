package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MeshNames are how people write the kinds of mesh.
var MeshNames = map[string]string{"istio": "Istio", "linkerd": "Linkerd", "consul": "Consul"}

// Markdown is the whole page of a rule, as docs/rules and the terminal show it.
func (e *Entry) Markdown() (string, error) {
	examples, err := Examples(e.Page)
	if err != nil {
		return "", fmt.Errorf("%s/page.md: %w", e.Dir(), err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n", e.ID, e.Title)
	b.WriteString("| | |\n|---|---|\n")
	line := func(name, value string) { fmt.Fprintf(&b, "| %s | %s |\n", name, Cell(value)) }
	line("Rule", fmt.Sprintf("[%s](../../rules/%s), since %s", e.Dir(), e.Dir(), e.Since))
	levels := Words(e.Levels)
	if e.Strict {
		levels += ", under --strict only"
	}
	line("Levels", levels)
	if e.Fixed() {
		line("Suppression", "its findings cannot be suppressed")
	}
	switch e.Fix {
	case "safe":
		line("Fix", "`muster fix` repairs what is certain")
	case "suggestion":
		line("Fix", "`muster fix --unsafe` suggests a repair")
	}
	line("Impact", e.Impact)
	line("Precision", e.Precision)
	line("Stands at", strings.Join(e.Reads.Kinds, ", "))
	for _, kind := range MeshKinds {
		line(MeshNames[kind], e.Meshes[kind])
	}
	b.WriteString("\n" + strings.TrimSpace(Plain(e.Page)) + "\n")
	if settings := settingsOf(examples); len(settings) > 0 {
		b.WriteString("\nThe examples are tests. They run in ")
		for i, s := range settings {
			if i > 0 {
				b.WriteString(" and ")
			}
			fmt.Fprintf(&b, "[%s](../../rules/testdata/settings/%s.yaml)", s, s)
		}
		b.WriteString(".\n")
	}
	fmt.Fprintf(&b, "\n## What to do\n\n%s\n", e.Remediation)
	b.WriteString(e.parameters() + e.controls() + e.links())
	return b.String(), nil
}

// settingsOf are the fleets that examples run in.
func settingsOf(examples []Example) []string {
	var list []string
	for _, e := range examples {
		if e.Setting != "" && !slices.Contains(list, e.Setting) {
			list = append(list, e.Setting)
		}
	}
	return list
}

func (e *Entry) parameters() string {
	if len(e.Params) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n## Parameters\n\n| name | type | default | |\n|---|---|---|---|\n")
	for _, p := range e.Params {
		fmt.Fprintf(&b, "| `%s` | %s | `%v` | %s |\n", p.Name, p.Type, p.Default, Cell(p.Description))
	}
	fmt.Fprintf(&b, "\n```yaml\nrules:\n  %s: {params: {%s: %v}}\n```\n", e.ID, e.Params[0].Name, e.Params[0].Default)
	return b.String()
}

func (e *Entry) controls() string {
	var b strings.Builder
	for _, f := range Frameworks {
		for _, ref := range e.Controls[f.Key] {
			title, _ := ControlTitle(f.Key, ref)
			fmt.Fprintf(&b, "| %s | %s | %s |\n", f.Name, ref, title)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n## Controls\n\nA finding, or its absence, is evidence for these. It does not fulfil them.\n\n| framework | reference | about |\n|---|---|---|\n" + b.String()
}

func (e *Entry) links() string {
	if len(e.Links) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n## See also\n\n")
	for _, l := range e.Links {
		fmt.Fprintf(&b, "- [%s](%s)\n", l.Title, l.URL)
	}
	return b.String()
}

// Cell is a text inside a table.
func Cell(s string) string {
	return cmp.Or(strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`), "-")
}

// Words joins words for people.
func Words[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}
