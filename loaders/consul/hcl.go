package consul

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/hcl/ast"
	"github.com/hashicorp/hcl/hcl/parser"
	"github.com/hashicorp/hcl/hcl/scanner"
	"github.com/hashicorp/hcl/hcl/token"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// places are the positions of an HCL file's values, by their JSON pointers.
type places struct {
	file string
	at   map[string]spot
}

// spot is a line and a column, from 1.
type spot struct{ line, column int32 }

func (p *places) note(path string, at token.Pos) {
	p.at[path] = spot{int32(at.Line), int32(at.Column)}
}

// Locate implements mesh.Locator: a path that is not there yields its nearest ancestor that is.
func (p *places) Locate(path string) mesh.Position {
	for {
		if pos, ok := p.at[path]; ok {
			return mesh.Position{File: p.file, Line: int(pos.line), Column: int(pos.column), Path: path}
		}
		if path == "" {
			return mesh.Position{File: p.file, Line: 1, Column: 1}
		}
		path = path[:max(strings.LastIndexByte(path, '/'), 0)]
	}
}

// readHCL reads a file of HCL 1 with positions. The error is in the diagnostic.
func readHCL(file string, data []byte, limits source.Limits) (root *value, in *places, diag *source.Diagnostic) {
	fail := func(pos token.Pos, message string) *source.Diagnostic {
		return &source.Diagnostic{Position: mesh.Position{File: file, Line: max(pos.Line, 1), Column: max(pos.Column, 1)}, Message: message}
	}
	// The library panics on a few malformed literals.
	defer func() {
		if r := recover(); r != nil {
			root, in, diag = nil, nil, fail(token.Pos{}, fmt.Sprintf("is no HCL: %v", r))
		}
	}()
	if pos, message := tooMuch(data, limits); message != "" {
		return nil, nil, fail(pos, message)
	}
	tree, err := parser.Parse(data)
	if err != nil {
		if at, ok := errors.AsType[*parser.PosError](err); ok {
			return nil, nil, fail(at.Pos, "is no HCL: "+at.Err.Error())
		}
		return nil, nil, fail(token.Pos{}, "is no HCL: "+err.Error())
	}
	list, ok := tree.Node.(*ast.ObjectList)
	if !ok {
		return nil, nil, fail(token.Pos{}, "is no HCL object")
	}
	c := &hclReader{places: &places{file: file, at: make(map[string]spot, bytes.Count(data, []byte{'\n'}))}}
	if len(list.Items) > 0 {
		c.places.note("", list.Items[0].Pos()) // comments may stand above
	}
	root = c.object(list, "")
	if c.err != "" {
		return nil, nil, fail(c.errAt, c.err)
	}
	return root, c.places, nil
}

// tooMuch says what of a file is beyond the limits, before the recursive parser sees it.
func tooMuch(data []byte, limits source.Limits) (token.Pos, string) {
	if len(data) <= limits.Values && bytes.Count(data, []byte{'{'})+bytes.Count(data, []byte{'['}) <= limits.Depth {
		return token.Pos{}, "" // it cannot be, and most files are small
	}
	s := scanner.New(data)
	s.Error = func(token.Pos, string) {} // the parser tells it
	depth := 0
	for n := 0; ; n++ {
		t := s.Scan()
		switch t.Type {
		case token.EOF, token.ILLEGAL:
			return token.Pos{}, ""
		case token.LBRACE, token.LBRACK:
			depth++
		case token.RBRACE, token.RBRACK:
			depth--
		default:
		}
		if depth > limits.Depth {
			return t.Pos, fmt.Sprintf("nested more than %d levels deep; the file is left out", limits.Depth)
		}
		if n > limits.Values {
			return t.Pos, fmt.Sprintf("more than %d values; the file is left out. Split it into several files", limits.Values)
		}
	}
}

// hclReader turns the syntax tree of HCL 1 into values.
type hclReader struct {
	places *places
	err    string // the first one
	errAt  token.Pos
}

func (c *hclReader) fail(at token.Pos, message string) *value {
	if c.err == "" {
		c.err, c.errAt = message, at
	}
	return &value{}
}

// maxLabels bounds the keys of one block: `a b c {}` nests without a bracket.
const maxLabels = 8

// occurrence is one of the items of a name: the keys that follow it are nested objects.
type occurrence struct {
	item *ast.ObjectItem
	rest []*ast.ObjectKey
}

