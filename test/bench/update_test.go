package bench

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// BenchmarkUpdate changes one DestinationRule of a large fleet and asks for the cells of its
// service again: what a webhook does for one request. The rule goes to and fro between two forms,
// so that each run changes something. "graph" is the new graph alone; "cells" is with every single
// failure and each fault; "zones" asks only for the losses of a zone.
func BenchmarkUpdate(b *testing.B) {
	f := load(b.Context(), b, onDisk(b, *resources))
	service, change := detectionChange(b, f)
	affected := failover.Options{Services: func(s *mesh.Service) bool { return s.ID == service }}

	run := func(b *testing.B, o *failover.Options) {
		cells := 0
		model := failover.NewModel(f.Graph)
		if o != nil {
			compute(b, model, *o)
		}
		b.ReportAllocs()
		for b.Loop() {
			next, err := f.Update(b.Context(), []fleet.Change{change})
			if err != nil {
				b.Fatal(err)
			}
			f, change.Old, change.New = next, change.New, change.Old
			if o == nil {
				continue
			}
			model = model.Next(f.Graph)
			if cells = len(compute(b, model, *o).Cells); cells == 0 {
				b.Fatal("the service of the changed rule has no cells")
			}
		}
		b.ReportMetric(float64(cells), "cells")
	}
	b.Run("graph", func(b *testing.B) { run(b, nil) })
	b.Run("cells", func(b *testing.B) { run(b, &affected) })
	zones := affected
	for _, s := range failover.Scenarios(f.Graph) {
		if s.Parts[0].Target == failover.Zone {
			zones.Scenarios = append(zones.Scenarios, s)
		}
	}
	b.Run("zones", func(b *testing.B) { run(b, &zones) })
}

func compute(b *testing.B, m *failover.Model, o failover.Options) *failover.Matrix {
	b.Helper()
	matrix, err := m.Compute(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	return matrix
}

var bound = regexp.MustCompile(`maxEjectionPercent: \d+`)

// detectionChange is a change of the ejection bound in a rule with failover, and the service that
// the rule is for. Documents of a fleet are found by the origins that lead to them.
func detectionChange(b *testing.B, f *fleet.Fleet) (mesh.ServiceID, fleet.Change) {
	b.Helper()
	for _, s := range f.Graph.Services {
		for _, c := range f.Graph.Clients {
			view := f.Graph.View(s, c)
			if view == nil || view.Pool(s.Ports[0].Number, "") == nil {
				continue
			}
			old, ok := view.Pool(s.Ports[0].Number, "").RuleOrigin.In.(*source.Document)
			if !ok || old.Name != s.Name || !bytes.Contains(old.JSON, []byte(`"failover"`)) {
				break
			}
			raw, _ := old.Raw()
			text := bound.ReplaceAll(raw, []byte("maxEjectionPercent: 90"))
			docs, _, _ := source.Parse(old.File, text, source.Options{})
			if len(docs) != 1 || bytes.Equal(docs[0].JSON, old.JSON) {
				break
			}
			docs[0].Cluster = old.Cluster
			return s.ID, fleet.Change{Cluster: old.Cluster, Old: old, New: docs[0]}
		}
	}
	b.Fatal("no rule with failover has an ejection bound")
	return "", fleet.Change{}
}
