package istio

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// observe collects what is worth saying without any simulation.
func (f *Fleet) observe() {
	lists := make([][]*mesh.Fact, len(f.worlds))
	var wg sync.WaitGroup
	for i, w := range f.worlds {
		wg.Go(func() {
			o := observer{fleet: f, world: w, facts: slices.Clone(w.noted)}
			o.unknownFields()
			o.rules()
			o.foreignDomains()
			lists[i] = append(o.facts, f.routeFacts(w)...)
		})
	}
	wg.Wait()
	f.facts = slices.Concat(lists...)
	at := make(map[*mesh.Fact]mesh.Position, len(f.facts)) // each is worked out once
	for _, fact := range f.facts {
		at[fact] = fact.Origin.Position()
	}
	slices.SortStableFunc(f.facts, func(a, b *mesh.Fact) int {
		x, y := at[a], at[b]
		return cmp.Or(cmp.Compare(x.File, y.File), x.Line-y.Line, x.Column-y.Column, cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Message, b.Message))
	})
}

// observer collects the facts of one configuration cluster.
type observer struct {
	fleet *Fleet
	world *world
	facts []*mesh.Fact
}

func (o *observer) say(f *mesh.Fact) { o.facts = append(o.facts, f) }

func (o *observer) unknownFields() {
	for doc, fields := range o.world.unknown {
		for _, u := range fields {
			o.say(&mesh.Fact{Kind: mesh.FactUnknownField, Origin: mesh.At(doc, u.path), Message: u.message(), Meant: u.certain(), Resource: resourceOf(doc)})
		}
	}
}

// mostOlder is with how many older rules for its host a rule is compared: the oldest, which win.
// Beyond them a finding would not tell anything new, and all pairs of thousands take for ever.
const mostOlder = 20

// rules looks at every DestinationRule for itself, and then at those that stand beside each other.
func (o *observer) rules() {
	sent := sync.OnceValue(o.world.sentTo)
	first := sync.OnceValue(o.world.firstLabels)
	type place struct{ namespace, host string }
	together := map[place][]*DestinationRule{}
	for _, d := range o.world.config.DestinationRules {
		host := o.world.fqdn(d.Spec.Host, d.Namespace)
		o.refused(d)
		o.danglingHost(d, host, first)
		o.emptySubsets(d, host, sent)
		if !d.selects() {
			at := place{d.Namespace, host}
			older := together[at]
			for _, r := range older[:min(len(older), mostOlder)] {
				o.twoRules(r, d, host)
			}
			together[at] = append(together[at], d)
		}
	}
}

// firstLabels are the hosts of the registry by the first label of their names.
func (w *world) firstLabels() map[string][]string {
	out := make(map[string][]string, len(w.byHost))
	for _, host := range sortedKeys(w.byHost) {
		label, _, _ := strings.Cut(host, ".")
		out[label] = append(out[label], host)
	}
	return out
}

func (o *observer) danglingHost(d *DestinationRule, host string, first func() map[string][]string) {
	if len(o.world.byHost[host]) > 0 || isWildcard(host) && o.world.anyHost(host) {
		return
	}
	label, _, _ := strings.Cut(host, ".")
	hint := ""
	if near := first()[label]; len(near) == 1 {
		hint = "; did you mean " + near[0] + "?"
	}
	o.say(&mesh.Fact{
		Kind: mesh.FactDanglingHost, Origin: d.At("/spec/host"), Resource: d.resource(),
		Message: fmt.Sprintf("DestinationRule %s is for %s, which is no host of any Service or ServiceEntry: nobody obeys it%s", d.Key(), host, hint),
	})
}

// anyHost reports whether a wildcard covers any host.
func (w *world) anyHost(wildcard string) bool {
	for host := range w.byHost {
		if subsetOf(host, wildcard) {
			return true
		}
	}
	return false
}

// emptySubsets reports subsets that select none of the host's endpoints.
func (o *observer) emptySubsets(d *DestinationRule, host string, sent func() map[string]mesh.Origin) {
	services := o.world.byHost[host]
	for i, s := range d.Spec.Subsets {
		endpoints, matches := 0, false
		for _, svc := range services {
			endpoints += len(svc.shard.endpoints)
			matches = matches || svc.shard.hasSelected(s.Labels)
		}
		if endpoints == 0 || matches {
			continue
		}
		f := &mesh.Fact{
			Kind: mesh.FactEmptySubset, Origin: child(d.At("/spec/subsets"), i, "labels"), Resource: d.resource(), Service: o.public(host),
			Message: fmt.Sprintf("Subset %s of %s selects none of its endpoints (%s)", s.Name, host, joinLabels(s.Labels)),
		}
		if at, ok := sent()[host+"|"+s.Name]; ok {
			f.Harm = true
			f.Message += ": requests that are routed to it are answered 503"
			f.Related = []mesh.Evidence{{What: "requests are routed to it", Origin: at}}
		}
		o.say(f)
	}
}

