package terraform

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Document is one document that an attribute holds: a Kubernetes object, Helm values, a config entry. It locates its values where they
// are written (mesh.Locator).
type Document struct {
	// JSON is the document. A text with an unknown part has a placeholder in it, and its pointer is in Unknown.
	JSON []byte
	// Unknown says by JSON pointer which values are not known, and why. A value that is not named is known.
	Unknown map[string]*Unknown
	// Manifests are the Kubernetes objects that it is, as the mesh loaders read them; positions are those of the document. Whoever reads
	// one has to look at Unknown first. An object whose kind, name or namespace is not known is not among them.
	Manifests []*source.Document

	locate func(pointer string) mesh.Position
	root   *Root
}

// Locate is the place of the value at a JSON pointer, in a file of configuration or a template, with the calls of modules on the way. It is
// safe for use by several goroutines, once nobody evaluates the root any more.
func (d *Document) Locate(pointer string) mesh.Position {
	if d.root != nil {
		d.root.placing.Lock()
		defer d.root.placing.Unlock()
	}
	return d.locate(pointer)
}

// from lets a document stand for the text that its manifests are read from.
type from struct{ *Document }

func (f from) Locate(pointer string, _ mesh.Position) mesh.Position {
	return f.Document.Locate(pointer)
}

// Document reads the documents in an attribute, or in a part of one: texts with YAML or JSON, objects, and what yamldecode, yamlencode and
// their like make. What cannot be read as a whole is the Unknown beside them, and a diagnostic where it is for the configuration: never
// nothing.
func (in Instance) Document(path ...any) ([]*Document, *Unknown) {
	if in.plan != nil {
		return in.plan.document(in, path)
	}
	leaf := in.Leaf(path...)
	c, name, rest := in.find(path)
	if leaf.Absent || c == nil || !isSet(c.attrs[name]) {
		return nil, leaf.Unknown // of a block that may follow
	}
	in.scope.root.meter.enter()
	defer in.scope.root.meter.leave()
	r := newReader(in, c.body.attrs[name].expr, c.frame)
	for left := steps(rest); len(left) > 0; left = left[1:] {
		next, ok := r.scope.item(r.expr, r.frame, left[0])
		if !ok {
			return in.picked(r, left)
		}
		r.expr = next
		r.lookThrough()
	}
	return in.read(r, leaf.Value)
}

// picked reads what is one element of something that is not written element by element; all of it stands where the whole does.
func (in Instance) picked(r *reader, path []step) ([]*Document, *Unknown) {
	v := at(r.value(r.scope, r.expr, r.frame, nil), path)
	switch {
	case r.exhausted():
		return nil, r.fail("it takes too long, or is too large")
	case isText(v):
		r.add(v.AsString(), r.expr.Range(), nil)
		return r.texts()
	case v.IsNull():
		return nil, nil
	}
	return r.values(v)
}

// reader makes documents of an expression.
type reader struct {
	in    Instance
	scope *scope
	expr  hcl.Expression
	frame frame
	*drawing
}

func newReader(in Instance, e hcl.Expression, f frame) *reader {
	r := &reader{in: in, scope: in.scope, expr: e, frame: f, drawing: newDrawing(in.scope.root)}
	r.lookThrough()
	return r
}

// lookThrough follows names to the expression that makes the document.
func (r *reader) lookThrough() {
	for range 20 {
		t, ok := inside(r.expr).(*hclsyntax.ScopeTraversalExpr)
		if !ok {
			return
		}
		to, ok := r.scope.resolve(t, r.frame)
		if !ok || to.scope != r.scope && !same(to.scope.quietly(to.expr, to.frame), r.scope.quietly(t, r.frame)) {
			return // a variable that makes something else of its argument
		}
		r.scope, r.expr, r.frame = to.scope, to.expr, to.frame
	}
}

// same reports whether two values are one, as far as they are known.
func same(a, b cty.Value) bool {
	a, _ = a.UnmarkDeep()
	b, _ = b.UnmarkDeep()
	return a.RawEquals(b) || !a.IsKnown() && !b.IsKnown()
}

func (in Instance) read(r *reader, v cty.Value) ([]*Document, *Unknown) {
	docs, u := in.readAll(r, v)
	if r.exhausted() {
		return nil, r.fail("it takes too long, or is too large")
	}
	return docs, u
}

