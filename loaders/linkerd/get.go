package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// Discovery is where the endpoints of a Service come from.
type Discovery string

// The ways of discovery.
const (
	Local     Discovery = "local"     // its own slices, those of gateway mirrors included
	Flat      Discovery = "flat"      // the slices of one Service of a linked cluster
	Federated Discovery = "federated" // the slices of several Services, here and there
)

// GetQuery asks for the endpoints of a Service.
type GetQuery struct {
	Path string // [hostname.]service.namespace.svc.domain[:port]; port 80 if absent
	// Node of the client: it decides the zone, and internalTrafficPolicy Local. "" = not known.
	Node string
}

// GetAnswer is what the destination server's Get settles on.
type GetAnswer struct {
	Code      Code
	Message   string // why, where Code is not OK
	Origin    mesh.Origin
	Discovery Discovery
	// Endpoints are sorted by address. None of them and OK is an open stream with nothing in it:
	// requests wait for 3 s (504), and fail at once after that (503).
	Endpoints []Endpoint
	// Left are addresses and members that the client is not given, sorted by address.
	Left []Left
}

// Left is an address, or a member of a federated service, that the client is not given.
type Left struct {
	Address string // ip, or service@cluster
	Cluster string // of a linked cluster; "" is this one
	Why     Reason
	Origin  mesh.Origin
}

// Reason is why a client is not given an address.
type Reason string

// The reasons, in the order in which they are looked at.
const (
	NotLinked       Reason = "its cluster is not linked"
	NotAMember      Reason = "it is an ExternalName Service, which has no endpoints"
	Malformed       Reason = "a member is written service@cluster"
	NoSuchPort      Reason = "the slice has no port of that name"
	NotReady        Reason = "it is not ready"
	NoSuchPod       Reason = "its pod does not exist"
	NoSuchMachine   Reason = "its ExternalWorkload does not exist"
	UnknownTarget   Reason = "it belongs to neither a pod nor a gateway"
	NoIPv6          Reason = "it is an IPv6 address of a pod"
	OtherHostname   Reason = "it has another hostname"
	OtherNode       Reason = "internalTrafficPolicy is Local, and it is on another node"
	OtherZone       Reason = "it is meant for another zone"
	NoAddress       Reason = "it is no IP address"
	NoProxy         Reason = "its pod is labelled as meshed and has no proxy with ports"
	AnotherOfThePod Reason = "another address of its pod counts"
)

// Get answers which endpoints a client is given (linkerd2 destination server, Get).
func (c *Cluster) Get(q GetQuery) GetAnswer {
	a, ok := parseAuthority(q.Path, c.Settings.clusterDomain())
	if !ok {
		return GetAnswer{Code: InvalidArgument, Message: "the authority has to be service.namespace.svc." + c.Settings.clusterDomain()}
	}
	svc := c.Services[a.service]
	switch {
	case svc == nil:
		return GetAnswer{Code: NotFound, Message: "there is no Service " + a.service.Namespace + "/" + a.service.Name}
	case svc.Type == typeExternalName:
		return GetAnswer{Code: InvalidArgument, Message: "ExternalName Services have no endpoints", Origin: svc.At("/spec/type")}
	}
	g := getting{client: c, node: q.Node, zone: c.zone(q.Node), port: a.port, hostname: a.hostname}
	out := GetAnswer{Code: OK, Discovery: Local, Origin: svc.At("")}
	_, isFlat := svc.Labels[keyRemoteDiscovery]
	switch {
	case svc.isFederated():
		out.Discovery, out.Origin = Federated, svc.At(annotationsPath)
		g.federated(svc)
	case isFlat:
		out.Discovery, out.Origin = Flat, svc.At(labelPath(keyRemoteDiscovery))
		if code, message := g.flat(svc); code != OK {
			return GetAnswer{Code: code, Message: message, Discovery: Flat, Origin: out.Origin}
		}
	default:
		g.member(c, "", a.service)
	}
	out.Endpoints = byAddress(g.found)
	slices.SortStableFunc(g.left, func(l, m Left) int {
		return cmp.Or(cmp.Compare(l.Cluster, m.Cluster), cmp.Compare(l.Address, m.Address))
	})
	out.Left = g.left
	return out
}

