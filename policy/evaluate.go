package policy

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/mesh"
)

// Options say what to judge, and bound it.
type Options struct {
	Graph    *mesh.Graph
	Objects  []mesh.Object // at least those of Set.Kinds
	Settings map[string]analyzer.Setting
	// Deadline is for all policies of a group together, and then for each alone; 0 = 5 s. Built-in ones have twelve
	// times as long.
	Deadline time.Duration
	// Most is how many findings a policy may have; 0 = 1,000.
	Most int
	// Memory is by how many bytes the heap may grow meanwhile; 0 = 1 GB.
	Memory uint64
	// Singly runs each policy alone, so that Result has its cost.
	Singly bool
}

// NotEvaluated is a policy, or a module, whose answer is missing or not whole. It is never a pass.
type NotEvaluated struct {
	Rule     string // "" if the module is no policy, or none that can be told
	Position mesh.Position
	Message  string
}

// Result is what the policies of a set say of a fleet.
type Result struct {
	// Rules have one for each policy that ran; it reports what the policy found.
	Rules []*analyzer.Rule
	// NotEvaluated holds what was refused, failed, took too long or found too much, by position.
	NotEvaluated []NotEvaluated
	// Cost is the time that each policy took alone; nil unless it was asked for.
	Cost map[string]time.Duration
}

// Kinds are those of the objects that policies select.
func (s *Set) Kinds() map[string]bool {
	kinds := map[string]bool{}
	for _, p := range s.Policies {
		for _, k := range p.Kinds {
			kinds[k] = true
		}
	}
	return kinds
}

