package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mostKinds is how many kinds a sentence of the record names.
const mostKinds = 4

// record tells in a few lines what the report rests on, beyond counts of files: what was rendered,
// what was skipped and why, and what was not understood. Verbose lists all of it.
func (p *printer) record() {
	in := p.report.Inputs
	if len(in.Rendered)+len(in.Missing)+len(in.Skipped)+len(in.NotUnderstood)+len(in.NotEvaluated) == 0 {
		return
	}
	p.line(p.t.paint(bold, "Inputs"))
	if len(in.Rendered) > 0 {
		p.paragraph("  rendered   ", rendered(in.Rendered))
	}
	untold := in.untold()
	if len(in.Missing) > 0 {
		p.painted(yellow, "  missing    ", missing(in.Missing, untold, p.report.Verbose))
	}
	if p.report.Verbose {
		for _, m := range untold {
			p.listed(m.Position, joinHelp(m.What, m.Help))
		}
	}
	if len(in.Skipped) > 0 {
		p.paragraph("  skipped    ", skipped(in.Skipped))
	}
	if p.report.Verbose {
		p.skippedPlaces(in.Skipped)
	}
	if len(in.NotUnderstood) > 0 {
		p.painted(yellow, "  not known  ", notUnderstood(in.NotUnderstood, p.report.Verbose))
	}
	if p.report.Verbose {
		for _, n := range in.NotUnderstood {
			p.listed(n.Position, n.Message)
		}
	}
	if len(in.NotEvaluated) > 0 {
		p.painted(yellow, "  not judged ", notEvaluated(in.NotEvaluated))
	}
}

// notEvaluated names the policies whose answer is missing or not whole.
func notEvaluated(list []NotEvaluated) string {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = strings.TrimSpace(n.Rule+" "+n.Position.At().String()) + " (" + n.Message + ")"
	}
	return "policies that were not evaluated, or not as a whole: " + some(slices.Compact(names))
}

// listed is one place of a verbose record, with what is to be said of it below.
func (p *printer) listed(at Position, text string) {
	p.line("    " + p.t.position(at.At()))
	p.paragraph("      ", text)
}

func (p *printer) skippedPlaces(list []Skipped) {
	for _, s := range list {
		what := s.Reason
		if s.Kind != "" {
			what = s.Kind
		}
		p.paragraph("    ", fmt.Sprintf("%d %s:", s.Count, what))
		for places := range slices.Chunk(s.places, 50) {
			p.paragraph("      ", strings.Join(places, ", "))
		}
	}
}

func rendered(list []Rendered) string {
	what := map[string]string{"helm": "chart", "kustomize": "kustomization"}
	dirs := map[string]map[string]bool{}
	objects := 0
	for _, r := range list {
		if dirs[r.Kind] == nil {
			dirs[r.Kind] = map[string]bool{}
		}
		dirs[r.Kind][r.Dir] = true
		objects += r.Objects
	}
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(dirs)) {
		parts = append(parts, count(len(dirs[kind]), cmp.Or(what[kind], kind)))
	}
	return strings.Join(parts, ", ") + ", with " + count(objects, "object")
}

// untold is what is missing and not among what could not be read, where it has its line already.
func (in Inputs) untold() (list []Missing) {
	told := map[Unreadable]bool{}
	for _, u := range in.Unreadable {
		u.Message = ""
		told[u] = true
	}
	for _, m := range in.Missing {
		if at := m.Position.At(); !told[Unreadable{File: at.File, Line: at.Line, Column: at.Column}] {
			list = append(list, m)
		}
	}
	return list
}

func missing(list, untold []Missing, verbose bool) string {
	if len(list) == 1 && len(untold) == 1 && !verbose {
		m := list[0]
		return strings.TrimPrefix(m.Position.At().String()+" ", "- ") + joinHelp(m.What, m.Help)
	}
	n := len(list)
	return verb(n, "chart, kustomization or template", "charts, kustomizations or templates") + " could not be rendered: " +
		plural(n, "its", "their") + " objects are missing from the audit" + hint(verbose || len(untold) == 0)
}

func hint(verbose bool) string {
	if verbose {
		return ""
	}
	return "; --verbose lists them"
}

func joinHelp(what, help string) string {
	if help == "" {
		return what
	}
	return what + "; " + help
}

// skipped counts by reason, and the objects of one reason by kind.
func skipped(list []Skipped) string {
	kinds := map[string][]string{}
	totals := map[string]int{}
	var order []string
	for _, s := range list {
		if totals[s.Reason] == 0 {
			order = append(order, s.Reason)
		}
		totals[s.Reason] += s.Count
		if s.Kind != "" {
			kinds[s.Reason] = append(kinds[s.Reason], fmt.Sprintf("%s %d", s.Kind, s.Count))
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Or(cmp.Compare(totals[b], totals[a]), cmp.Compare(a, b)) })
	var parts []string
	for _, reason := range order {
		text := several(totals[reason], reason)
		if k := kinds[reason]; k != nil {
			text = count(totals[reason], "document") + " of " + reason + " (" + some(k) + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// several words a reason for a number of documents: "3 Ansible playbooks".
func several(n int, reason string) string {
	switch {
	case reason == "template, not rendered":
		return count(n, "document") + " with {{ }} that no chart renders"
	case strings.HasPrefix(reason, "not a manifest"):
		return verb(n, "document that is", "documents that are") + " no " + plural(n, "manifest", "manifests") + strings.TrimPrefix(reason, "not a manifest")
	case reason == "Helm values":
		return count(n, "file") + " of Helm values"
	case n == 1:
		return "1 " + strings.TrimPrefix(reason, "an ")
	}
	what, rest, _ := strings.Cut(strings.TrimPrefix(reason, "an "), ",")
	if rest != "" {
		rest = "," + rest
	}
	if strings.HasSuffix(what, "ch") {
		what += "e"
	}
	return fmt.Sprintf("%d %ss%s", n, what, rest)
}

func notUnderstood(list []NotUnderstood, verbose bool) string {
	n := map[string]int{}
	for _, x := range list {
		n[x.Kind]++
	}
	var parts []string
	for _, k := range slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) }) {
		parts = append(parts, fmt.Sprintf("%s %d", cmp.Or(k, "other"), n[k]))
	}
	return fmt.Sprintf("%s that may matter, and that no prediction takes notice of (%s)%s",
		count(len(list), "place"), some(parts), hint(verbose))
}

// some joins the first entries of a list, and counts the rest.
func some(parts []string) string {
	if n := len(parts) - mostKinds; n > 0 {
		return strings.Join(parts[:mostKinds], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(parts, ", ")
}
