package policy

import (
	"fmt"
	"strings"
)

// Markdown is the page of a policy, made of its METADATA.
func (p *Policy) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n| | |\n|---|---|\n", p.ID, cell(p.Title))
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", name, cell(value))
		}
	}
	row("Policy", p.File)
	level := string(p.Severity)
	if p.Off {
		level += ", where muster.yaml gives it a level"
	}
	row("Level", level)
	row("Impact", p.Impact)
	row("Precision", p.Precision)
	row("Category", p.Category)
	row("Meshes", strings.Join(p.Meshes, ", "))
	judges := p.Over
	if len(p.Kinds) > 0 {
		judges = strings.Join(p.Kinds, ", ")
	}
	row("Judges", judges)
	if p.Description != "" {
		b.WriteString("\n" + p.Description + "\n")
	}
	if p.Remediation != "" {
		b.WriteString("\n## What to do\n\n" + p.Remediation + "\n")
	}
	if len(p.Params) > 0 {
		b.WriteString("\n## Parameters\n\n| name | type | default | what it is |\n|---|---|---|---|\n")
		for _, x := range p.Params {
			fmt.Fprintf(&b, "| `%s` | %s | `%v` | %s |\n", x.Name, x.Type, x.Default, cell(x.Description))
		}
	}
	if len(p.Links) > 0 {
		b.WriteString("\n## Links\n\n")
		for _, l := range p.Links {
			b.WriteString("- <" + l + ">\n")
		}
	}
	return b.String()
}

// Index is a table of policies that leads to their pages.
func Index(list []*Policy) string {
	var b strings.Builder
	b.WriteString("# Policies\n\n| id | title | level |\n|---|---|---|\n")
	for _, p := range list {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s |\n", p.ID, p.ID, cell(p.Title), p.Severity)
	}
	return b.String()
}

// cell is a text inside a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}
