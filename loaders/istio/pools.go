package istio

import (
	"slices"
	"time"

	networking "istio.io/api/networking/v1alpha3"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/passmuster/muster/mesh"
)

// View compiles what the clients of c's class know of a service.
func (f *Fleet) View(s *mesh.Service, c *mesh.Client) *mesh.View {
	sc := f.scopeOf(c)
	if sc == nil {
		return nil
	}
	see := sc.see(s.ID.Host())
	if see == nil || see.svc.namespace != s.Namespace || see.svc.resolution == externalName {
		return nil
	}
	if c.Kind == mesh.Waypoint && !sc.world.attached(see.svc, c) {
		return nil
	}
	key := viewKey{s, sc.classOf(f, sc.classify(f, s, c, true), c)}
	if known, ok := f.views.Load(key); ok {
		return known.(*mesh.View)
	}
	v := &mesh.View{Service: s}
	if c.Kind == mesh.Unmeshed || c.Kind == mesh.Ztunnel {
		v.Pools = f.plainPools(sc, see, c)
	} else {
		v.Pools = f.poolsFor(sc, see, c)
		v.Routes = f.routesOf(sc, see, c)
		v.Losses = f.routeLosses(sc, see, c, v.Routes)
	}
	if len(v.Losses) > 0 {
		return v // they may be told with the client's namespace
	}
	kept, _ := f.views.LoadOrStore(key, v)
	return kept.(*mesh.View)
}

// viewKey is a service and those of its classes that get one view.
type viewKey struct {
	service *mesh.Service
	class   string
}

// poolsKey is what the pools of a service depend on, beside the world: what is seen of it, the rule that is obeyed
// and those that are lost, and the client's place as far as it decides anything.
type poolsKey struct {
	svc                    *service
	ports, rule, losses    string
	kind                   mesh.ClientKind
	network, cluster, node string
}

// poolsFor are all ports and subsets of a host. Sidecars and gateways of one place are mostly told the same.
func (f *Fleet) poolsFor(sc *scope, see *sight, c *mesh.Client) []*mesh.Pool {
	key := poolsKey{svc: see.svc, ports: see.someOfPorts(), rule: ruleName(sc.ruleFor(see.svc, c)), losses: sc.losesClass(see.svc, true), kind: c.Kind, network: c.Network}
	if _, local := sc.world.clusterLocal.match(see.svc.host); local || see.svc.nodeLocal {
		key.cluster = c.Cluster
	}
	if see.svc.nodeLocal {
		key.node = c.Label(mesh.LabelHostname)
	}
	if c.Kind == mesh.GatewayPod && see.svc.resolution != passthrough {
		key.kind = mesh.Sidecar
	}
	if known, ok := f.known.Load(key); ok {
		return known.([]*mesh.Pool)
	}
	kept, _ := f.known.LoadOrStore(key, f.pools(sc, see, c))
	return kept.([]*mesh.Pool)
}

// pools compiles all ports and subsets of a host.
func (f *Fleet) pools(sc *scope, see *sight, c *mesh.Client) []*mesh.Pool {
	b := poolBuilder{fleet: f, world: sc.world, scope: sc, client: c, svc: see.svc, rule: sc.ruleFor(see.svc, c)}
	ports := slices.Clone(see.ports)
	slices.SortStableFunc(ports, func(a, b port) int { return a.number - b.number })
	var out []*mesh.Pool
	for i, p := range ports {
		if p.protocol == protoUDP || i > 0 && p.number == ports[i-1].number {
			continue
		}
		out = b.add(out, p, "")
		var names []string
		if b.rule != nil {
			for _, s := range b.rule.subsets {
				names = append(names, s.Name)
			}
		}
		slices.Sort(names)
		if len(out) == 0 || out[len(out)-1].Port != p.number {
			continue // without the host's own cluster there are none of its subsets
		}
		for _, name := range names {
			out = b.add(out, p, name)
		}
	}
	return out
}

// poolBuilder compiles the pools of one service for one class of clients.
type poolBuilder struct {
	fleet  *Fleet
	world  *world
	scope  *scope
	client *mesh.Client
	svc    *service
	rule   *rule
}