func (in Instance) readAll(r *reader, v cty.Value) ([]*Document, *Unknown) {
	call, _ := inside(r.expr).(*hclsyntax.FunctionCallExpr)
	switch {
	case call != nil && (call.Name == "yamldecode" || call.Name == "jsondecode") && len(call.Args) == 1:
		return r.decoded(call)
	case call != nil && strings.HasPrefix(call.Name, "provider::kubernetes::manifest_decode") && len(call.Args) == 1:
		r.expr = call.Args[0]
		r.lookThrough()
		r.draw(r.scope, r.expr, r.frame)
		return r.texts()
	case call != nil && (call.Name == "yamlencode" || call.Name == "jsonencode") && len(call.Args) == 1:
		return r.object(call.Args[0])
	case v.IsKnown() && !v.IsNull() && v.CanIterateElements():
		return r.object(r.expr)
	}
	r.draw(r.scope, r.expr, r.frame)
	return r.texts()
}

// opaque is why nothing of a text can be read.
func (r *reader) opaque() *Unknown {
	if m := tokenPattern.FindString(strings.TrimSpace(string(r.text))); m != "" && m == strings.TrimSpace(string(r.text)) {
		return r.unknownOf(m)
	}
	return nil
}

func (r *reader) unknownOf(token string) *Unknown {
	n, err := strconv.Atoi(strings.Trim(token, tokenStart+tokenEnd))
	if err != nil || n >= len(*r.tokens) {
		return nil // a text that only looks like a placeholder
	}
	return (*r.tokens)[n]
}

func (r *reader) fail(format string, args ...any) *Unknown {
	message := fmt.Sprintf(format, args...)
	r.root.tell(r.expr.Range(), "the document in %s cannot be read: %s", r.in.Address, message)
	return &Unknown{Reason: "error: " + message}
}

// texts are the documents of a text.
func (r *reader) texts() ([]*Document, *Unknown) {
	if u := r.opaque(); u != nil {
		return nil, u
	}
	parsed, diags := source.ParseAny("", r.text, source.Options{})
	if len(diags) > 0 {
		at := r.place(diags[0].Position.Line, diags[0].Position.Column)
		return nil, r.fail("%s: %s", at, diags[0].Message)
	}
	var out []*Document
	elsewhere := r.locator(parsed)
	for i, p := range parsed {
		out = append(out, r.finish(p.JSON, func(pointer string) mesh.Position {
			if elsewhere != nil {
				return elsewhere(i, pointer)
			}
			at := p.Locate(pointer)
			shown := r.place(at.Line, at.Column)
			shown.Path = at.Path
			return shown
		}))
	}
	return out, nil
}

// decoded is a document as yamldecode or jsondecode sees it, with the positions of the text.
func (r *reader) decoded(call *hclsyntax.FunctionCallExpr) ([]*Document, *Unknown) {
	r.draw(r.scope, call.Args[0], r.frame)
	if u := r.opaque(); u != nil {
		return nil, u
	}
	v, err := r.decode(call.Name)
	if err != nil {
		return nil, r.fail("%v", err)
	}
	out, u := r.values(v)
	parsed, _ := source.ParseAny("", r.text, source.Options{})
	if len(out) == 1 && len(parsed) == 1 {
		out[0].locate = func(pointer string) mesh.Position {
			at := parsed[0].Locate(pointer)
			shown := r.place(at.Line, at.Column)
			shown.Path = at.Path
			return shown
		}
		out[0].manifests()
	}
	return out, u
}

func (r *reader) decode(name string) (v cty.Value, err error) {
	b := r.root.meter.fresh()
	defer func() {
		if recover() != nil {
			err = limited(b.over)
		}
	}()
	r.root.meter.budget = b
	return r.root.functions[name].Call([]cty.Value{cty.StringVal(string(r.text))})
}

// object is a document that an expression makes: each value stands where the constructor has it.
func (r *reader) object(e hcl.Expression) ([]*Document, *Unknown) {
	v := r.value(r.scope, e, r.frame, nil)
	if isText(v) && tokenPattern.MatchString(v.AsString()) {
		return nil, r.unknownOf(tokenPattern.FindString(v.AsString()))
	}
	out, u := r.values(v)
	for _, d := range out {
		d.locate = func(pointer string) mesh.Position {
			s, e, f := r.scope, e, r.frame
			found := ""
			for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
				for range 20 {
					t, ok := inside(e).(*hclsyntax.ScopeTraversalExpr)
					if !ok {
						break
					}
					to, ok := s.resolve(t, f)
					if !ok {
						break
					}
					s, e, f = to.scope, to.expr, to.frame
				}
				key := cty.StringVal(strings.NewReplacer("~1", "/", "~0", "~").Replace(part))
				next, ok := s.item(e, f, key)
				if n, err := strconv.Atoi(part); !ok && err == nil {
					next, ok = s.item(e, f, cty.NumberIntVal(int64(n)))
				}
				if !ok {
					break
				}
				e = next
				found += "/" + part
			}
			at := r.shown(e.Range(), e.Range().Start)
			at.Path = found
			return at
		}
		d.manifests()
	}
	return out, u
}
