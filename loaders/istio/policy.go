package istio

import (
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// policy is the traffic policy in effect for one port and subset, block by block, each with the
// place that decides it.
type policy struct {
	connectionPool block[*networking.ConnectionPoolSettings]
	outlier        block[*networking.OutlierDetection]
	loadBalancer   block[*networking.LoadBalancerSettings]
	tls            block[*networking.ClientTLSSettings]
	losses         []mesh.Loss
}

type block[T any] struct {
	v  T
	at mesh.Origin
}

// detects: something ejects hosts.
func (p *policy) detects() bool { return p.outlier.v != nil }

// arranges: it is written down how localities take over from each other.
func (p *policy) arranges() bool { return arranges(p.loadBalancer.v) }

func arranges(lb *networking.LoadBalancerSettings) bool {
	return lb.GetLocalityLbSetting() != nil || lb.GetZoneAwareLbSetting() != nil
}

// arrangement is the origin of the locality setting of a load-balancer block.
func (b block[T]) arrangement(lb *networking.LoadBalancerSettings) mesh.Origin {
	if lb.GetZoneAwareLbSetting() != nil {
		return b.at.Child("zoneAwareLbSetting")
	}
	return b.at.Child("localityLbSetting")
}

// effective resolves what a rule says for a port and a subset ("" for the host itself).
//
// A portLevelSettings entry for the port replaces the whole policy of its level. A subset's policy
// replaces block by block. Istio: networking/util.MergeSubsetTrafficPolicy.
func (r *rule) effective(port int, subset string) policy {
	if r == nil {
		return policy{}
	}
	var p policy
	if r.policy != nil {
		p, _ = r.levelPolicy(r.policy, r.policyOf.At("/spec/trafficPolicy"), port)
	}
	s := r.subset(subset)
	if subset == "" || s == nil || s.TrafficPolicy == nil {
		return p
	}
	own, replaced := r.levelPolicy(s.TrafficPolicy, s.origin.Child("trafficPolicy"), port)
	return p.override(own, replaced, r.policy != nil)
}

// levelPolicy is the policy of one level for a port, and whether an entry for the port replaces
// it. Istio: networking/util.GetPortLevelTrafficPolicy.
func (r *rule) levelPolicy(tp *networking.TrafficPolicy, at mesh.Origin, port int) (policy, bool) {
	whole := policy{
		connectionPool: block[*networking.ConnectionPoolSettings]{tp.ConnectionPool, placeOf(r, tp.ConnectionPool, at.Child("connectionPool"))},
		outlier:        block[*networking.OutlierDetection]{tp.OutlierDetection, placeOf(r, tp.OutlierDetection, at.Child("outlierDetection"))},
		loadBalancer:   block[*networking.LoadBalancerSettings]{tp.LoadBalancer, placeOf(r, tp.LoadBalancer, at.Child("loadBalancer"))},
		tls:            block[*networking.ClientTLSSettings]{tp.Tls, placeOf(r, tp.Tls, at.Child("tls"))},
	}
	for i, entry := range tp.PortLevelSettings {
		if int(entry.GetPort().GetNumber()) != port || entry.Port == nil {
			continue
		}
		at := placeOf(r, entry, child(at, "portLevelSettings", i))
		p := policy{
			connectionPool: block[*networking.ConnectionPoolSettings]{entry.ConnectionPool, at.Child("connectionPool")},
			outlier:        block[*networking.OutlierDetection]{entry.OutlierDetection, at.Child("outlierDetection")},
			loadBalancer:   block[*networking.LoadBalancerSettings]{entry.LoadBalancer, at.Child("loadBalancer")},
			tls:            block[*networking.ClientTLSSettings]{entry.Tls, placeOf(r, entry.Tls, at.Child("tls"))},
		}
		what := "the portLevelSettings entry"
		if _, synthesized := r.places[entry]; synthesized {
			what = "the BackendTLSPolicy for one port"
		}
		p.lose(mesh.LossPortLevel, at, &whole, what+" replaces the whole policy on this port")
		return p, true
	}
	return whole, false
}

// override lays a subset's policy over the host's. An entry for the port in the subset replaces
// everything, anything else only the blocks that it has.
func (p policy) override(own policy, replaced, inherits bool) policy {
	out := own
	out.losses = append(append([]mesh.Loss(nil), p.losses...), own.losses...)
	if !inherits {
		return out
	}
	if replaced {
		at := own.outlier.at // …/portLevelSettings/0/outlierDetection
		at.Path = at.Path[:strings.LastIndexByte(at.Path, '/')]
		for _, l := range own.losses { // of the subset's own blocks, which stood before the host's
			if l.Takes&mesh.TakesDetection != 0 {
				p.outlier.v = nil
			} else {
				p.loadBalancer.v = nil
			}
		}
		out.lose(mesh.LossPortLevel, at, &p, "the subset's portLevelSettings entry replaces the whole policy on this port")
		return out.keepLosses()
	}
	if own.connectionPool.v == nil {
		out.connectionPool = p.connectionPool
	}
	if own.tls.v == nil {
		out.tls = p.tls
	}
	switch {
	case own.outlier.v == nil:
		out.outlier = p.outlier
	case p.outlier.v != nil && ejects(own.outlier.v) < ejects(p.outlier.v):
		out.losses = append(out.losses, mesh.Loss{
			Kind: mesh.LossSubset, Takes: mesh.TakesDetection, Origin: own.outlier.at, Of: p.outlier.at,
			Detail: "the subset's outlierDetection replaces the host's, and fewer of the endpoints may be ejected",
		})
	}
	if own.loadBalancer.v == nil {
		out.loadBalancer = p.loadBalancer
	} else if p.arranges() && !own.arranges() {
		out.losses = append(out.losses, mesh.Loss{
			Kind: mesh.LossSubset, Takes: mesh.TakesTiering, Origin: own.loadBalancer.at, Of: p.loadBalancer.arrangement(p.loadBalancer.v),
			Detail: "the subset's loadBalancer replaces the host's, and its locality settings with it",
		})
	}
	return out.keepLosses()
}

// ejects is the share of endpoints that may be ejected, in percent.
func ejects(o *networking.OutlierDetection) int32 {
	if o.MaxEjectionPercent == 0 {
		return defaultMaxEjection
	}
	return o.MaxEjectionPercent
}

// defaultMaxEjection is Envoy's default of max_ejection_percent.
const defaultMaxEjection = 10

// lose records what of another policy is gone and not given here.
func (p *policy) lose(kind mesh.LossKind, at mesh.Origin, gone *policy, detail string) {
	if gone.detects() && !p.detects() {
		p.losses = append(p.losses, mesh.Loss{
			Kind: kind, Takes: mesh.TakesDetection | mesh.TakesTiering, Origin: at, Of: gone.outlier.at,
			Detail: detail + ", outlierDetection included",
		})
	}
	if gone.arranges() && !p.arranges() {
		p.losses = append(p.losses, mesh.Loss{
			Kind: kind, Takes: mesh.TakesTiering, Origin: at, Of: gone.loadBalancer.arrangement(gone.loadBalancer.v),
			Detail: detail + ", locality settings included",
		})
	}
}

// keepLosses drops losses that another level makes good.
func (p policy) keepLosses() policy {
	kept := p.losses[:0]
	for _, l := range p.losses {
		switch {
		case l.Kind == mesh.LossPortLevel && l.Takes&mesh.TakesDetection != 0 && p.detects():
		case l.Kind == mesh.LossPortLevel && l.Takes&mesh.TakesDetection == 0 && p.arranges():
		default:
			kept = append(kept, l)
		}
	}
	p.losses = kept
	return p
}

// tlsMode is the mode that istiod checks endpoints against. It looks at the rule by other ways than
// the policy in effect: an entry for the port without tls leaves the level's own in place, and
// before Istio 1.31 a subset inherited nothing. Istio: endpoints.tlsModeForDestinationRule.
func (w *world) tlsMode(r *rule, port int, subset string) *networking.ClientTLSSettings_TLSmode {
	if r == nil {
		return nil
	}
	if s := r.subset(subset); s != nil {
		if mode := levelMode(s.TrafficPolicy, port); mode != nil || !w.features.subsetsInheritTLS {
			return mode
		}
	}
	return levelMode(r.policy, port)
}

func levelMode(tp *networking.TrafficPolicy, port int) *networking.ClientTLSSettings_TLSmode {
	for _, entry := range tp.GetPortLevelSettings() {
		if int(entry.GetPort().GetNumber()) == port && entry.Tls != nil {
			return &entry.Tls.Mode
		}
	}
	if t := tp.GetTls(); t != nil {
		return &t.Mode
	}
	return nil
}
