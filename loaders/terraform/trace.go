package terraform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Unknown is why a value is not known before apply.
type Unknown struct {
	// Reason is for a reader: "computed: aws_lb.eu.dns_name", "variable zone_id has no value", "data source: data.aws_vpc.main.id",
	// "module vpc: module not initialised", "count of aws_lb.x is not known", "cycle: local.a", "limit: …", "error: …". Several are joined
	// by "; ".
	Reason string
	// Refs are the attributes of resources and data sources that it waits for, by their addresses. They are edges of the graph.
	Refs []string
}

// tracer follows the references of an expression to what makes it unknown: through locals, variables, outputs, elements and branches.
// Nothing is marked while values are worked out; the way is walked when somebody asks for it.
type tracer struct {
	refs, causes []string
	seen         map[string]bool
	steps        int
	edges        bool // follow what is nothing but a reference, known or not, and note resources alone
}

const maxTraced = 5000

func newTracer(edges bool) *tracer { return &tracer{seen: map[string]bool{}, edges: edges} }

func (t *tracer) unknown() *Unknown {
	causes := t.causes
	if len(causes) == 0 {
		causes = []string{"its parts are not known"}
	}
	shown := strings.Join(causes[:min(len(causes), 3)], "; ")
	if len(causes) > 3 {
		shown += fmt.Sprintf("; and %d more", len(causes)-3)
	}
	return &Unknown{Reason: shown, Refs: t.refs}
}

func (t *tracer) cause(format string, args ...any) {
	if c := fmt.Sprintf(format, args...); !slices.Contains(t.causes, c) {
		t.causes = append(t.causes, c)
	}
}

func (t *tracer) ref(address string) {
	if !slices.Contains(t.refs, address) {
		t.refs = append(t.refs, address)
	}
}

// follow looks for the causes of what is unknown at a path into the value of an expression.
func (t *tracer) follow(s *scope, e hcl.Expression, f frame, path []step) {
	at := fmt.Sprintf("%s|%p|%s", s.address, e, written(path))
	if t.steps++; t.steps > maxTraced || t.seen[at] || s.root.meter.late() != "" {
		return
	}
	t.seen[at] = true
	if why := s.root.failures[place{s, e}]; why != "" && !t.edges {
		t.cause("%s", why)
		return
	}
	switch e := inside(e).(type) {
	case *hclsyntax.ScopeTraversalExpr:
		t.reference(s, e.Traversal, f, path)
	case *hclsyntax.RelativeTraversalExpr:
		t.follow(s, e.Source, f, append(stepsOf(e.Traversal), path...))
	case *hclsyntax.IndexExpr:
		key := asStep(s.quietly(e.Key, f))
		if !isSet(key) {
			t.part(s, e.Key, f)
		}
		t.follow(s, e.Collection, f, append([]step{key}, path...))
	case *hclsyntax.ConditionalExpr:
		c, _ := s.quietly(e.Condition, f).Unmark()
		switch {
		case c.IsKnown() && !c.IsNull() && c.Type() == cty.Bool && c.True():
			t.follow(s, e.TrueResult, f, path)
		case c.IsKnown() && !c.IsNull() && c.Type() == cty.Bool:
			t.follow(s, e.FalseResult, f, path)
		default:
			t.part(s, e.Condition, f)
			t.follow(s, e.TrueResult, f, path)
			t.follow(s, e.FalseResult, f, path)
		}
	case *hclsyntax.ObjectConsExpr, *hclsyntax.TupleConsExpr:
		if !t.edges || len(path) > 0 { // one element may be nothing but a reference
			t.composed(s, e, f, path)
		}
	default:
		if !t.edges {
			t.composed(s, e, f, path)
		}
	}
}

// part follows what is unknown of an operand.
func (t *tracer) part(s *scope, e hcl.Expression, f frame) {
	if !t.edges && !s.quietly(e, f).IsWhollyKnown() {
		t.follow(s, e, f, nil)
	}
}

func (t *tracer) composed(s *scope, e hcl.Expression, f frame, path []step) {
	switch e := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			key, _ := s.quietly(item.KeyExpr, f).Unmark()
			if !key.IsKnown() {
				t.part(s, item.KeyExpr, f)
			}
			if len(path) == 0 || !isSet(path[0]) || !isText(key) {
				t.part(s, item.ValueExpr, f)
			} else if path[0].Type() == cty.String && key.AsString() == path[0].AsString() {
				t.follow(s, item.ValueExpr, f, path[1:])
			}
		}
	case *hclsyntax.TupleConsExpr:
		if len(path) > 0 && isSet(path[0]) && path[0].Type() == cty.Number {
			if i, _ := path[0].AsBigFloat().Int64(); i >= 0 && int(i) < len(e.Exprs) {
				t.follow(s, e.Exprs[i], f, path[1:])
				return
			}
		}
		for _, item := range e.Exprs {
			t.part(s, item, f)
		}
	case *hclsyntax.SplatExpr:
		var rest []step
		if each, ok := e.Each.(*hclsyntax.RelativeTraversalExpr); ok {
			rest = stepsOf(each.Traversal)
		}
		index := cty.NilVal
		if len(path) > 0 {
			index, path = path[0], path[1:]
		}
		t.follow(s, e.Source, f, append(append([]step{index}, rest...), path...))
	case *hclsyntax.ForExpr:
		t.part(s, e.CollExpr, f)
		g := f.over(e)
		t.follow(s, e.ValExpr, g, nil)
		for _, part := range []hclsyntax.Expression{e.KeyExpr, e.CondExpr} {
			if part != nil {
				t.part(s, part, g)
			}
		}
	case *hclsyntax.TemplateJoinExpr:
		t.follow(s, e.Tuple, f, nil)
	case *hclsyntax.TemplateExpr:
		for _, p := range e.Parts {
			t.part(s, p, f)
		}
	case *hclsyntax.FunctionCallExpr:
		t.call(s, e, f, path)
	case *hclsyntax.BinaryOpExpr:
		t.part(s, e.LHS, f)
		t.part(s, e.RHS, f)
	case *hclsyntax.UnaryOpExpr:
		t.part(s, e.Val, f)
	case *hclsyntax.ObjectConsKeyExpr:
		t.part(s, e.Wrapped, f)
	default:
		for _, v := range e.Variables() {
			t.reference(s, v, f, nil)
		}
	}
}
