package linkerd

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/mesh"
)

const (
	serverTLS     = "TLS"
	serverGRPC    = "gRPC"
	serverVersion = "v1beta3" // the first that has accessPolicy
)

// readAccess reads whom a Server is for, and what its admission refuses.
func (r *reader) readAccess(s *Server, o *serverManifest) {
	doc := s.Doc
	var faults []fault
	if o.Spec.ExternalWorkloadSelector != nil {
		s.External = r.selector(doc, "/spec/externalWorkloadSelector", o.Spec.ExternalWorkloadSelector)
	}
	switch both := o.Spec.PodSelector != nil && s.External != nil; {
	case both:
		faults = append(faults, fault{"/spec/externalWorkloadSelector", "it can select pods or ExternalWorkloads, not both"})
	case o.Spec.PodSelector == nil && s.External == nil:
		faults = append(faults, fault{"/spec", "it needs a podSelector or an externalWorkloadSelector"})
	}
	if p := s.PortNumber; s.PortName == "" && (p <= 0 || p > highestPort) {
		faults = append(faults, fault{"/spec/port", "it needs a port, by number or by name"})
	}
	switch s.ProxyProtocol {
	case "", "unknown", "HTTP/1", "HTTP/2", serverGRPC, serverOpaque, serverTLS:
	default:
		faults = append(faults, fault{"/spec/proxyProtocol", quoted(s.ProxyProtocol) + " is no proxyProtocol: unknown, HTTP/1, HTTP/2, gRPC, opaque or TLS"})
	}
	if version := doc.APIVersion[strings.IndexByte(doc.APIVersion, '/')+1:]; o.Spec.AccessPolicy != "" && version != serverVersion {
		r.tell(mesh.FactUnknownField, doc, "/spec/accessPolicy", "accessPolicy is not read: "+doc.APIVersion+" does not have it, so Server "+s.Namespace+"/"+s.Name+
			" refuses whom nothing else admits; write "+groupPolicy+"/"+serverVersion)
	} else if _, ok := parsePolicy(o.Spec.AccessPolicy); o.Spec.AccessPolicy != "" && !ok {
		faults = append(faults, fault{"/spec/accessPolicy", quoted(o.Spec.AccessPolicy) + " is no policy: " + policyNames})
	} else {
		s.AccessPolicy = o.Spec.AccessPolicy
	}
	s.Refused = !r.admits(doc, faults)
}

// ports are the ports of a subject that a Server is for: those of its number or name. Containers may give
// one name to several ports (linkerd2 policy-controller inbound/index.rs).
func (s *Server) ports(of *Subject) []int {
	selector := s.Selector
	if of.Kind == kindExternalWorkload {
		selector = s.External
	} else if s.External != nil {
		return nil
	}
	if s.Refused || selector == nil || !selector.Matches(labels.Set(of.Labels)) {
		return nil
	}
	if s.PortName == "" {
		return []int{s.PortNumber}
	}
	return of.named(s.PortName)
}

// access is where it stands whom a Server lets through that nothing else admits.
func (s *Server) access() mesh.Origin {
	if s.AccessPolicy == "" {
		return s.At("/spec")
	}
	return s.At("/spec/accessPolicy")
}

// sees reports whether the proxy asks routes of a kind about requests to a Server.
func (s *Server) sees(kind TargetKind) bool {
	switch s.ProxyProtocol {
	case serverOpaque, serverTLS:
		return false
	case serverGRPC:
		return kind == TargetGRPCRoute
	}
	return kind == TargetHTTPRoute
}

// limits are those of the ports that a Server is for, unless they bypass the proxy. Only requests of HTTP are counted (linkerd2-proxy
// app/inbound/src/http/rate_limit).
func (b *guarding) limits(skipped []int) []mesh.RateLimit {
	var out []mesh.RateLimit
	for _, l := range b.cluster.limitsOf(b.subject.Namespace) {
		for _, s := range b.cluster.Servers[b.subject.Namespace] {
			if s.Name != l.Server || s.ProxyProtocol == serverOpaque || s.ProxyProtocol == serverTLS {
				continue
			}
			for _, port := range s.ports(b.subject) {
				if !slices.Contains(skipped, port) {
					out = append(out, mesh.RateLimit{Name: "HTTPLocalRateLimitPolicy " + l.Namespace + "/" + l.Name, Port: port, Origin: l.At("/spec")})
				}
			}
		}
	}
	return out
}

// limitsOf are the rate limits of a namespace that set any limit, sorted by name.
func (c *Cluster) limitsOf(namespace string) []*RateLimit {
	if len(c.RateLimits) == 0 {
		return nil
	}
	var out []*RateLimit
	for _, key := range slices.SortedFunc(maps.Keys(c.RateLimits), compareKeys) {
		if l := c.RateLimits[key]; key.Namespace == namespace && l.Limits {
			out = append(out, l)
		}
	}
	return out
}
