package linkerd

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
)

func readMeshTLS(r *reader, doc *source.Document) {
	o := decode[meshTLSManifest](r, doc)
	if o == nil {
		return
	}
	m := &MeshTLSAuthentication{Meta: newMeta(doc, o.Metadata), Identities: o.Spec.Identities}
	faults := identityFaults(m.Identities, "/spec/identities")
	for i, ref := range o.Spec.IdentityRefs {
		at := "/spec/identityRefs/" + strconv.Itoa(i)
		switch {
		case ref.is("", kindServiceAccount):
			m.Accounts = append(m.Accounts, kubernetes.Key{Namespace: cmp.Or(ref.Namespace, m.Namespace), Name: ref.Name})
		case ref.is("", string(TargetNamespace)) && ref.Namespace != "":
			faults = append(faults, fault{at + "/namespace", "a reference to a Namespace has no namespace"})
		case ref.is("", string(TargetNamespace)):
			m.Namespaces = append(m.Namespaces, ref.Name)
		default:
			faults = append(faults, fault{at + "/kind", "an identity is that of a ServiceAccount, or of a Namespace"})
		}
	}
	switch {
	case len(m.Identities) > 0 && len(o.Spec.IdentityRefs) > 0:
		faults = append(faults, fault{"/spec/identityRefs", "it can list identities or identityRefs, not both"})
	case len(m.Identities)+len(o.Spec.IdentityRefs) == 0:
		faults = append(faults, fault{"/spec", "it lists no identity"})
	}
	if r.admits(doc, faults) {
		r.out.MeshTLS[m.Key] = m
	}
}

func readNetworks(r *reader, doc *source.Document) {
	o := decode[networkAuthenticationManifest](r, doc)
	if o == nil {
		return
	}
	n := &NetworkAuthentication{Meta: newMeta(doc, o.Metadata)}
	list, faults := networks(o.Spec.Networks, "/spec/networks", nil)
	if len(o.Spec.Networks) == 0 {
		faults = append(faults, fault{"/spec/networks", "it has to list at least one network"})
	}
	if n.Networks = list; r.admits(doc, faults) {
		r.out.Networks[n.Key] = n
	}
}

func readEgressNetwork(r *reader, doc *source.Document) {
	o := decode[egressNetworkManifest](r, doc)
	if o == nil {
		return
	}
	e := &EgressNetwork{Meta: newMeta(doc, o.Metadata), Allow: o.Spec.TrafficPolicy == "Allow"}
	list, faults := networks(o.Spec.Networks, "/spec/networks", nil)
	switch o.Spec.TrafficPolicy {
	case "Allow", "Deny":
	default:
		faults = append(faults, fault{"/spec/trafficPolicy", "trafficPolicy has to be Allow or Deny"})
	}
	if o.Spec.Networks != nil && len(o.Spec.Networks) == 0 {
		faults = append(faults, fault{"/spec/networks", "it has to list at least one network, or to have no list"})
	}
	if e.Networks = list; r.admits(doc, faults) {
		r.out.EgressNetworks[e.Key] = e
	}
}

func readRateLimit(r *reader, doc *source.Document) {
	o := decode[rateLimitManifest](r, doc)
	if o == nil {
		return
	}
	l := &RateLimit{Meta: newMeta(doc, o.Metadata), Server: o.Spec.TargetRef.Name, Limits: o.Spec.Total != nil || o.Spec.Identity != nil || len(o.Spec.Overrides) > 0}
	var faults []fault
	if targetKind(o.Spec.TargetRef) != TargetServer {
		faults = append(faults, fault{"/spec/targetRef/kind", "a targetRef has to be a Server, with its group"})
	}
	within := func(at string, limit, total *limitManifest) {
		switch {
		case limit == nil:
		case limit.RequestsPerSecond <= 0:
			faults = append(faults, fault{at, "requestsPerSecond has to be greater than 0"})
		case total != nil && limit.RequestsPerSecond > total.RequestsPerSecond:
			faults = append(faults, fault{at, "requestsPerSecond cannot be more than that of total"})
		}
	}
	within("/spec/total", o.Spec.Total, nil)
	within("/spec/identity", o.Spec.Identity, o.Spec.Total)
	for i := range o.Spec.Overrides {
		at := "/spec/overrides/" + strconv.Itoa(i)
		within(at, &o.Spec.Overrides[i].limitManifest, o.Spec.Total)
		for j, ref := range o.Spec.Overrides[i].ClientRefs {
			if !ref.is("", kindServiceAccount) {
				faults = append(faults, fault{at + "/clientRefs/" + strconv.Itoa(j), "a client has to be a ServiceAccount"})
			}
		}
	}
	if !r.admits(doc, faults) {
		return
	}
	r.out.RateLimits[l.Key] = l
}

