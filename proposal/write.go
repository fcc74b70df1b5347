package proposal

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/config"
)

// maxServices bounds the list of services that objectives could be about.
const maxServices = 40

// YAML renders the proposal as a muster.yaml.
func (p *Proposal) YAML() []byte {
	b := &builder{}
	b.line(0, "# yaml-language-server: $schema="+config.SchemaURL, "")
	b.comment("Proposed by muster init. Behind each line stands what it rests on; correct what is wrong, then run: muster scan")
	b.line(0, "apiVersion: "+config.APIVersion, "")
	for _, n := range p.Notes {
		b.comment(n + ".")
	}
	b.meshes(p.Meshes)
	b.clusters(p.Clusters)
	if len(p.Environments) > 0 {
		b.blank()
		b.line(0, "environments:", "sets of clusters that are judged apart")
		for _, e := range p.Environments {
			text := scalar(e.Name) + ": {clusters: " + flow(e.Clusters)
			if e.Terraform.Value != "" {
				text += ", terraform: " + scalar(e.Terraform.Value)
			}
			if len(e.VarFiles) > 0 {
				text += ", varFiles: " + flow(e.VarFiles)
			}
			b.line(1, text+"}", e.Terraform.Why)
		}
	}
	b.objectives(p)
	return []byte(b.String())
}

func (b *builder) meshes(list []Mesh) {
	if len(list) == 0 {
		return
	}
	b.blank()
	b.line(0, "meshes:", "")
	for _, m := range list {
		b.line(1, "- name: "+scalar(m.Name.Value), m.Name.Why)
		b.value(2, "kind", m.Kind)
		if m.Version.Value != "" {
			b.line(2, "version: "+strconv.Quote(m.Version.Value), m.Version.Why)
		} else {
			b.open(2, "version", `"…"`, first(m.Version.Why, "nothing here tells it; it decides semantics"))
		}
		b.value(2, "trustDomain", m.TrustDomain)
		if m.RootNamespace.Value != "istio-system" {
			b.value(2, "rootNamespace", m.RootNamespace)
		}
		b.line(2, "clusters: "+flow(m.Clusters), "")
	}
}

func (b *builder) clusters(list []Cluster) {
	b.blank()
	b.line(0, "clusters:", "")
	for _, c := range list {
		b.line(1, "- name: "+scalar(c.Name.Value), c.Name.Why)
		if c.Region.Value != "" {
			b.value(2, "region", c.Region)
		} else {
			b.open(2, "region", first(c.RegionHint.Value, "…"), first(c.RegionHint.Why, c.Region.Why))
		}
		if len(c.Zones) > 0 {
			b.line(2, "zones: "+flow(c.Zones), c.ZonesWhy)
		}
		b.value(2, "network", c.Network)
		b.value(2, "configCluster", c.ConfigCluster)
		b.line(2, "sources:", "")
		for _, s := range c.Sources {
			b.source(s)
		}
	}
}

func (b *builder) source(s Source) {
	switch {
	case s.Path != "":
		b.line(3, "- path: "+scalar(s.Path), s.Why)
		return
	case s.Kustomize != "":
		b.line(3, "- kustomize: "+scalar(s.Kustomize), s.Why)
		return
	}
	b.line(3, "- helm: "+scalar(s.Helm), s.Why)
	if len(s.Values) > 0 {
		b.line(4, "values: "+flow(s.Values), "")
	}
	for _, x := range []struct{ key, value string }{{"namespace", s.Namespace}, {"release", s.Release}} {
		if x.value != "" && !strings.ContainsAny(x.value, "{}$") {
			b.line(4, x.key+": "+scalar(x.value), "")
		}
	}
	if set := settings(s.Set); set != "" {
		b.line(4, "set:", "as the definition sets them")
		for line := range strings.Lines(set) {
			b.WriteString(strings.Repeat("  ", 5) + strings.TrimRight(line, "\n") + "\n")
		}
	} else if len(s.Set) > 0 {
		b.open(4, "set", "{…}", "the definition sets values that a config cannot hold")
	}
}

