package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Text writes the graph as lists: clusters, then services with their places and what they need.
func (g *Graph) Text(w io.Writer, t Terminal) error {
	p := newPen(w, t)
	n := g.names()
	calls := map[string][]GraphDependency{}
	strong := 0
	for _, d := range g.Dependencies {
		calls[d.From] = append(calls[d.From], d)
		if d.Strong {
			strong++
		}
	}
	workloads := map[string]int{}
	for _, w := range g.Workloads {
		workloads[w.Cluster]++
	}
	for _, m := range g.Meshes {
		p.line(t.paint(bold, printable(m.Name)) + "  " + t.paint(dim, strings.TrimSpace(m.Kind+" "+m.Version)))
		for _, c := range g.Clusters {
			if c.Mesh == m.Name {
				p.cluster(g, c, workloads[c.Name])
			}
		}
	}
	for _, s := range g.Services {
		p.space()
		p.graphService(n, s, calls[s.ID])
	}
	p.space()
	p.paragraph("", fmt.Sprintf("%s, %s, %s, %s, %s that a service cannot do without",
		count(len(g.Clusters), "cluster"), count(len(g.Services), "service"), count(len(g.Workloads), "workload"),
		count(len(g.Gateways), "gateway"), count(strong, "call")))
	return p.flush()
}

func (p *pen) cluster(g *Graph, c GraphCluster, workloads int) {
	parts := []string{c.Region, strings.Join(c.Zones, " ")}
	if c.Network != "" {
		parts = append(parts, "network "+c.Network)
	}
	if c.ConfigCluster != "" && c.ConfigCluster != c.Name {
		parts = append(parts, "configured by "+c.ConfigCluster)
	}
	parts = append(parts, count(workloads, "workload"))
	for _, gw := range g.Gateways {
		if gw.Cluster == c.Name {
			parts = append(parts, gw.Role+" gateway "+gw.ID[strings.IndexByte(gw.ID, '/')+1:])
		}
	}
	p.paragraph("  "+printable(c.Name)+"  ", joinParts(parts))
}

func joinParts(parts []string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

func (p *pen) graphService(n names, s GraphService, calls []GraphDependency) {
	ports := make([]string, len(s.Ports))
	for i, port := range s.Ports {
		ports[i] = strconv.Itoa(port)
	}
	title := p.t.paint(bold, printable(n.of(s.ID)))
	if len(ports) > 0 {
		title += ":" + strings.Join(ports, ",")
	}
	note := ""
	if s.External {
		note = "  outside the mesh"
	}
	p.line(title + p.t.paint(dim, note))
	if label := s.Pattern.label(); label != "" {
		switch label {
		case "not known":
			p.line("  what it runs is not known")
		case string(mesh.NoPattern):
			p.line("  runs no pattern")
		default:
			p.line("  runs " + label)
		}
		for _, e := range s.Pattern.Evidence {
			what := e.What
			if at := e.Position.At(); !at.IsZero() {
				what += " (" + at.Short() + ")"
			}
			p.paragraph("    ", what)
		}
	}
	for _, e := range s.Endpoints {
		text := count(e.Count, "endpoint")
		if e.Workload != "" {
			text += ", " + workloadName(e.Workload)
		}
		p.paragraph("  in ", joinParts([]string{place(e.Cluster, e.Locality), text}))
	}
	if len(s.Endpoints) == 0 {
		p.line("  no endpoint")
	}
	for _, d := range calls {
		word := "  needs "
		if !d.Strong {
			word = "  names "
		}
		p.paragraph(word, n.of(d.To)+" ("+d.Evidence+")")
	}
}

func place(cluster, locality string) string {
	switch {
	case cluster == "":
		return locality
	case locality == "":
		return cluster
	}
	return cluster + " " + locality
}

// workloadName cuts an id, cluster/namespace/Kind/name, to "Kind name".
func workloadName(id string) string {
	if p := strings.Split(id, "/"); len(p) == 4 {
		return p[2] + " " + p[1] + "/" + p[3]
	}
	return id
}

func (g *Graph) names() names {
	ids := make([]string, len(g.Services))
	for i, s := range g.Services {
		ids[i] = s.ID
	}
	return namesOf(ids)
}
