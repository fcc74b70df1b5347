package istio

import (
	"maps"
	"slices"
	"sync"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// RuleChange is one DestinationRule of a cluster that was added (Old is nil), changed or removed
// (New is nil).
type RuleChange struct {
	Cluster  string
	Old, New *source.Document
}

// WithRules returns a fleet in which DestinationRules have changed and everything else is shared.
// Services that a changed rule names, before or after, are new objects without compiled views;
// the map leads from the old ones to the new ones.
func (f *Fleet) WithRules(changes []RuleChange) (*Fleet, map[*mesh.Service]*mesh.Service) {
	next := &Fleet{mesh: f.mesh, trusted: f.trusted, clusters: f.clusters, gateways: f.gateways,
		worlds: slices.Clone(f.worlds), byConfig: maps.Clone(f.byConfig), hosts: maps.Clone(f.hosts)}
	next.keepDiagnostics(f.diags, changes)
	touched := map[*mesh.Service]bool{}
	for _, cluster := range configClustersOf(changes) {
		old := f.byConfig[cluster]
		if old == nil {
			continue // nobody obeys the objects of this cluster
		}
		w := old.withRules(changes)
		next.worlds[w.number] = w
		next.byConfig[cluster] = w
		for _, c := range changes {
			if c.Cluster != cluster {
				continue
			}
			for _, host := range append(old.hostsOf(c.Old), w.hostsOf(c.New)...) {
				f.matching(host, touched)
			}
		}
	}
	replaced := make(map[*mesh.Service]*mesh.Service, len(touched))
	next.services = slices.Clone(f.services)
	for i, s := range next.services {
		if !touched[s] {
			continue
		}
		fresh := s.Fresh()
		replaced[s], next.services[i] = fresh, fresh
	}
	for key, s := range next.hosts {
		if fresh := replaced[s]; fresh != nil {
			next.hosts[key] = fresh
		}
	}
	next.observe()
	return next, replaced
}

// keepDiagnostics takes over what could not be read in documents that stay, and adds what cannot in
// new ones. observe finds all facts again.
func (f *Fleet) keepDiagnostics(diags []source.Diagnostic, changes []RuleChange) {
	for _, d := range diags {
		if !slices.ContainsFunc(changes, func(c RuleChange) bool { return c.Old != nil && within(d.Position, c.Old) }) {
			f.diags = append(f.diags, d)
		}
	}
	for _, c := range changes {
		if c.New == nil {
			continue
		}
		if o := decode(c.New); o.diag != nil {
			f.diags = append(f.diags, *o.diag)
		}
	}
}

func configClustersOf(changes []RuleChange) []string {
	var names []string
	for _, c := range changes {
		names = append(names, c.Cluster)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// withRules copies a world with other DestinationRules.
func (w *world) withRules(changes []RuleChange) *world {
	next := *w
	config := *w.config
	next.config = &config
	next.unknown = maps.Clone(w.unknown)
	config.DestinationRules = slices.Clone(w.config.DestinationRules)
	for _, c := range changes {
		if c.Cluster != w.cluster {
			continue
		}
		if c.Old != nil {
			config.DestinationRules = slices.DeleteFunc(config.DestinationRules, func(d *DestinationRule) bool { return d.Doc == c.Old })
			delete(next.unknown, c.Old)
		}
		if c.New == nil {
			continue
		}
		for _, o := range decodeAll([]*source.Document{c.New}) {
			if len(o.unknown) > 0 {
				next.unknown[c.New] = o.unknown
			}
			if d, ok := o.object.(*DestinationRule); ok {
				config.DestinationRules = append(config.DestinationRules, d)
			}
		}
	}
	config.sort()
	next.rules, next.strangers = next.indexRules(), &sync.Map{}
	return &next
}

// within reports whether a position is inside a document.
func within(p mesh.Position, doc *source.Document) bool {
	at := doc.Locate(p.Path)
	return p.File == doc.File && at.Line == p.Line && at.Column == p.Column
}

// hostsOf is the host that a DestinationRule's document names, or nothing.
func (w *world) hostsOf(doc *source.Document) []string {
	if doc == nil {
		return nil
	}
	for _, d := range w.config.DestinationRules {
		if d.Doc == doc {
			return []string{w.fqdn(d.Spec.GetHost(), d.Namespace)}
		}
	}
	return nil
}

// matching marks the services that a rule's host names, exactly or by wildcard.
func (f *Fleet) matching(host string, into map[*mesh.Service]bool) {
	for _, s := range f.services {
		if hostsMatch(host, s.ID.Host()) {
			into[s] = true
		}
	}
}
