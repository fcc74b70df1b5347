package kubernetes

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// east is a cluster as muster.yaml describes it.
var east = &mesh.Cluster{
	Name: "east", Region: "us-east-1", Zones: []string{"a", "b", "c"}, Network: "east-net",
	Origin: mesh.Origin{Note: "muster.yaml"},
}

// bare is a cluster of which nothing is known but its name.
var bare = &mesh.Cluster{Name: "bare"}

func documents(t testing.TB, yaml string) []*source.Document {
	t.Helper()
	docs, ignored, diags := source.Parse("fleet.yaml", []byte(yaml), source.Options{})
	for _, i := range ignored {
		t.Fatalf("line %d is no manifest: %s", i.Line, i.Reason)
	}
	for _, d := range diags {
		t.Fatal(d.Error())
	}
	return docs
}

// build reads a fleet that has nothing wrong with it.
func build(t testing.TB, cluster *mesh.Cluster, yaml string) *Inventory {
	t.Helper()
	inv, diags := Build(cluster, documents(t, yaml))
	for _, d := range diags {
		t.Error(d.Error())
	}
	return inv
}

// workloadOf finds a workload by "Kind/name" in any namespace.
func workloadOf(t testing.TB, inv *Inventory, name string) *mesh.Workload {
	t.Helper()
	for _, w := range inv.Workloads {
		if w.Kind+"/"+w.Name == name {
			return w
		}
	}
	t.Fatalf("no workload %s", name)
	return nil
}

// line is the text of the line that an origin points at, or the note of an origin without one.
func line(yaml string, o mesh.Origin) string {
	at := o.Position()
	if at.Line == 0 {
		return o.Note
	}
	return strings.TrimSpace(strings.Split(yaml, "\n")[at.Line-1])
}

func podNames(pods []*Pod) string {
	var names []string
	for _, p := range pods {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

// localities renders where pods are: "us-east-1/a us-east-1/b", "?" for unknown, "us-east-1/?"
// for an undecided zone.
func localities(pods []*Pod) string {
	var out []string
	for _, p := range pods {
		l, known := p.Locality.Get()
		switch {
		case !known:
			out = append(out, "?")
		case p.ZoneUnknown:
			out = append(out, l.String()+"/?")
		default:
			out = append(out, l.String())
		}
	}
	return strings.Join(out, " ")
}
