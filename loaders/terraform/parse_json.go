package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func (r *Root) jsonBlocks(file *hcl.File) (list []*block) {
	content, _, diags := file.Body.PartialContent(topLevel)
	r.diagnose(diags)
	for _, b := range content.Blocks {
		out := &block{kind: b.Type, labels: b.Labels, body: &body{attrs: map[string]*attribute{}, rng: b.DefRange}}
		attrs, diags := b.Body.JustAttributes()
		r.diagnose(diags)
		for name, a := range attrs {
			e := a.Expr
			if b.Type != "variable" && name != "depends_on" && name != "provider" && name != "providers" {
				e = r.native(e)
			}
			out.attrs[name] = &attribute{name: name, expr: e, rng: a.Range}
		}
		list = append(list, out)
	}
	return list
}

// native is an expression of JSON as one of HCL: every text is a template. So both are bounded and looked through in the same way.
func (r *Root) native(e hcl.Expression) hclsyntax.Expression {
	at := e.Range()
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		out := &hclsyntax.ObjectConsExpr{SrcRange: at, OpenRange: at}
		for _, p := range pairs {
			key := &hclsyntax.ObjectConsKeyExpr{Wrapped: r.native(p.Key), ForceNonLiteral: true}
			out.Items = append(out.Items, hclsyntax.ObjectConsItem{KeyExpr: key, ValueExpr: r.native(p.Value)})
		}
		return out
	}
	if list, diags := hcl.ExprList(e); !diags.HasErrors() {
		out := &hclsyntax.TupleConsExpr{SrcRange: at, OpenRange: at}
		for _, p := range list {
			out.Exprs = append(out.Exprs, r.native(p))
		}
		return out
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() {
		r.diagnose(diags)
		v = cty.DynamicVal
	}
	if !isText(v) {
		out := &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at}
		r.prepare(out)
		return out
	}
	text := v.AsString()
	if !strings.Contains(text, "${") && !strings.Contains(text, "%{") {
		return &hclsyntax.TemplateExpr{Parts: []hclsyntax.Expression{&hclsyntax.LiteralValueExpr{Val: v, SrcRange: at}}, SrcRange: at}
	}
	start := at.Start
	start.Column, start.Byte = start.Column+1, start.Byte+1 // past the quotation mark
	out, why := r.parseTemplate(text, at.Filename, start)
	if why != nil {
		r.tell(at, "%v", why)
		return &hclsyntax.LiteralValueExpr{Val: cty.DynamicVal, SrcRange: at}
	}
	return out
}

// parseTemplate parses a template that a parser can survive.
func (r *Root) parseTemplate(text, name string, start hcl.Pos) (hclsyntax.Expression, error) {
	tokens, _ := hclsyntax.LexTemplate([]byte(text), name, start)
	if _, what := r.limits.tooDeep(tokens); what != "" {
		return nil, limited(what)
	}
	out, diags := hclsyntax.ParseTemplate([]byte(text), name, start)
	if diags.HasErrors() {
		return nil, diags
	}
	r.prepare(out)
	return out, nil
}
