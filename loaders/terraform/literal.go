package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// literalParts are the parts of a template that are written as they are, with "…" for each that is worked out; "" if there are none.
func literalParts(e hcl.Expression) string {
	t, ok := e.(*hclsyntax.TemplateExpr)
	if !ok {
		return ""
	}
	var out strings.Builder
	found := false
	for _, p := range t.Parts {
		if l, ok := p.(*hclsyntax.LiteralValueExpr); ok && l.Val.Type() == cty.String && l.Val.IsKnown() && !l.Val.IsNull() {
			out.WriteString(l.Val.AsString())
			found = true
			continue
		}
		out.WriteString("…")
	}
	if !found {
		return ""
	}
	return out.String()
}

// without is a block that lacks some attributes, whose values are keywords and no expressions.
func (b *block) without(names ...string) *block {
	kept := &body{attrs: map[string]*attribute{}, blocks: b.blocks, rng: b.rng}
	for name, a := range b.attrs {
		kept.attrs[name] = a
	}
	for _, name := range names {
		delete(kept.attrs, name)
	}
	return &block{kind: b.kind, labels: b.labels, body: kept}
}
