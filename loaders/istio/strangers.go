package istio

import (
	"slices"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// strangers are the sidecars of all namespaces that nothing speaks of that concerns a service: no object stands in
// them, is exported to them or asks for them by name, and no Sidecar narrows what they see. They are told the same of
// the service, so that it is worked out for the first of them. Most namespaces are strangers to most services.
type strangers struct {
	once    sync.Once
	named   map[string]bool // namespaces that are spoken of
	none    bool            // clients may differ by more than what is looked at here
	mu      sync.RWMutex
	kind    *classKind     // nil = not asked yet
	classes []networkClass // of them, by network
}

// networkClass is the class of those in one network.
type networkClass struct{ network, class string }

// strangersTo finds what is told to the strangers of a service, if the clients of the scope are; otherwise nil.
func (sc *scope) strangersTo(s *mesh.Service) *strangers {
	if sc.kind != mesh.Sidecar || sc.sidecar != nil {
		return nil
	}
	w := sc.world
	known, ok := w.strangers.Load(s)
	if !ok {
		known, _ = w.strangers.LoadOrStore(s, &strangers{})
	}
	x := known.(*strangers)
	x.once.Do(func() { x.named, x.none = w.spokenOf(s.ID.Host()) })
	if x.none || x.named[sc.namespace] {
		return nil
	}
	return x
}

// classOf is their class in the network of a client; false where more than that tells them apart.
func (x *strangers) classOf(f *Fleet, sc *scope, s *mesh.Service, c *mesh.Client) (string, bool) {
	kind := x.kindOf(f, sc, s, c)
	switch {
	case kind.fixed != "":
		return kind.fixed, true
	case !kind.onlyByNetwork():
		return "", false
	}
	x.mu.RLock()
	i := slices.IndexFunc(x.classes, func(n networkClass) bool { return n.network == c.Network })
	if i >= 0 {
		defer x.mu.RUnlock()
		return x.classes[i].class, true
	}
	x.mu.RUnlock()
	class := kind.inNetwork(c.Network)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.classes = append(x.classes, networkClass{c.Network, class}) // a second entry for a network says the same
	return class, true
}

// kindOf is what decides their class. c is one of them.
func (x *strangers) kindOf(f *Fleet, sc *scope, s *mesh.Service, c *mesh.Client) *classKind {
	x.mu.RLock()
	kind := x.kind
	x.mu.RUnlock()
	if kind == nil {
		made := sc.classify(f, s, c, false)
		kind = &made
		x.mu.Lock()
		defer x.mu.Unlock()
		x.kind = kind
	}
	return kind
}

// spokenOf collects the namespaces that anything names which decides what clients are told of a host. It returns
// unknown for hosts of which they are told by what other hosts are like.
func (w *world) spokenOf(host string) (named map[string]bool, unknown bool) {
	named = map[string]bool{w.rootNamespace: true}
	for _, p := range w.config.TLSPolicies { // they make rules of their own
		named[p.Namespace] = true
	}
	w.speakOfHost(host, named)
	for _, svc := range w.byHost[host] {
		// Services without an address share a listener: the first that a client sees has it.
		if slices.ContainsFunc(svc.ports, func(p port) bool { return p.protocol.isTCP() }) {
			return nil, true
		}
	}
	for _, list := range [...][]*routeSource{w.routes.exact[host], w.routes.wild} {
		for _, s := range list {
			if !s.names(host) {
				continue
			}
			named[s.Namespace] = true
			s.export.addTo(named)
			for _, namespace := range s.questions.namespaces {
				named[namespace] = true
			}
			for _, to := range s.questions.targets {
				w.speakOfHost(to.host, named)
			}
		}
	}
	return named, false
}

// speakOfHost adds the namespaces that definitions of a host and rules for it stand in or name.
func (w *world) speakOfHost(host string, named map[string]bool) {
	for _, svc := range w.byHost[host] {
		named[svc.namespace] = true
		svc.exports.addTo(named)
	}
	for _, d := range w.rules.concerning(host) {
		named[d.Namespace] = true
		newVisibility(d.Spec.ExportTo).addTo(named)
	}
}

// addTo adds the members of a list to a set.
func (v visibility) addTo(set map[string]bool) {
	for namespace := range v {
		set[namespace] = true
	}
}
