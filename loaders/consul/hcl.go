package consul

import (
	"bytes"
	"errors"
	"fmt"
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
	items, ok := plainHCL(data, limits)
	if !ok {
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
		var c hclConverter
		if items = c.items(list); c.err != "" {
			return nil, nil, fail(c.errAt, c.err)
		}
	}
	in = &places{file: file, at: make(map[string]spot, bytes.Count(data, []byte{'\n'}))}
	if len(items) > 0 {
		in.at[""] = items[0].keys[0].at // comments may stand above
	}
	return in.object(items, ""), in, nil
}

// tooMuch says what of a file is beyond the limits, before the recursive parser sees it.
func tooMuch(data []byte, limits source.Limits) (token.Pos, string) {
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