// draft is a pool that is being compiled.
type draft struct {
	*poolBuilder
	*mesh.Pool
	port   port
	subset *subset
	policy policy
	// outlier and connections are the policy's blocks, or the mesh's defaults for them.
	outlier     block[*networking.OutlierDetection]
	connections block[*networking.ConnectionPoolSettings]
	dns         bool
}

// add compiles a pool. A DNS host without any endpoint makes none.
func (b *poolBuilder) add(out []*mesh.Pool, p port, name string) []*mesh.Pool {
	d := &draft{poolBuilder: b, port: p, subset: b.rule.subset(name), policy: b.rule.effective(p.number, name)}
	d.Pool = &mesh.Pool{
		Service:  b.fleet.public(b.svc),
		Host:     b.svc.host,
		Port:     p.number,
		Subset:   name,
		Protocol: p.protocol.public(),
		Losses:   d.policy.losses,
	}
	if d.subset != nil {
		d.Selects = &d.subset.public
	}
	if b.rule != nil {
		d.Rule, d.RuleOrigin = b.rule.Key(), b.rule.At("/spec/host")
	}
	d.applyDefaults()
	d.discover()
	d.limit()
	d.balance()
	d.secureClient()
	target := mesh.Target{Name: b.svc.host, Detection: mesh.Detection{Outlier: d.detection()}, Origin: b.svc.origin}
	endpoints, any := d.endpoints()
	if d.dns && !any && (d.subset == nil || d.Discovery != mesh.OriginalDst) {
		return out
	}
	if d.Discovery != mesh.OriginalDst {
		target.Endpoints = endpoints
	}
	d.Targets = []mesh.Target{target}
	d.lose()
	return append(out, d.Pool)
}

// applyDefaults lays the policy over the mesh-wide default, block by block.
func (d *draft) applyDefaults() {
	d.outlier, d.connections = d.policy.outlier, d.policy.connectionPool
	if !d.world.features.meshDefaults {
		return
	}
	def := d.world.settings.GetDefaultTrafficPolicy()
	at := d.world.config.MeshOrigin.Child("defaultTrafficPolicy")
	if o := def.GetOutlierDetection(); o != nil && d.outlier.v == nil {
		d.outlier = block[*networking.OutlierDetection]{o, at.Child("outlierDetection")}
	}
	if p := def.GetConnectionPool(); p != nil && d.connections.v == nil {
		d.connections = block[*networking.ConnectionPoolSettings]{p, at.Child("connectionPool")}
	}
}

// discover decides where endpoints come from. Istio: convertResolution, applyLoadBalancer.
func (d *draft) discover() {
	switch d.svc.resolution {
	case dnsAll:
		d.Discovery, d.dns = mesh.StrictDNS, true
	case dnsOne:
		d.Discovery, d.dns = mesh.LogicalDNS, true
	case passthrough:
		d.Discovery = mesh.OriginalDst
		if d.client.Kind == mesh.GatewayPod || d.svc.kubernetes && d.world.features.edsForHeadless {
			d.Discovery = mesh.EDS
		}
	default:
		d.Discovery = mesh.EDS
	}
	// A subset's cluster begins with the type that the host's has ended with.
	host := d.rule.effective(d.port.number, "")
	if leavesAddress(d.policy.loadBalancer.v) || leavesAddress(host.loadBalancer.v) {
		d.Discovery = mesh.OriginalDst
	}
}

// leavesAddress: the caller picks the address.
func leavesAddress(lb *networking.LoadBalancerSettings) bool {
	return lb.GetSimple() == networking.LoadBalancerSettings_PASSTHROUGH
}

// limit reads the connection pool's bounds. Istio: applyConnectionPool.
func (d *draft) limit() {
	tcp, http := d.connections.v.GetTcp(), d.connections.v.GetHttp()
	d.MaxConnections = max(int(tcp.GetMaxConnections()), 0)
	d.MaxRequests = max(int(http.GetHttp2MaxRequests()), 0)
	if t := tcp.GetConnectTimeout(); t != nil {
		d.ConnectTimeout = mesh.Of(t.AsDuration(), child(d.connections.at, "tcp", "connectTimeout"))
	} else {
		d.ConnectTimeout = mesh.Of(d.world.settings.ConnectTimeout.AsDuration(), d.world.config.MeshOrigin.Child("connectTimeout"))
	}
}

