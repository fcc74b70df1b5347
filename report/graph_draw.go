package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// drawing is what DOT and Mermaid have in common: boxes in frames, and arrows.
type drawing struct {
	frames []frame // one per cluster
	boxes  []box   // services, outside of all clusters
	arrows []arrow
}

type frame struct {
	id, label string
	boxes     []box
}

type box struct {
	id, label string
	shape     shape
}

type shape int

const (
	boxService shape = iota
	boxExternal
	boxWorkload
	boxGateway
)

type arrow struct {
	from, to, label string
	dashed          bool
}

// draw gives every node a short id of its own: names may hold anything.
func (g *Graph) draw() drawing {
	p := painter{ids: map[string]string{}, frame: map[string]int{}}
	for i, c := range g.Clusters {
		p.frame[c.Name] = i
		p.frames = append(p.frames, frame{id: p.name("c", c.Name, i), label: joinParts([]string{c.Name, c.Region})})
	}
	for i, w := range g.Workloads {
		label := workloadName(w.ID)
		if w.Replicas != nil {
			label += fmt.Sprintf(" x%d", *w.Replicas)
		}
		p.inside(w.Cluster, box{p.name("w", w.ID, i), label, boxWorkload})
	}
	for i, gw := range g.Gateways {
		label := gw.Role + " gateway " + gw.ID[strings.IndexByte(gw.ID, '/')+1:]
		p.inside(gw.Cluster, box{p.name("g", gw.ID, i), label, boxGateway})
	}
	n := g.names()
	for i, s := range g.Services {
		shape := boxService
		if s.External {
			shape = boxExternal
		}
		label := n.of(s.ID)
		if runs := s.Pattern.label(); runs != "" && s.Pattern.Inferred != "" && s.Pattern.Inferred != string(mesh.NoPattern) {
			label += " (" + runs + ")"
		}
		p.boxes = append(p.boxes, box{p.name("s", s.ID, i), label, shape})
	}
	for _, s := range g.Services {
		p.endpoints(s)
	}
	for _, d := range g.Dependencies {
		from := p.ids["s"+d.From]
		if from == "" {
			from = p.ids["w"+d.From]
		}
		p.arrow(arrow{from, p.ids["s"+d.To], d.Evidence, !d.Strong})
	}
	return p.drawing
}

// painter makes a drawing.
type painter struct {
	drawing
	ids   map[string]string // by kind of node and its id in the graph
	frame map[string]int    // by cluster
}

func (p *painter) name(kind, id string, n int) string {
	p.ids[kind+id] = fmt.Sprintf("%s%d", kind, n)
	return p.ids[kind+id]
}

func (p *painter) inside(cluster string, b box) {
	if i, ok := p.frame[cluster]; ok {
		p.frames[i].boxes = append(p.frames[i].boxes, b)
		return
	}
	p.boxes = append(p.boxes, b)
}

// arrow leaves out what leads to a node that is not there.
func (p *painter) arrow(a arrow) {
	if a.from != "" && a.to != "" {
		p.arrows = append(p.arrows, a)
	}
}

// endpoints draws an arrow from a service to each workload behind it.
func (p *painter) endpoints(s GraphService) {
	pods := map[string]int{}
	var order []string
	for _, e := range s.Endpoints {
		if pods[e.Workload] == 0 {
			order = append(order, e.Workload)
		}
		pods[e.Workload] += e.Count
	}
	for _, w := range order {
		p.arrow(arrow{from: p.ids["s"+s.ID], to: p.ids["w"+w], label: count(pods[w], "endpoint")})
	}
}

// DOT writes the graph for Graphviz.
func (g *Graph) DOT(w io.Writer) error {
	out := bufio.NewWriter(w)
	d := g.draw()
	quote := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(printable(s)) + `"`
	}
	shapes := map[shape]string{boxService: "ellipse", boxExternal: "ellipse, style=dashed", boxWorkload: "box", boxGateway: "hexagon"}
	node := func(indent string, b box) {
		out.WriteString(indent + b.id + " [label=" + quote(b.label) + ", shape=" + shapes[b.shape] + "]\n")
	}
	out.WriteString("digraph muster {\n  rankdir=LR\n  node [fontname=\"sans-serif\"]\n")
	for _, f := range d.frames {
		out.WriteString("  subgraph cluster_" + f.id + " {\n    label=" + quote(f.label) + "\n")
		for _, b := range f.boxes {
			node("    ", b)
		}
		out.WriteString("  }\n")
	}
	for _, b := range d.boxes {
		node("  ", b)
	}
	for _, a := range d.arrows {
		style := ""
		if a.dashed {
			style = ", style=dashed"
		}
		out.WriteString("  " + a.from + " -> " + a.to + " [label=" + quote(a.label) + style + "]\n")
	}
	out.WriteString("}\n")
	return out.Flush()
}

// Mermaid writes the graph as a flowchart, for Markdown.
func (g *Graph) Mermaid(w io.Writer) error {
	out := bufio.NewWriter(w)
	d := g.draw()
	// Mermaid has no backslash escapes; it reads entities with # in place of &.
	quote := func(s string) string {
		return `"` + strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;").Replace(printable(s)) + `"`
	}
	shapes := map[shape][2]string{boxService: {"([", "])"}, boxExternal: {"((", "))"}, boxWorkload: {"[", "]"}, boxGateway: {"{{", "}}"}}
	node := func(indent string, b box) {
		s := shapes[b.shape]
		out.WriteString(indent + b.id + s[0] + quote(b.label) + s[1] + "\n")
	}
	out.WriteString("flowchart LR\n")
	for _, f := range d.frames {
		out.WriteString("  subgraph " + f.id + "[" + quote(f.label) + "]\n")
		for _, b := range f.boxes {
			node("    ", b)
		}
		out.WriteString("  end\n")
	}
	for _, b := range d.boxes {
		node("  ", b)
	}
	for _, a := range d.arrows {
		line := "-->"
		if a.dashed {
			line = "-.->"
		}
		out.WriteString("  " + a.from + " " + line + "|" + quote(a.label) + "| " + a.to + "\n")
	}
	return out.Flush()
}
