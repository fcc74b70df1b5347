package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/mesh"
)

// Lifecycle is what a resource says about how it is changed. Its leaves are absent where nothing is written, which stands for false.
type Lifecycle struct {
	CreateBeforeDestroy Leaf
	PreventDestroy      Leaf
	IgnoreAll           bool      // ignore_changes = all
	Ignore              []Ignored // what else is left as it is
	// IgnoreUnknown is why nobody knows what is ignored; "" = all of it is above. A plan does not show it.
	IgnoreUnknown string
	ReplacedBy    []Reference // replace_triggered_by
	Position      mesh.Position
}

// Ignored is an attribute whose changes are ignored: "desired_count", or `tags["owner"]`.
type Ignored struct {
	Attribute string
	Position  mesh.Position
}

// Reference is the address of a resource, or of an attribute of one, with the modules that lead there.
type Reference struct {
	Address  string
	Position mesh.Position
}

// Lifecycle is the resource's lifecycle block. Without one its position is that of the resource.
func (in Instance) Lifecycle() Lifecycle {
	if in.plan != nil {
		return in.plan.lifecycle(in)
	}
	out := Lifecycle{Position: in.Position()}
	absent := in.scope.leaf(nil, noFrame, in.Range)
	out.CreateBeforeDestroy, out.PreventDestroy = absent, absent
	for _, b := range in.block.blocksNamed("lifecycle", 0) {
		out.Position = in.placed(b.rng)
		out.CreateBeforeDestroy = in.scope.leaf(b.expr("create_before_destroy"), in.at.frame, b.rng)
		out.PreventDestroy = in.scope.leaf(b.expr("prevent_destroy"), in.at.frame, b.rng)
		in.ignored(&out, b.expr("ignore_changes"))
		for _, e := range expressions(b.expr("replace_triggered_by")) {
			out.ReplacedBy = append(out.ReplacedBy, Reference{in.scope.address + in.scope.addressOf(e, in.at.frame), in.placed(e.Range())})
		}
	}
	return out
}

func (in Instance) placed(rng hcl.Range) mesh.Position {
	return in.scope.root.positionOf(rng, in.Calls())
}

func (in Instance) ignored(out *Lifecycle, e hcl.Expression) {
	if e == nil {
		return
	}
	if hcl.ExprAsKeyword(e) == "all" || literal(e) == "all" {
		out.IgnoreAll = true
		return
	}
	for _, item := range expressions(e) {
		if name := in.scope.addressOf(item, in.at.frame); name == "*" {
			out.IgnoreAll = true // before 0.12
		} else if name != "" {
			out.Ignore = append(out.Ignore, Ignored{name, in.placed(item.Range())})
		} else {
			out.IgnoreUnknown = "error: ignore_changes names what is no attribute"
		}
	}
}

// expressions are the elements of a list that is written as one.
func expressions(e hcl.Expression) []hcl.Expression {
	if e == nil {
		return nil
	}
	list, diags := hcl.ExprList(inside(e))
	if diags.HasErrors() {
		return nil
	}
	return list
}

// addressOf is what a traversal names, as it is written; JSON has it as a text. "" for any other expression.
func (s *scope) addressOf(e hcl.Expression, f frame) string {
	if e == nil {
		return ""
	}
	if text := literal(e); text != "" {
		return text
	}
	switch n := inside(e).(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return traversed(n.Traversal)
	case *hclsyntax.RelativeTraversalExpr:
		if from := s.addressOf(n.Source, f); from != "" {
			return from + traversed(n.Traversal)
		}
	case *hclsyntax.IndexExpr:
		if from := s.addressOf(n.Collection, f); from != "" {
			return from + indexText(s.eval(n.Key, f))
		}
	}
	return ""
}

func traversed(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			b.WriteString(indexText(step.Key))
		default:
			b.WriteString("[*]")
		}
	}
	return b.String()
}

func indexText(key cty.Value) string {
	bare, _ := key.Unmark()
	if bare.IsKnown() && !bare.IsNull() && bare.Type() == cty.Number {
		return "[" + bare.AsBigFloat().Text('f', -1) + "]"
	}
	return keyText(bare)
}

// Provisioner is a command, or a file, that is run or copied when the resource is made or destroyed.
type Provisioner struct {
	Kind      string // local-exec, remote-exec, file
	Command   Leaf   // absent for one that has none
	Literal   string // what of the command is written as it is, with "…" for each part that is worked out; "" = nothing is
	When      string // create or destroy
	OnFailure string // fail or continue
	Block            // all that it configures
}

// Provisioners are those of the resource, in their order.
func (in Instance) Provisioners() (list []Provisioner) {
	if in.plan != nil {
		return in.plan.provisioners()
	}
	for _, b := range in.block.blocksNamed("provisioner", 1) {
		f := in.at.frame
		f.iterators = map[string]cty.Value{"self": in.scope.visible(keyOf(in.block), in.block, in.at)}
		p := Provisioner{Kind: b.labels[0], When: "create", OnFailure: "fail", Block: in.scope.evaluated(b.without("when", "on_failure"), f)}
		p.Command, p.Literal = p.Leaf("command"), literalParts(b.expr("command"))
		if when := word(b.expr("when")); when != "" {
			p.When = when
		}
		if then := word(b.expr("on_failure")); then != "" {
			p.OnFailure = then
		}
		list = append(list, p)
	}
	return list
}

// word is a keyword, or in JSON a text.
func word(e hcl.Expression) string {
	if e == nil {
		return ""
	}
	if text := literal(e); text != "" {
		return text
	}
	return hcl.ExprAsKeyword(inside(e))
}

// DependsOn is what the resource names in depends_on.
func (in Instance) DependsOn() (list []Reference) {
	if in.plan != nil {
		return in.plan.dependsOn()
	}
	for _, e := range expressions(in.block.expr("depends_on")) {
		if name := in.scope.addressOf(e, in.at.frame); name != "" {
			list = append(list, Reference{in.scope.address + name, in.placed(e.Range())})
		}
	}
	return list
}
