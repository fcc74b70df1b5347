package policy

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// batch is how many targets one evaluation judges: enough to spread its fixed cost, and few enough to stop soon.
const batch = 100

// builtinPatience is how many times longer built-in rules may take: they end, and a fleet may be large and a machine
// busy.
const builtinPatience = 12

var errMemory = errors.New("memory")

// run evaluates policies over targets, and keeps what they find. It returns why that failed, or ""; then nothing is
// kept.
func (e *evaluation) run(ctx context.Context, targets []string, policies []*Policy) string {
	deadline := e.o.Deadline
	if policies[0].Builtin {
		deadline *= builtinPatience
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	query, err := e.prepare(ctx, policies)
	if err != nil {
		return "it cannot be evaluated: " + oneLine(err)
	}
	defer e.watch(ctx, stop)()
	shards := slices.Collect(slices.Chunk(targets, batch))
	results := make([]shard, len(shards))
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(shards)) {
		wait.Go(func() {
			for i := range next {
				results[i] = e.evaluate(ctx, query, shards[i], policies)
				if results[i].err != nil {
					stop(results[i].err)
				}
			}
		})
	}
	for i := range shards {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wait.Wait()
	if ctx.Err() != nil {
		return e.reason(context.Cause(ctx), deadline)
	}
	for _, r := range results {
		for i, p := range policies {
			e.found[p] = append(e.found[p], r.found[i]...)
		}
		for _, err := range r.errors {
			e.builtinFailed(err)
		}
	}
	return ""
}

// reason says in words why an evaluation ended early.
func (e *evaluation) reason(err error, deadline time.Duration) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded), topdown.IsCancel(err):
		return fmt.Sprintf("it was stopped after %s", deadline)
	case errors.Is(err, errMemory):
		return fmt.Sprintf("it was stopped when it had taken %d MB of memory", e.o.Memory>>20)
	}
	return "it fails: " + oneLine(err)
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// prepare compiles the query for some policies: an object with the findings of each.
func (e *evaluation) prepare(ctx context.Context, policies []*Policy) (rego.PreparedEvalQuery, error) {
	var b strings.Builder
	b.WriteString("found = {")
	for i, p := range policies {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q: data.muster.rules.%s.findings", p.ID, p.ID)
	}
	b.WriteString("}")
	return rego.New(rego.Query(b.String()), rego.Compiler(e.set.compiler), rego.Store(e.data), rego.Transaction(e.txn),
		rego.StoreReadAST(true)).PrepareForEval(ctx)
}

// shard is what policies say of some targets.
type shard struct {
	found  [][]*ast.Term // by policy
	errors []topdown.Error
	err    error
}

func (e *evaluation) evaluate(ctx context.Context, query rego.PreparedEvalQuery, targets []string, policies []*Policy) shard {
	terms := make([]*ast.Term, len(targets))
	for i, id := range targets {
		terms[i] = ast.StringTerm(id)
	}
	input := ast.NewObject(
		[2]*ast.Term{ast.StringTerm("targets"), ast.ArrayTerm(terms...)},
		[2]*ast.Term{ast.StringTerm("params"), e.params},
	)
	out := shard{found: make([][]*ast.Term, len(policies))}
	results, err := query.Eval(ctx, rego.EvalParsedInput(input), rego.EvalTransaction(e.txn), rego.EvalTime(time.Unix(0, 0)),
		rego.EvalBuiltinErrorList(&out.errors),
		// Findings stay terms: turning a million of them into Go values would take longer than to find them.
		rego.EvalGenerateJSON(func(t *ast.Term, _ *rego.EvalContext) (any, error) { return t, nil }))
	if err != nil {
		out.err = err
		return out
	}
	if len(results) == 0 {
		out.err = errors.New("its findings are undefined")
		return out
	}
	all, _ := results[0].Bindings["found"].(*ast.Term)
	for i, p := range policies {
		var set ast.Set
		if all != nil {
			if o, ok := all.Value.(ast.Object); ok {
				if t := o.Get(ast.StringTerm(p.ID)); t != nil {
					set, _ = t.Value.(ast.Set)
				}
			}
		}
		if set == nil {
			out.err = errors.New("its findings are no set")
			return out
		}
		list := set.Slice()
		out.found[i] = list[:min(len(list), e.o.Most+1)]
	}
	return out
}

// watch ends an evaluation that takes too much memory. The function that it returns ends the watch.
func (e *evaluation) watch(ctx context.Context, stop context.CancelCauseFunc) func() {
	start := heap()
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-tick.C:
				if grown(start) > e.o.Memory {
					runtime.GC() // most of it may be garbage
					if grown(start) > e.o.Memory {
						stop(errMemory)
					}
				}
			}
		}
	}()
	return func() { close(done) }
}

// grown is by how many bytes the heap is larger than it was.
func grown(start uint64) uint64 {
	if now := heap(); now > start {
		return now - start
	}
	return 0
}

// heap is how many bytes the objects on the heap take.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
