package terraform

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// drawing renders a text part by part, and keeps where each byte of it comes from. What is unknown becomes one placeholder, so that the
// rest of a document can be read.
//
// A placeholder stands for a part that the ordinary evaluation found unknown, and passes through nothing but functions that leave it
// visible (see transparent). So no condition, comparison or length of a placeholder ever becomes a fact.
type drawing struct {
	root   *Root
	text   []byte
	pieces []piece
	tokens *[]*Unknown
	depth  int
	steps  *int // of this drawing and its parts
}

// piece is a stretch of the text.
type piece struct {
	start, end int
	rng        hcl.Range
	from       []int // the byte of the source for each byte of the text; nil: the range is all that is known
}

const (
	tokenStart = "\ue000"
	tokenEnd   = "\ue001"
)

var tokenPattern = regexp.MustCompile(tokenStart + "([0-9]+)" + tokenEnd)

func newDrawing(r *Root) *drawing { return &drawing{root: r, tokens: &[]*Unknown{}, steps: new(int)} }

// inner is a drawing of a part, with the same placeholders.
func (d *drawing) inner() *drawing {
	return &drawing{root: d.root, tokens: d.tokens, depth: d.depth + 1, steps: d.steps}
}

func (d *drawing) add(text string, rng hcl.Range, from []int) {
	if len(d.text)+len(text) > d.root.limits.StringBytes {
		*d.steps = d.root.limits.Evaluations
		return
	}
	if text != "" {
		d.pieces = append(d.pieces, piece{len(d.text), len(d.text) + len(text), rng, from})
		d.text = append(d.text, text...)
	}
}

// token is a placeholder for what is unknown at a path of an expression.
func (d *drawing) token(s *scope, e hcl.Expression, f frame, path []step) string {
	t := newTracer(false)
	t.follow(s, e, f, path)
	*d.tokens = append(*d.tokens, t.unknown())
	return tokenStart + strconv.Itoa(len(*d.tokens)-1) + tokenEnd
}

// maxDrawn is how deep parts nest.
const maxDrawn = 100

// exhausted reports whether a drawing costs too much; the document is then unknown as a whole.
func (d *drawing) exhausted() bool {
	return *d.steps > d.root.limits.Evaluations/10 || len(*d.tokens) > d.root.limits.Instances || d.root.meter.late() != ""
}

// draw appends the text of an expression.
func (d *drawing) draw(s *scope, e hcl.Expression, f frame) {
	*d.steps++
	d.depth++
	defer func() { d.depth-- }()
	if d.depth > maxDrawn {
		d.add(d.token(s, e, f, nil), e.Range(), nil)
		return
	}
	if d.exhausted() {
		return // whoever reads the document asks, too
	}
	switch n := inside(e).(type) {
	case *hclsyntax.LiteralValueExpr:
		if isText(n.Val) {
			d.literal(n, hcl.Range{})
			return
		}
	case *hclsyntax.TemplateExpr:
		for _, p := range n.Parts {
			if l, ok := p.(*hclsyntax.LiteralValueExpr); ok && isText(l.Val) {
				d.literal(l, n.SrcRange)
			} else {
				d.part(s, p, f)
			}
		}
		return
	case *hclsyntax.TemplateJoinExpr:
		if loop, ok := inside(n.Tuple).(*hclsyntax.ForExpr); ok && d.loop(s, loop, f) {
			return
		}
	case *hclsyntax.ConditionalExpr:
		c, _ := s.quietly(n.Condition, f).Unmark()
		if c.IsKnown() && !c.IsNull() && c.Type() == cty.Bool {
			d.draw(s, map[bool]hclsyntax.Expression{true: n.TrueResult, false: n.FalseResult}[c.True()], f)
			return
		}
	case *hclsyntax.FunctionCallExpr:
		if d.file(s, n, f) {
			return
		}
	case *hclsyntax.ScopeTraversalExpr:
		if to, ok := s.resolve(n, f); ok && d.through(s, n, f, to) {
			return
		}
	}
	d.whole(s, e, f)
}

// through draws what a name stands for. A variable may make something else of its argument; then the name is all that is drawn.
func (d *drawing) through(s *scope, e hcl.Expression, f frame, to target) bool {
	v, _ := s.quietly(e, f).Unmark()
	if !isText(v) && v.IsKnown() {
		return false
	}
	if w := to.scope.quietly(to.expr, to.frame); w.IsKnown() != v.IsKnown() {
		return false
	}
	in := d.inner()
	in.draw(to.scope, to.expr, to.frame)
	if isText(v) && cty.NormalizeString(string(in.text)) != v.AsString() {
		return false
	}
	for _, p := range in.pieces {
		d.add(string(in.text[p.start:p.end]), p.rng, p.from)
	}
	return true
}

// part is ${…} or a directive of a template. A result is shown where the part stands; directives are gone into.
func (d *drawing) part(s *scope, e hclsyntax.Expression, f frame) {
	if d.directive(e) {
		d.draw(s, e, f)
		return
	}
	rng := e.Range()
	in := d.inner()
	in.draw(s, e, f)
	d.add(string(in.text), rng, nil)
}

// whole is an expression that is not gone into.
func (d *drawing) whole(s *scope, e hcl.Expression, f frame) {
	v, _ := d.value(s, e, f, nil).Unmark()
	if v.IsKnown() && !v.IsNull() {
		if text, err := convert.Convert(v, cty.String); err == nil && text.IsKnown() && !text.IsNull() {
			d.add(text.AsString(), e.Range(), nil)
			return
		}
	}
	d.add(d.token(s, e, f, nil), e.Range(), nil)
}

// literal is the text of a template as it is written.
func (d *drawing) literal(l *hclsyntax.LiteralValueExpr, in hcl.Range) {
	text, at := l.Val.AsString(), l.SrcRange
	source := d.root.sources[at.Filename]
	if strings.HasSuffix(at.Filename, ".json") || at.End.Byte > len(source) || at.Start.Byte > at.End.Byte {
		d.add(text, at, nil)
		return
	}
	quoted := in.Start.Byte < len(source) && in.Filename == at.Filename && source[in.Start.Byte] == '"' && in.End.Byte > in.Start.Byte
	var from []int
	if quoted {
		from = alignQuoted(text, string(source[at.Start.Byte:at.End.Byte]))
	} else {
		from = align(text, string(source[at.Start.Byte:at.End.Byte]))
	}
	for i := range from {
		from[i] += at.Start.Byte
	}
	d.add(text, at, from)
}
