package failover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// dayKey names what a client holds of a pool.
type dayKey struct {
	pool   *mesh.Pool
	client *mesh.Client
}

// day is a normal day: how the client's tiers are made, and where its requests go. It is the
// same in every scenario.
type day struct {
	arr mesh.Arrangement
	// hosts as loaded, with where each tier starts, and whether each is in a tier that serves today.
	hosts     []host
	tierStart []int
	serves    []bool
	prot      []*protection
	plain     bool // no host is a gateway
	util      float64
	ok        bool // somebody takes the load
	refused   float64
	before    []Destination // of this pool alone, shares as they are
	shown     []Destination // the same, sorted and rounded; nil = not asked yet
	tiers     string
	detail    bool
	used      []int32                    // the hosts that take requests
	rates     map[*mesh.Endpoint]float64 // of requests to each endpoint; nil where none limits them
	// struck is the scenario of which the hosts note what it takes, and hits their memory.
	struck *Blast
	hits   []three
	// seats number the endpoints, those behind gateways one by one, in the order of hosts; taken is how
	// many there are; all of it once it is seated.
	seated bool
	seats  []int32
	taken  int
	at     map[*mesh.Endpoint]int32
	pods   []*mesh.Endpoint // in the regions that serve today; nil = not asked yet
	moves  []*moved         // what is left of the hosts when some are off the list
	// depends: authorization also depends on the request, or on who the callers are.
	depends bool
	// nameless: policies refuse these clients for want of an identity, because the connection carries
	// none. They are callers all the same, and broken ones.
	nameless bool
}

// today is the normal day of the evaluator's pool and client, computed once.
func (e *evaluator) today() *day {
	k := dayKey{e.pool, e.client}
	detail := e.detail || e.full
	if d := e.days[k]; d != nil && (d.detail || !detail) {
		return d
	}
	blast := e.blast
	e.blast = quiet
	d := e.newDay()
	d.arr, d.detail = e.arrange(), detail
	e.load(d.arr)
	e.keep(d)
	for i := range e.hosts {
		if h := &e.hosts[i]; h.far {
			h.fails = 1
		}
	}
	d.ok = len(e.hosts) > 0 && e.spread()
	d.used = slices.Grow(d.used, len(e.hosts))
	if d.rates = nil; slices.ContainsFunc(e.hosts, func(h host) bool { return limitOf(h.ep) != nil }) {
		d.rates = map[*mesh.Endpoint]float64{}
	}
	e.places = e.places[:0]
	for i := range e.hosts {
		h := &e.hosts[i]
		if h.share == 0 || !d.ok {
			continue
		}
		d.used = append(d.used, int32(i))
		if d.rates != nil {
			d.rates[h.ep] = e.rate(h)
		}
		p := e.protect(h)
		d.refused += h.share * p.denied
		d.nameless = d.nameless || p.denied > 0 && e.admitsByName(h.ep)
		d.depends = d.depends || p.verdict == mesh.VerdictUnknown
		if detail {
			e.answered(h, h.share, p.encryption)
		}
	}
	d.before = e.takePlaces(nil)
	if e.traces {
		d.tiers = e.tiersInWords(d.arr)
	}
	e.blast = blast
	if e.days == nil {
		e.days = map[dayKey]*day{}
	}
	e.days[k] = d
	return d
}

// inWords is where the client's requests go, as it is told.
func (d *day) inWords() []Destination {
	if d.shown == nil {
		d.shown = sortDestinations(slices.Clone(d.before))
	}
	return d.shown
}

// arrangedKey is a pool and the place of clients.
type arrangedKey struct {
	pool  *mesh.Pool
	place mesh.Locality
}

// arrange is the pool as the client holds it.
func (e *evaluator) arrange() mesh.Arrangement {
	if t, ok := e.pool.Tiering.(*mesh.LocalityTiers); !ok || len(t.FailoverPriority) > 0 {
		return e.joining.gateways(e.pool.Tiering.Arrange(e.client, e.pool))
	}
	k := arrangedKey{e.pool, e.client.Locality}
	arr, known := e.arranged[k]
	if !known {
		arr = e.joining.gateways(e.pool.Tiering.Arrange(e.client, e.pool))
		if e.arranged == nil {
			e.arranged = map[arrangedKey]mesh.Arrangement{}
		}
		e.arranged[k] = arr
	}
	return arr
}

// newDay starts a day, in the memory of one that is forgotten.
func (e *evaluator) newDay() *day {
	n := len(e.old)
	if n == 0 {
		return &day{}
	}
	d := e.old[n-1]
	e.old = e.old[:n-1]
	clear(d.at)
	*d = day{hosts: d.hosts[:0], tierStart: d.tierStart[:0], serves: d.serves[:0], used: d.used[:0], hits: d.hits[:0], prot: d.prot[:0], seats: d.seats[:0], at: d.at}
	return d
}

// keep notes what is the same of the pool's hosts in every scenario.
func (e *evaluator) keep(d *day) {
	d.plain, d.util = true, AssumedUtilisation
	d.serves = append(d.serves, make([]bool, len(e.hosts))...)
	members := 0
	for i := range e.hosts {
		members += max(len(e.hosts[i].ep.Behind), 1)
	}
	d.prot = slices.Grow(d.prot, members) // parts of it are the hosts'
	e.judgements = e.judgements[:0]
	serving := true
	for i := range e.hosts {
		h := &e.hosts[i]
		if i > 0 && h.tier != e.hosts[i-1].tier && serving {
			serving = !slices.ContainsFunc(e.hosts[:i], func(h host) bool { return h.ep.Health == mesh.Healthy })
		}
		d.serves[i] = serving
		if w := h.ep.Workload; w != nil && w.Autoscale != nil && w.Autoscale.Utilisation > 0 {
			d.util = float64(w.Autoscale.Utilisation) / 100
		}
		d.plain = d.plain && len(h.ep.Behind) == 0
		first := len(d.prot)
		d.prot = e.judgeConnections(d.prot, h.ep)
		h.prot = d.prot[first:]
	}
	d.hosts, d.tierStart = append(d.hosts, e.hosts...), append(d.tierStart, e.tierStart...)
}

// quiet is the scenario in which nothing fails.
var quiet = &Blast{}

// tiersInWords tells how the client holds the pool.
func (e *evaluator) tiersInWords(arr mesh.Arrangement) string {
	rule := "no rule"
	if e.pool.Rule != "" {
		rule = "rule " + e.pool.Rule
	}
	head := fmt.Sprintf("%s:%d from %s, %s: ", e.pool.Host, e.pool.Port, placeOrUnknown(e.client.Locality), rule)
	lines := make([]string, 0, len(arr.Tiers))
	for _, t := range arr.Tiers {
		var parts []string
		for _, g := range t.Groups {
			place := g.Locality.String()
			switch {
			case len(g.Endpoints) == 0:
				parts = append(parts, "none")
				continue
			case place == "":
				place = "somewhere"
			}
			parts = append(parts, fmt.Sprintf("%d in %s", len(g.Endpoints), place))
		}
		lines = append(lines, strings.Join(parts, ", "))
	}
	switch len(lines) {
	case 0:
		return head + "no endpoint"
	case 1:
		return head + "one tier (" + lines[0] + ")"
	}
	return fmt.Sprintf("%s%d tiers: %s", head, len(lines), strings.Join(lines, " | "))
}

func placeOrUnknown(l mesh.Locality) string {
	if l.IsZero() {
		return "an unknown locality"
	}
	return l.String()
}
