package policy

import (
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/mesh"
)

// projection builds the data that policies see. Texts that occur often are one term.
type projection struct {
	graph    *mesh.Graph
	interned map[string]*ast.Term
	unknown  []string       // of the node that is being projected
	pairs    [][2]*ast.Term // of the values that are being projected, the outermost first

	serving    map[*mesh.Workload][]mesh.ServiceID // the services that a workload is behind
	dependsOn  map[mesh.ServiceID][]string         // strong dependencies only
	dependents map[mesh.ServiceID][]string
	names      func() *names // made on first use, whoever that is
	byWorkload map[string][]mesh.ServiceID
	emptyList  *ast.Term
	emptyDict  *ast.Term
}

func newProjection(g *mesh.Graph) *projection {
	p := &projection{graph: g, interned: map[string]*ast.Term{}, serving: map[*mesh.Workload][]mesh.ServiceID{},
		dependsOn: map[mesh.ServiceID][]string{}, dependents: map[mesh.ServiceID][]string{},
		names: sync.OnceValue(func() *names { return namesOf(g) }), emptyList: ast.ArrayTerm(), emptyDict: ast.ObjectTerm()}
	for _, s := range g.Services {
		for _, w := range s.Workloads() {
			p.serving[w] = append(p.serving[w], s.ID)
		}
	}
	for _, d := range g.Dependencies {
		if d.Strong && d.From != "" {
			p.dependsOn[d.From] = append(p.dependsOn[d.From], string(d.To))
			p.dependents[d.To] = append(p.dependents[d.To], string(d.From))
		}
	}
	for _, lists := range []map[mesh.ServiceID][]string{p.dependsOn, p.dependents} {
		for id, list := range lists {
			slices.Sort(list)
			lists[id] = slices.Compact(list)
		}
	}
	return p
}

// longText is the length from which texts are not interned: they are hardly ever the same.
const longText = 80

func (p *projection) text(s string) *ast.Term {
	if len(s) >= longText {
		return ast.StringTerm(s)
	}
	t := p.interned[s]
	if t == nil {
		t = ast.StringTerm(s)
		p.interned[s] = t
	}
	return t
}

func (p *projection) number(n float64) *ast.Term {
	if n == math.Trunc(n) && math.Abs(n) < math.MaxInt32 {
		return ast.InternedTerm(int(n))
	}
	return ast.FloatNumberTerm(n)
}

func (p *projection) scalar(v any) *ast.Term {
	switch v := v.(type) {
	case string:
		return p.text(v)
	case bool:
		return ast.InternedTerm(v)
	case int:
		return p.number(float64(v))
	case float64:
		return p.number(v)
	}
	return ast.NullTerm()
}

func (p *projection) texts(list []string) *ast.Term {
	if len(list) == 0 {
		return p.emptyList
	}
	terms := make([]*ast.Term, len(list))
	for i, s := range list {
		terms[i] = p.text(s)
	}
	return ast.ArrayTerm(terms...)
}

func (p *projection) labels(m map[string]string) *ast.Term {
	if len(m) == 0 {
		return p.emptyDict
	}
	o := ast.NewObjectWithCapacity(len(m))
	for k, v := range m {
		o.Insert(p.text(k), p.text(v))
	}
	return ast.NewTerm(o)
}

func (p *projection) counts(m map[string]int) *ast.Term {
	o := ast.NewObjectWithCapacity(len(m))
	for k, v := range m {
		o.Insert(p.text(k), p.number(float64(v)))
	}
	return ast.NewTerm(o)
}

// behind are the ids of the services that a workload is behind, by its id.
func (p *projection) behind(workload string) []mesh.ServiceID {
	if p.byWorkload == nil {
		p.byWorkload = make(map[string][]mesh.ServiceID, len(p.serving))
		for w, ids := range p.serving {
			p.byWorkload[w.ID] = ids
		}
	}
	return p.byWorkload[workload]
}

// reach is everything that a service cannot do without, directly or through others, itself left out.
func (p *projection) reach(id mesh.ServiceID) []string {
	seen := map[string]bool{}
	todo := []string{string(id)}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, to := range p.dependsOn[mesh.ServiceID(next)] {
			if !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	delete(seen, string(id))
	return slices.Sorted(maps.Keys(seen))
}

// atATime is how many nodes are projected in one go.
const atATime = 32

// fork is a projection for another goroutine, with its own texts; what they look up is the same for all, and complete.
func (p *projection) fork() *projection {
	own := *p
	own.interned, own.unknown, own.pairs = map[string]*ast.Term{}, nil, nil
	return &own
}

// each projects n nodes on all cores.
func (p *projection) each(n int, one func(p *projection, i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), n/atATime+1) {
		own := p.fork()
		wg.Go(func() {
			for {
				from := int(next.Add(atATime)) - atATime
				if from >= n {
					return
				}
				for i := from; i < min(from+atATime, n); i++ {
					one(own, i)
				}
			}
		})
	}
	wg.Wait()
}