// settings renders single values of a chart; "" if the config would not read them back.
func settings(set map[string]any) string {
	if len(set) == 0 {
		return ""
	}
	out, err := yaml.Marshal(set)
	if err != nil || len(out) > 64<<10 {
		return ""
	}
	text := "apiVersion: " + config.APIVersion + "\nclusters:\n  - name: c\n    sources:\n      - helm: c\n        set:\n"
	for line := range strings.Lines(string(out)) {
		text += strings.Repeat("  ", 5) + line
	}
	if _, problems := config.Parse("muster.yaml", []byte(text)); len(problems) > 0 {
		return ""
	}
	return string(out)
}

// objectives writes what only people know as a comment to fill in.
func (b *builder) objectives(p *Proposal) {
	b.blank()
	b.comment("What must survive what is for you to say: keep the lines that hold, and correct them.")
	b.comment("objectives:")
	if len(p.Services) == 0 {
		b.comment("  - {match: {namespace: payments}, survive: [zone, region], rto: 30s}")
	}
	for i, s := range p.Services {
		if i == maxServices {
			b.comment(fmt.Sprintf("  and %d more services", len(p.Services)-maxServices))
			return
		}
		match := "service: " + scalar(s.Name)
		if s.Namespace != "" {
			match = "namespace: " + scalar(s.Namespace) + ", " + match
		}
		b.comment("  - {match: {" + match + "}, survive: [zone, region], rto: 30s}  # " + s.Why)
	}
}

// builder writes YAML line by line.
type builder struct{ strings.Builder }

func (b *builder) blank() { b.WriteString("\n") }

func (b *builder) comment(text string) { b.WriteString("# " + oneLine(text) + "\n") }

func (b *builder) line(depth int, text, why string) {
	b.WriteString(strings.Repeat("  ", depth) + text)
	if why != "" {
		b.WriteString("  # " + oneLine(why))
	}
	b.WriteString("\n")
}

// value writes a key, or why it has none.
func (b *builder) value(depth int, key string, l Line) {
	switch {
	case l.Value != "":
		b.line(depth, key+": "+scalar(l.Value), l.Why)
	case l.Why != "":
		b.open(depth, key, "…", l.Why)
	}
}

// open writes a key that is left for the reader to fill in.
func (b *builder) open(depth int, key, form, why string) {
	b.WriteString(strings.Repeat("  ", depth) + "# " + key + ": " + form + "  # " + oneLine(why) + "\n")
}

// oneLine keeps what names of files hold from ending a comment.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

var (
	plainText = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)
	reserved  = []string{"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
)

// scalar writes text such that YAML reads it as that text.
func scalar(text string) string {
	if plainText.MatchString(text) && !slices.Contains(reserved, strings.ToLower(text)) || text == "." {
		return text
	}
	return strconv.Quote(text)
}

func flow(list []string) string {
	quoted := make([]string, len(list))
	for i, w := range list {
		quoted[i] = scalar(w)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Summary tells what was found, a sentence a line.
func (p *Proposal) Summary() []string {
	var list []string
	for _, m := range p.Meshes {
		list = append(list, fmt.Sprintf("mesh %s: %s, %s (%s)", m.Name.Value, m.Kind.Value, count(len(m.Clusters), "cluster"), m.Kind.Why))
	}
	for _, c := range p.Clusters {
		text := "cluster " + c.Name.Value
		if c.Region.Value != "" {
			text += " in " + c.Region.Value
		}
		list = append(list, fmt.Sprintf("%s: %s (%s)", text, count(len(c.Sources), "source"), c.Name.Why))
		if len(list) == 12 && len(p.Clusters) > 12 {
			list = append(list, fmt.Sprintf("and %d clusters in all", len(p.Clusters)))
			break
		}
	}
	list = append(list, p.Notes...)
	for i := range list {
		list[i] = oneLine(list[i])
	}
	return list
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
