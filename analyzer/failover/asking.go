package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// asking is one failure to ask about.
type asking struct {
	blast   *Blast
	fault   Fault
	slot    int // in a row; -1 = answers are not shared
	at      int // of the fault
	explain bool
	lost    *lack // what it takes from the service through its dependencies
	lacks   bool  // the scenario takes something that the service depends on, under some fault
	touched bool  // by the last question
	counts  [len(grades)]int
}

func (f *asking) outcomes() (o Outcomes) {
	for g, n := range f.counts {
		o.Add(grades[g], n)
	}
	return o
}

// failures lists scenarios under each fault. Before any failure there is no fault mode: it is asked
// about once.
func (w *worker) failures(s *mesh.Service, blasts []*Blast) []asking {
	list := slices.Grow(w.asks[:0], len(blasts)*len(w.o.Faults))
	for _, b := range blasts {
		slot, shared := w.slotOf(b)
		lacks := w.lacks(s, b)
		for i, f := range w.o.Faults {
			if b.Scenario.IsNone() && i > 0 {
				break
			}
			one := asking{blast: b, fault: f, slot: -1}
			if shared {
				one.slot = slot
			}
			one.at = i
			if one.lacks = lacks; lacks {
				if lost, ok := w.deps.outage(w, b, f)[s.ID]; ok {
					one.lost = &lost
				}
			}
			one.explain = w.o.Explain == nil || w.o.Explain(s, b.Scenario, f)
			list = append(list, one)
		}
	}
	w.asks = list
	return list
}

// relevant leaves out the scenarios that can reach neither the service, nor a service that its
// routes lead to, nor anything that it depends on. The losses of one region's copy and bad releases
// come last.
func (w *worker) relevant(s *mesh.Service, blasts []*Blast) []*Blast {
	var copies, releases []*Blast
	if w.o.Copies {
		copies = w.model.copies(s)
	}
	if w.o.Releases {
		releases = w.model.releases(s)
	}
	releases = releasesOf(s, blasts, releases)
	if w.o.Forced {
		places := slices.DeleteFunc(slices.Clone(blasts), (*Blast).ofRelease)
		return slices.Concat(places, copies, releases)
	}
	keep := make([]*Blast, 0, len(blasts)+len(copies))
	for _, b := range blasts {
		if b.ofRelease() || w.o.asked == nil && !concerns(s, b.Scenario) {
			continue
		}
		if b.Scenario.IsNone() || w.lacks(s, b) || slices.ContainsFunc(w.targets, b.reaches) {
			keep = append(keep, b)
		}
	}
	return slices.Concat(keep, copies, releases)
}

// targetsOf are a service and those that its routes lead to.
func targetsOf(s *mesh.Service, questions []*asked, targets []*mesh.Service) []*mesh.Service {
	targets = append(targets, s)
	for _, q := range questions {
		for _, r := range q.view.Routes {
			for _, rule := range r.Rules {
				for i := range rule.To {
					if to := rule.To[i].Service; to != nil && !slices.Contains(targets, to) {
						targets = append(targets, to)
					}
				}
			}
		}
	}
	return targets
}

// isServiceScenario: the loss of a service is asked about for its dependents only; of itself nothing
// is left to ask, unless others stand in for it, or somebody promises that it survives that.
func isServiceScenario(s Scenario, svc *mesh.Service) bool {
	lost := slices.ContainsFunc(s.Parts, func(p Part) bool { return p.Target == Service && matchesService(svc, p.Value) })
	if !lost {
		return false
	}
	standsIn := !svc.Mirror && slices.ContainsFunc(svc.Endpoints, func(e *mesh.Endpoint) bool { owner := ownerOf(e); return owner != nil && owner != svc })
	return !standsIn && !promises(svc.Objective, s)
}

// promises reports whether an objective lists a scenario by its name.
func promises(o *mesh.Objective, s Scenario) bool {
	return o != nil && slices.ContainsFunc(o.Survive, func(text string) bool {
		named, err := ParseScenario(text)
		return err == nil && !named.IsNone() && slices.Equal(named.Parts, s.Parts)
	})
}
