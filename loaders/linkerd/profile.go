package linkerd

import (
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// ProfileQuery asks what governs requests to a Service.
type ProfileQuery struct {
	Path      string // service.namespace.svc.domain[:port], or the cluster IP of a Service
	Namespace string // of the client; "" = not known
}

// ProfileAnswer is what the destination server's GetProfile settles on.
type ProfileAnswer struct {
	Code    Code
	Message string // why, where Code is not OK
	Origin  mesh.Origin
	Profile Profile
}

// Profile is what governs requests to a port of a Service, apart from policy (routes of the Gateway
// API, the breaker). Routes, or an override above zero, turn that policy off.
type Profile struct {
	Empty              bool // the port is not declared: connections are refused
	FullyQualifiedName string
	Opaque             bool
	OpaqueFrom         mesh.Origin
	// Source is the ServiceProfile that wins; nil if none does.
	Source *ServiceProfile
	// Rejected is a ServiceProfile that would win, had the server been able to translate it.
	Rejected  *ServiceProfile
	Routes    []ProfileRoute
	Overrides []Override // their authorities have ports
	Budget    RetryBudget
	// Split is the TrafficSplit that the adaptor copied the overrides from; nil if none.
	Split *TrafficSplit
}

// The default retry budget (linkerd2 profile_translator.go).
const (
	defaultRetryRatio     = 0.2
	defaultRetriesASecond = 10
	defaultRetryTTL       = 10 * time.Second
)

// Profile answers what governs requests (linkerd2 destination server, GetProfile). Profiles of
// single pods are not modelled.
func (c *Cluster) Profile(q ProfileQuery) ProfileAnswer {
	a, code, message := c.profileAuthority(q.Path)
	if code != OK {
		return ProfileAnswer{Code: code, Message: message}
	}
	svc := c.Services[a.service]
	if svc == nil {
		return ProfileAnswer{Code: Unknown, Message: "there is no Service " + a.service.Namespace + "/" + a.service.Name}
	}
	if _, ok := svc.port(a.port); !ok {
		return ProfileAnswer{Code: OK, Origin: svc.At("/spec/ports"), Profile: Profile{Empty: true}}
	}
	if svc.Type == typeExternalName {
		return ProfileAnswer{Code: InvalidArgument, Message: "ExternalName Services have no profile", Origin: svc.At("/spec/type")}
	}
	p := Profile{
		FullyQualifiedName: a.host,
		Budget: RetryBudget{Ratio: defaultRetryRatio, MinPerSecond: defaultRetriesASecond, TTL: defaultRetryTTL,
			Origin: mesh.Default(whoseDefault)},
	}
	p.Opaque, p.OpaqueFrom = c.opaqueService(svc, a.port)
	out := ProfileAnswer{Code: OK, Origin: svc.At("")}
	if sp := c.governing(a.service, q.Namespace, &p); sp != nil {
		p.take(sp, a.port)
		out.Origin = sp.At("")
	}
	out.Profile = p
	return out
}

// profileAuthority reads a name, or the address of a Service.
func (c *Cluster) profileAuthority(path string) (authority, Code, string) {
	host, port, ok := splitPath(path)
	if !ok {
		return authority{}, InvalidArgument, "the path has to be host:port"
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		switch keys := c.clusterIP(ip.String()); len(keys) {
		case 0:
			return authority{}, Unimplemented, "profiles of pods are not modelled"
		case 1:
			host = keys[0].Name + "." + keys[0].Namespace + ".svc." + c.Settings.clusterDomain()
			return authority{host: host, port: port, service: keys[0]}, OK, ""
		}
		return authority{}, FailedPrecondition, "several Services have the address " + host
	}
	a, ok := parseAuthority(path, c.Settings.clusterDomain())
	switch {
	case !ok:
		return a, InvalidArgument, "the name has to be service.namespace.svc." + c.Settings.clusterDomain()
	case a.hostname != "":
		return a, Unimplemented, "profiles of pods are not modelled"
	}
	return a, OK, ""
}

// opaqueService: the annotation of a Service replaces the default. Neither pods nor Servers nor the
// opaquePorts of a ServiceProfile count (linkerd2 opaque_ports_adaptor.go).
func (c *Cluster) opaqueService(svc *Service, port int) (bool, mesh.Origin) {
	if svc.OpaquePorts.Set {
		return svc.OpaquePorts.Has(port), svc.OpaquePorts.Origin
	}
	return c.Settings.isOpaque(port), mesh.Default(whoseDefault)
}

// governing is the ServiceProfile that wins: the one in the client's namespace, else the one in the
// Service's. One that the server cannot translate leaves clients with what they were told before,
// which is no profile; the other namespace is not looked at then.
func (c *Cluster) governing(service kubernetes.Key, client string, p *Profile) *ServiceProfile {
	name := c.profileName(service)
	for _, namespace := range []string{client, service.Namespace} {
		if namespace == "" {
			continue
		}
		key := kubernetes.Key{Namespace: namespace, Name: name}
		sp := c.Profiles[key]
		if split := c.adapted(key, sp); split != nil {
			p.Split = split
			sp = c.withOverrides(key, sp, split)
		}
		if sp == nil {
			continue
		}
		if sp.Invalid != "" {
			p.Rejected = sp
			return nil
		}
		return sp
	}
	return nil
}

// profileName is the name of a ServiceProfile of a Service.
func (c *Cluster) profileName(service kubernetes.Key) string {
	return service.Name + "." + service.Namespace + ".svc." + c.Settings.clusterDomain()
}

// take fills in what a ServiceProfile says. Authorities without a port get the one that is asked
// for.
func (p *Profile) take(sp *ServiceProfile, port int) {
	p.Source, p.Routes = sp, sp.Routes
	for _, o := range sp.Overrides {
		if _, _, err := net.SplitHostPort(o.Authority); err != nil {
			o.Authority = net.JoinHostPort(o.Authority, strconv.Itoa(port))
		}
		p.Overrides = append(p.Overrides, o)
	}
	if sp.Budget != nil {
		p.Budget = *sp.Budget
	}
}

// TurnsPolicyOff reports whether the proxy goes by this profile alone: HTTPRoutes, the breaker and
// the annotations for retries and timeouts do not count then (linkerd2-proxy
// app/outbound/src/http/logical/profile.rs).
func (p *Profile) TurnsPolicyOff() (mesh.Origin, bool) {
	if len(p.Routes) > 0 {
		return p.Routes[0].Origin, true
	}
	for _, o := range p.Overrides {
		if o.Weight > 0 {
			return o.Origin, true
		}
	}
	return mesh.Origin{}, false
}