// byAddress orders endpoints as the texts of their addresses are ordered, in the list's own memory. Of those with one address the
// last counts.
func byAddress(list []Endpoint) []Endpoint {
	if len(list) < 2 {
		return list
	}
	type entry struct {
		text string
		at   int
	}
	const usual = len("255.255.255.255:65535")
	buf, ends := make([]byte, 0, usual*len(list)), make([]int, len(list))
	for i := range list {
		buf = list[i].Addr.AppendTo(buf)
		ends[i] = len(buf)
	}
	texts, from := string(buf), 0
	order := make([]entry, len(list))
	for i, end := range ends {
		order[i], from = entry{texts[from:end], i}, end
	}
	slices.SortStableFunc(order, func(a, b entry) int { return cmp.Compare(a.text, b.text) })
	for i := range order { // endpoints are large: those that change places in a circle do so, and no second list is made
		if order[i].at == i {
			continue
		}
		first, to := list[i], i
		for order[to].at != i {
			from := order[to].at
			list[to], order[to].at = list[from], to
			to = from
		}
		list[to], order[to].at = first, to
	}
	n := 0
	for i := range order {
		if i+1 == len(order) || order[i].text != order[i+1].text {
			list[n] = list[i]
			n++
		}
	}
	return list[:n]
}

// isFederated: either annotation makes a Service federated, whatever it says.
func (s *Service) isFederated() bool {
	_, local := s.Annotations[annotationLocalMember]
	_, remote := s.Annotations[keyRemoteDiscovery]
	return local || remote
}

// getting is one question while it is answered.
type getting struct {
	client     *Cluster
	node, zone string // of the client
	port       int
	hostname   string
	found      []Endpoint // several may have one address
	left       []Left
}

// flat takes the endpoints of the Service that a flat mirror stands for.
func (g *getting) flat(svc *Service) (code Code, message string) {
	name, ok := svc.Labels[labelRemoteService]
	if !ok {
		return FailedPrecondition, "the label " + labelRemoteService + " is missing"
	}
	cluster := svc.Labels[keyRemoteDiscovery]
	remote := g.client.Linked[cluster]
	if remote == nil {
		return NotFound, "cluster " + cluster + " is not linked"
	}
	key := kubernetes.Key{Namespace: svc.Namespace, Name: name}
	if s := remote.Services[key]; s != nil && s.Type == typeExternalName {
		return InvalidArgument, "ExternalName Services have no endpoints"
	}
	g.member(remote, cluster, key)
	return OK, ""
}

// federated takes the endpoints of all members. A member that cannot be read is skipped.
func (g *getting) federated(svc *Service) {
	if text, ok := svc.Annotations[keyRemoteDiscovery]; ok {
		at := svc.At(annotationPath(keyRemoteDiscovery))
		seen := map[string]bool{}
		for member := range strings.SplitSeq(text, ",") {
			if !seen[member] {
				seen[member] = true
				g.remoteMember(svc.Namespace, member, at)
			}
		}
	}
	if name := svc.Annotations[annotationLocalMember]; name != "" {
		key := kubernetes.Key{Namespace: svc.Namespace, Name: name}
		if s := g.client.Services[key]; s != nil && s.Type == typeExternalName {
			g.leave(Left{Address: name, Why: NotAMember, Origin: svc.At(annotationPath(annotationLocalMember))})
			return
		}
		g.member(g.client, "", key)
	}
}

// remoteMember takes the endpoints of "service@cluster".
func (g *getting) remoteMember(namespace, member string, at mesh.Origin) {
	parts := strings.Split(member, "@")
	if len(parts) != 2 {
		g.leave(Left{Address: member, Why: Malformed, Origin: at})
		return
	}
	name, cluster := parts[0], parts[1]
	remote := g.client.Linked[cluster]
	if remote == nil {
		g.leave(Left{Address: member, Cluster: cluster, Why: NotLinked, Origin: at})
		return
	}
	key := kubernetes.Key{Namespace: namespace, Name: name}
	if s := remote.Services[key]; s != nil && s.Type == typeExternalName {
		g.leave(Left{Address: member, Cluster: cluster, Why: NotAMember, Origin: at})
		return
	}
	g.member(remote, cluster, key)
}

func (g *getting) leave(l Left) { g.left = append(g.left, l) }

// member takes the endpoints that the slices of one Service of one cluster announce. name is that
// of a linked cluster; "" is the client's own, where filters for the client's place apply.
func (g *getting) member(in *Cluster, name string, service kubernetes.Key) {
	m := member{getting: g, in: in, name: name, of: service, service: in.Services[service]}
	candidates := m.filter(m.candidates(in.Slices[service]))
	g.found = slices.Grow(g.found, len(candidates))
	for _, candidate := range candidates {
		if endpoint, why := m.translate(candidate); why != "" {
			m.leave(candidate, why)
		} else {
			g.found = append(g.found, endpoint)
		}
	}
}