// object reads the items of an object. Blocks of one name are a list, in their order; of several
// attributes the last one counts.
func (c *hclReader) object(list *ast.ObjectList, path string) *value {
	out := &value{kind: objectValue, path: path, members: make([]member, 0, len(list.Items))}
	for _, n := range c.occurrences(list) {
		at, all := pointer(path, n.name), n.all
		c.places.note(at, all[len(all)-1].item.Keys[0].Pos())
		blocks := 0
		for _, o := range all {
			if _, ok := o.item.Val.(*ast.ObjectType); ok {
				blocks++
			}
		}
		if len(all) == 1 || blocks < len(all) {
			out.members = append(out.members, member{n.name, c.item(all[len(all)-1], at)})
			continue
		}
		v := &value{kind: listValue, path: at}
		for i, o := range all {
			each := at + "/" + strconv.Itoa(i)
			c.places.note(each, o.item.Keys[0].Pos())
			v.items = append(v.items, c.item(o, each))
		}
		c.places.note(at, all[0].item.Keys[0].Pos())
		out.members = append(out.members, member{n.name, v})
	}
	return out
}

// named are the items of one name.
type named struct {
	name string
	all  []occurrence
}

// fewItems is how many items an object may have for their names to be compared one by one.
const fewItems = 16

// occurrences are the items of an object by their names, in the order in which these first stand there.
func (c *hclReader) occurrences(list *ast.ObjectList) []named {
	out := make([]named, 0, len(list.Items))
	single := make([]occurrence, 0, len(list.Items)) // where the first of each name stands
	var index map[string]int
	if len(list.Items) > fewItems {
		index = make(map[string]int, len(list.Items))
	}
	for _, item := range list.Items {
		if len(item.Keys) == 0 {
			c.fail(item.Val.Pos(), "a value without a name")
			continue
		}
		if len(item.Keys) > maxLabels {
			c.fail(item.Keys[maxLabels].Pos(), "more labels than any block has")
			continue
		}
		name, o := c.key(item.Keys[0]), occurrence{item, item.Keys[1:]}
		i, known := index[name]
		if index == nil {
			i = slices.IndexFunc(out, func(n named) bool { return n.name == name })
			known = i >= 0
		}
		if known {
			out[i].all = append(out[i].all, o)
			continue
		}
		if index != nil {
			index[name] = len(out)
		}
		single = append(single, o)
		last := len(single)
		out = append(out, named{name, single[last-1 : last : last]})
	}
	return out
}

// item reads the value of one item; keys beyond the first are objects with one member each.
func (c *hclReader) item(o occurrence, path string) *value {
	if len(o.rest) == 0 {
		return c.value(o.item.Val, path)
	}
	name := c.key(o.rest[0])
	at := pointer(path, name)
	c.places.note(at, o.rest[0].Pos())
	inner := c.item(occurrence{o.item, o.rest[1:]}, at)
	return &value{kind: objectValue, path: path, members: []member{{name, inner}}}
}

func (c *hclReader) key(k *ast.ObjectKey) string {
	if k.Token.Type == token.STRING {
		if s, ok := c.literal(k.Token).(string); ok {
			return s
		}
	}
	return k.Token.Text
}

func (c *hclReader) value(n ast.Node, path string) *value {
	switch n := n.(type) {
	case *ast.ObjectType:
		return c.object(n.List, path)
	case *ast.ListType:
		v := &value{kind: listValue, path: path}
		for i, e := range n.List {
			at := path + "/" + strconv.Itoa(i)
			c.places.note(at, e.Pos())
			v.items = append(v.items, c.value(e, at))
		}
		return v
	case *ast.LiteralType:
		v := &value{path: path}
		switch x := c.literal(n.Token).(type) {
		case string:
			v.kind, v.text = textValue, x
		case bool:
			v.kind, v.text = boolValue, strconv.FormatBool(x)
		case int64:
			v.kind, v.text = numberValue, strconv.FormatInt(x, 10)
		case float64:
			v.kind, v.text = numberValue, strconv.FormatFloat(x, 'g', -1, 64)
		}
		return v
	}
	return c.fail(n.Pos(), "a value that HCL does not know")
}

// literal is the value of a token. The library panics where one is malformed.
func (c *hclReader) literal(t token.Token) (v any) {
	defer func() {
		if r := recover(); r != nil {
			c.fail(t.Pos, fmt.Sprintf("malformed value: %v", r))
			v = nil
		}
	}()
	return t.Value()
}
