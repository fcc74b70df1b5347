package consul

import (
	"maps"
	"regexp"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// shape says what of an entry alone Consul refuses on write; nil if nothing. One with several
// defects gets the reason that is found first.
func (e *Entry) shape() *Problem {
	refuse := func(reason, message string) *Problem { return &Problem{reason, message, e.Origin} }
	switch {
	case e.Problem != nil:
		return e.Problem
	case e.Kind == samenessGroup && e.told:
		return nil
	case e.Kind == samenessGroup, e.Kind == "control-plane-request-limit":
		return refuse("enterprise-only", e.Kind+" is a feature of Consul Enterprise")
	case e.Kind == proxyDefaults && e.Name != "global":
		return refuse("malformed", "proxy-defaults can only be named global")
	case e.Name == "":
		return refuse("malformed", "the entry has no name")
	case e.Kind == exportedServices && e.Name != "default":
		return refuse("malformed", "exported-services can only be named default, after the partition")
	case e.Kind == serviceDefaults && e.Name == "*":
		return refuse("wildcard-name", "service-defaults cannot be for every service; use proxy-defaults")
	case e.Kind == apiGateway:
		return e.listenersShape()
	case e.Intentions != nil:
		for _, s := range e.Intentions.Sources {
			if s.Sameness != "" {
				return &Problem{"enterprise-only", "SamenessGroup is a feature of Consul Enterprise", s.Origin}
			}
		}
	case e.Resolver != nil:
		if p := e.Resolver.shape(e.Name); p != nil {
			return p
		}
	case e.Splitter != nil:
		if p := e.Splitter.shape(e.Name); p != nil {
			return p
		}
	case e.Router != nil:
		if p := e.Router.shape(); p != nil {
			return p
		}
	}
	if e.Mesh != nil {
		for _, s := range []*TLSSettings{e.Mesh.Incoming, e.Mesh.Outgoing} {
			if p := s.shape(); p != nil {
				return p
			}
		}
	}
	if p := linkedShape(e.Linked); p != nil {
		return p
	}
	for _, x := range e.Exports {
		if p := x.shape(); p != nil {
			return p
		}
	}
	return e.enterprise
}

// shape is what the sheet says of exported-services: no consumer is a wildcard, and each is of one
// kind.
func (x Export) shape() *Problem {
	if x.Service == "" || len(x.Consumers) == 0 {
		return &Problem{"malformed", "an exported service has a name and consumers", x.Origin}
	}
	for _, c := range x.Consumers {
		switch {
		case c.Partition != "" || c.Sameness != "":
			return &Problem{"enterprise-only", "partitions and sameness groups are features of Consul Enterprise", c.Origin}
		case c.Peer == "" || c.Peer == "*":
			return &Problem{"malformed", "a consumer names one peer", c.Origin}
		}
	}
	return nil
}

var subsetName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

func (r *Resolver) shape(name string) *Problem {
	for _, n := range slices.Sorted(maps.Keys(r.Subsets)) {
		s := r.Subsets[n]
		if !subsetName.MatchString(n) || len(n) > 63 {
			return &Problem{"bad-subset-name", "the name of a subset is lower-case letters, digits and hyphens", s.Origin}
		}
		if s.Filter == "" {
			continue
		}
		if _, err := ParseFilter(s.Filter); err != nil {
			return &Problem{"bad-filter", err.Error(), s.Origin}
		}
	}
	if r.DefaultSubset != "" && !r.has(r.DefaultSubset) {
		return &Problem{"unknown-subset", "DefaultSubset names no subset", r.DefaultAt}
	}
	if p := r.redirectShape(name); p != nil {
		return p
	}
	for _, key := range slices.Sorted(maps.Keys(r.Failover)) {
		f := r.Failover[key]
		if p := r.failoverShape(name, key, f); p != nil {
			return p
		}
	}
	if r.ConnectTimeout < 0 || r.RequestTimeout < 0 {
		return &Problem{"malformed", "a timeout is negative", r.Origin}
	}
	return r.LoadBalancer.shape()
}

// has reports whether a subset is defined. The empty name is no subset.
func (r *Resolver) has(subset string) bool {
	_, ok := r.Subsets[subset]
	return ok
}

// enterprise says which field of a reference only the Enterprise edition has.
func (ref Reference) enterprise(at mesh.Origin) *Problem {
	for _, f := range []struct{ name, v string }{{"Namespace", ref.Namespace}, {"Partition", ref.Partition}, {"SamenessGroup", ref.Sameness}} {
		if f.v != "" {
			return &Problem{"enterprise-only", f.name + " is a feature of Consul Enterprise", at}
		}
	}
	return nil
}

func (r *Resolver) redirectShape(name string) *Problem {
	if r.Redirect == nil {
		return nil
	}
	to := r.Redirect.Reference
	refuse := func(reason, message string) *Problem { return &Problem{reason, message, r.Redirect.Origin} }
	if p := to.enterprise(r.Redirect.Origin); p != nil {
		return p
	}
	switch {
	case len(r.Failover) > 0:
		return refuse("redirect-and-failover", "a resolver has Redirect or Failover, not both")
	case to == Reference{}:
		return refuse("empty-redirect", "the redirect leads nowhere")
	case to.Subset != "" && to.Service == "":
		return refuse("redirect-subset-without-service", "Redirect.ServiceSubset needs Redirect.Service")
	case to.Peer != "" && to.Service == "":
		return refuse("redirect-peer-without-service", "Redirect.Peer needs Redirect.Service")
	case to.Peer != "" && (to.Subset != "" || to.Datacenter != ""):
		return refuse("peer-and-other-field", "Redirect.Peer goes with Redirect.Service only")
	case to.Subset != "" && to.Service == name && !r.has(to.Subset):
		return refuse("unknown-subset", "Redirect.ServiceSubset names no subset of this resolver")
	}
	return nil
}

func (r *Resolver) failoverShape(name, key string, f Failover) *Problem {
	refuse := func(reason, message string) *Problem { return &Problem{reason, message, f.Origin} }
	if p := f.enterprise(f.Origin); p != nil {
		return p
	}
	switch {
	case f.PolicyMode != "":
		return refuse("enterprise-only", "the mode of a failover policy is a feature of Consul Enterprise")
	case key != "*" && !r.has(key):
		return refuse("unknown-subset", "the failover is for a subset that does not exist")
	case f.Reference == Reference{} && len(f.Datacenters) == 0 && len(f.Targets) == 0:
		return refuse("empty-failover", "the failover names no target")
	case f.Subset != "" && (f.Service == "" || f.Service == name) && !r.has(f.Subset):
		return refuse("unknown-subset", "ServiceSubset names no subset of this resolver")
	case len(f.Targets) > 0 && (len(f.Datacenters) > 0 || f.Service != "" || f.Subset != ""):
		return refuse("targets-and-shorthand", "Targets go with neither Datacenters nor Service nor ServiceSubset")
	case slices.Contains(f.Datacenters, ""):
		return refuse("malformed", "a datacenter without a name")
	}
	for _, t := range f.Targets {
		if p := t.enterprise(t.Origin); p != nil {
			return p
		}
		if t.Peer != "" && (t.Subset != "" || t.Datacenter != "") {
			return &Problem{"peer-and-other-field", "a target with Peer has neither ServiceSubset nor Datacenter", t.Origin}
		}
	}
	return nil
}