// hasSelected reports whether any endpoint, or any workload that is scaled to zero, has labels.
func (s *shard) hasSelected(labels map[string]string) bool {
	return slices.ContainsFunc(s.endpoints, func(e *endpoint) bool { return e.selectedBy(labels) }) ||
		slices.ContainsFunc(s.parked, func(p parked) bool { return subsetOfLabels(labels, p.workload.Labels) })
}

func joinLabels(labels map[string]string) string {
	var list []string
	for _, k := range sortedKeys(labels) {
		list = append(list, k+"="+labels[k])
	}
	return strings.Join(list, ", ")
}

// sentTo are the subsets ("host|subset") that routes send a share of requests to, each with one
// line that does.
func (w *world) sentTo() map[string]mesh.Origin {
	out := map[string]mesh.Origin{}
	for _, s := range w.sources {
		s.eachDestination(func(d destination) {
			key := d.Host + "|" + d.Subset
			if _, known := out[key]; d.Subset != "" && d.share && !known {
				out[key] = d.at
			}
		})
	}
	return out
}

// twoRules reports two DestinationRules of one namespace for one host of which age decides what is
// in effect. Of rules with equal exportTo the older keeps its parts; of others the younger acts
// alone, for callers that both are exported to.
func (o *observer) twoRules(older, younger *DestinationRule, host string) {
	a, b := newVisibility(older.Spec.ExportTo), newVisibility(younger.Spec.ExportTo)
	winner, loser := older, younger
	at, what := losesToOlder(older, younger)
	if !a.equal(b) {
		winner, loser = younger, older
		at, what = older.At("/spec/host"), "for callers that both are exported to, all of "+older.Key()
		if !shareClients(a, b, older.Namespace) {
			return
		}
	}
	if what == "" {
		return
	}
	relation := "older"
	if winner == younger {
		relation = "younger"
	}
	why := winner.Key() + " is " + relation
	if older.Created.IsZero() || younger.Created.IsZero() {
		why = winner.Key() + " is taken for the " + relation + ": these files carry no age, and in a cluster the order of creation decides"
	}
	o.say(&mesh.Fact{
		Kind: mesh.FactTwoRules, Origin: at, Resource: loser.resource(), Service: o.public(host),
		Related: []mesh.Evidence{{What: "DestinationRule " + winner.Key(), Origin: winner.At("/spec/host")}},
		Message: fmt.Sprintf("DestinationRules %s and %s are both for %s: %s comes to nothing, for %s",
			older.Key(), younger.Key(), host, what, why),
	})
}

// losesToOlder is what an older rule for the host takes from a younger one: its policy, or the
// first subset of a name that both have.
func losesToOlder(older, younger *DestinationRule) (at mesh.Origin, what string) {
	if older.Spec.TrafficPolicy != nil && younger.Spec.TrafficPolicy != nil {
		return younger.At("/spec/trafficPolicy"), "the trafficPolicy of " + younger.Key()
	}
	for i, s := range younger.Spec.Subsets {
		for _, t := range older.Spec.Subsets {
			if s.Name == t.Name {
				return child(younger.At("/spec/subsets"), i), "subset " + s.Name + " of " + younger.Key()
			}
		}
	}
	return mesh.Origin{}, ""
}

// shareClients reports whether some client obeys rules of both lists, which stand in one namespace.
func shareClients(a, b visibility, namespace string) bool {
	if len(a) == 0 || len(b) == 0 || a.has(exportPublic) || b.has(exportPublic) {
		return true
	}
	for _, e := range sortedKeys(a) {
		if b.has(e) || e == exportPrivate && b.has(namespace) || e == namespace && b.has(exportPrivate) {
			return true
		}
	}
	return false
}

func (m Meta) resource() mesh.Resource { return resourceOf(m.Doc) }

// public is the id of a host's first service in the graph, or "".
func (o *observer) public(host string) mesh.ServiceID {
	for _, s := range o.world.byHost[host] {
		if public := o.fleet.public(s); public != nil {
			return public.ID
		}
	}
	return ""
}