// balance decides the algorithm, the tiers and the panic threshold.
func (d *draft) balance() {
	d.LB = lbName(d.policy.loadBalancer.v)
	if d.Discovery == mesh.OriginalDst {
		d.LB = "CLUSTER_PROVIDED"
	}
	l := d.world.localitySetting(&d.policy, d.svc, d.client.Kind)
	d.Tiering = d.world.tiers(l, d.policy.detects(), d.outlier.v != nil, d.dns, d.Subset != "")
	d.SendsUnhealthy = d.world.sendsUnhealthy(d.svc, d.outlier.v)
	d.Panic = envoyPanic
	if o := d.outlier.v; o != nil && o.MinHealthPercent >= 0 {
		d.Panic = float64(o.MinHealthPercent)
	}
	if d.SendsUnhealthy {
		d.Panic = 0
	}
}

// Who supplies what nobody wrote down.
var (
	byEnvoy = mesh.Default("Envoy")
	byIstio = mesh.Default("Istio")
)

// envoyPanic is Envoy's threshold when nobody sets one, in percent.
const envoyPanic = 50

// sendsUnhealthy: endpoints that are not ready stay listed, marked so. Istio:
// Service.SupportsUnhealthyEndpoints.
func (w *world) sendsUnhealthy(s *service, o *networking.OutlierDetection) bool {
	return w.features.sendUnhealthy || s.distribution != "" ||
		w.features.autoSendUnhealthy && o.GetMinHealthPercent() <= 0
}

// detection is the outlier detection that the proxy gets, with Envoy's defaults filled in.
// Istio: applyOutlierDetection.
func (d *draft) detection() *mesh.OutlierDetection {
	if d.outlier.v == nil {
		return nil
	}
	known, ok := d.fleet.detections.Load(d.outlier)
	if !ok {
		known, _ = d.fleet.detections.LoadOrStore(d.outlier, detectionOf(d.outlier.v, d.outlier.at))
	}
	return known.(*mesh.OutlierDetection)
}

func detectionOf(o *networking.OutlierDetection, at mesh.Origin) *mesh.OutlierDetection {
	out := &mesh.OutlierDetection{
		Consecutive5xx:     mesh.Of(5, byEnvoy),
		ConsecutiveGateway: mesh.Of(0, byIstio),
		LocalOrigin:        mesh.Of(0, byIstio),
		Interval:           orDefault(o.Interval, 10*time.Second, at.Child("interval")),
		BaseEjection:       orDefault(o.BaseEjectionTime, 30*time.Second, at.Child("baseEjectionTime")),
		MaxEjectionPercent: mesh.Of(defaultMaxEjection, byEnvoy),
		Origin:             at,
	}
	if e := o.Consecutive_5XxErrors; e != nil {
		out.Consecutive5xx = mesh.Of(int(e.Value), at.Child("consecutive5xxErrors"))
	}
	if e := o.ConsecutiveGatewayErrors; e != nil {
		out.ConsecutiveGateway = mesh.Of(int(e.Value), at.Child("consecutiveGatewayErrors"))
	}
	if o.MaxEjectionPercent > 0 {
		out.MaxEjectionPercent = mesh.Of(int(o.MaxEjectionPercent), at.Child("maxEjectionPercent"))
	}
	if o.MinHealthPercent > 0 {
		out.MinHealthPercent = mesh.Of(int(o.MinHealthPercent), at.Child("minHealthPercent"))
	}
	if o.SplitExternalLocalOriginErrors {
		out.LocalOrigin = mesh.Of(5, byEnvoy)
		if n := o.ConsecutiveLocalOriginFailures.GetValue(); n > 0 {
			out.LocalOrigin = mesh.Of(int(n), at.Child("consecutiveLocalOriginFailures"))
		}
	}
	return out
}

func orDefault(d *durationpb.Duration, def time.Duration, at mesh.Origin) mesh.Value[time.Duration] {
	if d == nil {
		return mesh.Of(def, byEnvoy)
	}
	return mesh.Of(d.AsDuration(), at)
}
