package failover

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// likes finds the clients of one service that get one answer, word for word: they know the same of it
// and of the services that its routes lead to, hold all endpoints in the same order, and show the same
// identities where somebody looks at them. What a trace tells of their place may still differ.
//
// A shape says less: that answers are equal but for the names in them.
type likes struct {
	key     []byte
	numbers map[string]int
	known   map[viewedBy]int
	views   map[*mesh.View]viewed
}

// viewedBy is what one client knows of the service.
type viewedBy struct {
	view   *mesh.View
	client *mesh.Client
}

// viewed is what of a view decides how clients differ for it.
type viewed struct {
	number  int
	pools   []*mesh.Pool // that a client's place or labels order
	guarded bool         // policies look at who calls
	hinted  bool         // endpoints are meant for zones of their cluster
	alone   bool         // endpoints are arranged in a way that is not known here
}

func newLikes() likes {
	return likes{numbers: map[string]int{}, known: map[viewedBy]int{}, views: map[*mesh.View]viewed{}}
}

// forget begins with another service.
func (l *likes) forget() {
	clear(l.numbers)
	clear(l.known)
	clear(l.views)
}

// of numbers the likeness of a question's client, from 1; 0 = nobody is like it.
func (l *likes) of(w *worker, q *asked) int {
	k := viewedBy{q.view, q.Client}
	n, known := l.known[k]
	if !known {
		if l.write(w, q) {
			if n = l.numbers[string(l.key)]; n == 0 {
				n = len(l.numbers) + 1
				l.numbers[string(l.key)] = n
			}
		}
		l.known[k] = n
	}
	return n
}

// write puts everything about a client that goes into an answer into the key.
func (l *likes) write(w *worker, q *asked) bool {
	c, s := q.Client, &w.shapes
	w.client = c
	s.key = s.key[:0]
	s.text(c.Mesh)
	s.text(w.configCluster())
	s.text(c.Network)
	s.text(string(c.Kind))
	s.text(c.Locality.Region)
	guarded, hinted := false, false
	for _, v := range l.reached(w, q) {
		is := l.view(v)
		if is.alone {
			return false
		}
		guarded, hinted = guarded || is.guarded, hinted || is.hinted
		s.num(uint32(is.number))
		for _, p := range is.pools {
			s.order(p, c.Locality)
			t := p.Tiering.(*mesh.LocalityTiers)
			for _, label := range t.FailoverPriority {
				s.flag(c.HasLabels())
				key, _, _ := strings.Cut(label, "=")
				s.text(c.Label(key))
			}
		}
	}
	s.flag(hinted)
	if hinted {
		s.text(c.Cluster)
		s.text(c.Locality.Zone)
	}
	if guarded {
		s.text(c.Namespace)
		for _, p := range c.Principals {
			s.text(p)
		}
	}
	l.key = append(l.key[:0], s.key...)
	return true
}

// reached lists the views of a client of the service and of all that its routes name; nil where it sees
// none.
func (l *likes) reached(w *worker, q *asked) []*mesh.View {
	list := []*mesh.View{q.view}
	for _, r := range q.view.Routes {
		for _, rule := range r.Rules {
			for _, to := range [...][]mesh.Backend{rule.To, rule.Idle, rule.Drawn} {
				for i := range to {
					svc := to[i].Service
					if svc == nil || svc == q.Service {
						continue
					}
					if now := w.graph.Service(svc.ID); now != nil {
						svc = now
					}
					if v := w.view(svc, q.Client); !slices.Contains(list, v) {
						list = append(list, v)
					}
				}
			}
		}
	}
	return list
}

func (l *likes) view(v *mesh.View) viewed {
	if known, ok := l.views[v]; ok {
		return known
	}
	is := viewed{number: len(l.views)}
	if v != nil {
		for _, p := range v.Pools {
			is.take(p)
		}
		for _, route := range v.Routes {
			for _, rule := range route.Rules {
				for _, to := range [...][]mesh.Backend{rule.To, rule.Idle, rule.Drawn} {
					for i := range to {
						if p := to[i].Pool; p != nil && !slices.Contains(v.Pools, p) {
							is.take(p)
						}
					}
				}
			}
		}
	}
	l.views[v] = is
	return is
}

// take adds what a pool tells clients apart by.
func (is *viewed) take(p *mesh.Pool) {
	switch p.Tiering.(type) {
	case *mesh.LocalityTiers:
		is.pools = append(is.pools, p)
	case mesh.Hinted, mesh.WeightedAvailable, mesh.OperatorDriven:
		is.hinted = is.hinted || slices.ContainsFunc(p.Targets, func(t mesh.Target) bool {
			return slices.ContainsFunc(t.Endpoints, func(e *mesh.Endpoint) bool { return len(e.ForZones) > 0 })
		})
	case mesh.Flat, mesh.OrderedTargets, mesh.DNSFailover, *mesh.Priorities: // all clients hold them alike
	default:
		is.alone = true
	}
	is.guarded = is.guarded || some(p, func(_ *mesh.Service, e *mesh.Endpoint) bool { return guards(e) })
}

// told is what questions of one likeness came to, so that they are answered once.
type told struct {
	calls   three // whether the clients get through on a normal day; maybe = not asked
	answers []toldAnswer
}

// toldKey is a likeness that asks about one port or subset.
type toldKey struct {
	like, port int
	subset     string
}

type toldAnswer struct {
	answer  *Answer // nil = there is no such cell
	asked   bool
	touched bool
	held    bool // somebody keeps it
}

// tellings returns what is told to those who are like a question's client; nil if nobody is, or where
// traces name the client's place.
func (w *worker) tellings(q *asked, failures int) *told {
	if w.o.Traces || w.gap != nil {
		return nil
	}
	like := w.likes.of(w, q)
	if like == 0 {
		return nil
	}
	k := toldKey{like, q.Port, q.Subset}
	t := w.told[k]
	if t == nil {
		t = w.newTold(failures)
		w.told[k] = t
	}
	return t
}

// newTold begins with so many failures, in the memory of what was told about another service.
func (w *worker) newTold(failures int) *told {
	n := len(w.retold)
	if n == 0 {
		return &told{calls: maybe, answers: make([]toldAnswer, failures)}
	}
	t := w.retold[n-1]
	w.retold = w.retold[:n-1]
	t.calls, t.answers = maybe, slices.Grow(t.answers[:0], failures)[:failures]
	clear(t.answers)
	return t
}

// untold takes back the answers that nobody keeps.
func (w *worker) untold() {
	for _, t := range w.told {
		for i := range t.answers {
			if one := &t.answers[i]; one.answer != nil && !one.held {
				w.recycle(one.answer)
			}
		}
		w.retold = append(w.retold, t)
	}
	clear(w.told)
}
