package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/rules/catalogue"
)

// rulesOptions are the flags of muster rules.
type rulesOptions struct {
	streams
	outputFlags
	Categories, Meshes, Levels, Controls []string
}

func newRules(s streams) *cobra.Command {
	o := &rulesOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the rules: what muster looks for, and how loud it is about it",
		Long: `List the rules, narrowed by flags. A flag that is given several times takes what
matches any of its values; different flags must all match.`,
		Example: `  muster rules
  muster rules --category security --level error
  muster rules --control "NIST-800-53:CP-10" --control A1.2
  muster rules --mesh istio -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runRules(o) },
	}
	o.register(cmd, "text", "json")
	f := cmd.Flags()
	f.StringSliceVar(&o.Categories, "category", nil, "only rules of these `CATEGORIES`: "+strings.Join(categoryNames(), ", "))
	f.StringSliceVar(&o.Meshes, "mesh", nil, "only rules that answer for these `MESHES`: "+strings.Join(catalogue.MeshKinds, ", "))
	f.StringSliceVar(&o.Levels, "level", nil, "only rules that speak at these `LEVELS`: error, warning, note")
	f.StringArrayVar(&o.Controls, "control", nil, "only rules for this `CONTROL`: a framework (dora, soc2, iso22301, nist-csf, nist-800-53), a reference (CP-10), or both (nist-800-53:CP-10)")
	complete(cmd, "category", categoryNames()...)
	complete(cmd, "mesh", catalogue.MeshKinds...)
	complete(cmd, "level", "error", "warning", "note")
	return cmd
}

func runRules(o *rulesOptions) error {
	outputs, err := o.parse("text", "json")
	if err != nil {
		return err
	}
	list, err := rules.Catalogue()
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	shown := slices.DeleteFunc(slices.Clone(list), func(e *catalogue.Entry) bool { return !o.matches(e) })
	return o.write(o.out, outputs,
		format{"text", func(w io.Writer, t report.Terminal) error { return report.Rules(w, t, shown) }},
		format{"json", func(w io.Writer, _ report.Terminal) error { return report.RulesJSON(w, version(), shown) }})
}

func (o *rulesOptions) check() error {
	for _, flag := range []struct {
		name   string
		values []string
		want   []string
	}{
		{"category", o.Categories, categoryNames()},
		{"mesh", o.Meshes, catalogue.MeshKinds},
		{"level", o.Levels, []string{"error", "warning", "note"}},
	} {
		for _, v := range flag.values {
			if !slices.Contains(flag.want, v) {
				return usagef("--%s %q: want one of %s", flag.name, v, strings.Join(flag.want, ", "))
			}
		}
	}
	for _, c := range o.Controls {
		if !slices.ContainsFunc(catalogue.Frameworks, func(f catalogue.Framework) bool {
			return controlMatches(c, f.Key, "") || slices.ContainsFunc(f.References, func(r catalogue.Reference) bool { return controlMatches(c, f.Key, r.ID) })
		}) {
			return usagef("--control %q: there is no such framework or reference; want one such as nist-800-53, CP-10 or soc2:A1.2", c)
		}
	}
	return nil
}

// controlMatches holds what a user wrote against a framework and one of its references; "" is the framework alone.
func controlMatches(written, framework, ref string) bool {
	return strings.EqualFold(written, framework) || ref != "" && (strings.EqualFold(written, ref) || strings.EqualFold(written, framework+":"+ref))
}

func (o *rulesOptions) matches(e *catalogue.Entry) bool {
	anyOf := func(values []string, holds func(string) bool) bool {
		return len(values) == 0 || slices.ContainsFunc(values, holds)
	}
	return anyOf(o.Categories, func(c string) bool { return c == e.Category }) &&
		anyOf(o.Meshes, func(m string) bool { return e.Meshes[m] == catalogue.Answers }) &&
		anyOf(o.Levels, func(l string) bool { return strings.Contains(catalogue.Words(e.Levels), l) }) &&
		anyOf(o.Controls, func(c string) bool {
			for _, framework := range slices.Sorted(maps.Keys(e.Controls)) {
				if slices.ContainsFunc(e.Controls[framework], func(ref string) bool { return controlMatches(c, framework, ref) }) {
					return true
				}
			}
			return false
		})
}

func categoryNames() []string {
	names := make([]string, len(catalogue.Categories))
	for i, c := range catalogue.Categories {
		names[i] = c.Name
	}
	return names
}

// explainOptions are the arguments and flags of muster explain.
type explainOptions struct {
	streams
	outputFlags
	Rule string
}

func newExplain(s streams) *cobra.Command {
	o := &explainOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "explain RULE",
		Short: "Explain a rule: why, a bad and a good example, what to do, when not to follow",
		Long: `Explain a rule, by its id or its slug: what it is about, a bad and a good example,
what to do about a finding, and when not to follow it.

A cell is explained by muster matrix --explain CELL.`,
		Example: `  muster explain DR103
  muster explain failover-inert
  muster explain DR103 -o markdown=DR103.md`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.Rule = args[0]
			return runExplain(o)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var ids []string
			for _, r := range rules.All() {
				ids = append(ids, r.ID+"\t"+r.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
	}
	o.register(cmd, "text", "markdown")
	return cmd
}

func runExplain(o *explainOptions) error {
	outputs, err := o.parse("text", "markdown")
	if err != nil {
		return err
	}
	list, err := rules.Catalogue()
	if err != nil {
		return err
	}
	e := catalogue.Find(list, o.Rule)
	if e == nil {
		return usagef("there is no rule %q%s; muster rules lists them", o.Rule, meant(list, o.Rule))
	}
	page, err := e.Markdown()
	if err != nil {
		return err
	}
	return o.write(o.out, outputs,
		format{"text", func(w io.Writer, t report.Terminal) error { return report.Markdown(w, t, page) }},
		format{"markdown", func(w io.Writer, _ report.Terminal) error {
			_, err := io.WriteString(w, page)
			return err
		}})
}

// meant names the rules that a name was probably meant to be.
func meant(list []*catalogue.Entry, name string) string {
	var near []string
	for _, e := range catalogue.Near(list, name) {
		near = append(near, fmt.Sprintf("%s (%s)", e.ID, e.Slug))
	}
	if len(near) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(near, ", ") + "?"
}