// readInboundRoute reads a route that is attached to Servers; others are none of inbound policy.
func readInboundRoute(r *reader, doc *source.Document) {
	o := decode[inboundRouteManifest](r, doc)
	if o == nil {
		return
	}
	group, _, _ := strings.Cut(doc.APIVersion, "/")
	route := &InboundRoute{Meta: newMeta(doc, o.Metadata), Group: group, Kind: TargetKind(doc.Kind)}
	for i, parent := range o.Spec.ParentRefs {
		if !parent.is(groupPolicy, string(TargetServer)) || parent.Name == "" {
			continue
		}
		at := "/spec/parentRefs/" + strconv.Itoa(i)
		switch {
		case parent.Namespace != "" && parent.Namespace != route.Namespace:
			r.refuse(doc, at+"/namespace", "Linkerd ignores "+doc.Kind+" "+route.Namespace+"/"+route.Name+": a route cannot be attached to a Server of another namespace")
			return
		case parent.Port != nil:
			r.refuse(doc, at+"/port", "Linkerd ignores "+doc.Kind+" "+route.Namespace+"/"+route.Name+": a route cannot be attached to a port of a Server")
			return
		case parent.SectionName != "":
			r.refuse(doc, at+"/sectionName", "Linkerd ignores "+doc.Kind+" "+route.Namespace+"/"+route.Name+": a route cannot be attached to a section of a Server")
			return
		}
		if !o.declines(parent.Name) {
			route.Servers = append(route.Servers, parent.Name)
		}
	}
	if len(route.Servers) == 0 {
		return
	}
	route.describe(r, o)
	r.out.Routes[route.Namespace] = append(r.out.Routes[route.Namespace], route)
}

// describe finds out whether every request matches, and whether Linkerd can use the route at all.
func (route *InboundRoute) describe(r *reader, o *inboundRouteManifest) {
	route.CatchAll = len(o.Spec.Rules) == 0 && len(o.Spec.Hostnames) == 0 // the schema's default is a rule for all paths
	for i, rule := range o.Spec.Rules {
		answers := false
		for j, f := range rule.Filters {
			switch f.Type {
			case "RequestRedirect":
				answers = true
			case "RequestMirror", "URLRewrite", "ExtensionRef":
				if !route.Broken {
					route.Broken = true
					at := "/spec/rules/" + strconv.Itoa(i) + "/filters/" + strconv.Itoa(j)
					r.refuse(route.Doc, at, "Linkerd ignores "+route.Doc.Kind+" "+route.Namespace+"/"+route.Name+": it cannot apply "+f.Type+
						"; what it had of the route before stays in force, or nothing")
				}
			}
		}
		all := len(rule.Matches) == 0
		for _, m := range rule.Matches {
			path := m.Path == nil || (m.Path.Type == "" || m.Path.Type == "PathPrefix") && (m.Path.Value == "" || m.Path.Value == "/")
			all = all || path && len(m.Headers)+len(m.QueryParams) == 0 && m.Method == nil
		}
		if all && !answers && len(o.Spec.Hostnames) == 0 {
			route.CatchAll = true
		}
	}
	route.CatchAll = route.CatchAll && !route.Broken
}
