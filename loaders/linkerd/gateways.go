package linkerd

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// The defaults of the Link's CRD, and the port of gateways (linkerd2 multicluster charts).
const (
	defaultProbePeriod   = 3 * time.Second
	defaultProbeTimeout  = 30 * time.Second
	defaultProbeFailures = 3
	defaultGatewayPort   = 4143
	gatewayName          = "linkerd-gateway"
	gatewayNamespace     = "linkerd-multicluster"
)

// findGateways finds the gateway into each cluster that a Link of another leads to.
func (w *world) findGateways() {
	for _, l := range w.Links {
		target := w.fleet.worlds[l.Cluster]
		if target == nil || target == w || len(l.GatewayAddresses) == 0 {
			continue
		}
		if target.gateway == nil {
			target.gateway = target.newGateway(l)
			w.fleet.gateways = append(w.fleet.gateways, target.gateway)
		}
		for _, a := range l.GatewayAddresses {
			if !slices.Contains(target.gateway.Addresses, a) {
				target.gateway.Addresses = append(target.gateway.Addresses, a)
				slices.Sort(target.gateway.Addresses)
			}
		}
	}
}

// newGateway describes the gateway of a cluster: its Service if the inputs hold it, else what a Link tells of it.
func (w *world) newGateway(l *Link) *mesh.Gateway {
	g := &mesh.Gateway{Cluster: w.at.Name, Namespace: gatewayNamespace, Name: gatewayName, Role: mesh.EastWest, Network: w.at.Network,
		Locality: mesh.Locality{Region: w.at.Region}, Identity: w.GatewayIdentity().V, Origin: l.At("/spec/gatewayAddress")}
	for _, key := range slices.SortedFunc(maps.Keys(w.inv.Services), compareKeys) {
		s := w.inv.Services[key]
		if s.Annotations[annotationGWFlag] != "true" && s.Annotations[annotationGWName] == "" && (key != kubernetes.Key{Namespace: gatewayNamespace, Name: gatewayName}) {
			continue
		}
		g.Namespace, g.Name, g.Origin = key.Namespace, key.Name, mesh.At(s.Doc, "")
		for _, p := range w.inv.SelectPods(key.Namespace, s.Selector) {
			if p.Workload != nil && !slices.Contains(g.Workloads, p.Workload) {
				g.Workloads = append(g.Workloads, p.Workload)
			}
		}
		break
	}
	g.ID = g.Cluster + "/" + g.Namespace + "/" + g.Name
	return g
}

// probe is how the service mirror watches the gateway that a Link leads to.
func (l *Link) probe() *mesh.HealthCheck {
	return &mesh.HealthCheck{
		By: "the service mirror's probe of cluster " + l.Cluster, Handler: "http", Gateway: true,
		Interval: cmp.Or(max(l.ProbePeriod, 0), defaultProbePeriod), Timeout: cmp.Or(max(l.ProbeTimeout, 0), defaultProbeTimeout),
		Failure: cmp.Or(max(l.ProbeFailures, 0), defaultProbeFailures), Origin: l.At("/spec/probeSpec/period"),
	}
}

// fillMirrors finds the endpoints of gateway mirrors: the gateway's addresses, with the endpoints of the remote Service behind.
func (w *world) fillMirrors() {
	for _, key := range w.order {
		s := w.services[key]
		cluster := s.mirrorOf()
		if cluster == "" {
			continue
		}
		target, l := w.fleet.worlds[cluster], w.linkTo(cluster)
		remote := (*service)(nil)
		if target != nil {
			remote = target.services[s.remoteKey(target)]
		}
		at := s.At(labelPath(labelMirrorOf))
		switch {
		case l == nil:
			s.gap("the Link of cluster "+w.at.Name+" to "+cluster, at)
		case target == nil:
			s.gap("cluster "+cluster, at)
		case remote == nil:
			s.gap("the Service in cluster "+cluster+" that it mirrors", at)
		case target.gateway == nil && len(l.GatewayAddresses) == 0:
			s.gap("the address of the gateway of cluster "+cluster, l.At("/spec/gatewayAddress"))
		default:
			s.seekMachines(target, remote.Key)
			for _, p := range s.ports {
				s.lead(p, l, target, remote)
			}
		}
	}
}

// lead fills one port of a gateway mirror. While the remote Service has no endpoint, the mirror has none.
func (s *service) lead(p *port, l *Link, target *world, remote *service) {
	behind := remote.port(p.Number)
	if behind == nil {
		return
	}
	list := remote.behindGateway(behind)
	if len(list) == 0 {
		return
	}
	number := cmp.Or(l.GatewayPort, defaultGatewayPort)
	var entries []*mesh.Endpoint
	for _, address := range l.GatewayAddresses {
		entries = append(entries, &mesh.Endpoint{
			Name: address, Address: net.JoinHostPort(address, strconv.Itoa(number)), Port: number, Cluster: target.at.Name, Network: target.at.Network,
			Locality: target.gateway.Locality, Security: mesh.MeshMTLS, MeshAble: true, Gateway: target.gateway, Behind: list, Origin: l.At("/spec/gatewayAddress"),
		})
	}
	if l.GatewayIdentity == "" {
		loss := mesh.Loss{Kind: mesh.LossNoIdentity, Takes: mesh.TakesReachability, Origin: l.At("/spec/gatewayIdentity"), Endpoints: list,
			Detail: "the Link names no gatewayIdentity, and the gateway refuses connections without an identity"}
		s.losses = append(s.losses, loss)
		s.public.Losses = append(s.public.Losses, loss)
		return
	}
	if !s.distrusts(target, list) {
		p.endpoints, remote.public.Entrance = entries, target.gateway
	}
}
