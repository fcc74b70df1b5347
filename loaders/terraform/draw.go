package terraform

import (
	"fmt"
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
	fixed  *hcl.Range // everything is shown here: the part around
	depth  int
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

func newDrawing(r *Root) *drawing { return &drawing{root: r, tokens: &[]*Unknown{}} }

// inner is a drawing of a part, with the same placeholders.
func (d *drawing) inner() *drawing {
	return &drawing{root: d.root, tokens: d.tokens, depth: d.depth + 1}
}

func (d *drawing) add(text string, rng hcl.Range, from []int) {
	if d.fixed != nil {
		rng, from = *d.fixed, nil
	}
	if text != "" && len(d.text)+len(text) <= d.root.limits.StringBytes {
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

// draw appends the text of an expression.
func (d *drawing) draw(s *scope, e hcl.Expression, f frame) {
	if d.depth++; d.depth > 100 {
		d.add(d.token(s, e, f, nil), e.Range(), nil)
		return
	}
	defer func() { d.depth-- }()
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

// directive reports whether a part of a template is written as %{if} or %{for}.
func (d *drawing) directive(e hcl.Expression) bool {
	e = inside(e)
	if _, ok := e.(*hclsyntax.TemplateJoinExpr); ok {
		return true
	}
	at := e.Range()
	source := d.root.sources[at.Filename]
	_, ok := e.(*hclsyntax.ConditionalExpr)
	return ok && at.Start.Byte+2 <= len(source) && string(source[at.Start.Byte:at.Start.Byte+2]) == "%{"
}

// loop draws the body of %{for} once per element.
func (d *drawing) loop(s *scope, e *hclsyntax.ForExpr, f frame) bool {
	elements, known, err := elementsOf(s.quietly(e.CollExpr, f))
	if err != nil || !known {
		return false
	}
	for i, el := range elements {
		if i > d.root.limits.Instances {
			return false
		}
		g := f.over(e)
		for name, v := range map[string]cty.Value{e.KeyVar: el[0], e.ValVar: el[1]} {
			if name != "" {
				key := el[0]
				if key.Type() != cty.String && key.Type() != cty.Number || !key.IsKnown() || key.IsMarked() {
					key = cty.NilVal
				}
				g.iterators[name] = v
				g.dynamic[name] = &iterator{each: e.CollExpr, element: true, at: key, outside: &f}
			}
		}
		d.draw(s, e.ValExpr, g)
	}
	return true
}

// file draws a file, or a template from a file with its variables.
func (d *drawing) file(s *scope, e *hclsyntax.FunctionCallExpr, f frame) bool {
	if e.Name != "file" && e.Name != "templatefile" || len(e.Args) == 0 {
		return false
	}
	p, _ := s.quietly(e.Args[0], f).Unmark()
	if !isText(p) {
		return false
	}
	name, ok := d.root.inTree(p.AsString())
	if !ok {
		return false
	}
	d.root.meter.budget = d.root.meter.fresh()
	if e.Name == "file" {
		data, err := d.root.readByFunction(name)
		if err != nil || !isText(s.quietly(e, f)) {
			return false
		}
		d.root.sources[name] = data
		at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
		from := make([]int, len(data))
		for i := range from {
			from[i] = i
		}
		d.add(string(data), at, from)
		return true
	}
	t, err := d.root.templateFile(p.AsString())
	if err != nil || len(e.Args) != 2 {
		return false
	}
	vars, _ := s.quietly(e.Args[1], f).Unmark()
	if !vars.IsKnown() || vars.IsNull() || !vars.CanIterateElements() || vars.Type().IsTupleType() {
		return false
	}
	g := frame{iterators: vars.AsValueMap(), dynamic: map[string]*iterator{}}
	for name := range g.iterators {
		g.dynamic[name] = &iterator{each: e.Args[1], element: true, at: cty.StringVal(name), outside: &f}
	}
	d.draw(s, t, g)
	return true
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

// transparent are functions that leave every placeholder in their arguments visible in their result, or do not; the latter is noticed.
var transparent = map[string]bool{"upper": true, "lower": true, "indent": true, "format": true, "formatlist": true, "join": true, "replace": true,
	"trimspace": true, "trimprefix": true, "trimsuffix": true, "chomp": true, "yamlencode": true, "jsonencode": true, "concat": true, "merge": true,
	"tolist": true, "tomap": true, "flatten": true, "values": true}

// value is that of an expression with placeholders in the place of unknown parts.
func (d *drawing) value(s *scope, e hcl.Expression, f frame, path []step) cty.Value {
	v, _ := s.quietly(e, f).UnmarkDeep()
	if v.IsWhollyKnown() {
		return v
	}
	if d.depth++; d.depth > 100 {
		return cty.StringVal(d.token(s, e, f, path))
	}
	defer func() { d.depth-- }()
	switch n := inside(e).(type) {
	case *hclsyntax.ObjectConsExpr:
		object := map[string]cty.Value{}
		for _, item := range n.Items {
			key, _ := s.quietly(item.KeyExpr, f).Unmark()
			if text, err := convert.Convert(key, cty.String); err == nil && isText(text) {
				object[text.AsString()] = d.value(s, item.ValueExpr, f, nil)
			} else {
				return cty.StringVal(d.token(s, e, f, nil))
			}
		}
		return cty.ObjectVal(object)
	case *hclsyntax.TupleConsExpr:
		var list []cty.Value
		for _, item := range n.Exprs {
			list = append(list, d.value(s, item, f, nil))
		}
		return cty.TupleVal(list)
	case *hclsyntax.TemplateExpr:
		in := d.inner()
		in.draw(s, n, f)
		return cty.StringVal(string(in.text))
	case *hclsyntax.ScopeTraversalExpr:
		if to, ok := s.resolve(n, f); ok && to.scope.quietly(to.expr, to.frame).IsKnown() == v.IsKnown() && s == to.scope {
			return d.value(to.scope, to.expr, to.frame, nil)
		}
	case *hclsyntax.FunctionCallExpr:
		if n.Name == "templatefile" {
			in := d.inner()
			in.draw(s, n, f)
			return cty.StringVal(string(in.text))
		}
		if out, ok := d.call(s, n, f); ok {
			return out
		}
	}
	if !v.IsKnown() {
		return cty.StringVal(d.token(s, e, f, path))
	}
	out, err := cty.Transform(loose(v), func(p cty.Path, v cty.Value) (cty.Value, error) {
		if !v.IsKnown() {
			return cty.StringVal(d.token(s, e, f, pathSteps(p))), nil
		}
		return v, nil
	})
	if err != nil {
		return cty.StringVal(d.token(s, e, f, path))
	}
	return out
}

// call calls a transparent function with placeholders, and looks whether all of them can still be seen.
func (d *drawing) call(s *scope, e *hclsyntax.FunctionCallExpr, f frame) (out cty.Value, ok bool) {
	if !transparent[e.Name] || e.ExpandFinal {
		return cty.NilVal, false
	}
	function := d.root.functions[e.Name]
	params := function.Params()
	args := make([]cty.Value, len(e.Args))
	used := map[string]bool{}
	for i, a := range e.Args {
		v := d.value(s, a, f, nil)
		for t := range tokensIn(v) {
			used[t] = true
		}
		p := function.VarParam()
		if i < len(params) {
			p = &params[i]
		}
		if p == nil {
			return cty.NilVal, false
		}
		c, err := convert.Convert(v, p.Type)
		if err != nil {
			return cty.NilVal, false
		}
		args[i] = c
	}
	defer func() {
		if recover() != nil { // a bound
			out, ok = cty.NilVal, false
		}
	}()
	d.root.meter.budget = d.root.meter.fresh()
	v, err := function.Call(args)
	if err != nil || !v.IsWhollyKnown() {
		return cty.NilVal, false
	}
	seen := tokensIn(v)
	for t := range used {
		if !seen[t] {
			return cty.NilVal, false
		}
	}
	return v, true
}

// loose is a value whose lists, maps and sets are tuples and objects, so that parts of it can be of other types.
func loose(v cty.Value) cty.Value {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return v
	}
	if t := v.Type(); t.IsMapType() || t.IsObjectType() {
		out := map[string]cty.Value{}
		for k, e := range v.AsValueMap() {
			out[k] = loose(e)
		}
		return cty.ObjectVal(out)
	}
	var out []cty.Value
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, loose(e))
	}
	return cty.TupleVal(out)
}

// tokensIn are the placeholders in the texts of a value, its keys included.
func tokensIn(v cty.Value) map[string]bool {
	out := map[string]bool{}
	_ = cty.Walk(v, func(p cty.Path, v cty.Value) (bool, error) {
		if isText(v) {
			for _, t := range tokenPattern.FindAllString(v.AsString(), -1) {
				out[t] = true
			}
		}
		return true, nil
	})
	return out
}

// target is an expression and where it is evaluated.
type target struct {
	scope *scope
	expr  hcl.Expression
	frame frame
}

// resolve is the expression that a local, an argument of a module's call, a default or an output stands for.
func (s *scope) resolve(e *hclsyntax.ScopeTraversalExpr, f frame) (target, bool) {
	v := e.Traversal
	if _, hidden := f.iterators[v.RootName()]; hidden || len(v) < 2 {
		return target{}, false
	}
	steps := stepsOf(v[1:])
	if !isSet(steps[0]) || !isText(steps[0]) {
		return target{}, false
	}
	name, rest := steps[0].AsString(), steps[1:]
	var to target
	switch v.RootName() {
	case "local":
		if a := s.module.locals[name]; a != nil {
			to = target{s, a.expr, noFrame}
		}
	case "var":
		if a := s.argument(name); a != nil {
			to = target{s.parent, a.expr, s.frame}
		}
	case "module":
		if x := s.child(name); x != nil && len(rest) > 0 {
			i, after, many := x.chosen(rest)
			if i != nil && i.scope != nil && !many && len(after) > 0 && isText(after[0]) {
				if b := i.scope.module.outputs[after[0].AsString()]; b != nil && b.expr("value") != nil {
					to, rest = target{i.scope, b.expr("value"), noFrame}, after[1:]
				}
			}
		}
	}
	if to.expr == nil {
		return to, false
	}
	for _, p := range rest {
		next, ok := to.scope.item(to.expr, to.frame, p)
		if !ok {
			return to, false
		}
		to.expr = next
	}
	return to, true
}

// argument is what a call gives for a variable of its module, if the variable takes it as it is.
func (s *scope) argument(name string) *attribute {
	if s.parent == nil || s.module.variables[name] == nil {
		return nil
	}
	return s.call.attrs[name]
}

// item is the expression of one element of a constructor.
func (s *scope) item(e hcl.Expression, f frame, p step) (hcl.Expression, bool) {
	if !isSet(p) {
		return nil, false
	}
	switch c := inside(e).(type) {
	case *hclsyntax.ObjectConsExpr:
		for _, item := range c.Items {
			if key, _ := s.quietly(item.KeyExpr, f).Unmark(); isText(key) && p.Type() == cty.String && key.AsString() == p.AsString() {
				return item.ValueExpr, true
			}
		}
	case *hclsyntax.TupleConsExpr:
		if p.Type() == cty.Number {
			if i, _ := p.AsBigFloat().Int64(); i >= 0 && int(i) < len(c.Exprs) {
				return c.Exprs[i], true
			}
		}
	}
	return nil, false
}

func (p piece) String() string { return fmt.Sprintf("%d-%d %s", p.start, p.end, p.rng) }
