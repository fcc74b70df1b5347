package failover

import (
	"maps"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// probation is how a controller tries a new version before it takes the place of the one that gets all requests between two
// releases: in pods of its own, with a share of the requests. A bad release is bad there first, and goes no further.
// Flagger: the new version runs in the target of the Canary, behind NAME-canary; NAME-primary gets a copy of it when the checks
// have passed ("How it works").
type probation struct {
	by              []*mesh.Rollout // one in each cluster
	stable, preview *mesh.Service
	share           uint32 // percent of the requests that the new version gets first, the highest of all clusters
	// unseen: the inputs have no pods of the new version; those of the stable one stand for them.
	unseen bool
}

// onProbation finds out which pods a release is bad in where Flagger divides the requests of the service and no new version is on its
// way: first in those of the target alone, if all Canaries of the service certainly go back by themselves, whatever the fault; else in
// those that have the promoted version, which are those of the target, too.
func (r *release) onProbation(g *mesh.Graph, versions []mesh.Version) {
	p := &probation{}
	targets := map[*mesh.Workload]bool{}
	certain := true
	for _, o := range g.Rollouts {
		if o.Controller != mesh.Flagger || o.Workload == nil || !o.Calls(o.Apex, r.service) {
			continue
		}
		if p.stable, p.preview = atRestIn(o, versions); p.stable == nil {
			return
		}
		share, known := o.Step.Get()
		certain = certain && known && !o.LatencyOnly && o.Analysis.Automatic.Or(false) && o.Deadline.Automatic.Or(false)
		p.by, p.share = append(p.by, o), max(p.share, uint32(share))
		targets[o.Workload] = true
	}
	if len(p.by) == 0 {
		return
	}
	stable := podsOf(p.stable, anyEndpoint)
	tried := podsOf(p.preview, func(e *mesh.Endpoint) bool { return targets[e.Workload] })
	promoted := within(r.pods, stable)
	switch {
	case !promoted && !within(r.pods, tried):
	case certain && p.covers(r.pods):
		r.probation = p
		if p.unseen = len(clustersOf(tried)) < len(p.by); !p.unseen {
			r.pods = tried
		}
	case promoted:
		r.pods = maps.Clone(r.pods)
		maps.Copy(r.pods, tried)
		for _, o := range p.by {
			if o.Promotes.Or(false) {
				r.handed = append(r.handed, o.Promotes.Origin)
			}
		}
	}
}

// atRestIn are the services of the version that gets all requests now, and of the one that gets none; nil if a release is on its way,
// or nobody can tell.
func atRestIn(o *mesh.Rollout, versions []mesh.Version) (stable, preview *mesh.Service) {
	for i := range versions {
		v := &versions[i]
		w, known := v.Weight.Get()
		switch {
		case v.Of == nil || v.Labels != nil:
		case known && w > 0 && o.Calls(o.Stable, v.Of):
			stable = v.Of
		case known && w == 0 && o.Calls(o.Preview, v.Of):
			preview = v.Of
		}
	}
	if stable == nil || preview == nil {
		return nil, nil
	}
	return stable, preview
}

func anyEndpoint(*mesh.Endpoint) bool { return true }

// within reports whether a set of pods has some, and no others than another has.
func within(pods, all map[pod]bool) bool {
	for p := range pods {
		if !all[p] {
			return false
		}
	}
	return len(pods) > 0
}

func clustersOf(pods map[pod]bool) map[string]bool {
	clusters := map[string]bool{}
	for p := range pods {
		clusters[p.cluster] = true
	}
	return clusters
}

// covers reports whether a controller stands in the cluster of every pod.
func (p *probation) covers(pods map[pod]bool) bool {
	for cluster := range clustersOf(pods) {
		if !slices.ContainsFunc(p.by, func(o *mesh.Rollout) bool { return o.Cluster == cluster }) {
			return false
		}
	}
	return true
}

// tried is the question with the routes of its service as the controller writes them while it tries a bad release; unchanged where no
// controller does.
func (b *Blast) tried(q *asked) *asked {
	r := b.release(q.Service)
	if r == nil || r.probation == nil || r.probation.unseen {
		return q
	}
	out := &asked{Question: q.Question, view: q.view, between: q.rules, rules: slices.Clone(q.rules)}
	for i, rule := range out.rules {
		out.rules[i] = r.probation.divide(rule)
	}
	return out
}

// divide gives the new version its share of a rule that sends everything to the stable one, and names it.
func (p *probation) divide(rule *mesh.RouteRule) *mesh.RouteRule {
	is := func(s *mesh.Service) func(mesh.Backend) bool {
		return func(b mesh.Backend) bool { return b.Service != nil && b.Service.ID == s.ID }
	}
	i := slices.IndexFunc(rule.Idle, is(p.preview))
	if i < 0 || len(rule.To) != 1 || !is(p.stable)(rule.To[0]) || rule.Drawn != nil {
		return rule
	}
	stable, preview := rule.To[0], rule.Idle[i]
	stable.Weight, preview.Weight = 100-p.share, p.share
	out := *rule
	out.WeightSum, out.To, out.Idle = 100, []mesh.Backend{stable, preview}, nil
	if stable.Weight == 0 {
		out.To, out.Idle = []mesh.Backend{preview}, []mesh.Backend{stable}
	}
	return &out
}

// caresFor are the controllers that may take back a bad workload: those that it is in the care of, and the one that would have tried its
// version before.
func (e *evaluator) caresFor(s *mesh.Service, w *mesh.Workload) []*mesh.Rollout {
	list := e.graph.RolloutsOf(w)
	if r := e.blast.release(s); r != nil && r.probation != nil && r.probation.unseen {
		for _, o := range r.probation.by {
			if o.Cluster == w.Cluster {
				list = append(slices.Clone(list), o)
			}
		}
	}
	return list
}

// tellOfProbation says in the trace what a controller does with a new version first.
func (e *evaluator) tellOfProbation(s *mesh.Service) {
	r := e.blast.release(s)
	if r == nil || r.probation == nil || !e.traces {
		return
	}
	o, p := r.probation.by[0], r.probation
	e.tracef("%s tries a new version in %s, with %d %% of the requests at first (%s), before it copies it over %s", o.Title(), called(o.Workload), p.share, where(o.Step.Origin), p.stable.Name)
	if p.unseen {
		e.tracef("the inputs have no pods of %s: what is told is what all requests would meet", called(o.Workload))
	}
}
