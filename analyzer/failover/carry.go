package failover

import (
	"math"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// carry compares what all versions of a service use on a normal day with what the versions have that
// everything goes back to. Both are counted in the regions that serve these callers, whatever the tier:
// a bad release is bad everywhere, so callers of other zones come too.
func (e *evaluator) carry(q *asked, to []mesh.Backend, a *Answer) {
	var versions []*mesh.Pool
	rules := q.rules
	if q.between != nil {
		rules = q.between // what is tried takes no more than the stable version has without it
	}
	for _, r := range rules {
		for i := range r.To {
			if p := e.poolOf(q, &r.To[i]); p != nil && !slices.Contains(versions, p) && e.isVersion(q, &r.To[i]) {
				versions = append(versions, p)
			}
		}
	}
	used := 0.0 // of all versions together: two that are half in use fill one pod, and not two
	for _, p := range versions {
		pods, util := e.serving(p)
		used += float64(len(pods)) * util
	}
	a.Capacity.Needed = int(math.Ceil(used - 1e-9))
	if e.blast.rest != quiet {
		return // more is gone than the release: what is left was counted already
	}
	room := 0
	e.ceiling = e.ceiling[:0]
	for i := range to {
		p := e.poolOf(q, &to[i])
		if p == nil {
			continue
		}
		pods, _ := e.serving(p)
		for _, ep := range pods {
			if ep.Health == mesh.Healthy && e.blast.endpoint(p.Service, ep) == no {
				room += e.grows(ep.Workload)
			}
		}
	}
	a.Capacity.Available = room
}

// serving are the pods of a pool in the regions that serve the client on a normal day, and the share
// of their capacity that is in use then.
func (e *evaluator) serving(p *mesh.Pool) (pods []*mesh.Endpoint, util float64) {
	if p.Discovery == mesh.OriginalDst {
		return nil, 0
	}
	e.pool = p
	d := e.today()
	if d.pods != nil {
		return d.pods, d.util
	}
	regions := map[string]bool{}
	for i := range d.hosts {
		if d.serves[i] {
			for _, ep := range leaves(d.hosts[i].ep) {
				regions[ep.Locality.Region] = true
			}
		}
	}
	seen := map[pod]bool{}
	for i := range d.hosts {
		for _, ep := range leaves(d.hosts[i].ep) {
			if regions[ep.Locality.Region] && !seen[podOf(ep)] {
				seen[podOf(ep)] = true
				pods = append(pods, ep)
			}
		}
	}
	d.pods = pods
	return pods, d.util
}

// leaves are what stands behind an address: for a gateway, the endpoints it leads to.
func leaves(e *mesh.Endpoint) []*mesh.Endpoint {
	if e.Gateway != nil {
		return e.Behind
	}
	return []*mesh.Endpoint{e}
}
