package consul

import (
	"fmt"
	"strconv"

	"github.com/hashicorp/hcl/hcl/ast"
	"github.com/hashicorp/hcl/hcl/token"
)

// hclConverter takes over the syntax tree of the library.
type hclConverter struct {
	err   string // the first one
	errAt token.Pos
}

func (c *hclConverter) fail(at token.Pos, message string) {
	if c.err == "" {
		c.err, c.errAt = message, at
	}
}

// maxLabels bounds the keys of one block: `a b c {}` nests without a bracket.
const maxLabels = 8

func (c *hclConverter) items(list *ast.ObjectList) []hclItem {
	out := make([]hclItem, 0, len(list.Items))
	for _, item := range list.Items {
		if len(item.Keys) == 0 {
			c.fail(item.Val.Pos(), "a value without a name")
			continue
		}
		if len(item.Keys) > maxLabels {
			c.fail(item.Keys[maxLabels].Pos(), "more labels than any block has")
			continue
		}
		one := hclItem{keys: make([]hclKey, len(item.Keys))}
		for i, k := range item.Keys {
			one.keys[i] = hclKey{c.key(k), spotOf(k.Pos())}
		}
		one.value = c.node(item.Val)
		out = append(out, one)
	}
	return out
}

func (c *hclConverter) key(k *ast.ObjectKey) string {
	if k.Token.Type == token.STRING {
		if s, ok := c.literal(k.Token).(string); ok {
			return s
		}
	}
	return k.Token.Text
}

func (c *hclConverter) node(n ast.Node) hclNode {
	out := hclNode{at: spotOf(n.Pos())}
	switch n := n.(type) {
	case *ast.ObjectType:
		out.kind, out.items = objectValue, c.items(n.List)
	case *ast.ListType:
		out.kind = listValue
		for _, e := range n.List {
			out.elements = append(out.elements, c.node(e))
		}
	case *ast.LiteralType:
		switch x := c.literal(n.Token).(type) {
		case string:
			out.kind, out.text = textValue, x
		case bool:
			out.kind, out.text = boolValue, strconv.FormatBool(x)
		case int64:
			out.kind, out.text = numberValue, strconv.FormatInt(x, 10)
		case float64:
			out.kind, out.text = numberValue, strconv.FormatFloat(x, 'g', -1, 64)
		}
	default:
		c.fail(n.Pos(), "a value that HCL does not know")
	}
	return out
}

// literal is the value of a token. The library panics where one is malformed.
func (c *hclConverter) literal(t token.Token) (v any) {
	defer func() {
		if r := recover(); r != nil {
			c.fail(t.Pos, fmt.Sprintf("malformed value: %v", r))
			v = nil
		}
	}()
	return t.Value()
}

func spotOf(at token.Pos) spot { return spot{int32(at.Line), int32(at.Column)} }