// Evaluate judges a graph. The error is that of ctx; everything else that goes wrong is in the result.
func (s *Set) Evaluate(ctx context.Context, o Options) (*Result, error) {
	o.Deadline, o.Most, o.Memory = cmp.Or(o.Deadline, 5*time.Second), cmp.Or(o.Most, 1000), cmp.Or(o.Memory, 1<<30)
	e := s.begin(o)
	for _, p := range s.Refused {
		e.out.NotEvaluated = append(e.out.NotEvaluated, NotEvaluated{Position: p.Position, Message: p.Message})
	}
	txn, err := e.data.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer e.data.Abort(ctx, txn)
	e.txn = txn
	for _, g := range e.groups() {
		if g = e.hopeful(g); len(g.targets) > 0 {
			e.group(ctx, g)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	e.finish()
	return e.out, nil
}

// evaluation is one run of a set.
type evaluation struct {
	set      *Set
	o        Options
	p        *projection
	sections []section
	objects  *manifests
	params   *ast.Term
	data     *store
	txn      storage.Transaction
	active   []*Policy

	found  map[*Policy][]*ast.Term
	failed map[*Policy]string // why its findings are not to be trusted
	out    *Result
}

func (s *Set) begin(o Options) *evaluation {
	e := &evaluation{set: s, o: o, p: newProjection(o.Graph), found: map[*Policy][]*ast.Term{}, failed: map[*Policy]string{}, out: &Result{}}
	if o.Singly {
		e.out.Cost = map[string]time.Duration{}
	}
	for _, p := range s.Policies {
		s := o.Settings[p.ID]
		if !s.Silent() && (!p.Off || s.Level != "" || len(s.Scopes) > 0) {
			e.active = append(e.active, p)
		}
	}
	e.sections = sections(e.p)
	e.objects = newManifests(e.p, o.Objects, s.Kinds())
	e.params = e.settings()
	e.data = newStore(e.p, slices.DeleteFunc(slices.Clone(e.sections), func(x section) bool {
		return s.wanted != nil && !s.wanted[x.name]
	}), e.objects)
	return e
}

// settings is input.params.
func (e *evaluation) settings() *ast.Term {
	all := ast.NewObject()
	for _, p := range e.active {
		one := ast.NewObject()
		given := e.o.Settings[p.ID].Params
		for _, param := range p.Rule.Params {
			v := param.Default
			if g, ok := given[param.Name]; ok {
				if parsed, err := param.Parse(g); err == nil { // else whoever read the config has told
					v = parsed
				}
			}
			one.Insert(e.p.text(param.Name), e.param(v))
		}
		all.Insert(e.p.text(p.ID), ast.NewTerm(one))
	}
	return ast.NewTerm(all)
}

func (e *evaluation) param(v any) *ast.Term {
	switch v := v.(type) {
	case time.Duration:
		return e.p.number(v.Seconds())
	case []string:
		return e.p.texts(v)
	}
	return e.p.scalar(v)
}

// group is a number of policies with the same targets.
type group struct {
	targets  []string
	policies []*Policy
}

func (e *evaluation) groups() []group {
	type key struct {
		own  int // 1 for policies that are not built in: nothing of theirs delays or stops those that are
		over string
	}
	by := map[key][]*Policy{}
	for _, p := range e.active {
		k := key{own: boolRank(!p.Builtin), over: p.Over}
		if p.Over != "objects" {
			by[k] = append(by[k], p)
		}
		for _, kind := range p.Kinds {
			k.over = "objects " + kind
			by[k] = append(by[k], p)
		}
	}
	var list []group
	for _, k := range slices.SortedFunc(maps.Keys(by), func(a, b key) int { return cmp.Or(a.own-b.own, strings.Compare(a.over, b.over)) }) {
		g := group{policies: by[k]}
		if kind, ok := strings.CutPrefix(k.over, "objects "); ok {
			for _, o := range e.objects.list {
				if o.Kind == kind {
					g.targets = append(g.targets, o.ID)
				}
			}
			slices.Sort(g.targets)
		} else {
			i := slices.IndexFunc(e.sections, func(s section) bool { return s.name == k.over })
			g.targets = e.sections[i].ids()
		}
		if len(g.targets) > 0 {
			list = append(list, g)
		}
	}
	return list
}

// group evaluates policies together. If that fails, each runs alone, so that only the culprits are lost.
func (e *evaluation) group(ctx context.Context, g group) {
	g.policies = slices.DeleteFunc(slices.Clone(g.policies), func(p *Policy) bool { return e.failed[p] != "" })
	if !e.o.Singly && len(g.policies) > 1 {
		if why := e.run(ctx, g.targets, g.policies); why == "" || ctx.Err() != nil {
			return
		}
	}
	for _, p := range g.policies {
		start := time.Now()
		why := e.run(ctx, g.targets, []*Policy{p})
		if ctx.Err() != nil {
			return
		}
		if why != "" {
			e.failed[p] = why
		}
		if e.out.Cost != nil {
			e.out.Cost[p.ID] += time.Since(start)
		}
	}
}

// finish turns what was found into rules, and sorts what was not evaluated.
func (e *evaluation) finish() {
	for _, p := range e.active {
		rule := *p.Rule
		var findings []analyzer.Finding
		if why := e.failed[p]; why != "" {
			e.missing(p, p.Position, "%s", why)
		} else {
			findings = e.findings(p)
		}
		rule.Run = func(pass *analyzer.Pass) {
			for _, f := range findings {
				pass.Report(f)
			}
		}
		e.out.Rules = append(e.out.Rules, &rule)
	}
	slices.SortStableFunc(e.out.NotEvaluated, func(a, b NotEvaluated) int {
		return cmp.Or(a.Position.Compare(b.Position), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
	e.out.NotEvaluated = slices.CompactFunc(e.out.NotEvaluated, func(a, b NotEvaluated) bool {
		return a.Rule == b.Rule && a.Message == b.Message && a.Position.Compare(b.Position) == 0
	})
}

func (e *evaluation) missing(p *Policy, at mesh.Position, format string, args ...any) {
	e.out.NotEvaluated = append(e.out.NotEvaluated, NotEvaluated{Rule: p.ID, Position: at, Message: fmt.Sprintf(format, args...)})
}
