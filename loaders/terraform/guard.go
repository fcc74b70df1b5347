package terraform

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// guard says why a file is not given to a parser; what is "" if it is. The parsers are recursive, and a Go program cannot survive the
// end of its stack.
func (l Limits) guard(name string, data []byte) (at hcl.Range, what string) {
	at = hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	switch {
	case len(data) > l.FileBytes:
		return at, fmt.Sprintf("larger than %d bytes; it is not read", l.FileBytes)
	case !strings.HasSuffix(name, ".json"):
		if denser(data, l.Tokens) {
			return at, fmt.Sprintf("more than %d tokens; it is not read", l.Tokens)
		}
		tokens, _ := hclsyntax.LexConfig(data, name, hcl.InitialPos)
		return l.tooDeep(tokens)
	case jsonDepth(data) > l.Nesting:
		return at, fmt.Sprintf("nested deeper than %d; it is not read", l.Nesting)
	}
	return at, ""
}

// tooDeep finds the place where brackets and directives, or the run of operators beside them, nest deeper than the bound. The scanner is
// no recursive one. What runs around a bracket nests with what is inside of it; a newline ends a run where it ends an expression.
func (l Limits) tooDeep(tokens hclsyntax.Tokens) (at hcl.Range, what string) {
	type bracket struct {
		kind hclsyntax.TokenType
		run  int // around it
	}
	var open []bracket
	depth, run, directives := 0, 0, 0
	for i, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			open = append(open, bracket{t.Type, run})
			depth += 1 + run
			run = 0
			if t.Type == hclsyntax.TokenTemplateControl && i+1 < len(tokens) {
				switch word := string(tokens[i+1].Bytes); word {
				case "if", "for":
					directives++
				case "endif", "endfor":
					directives = max(directives-1, 0)
				}
			}
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc,
			hclsyntax.TokenTemplateSeqEnd:
			if n := len(open); n > 0 {
				run = open[n-1].run
				depth -= 1 + run
				open = open[:n-1]
			}
			run++
		case hclsyntax.TokenNewline:
			if n := len(open); n == 0 || open[n-1].kind == hclsyntax.TokenOBrace {
				run = 0
			}
		case hclsyntax.TokenComma, hclsyntax.TokenEqual, hclsyntax.TokenStringLit, hclsyntax.TokenQuotedLit:
			run = 0
		case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenComment:
		default:
			run++
		}
		if depth+run+directives > l.Nesting {
			return t.Range, fmt.Sprintf("nested deeper than %d; it is not read", l.Nesting)
		}
	}
	return hcl.Range{}, ""
}

// jsonDepth is how deep JSON nests.
func jsonDepth(data []byte) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

// denser reports whether a text may have more tokens than a bound: words, and signs one by one.
func denser(data []byte, bound int) bool {
	word := false
	for _, c := range data {
		switch {
		case c == ' ' || c == '\t':
			word = false
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '_', c >= 0x80:
			if !word {
				word = true
				bound--
			}
		default:
			word = false
			bound--
		}
		if bound < 0 {
			return true
		}
	}
	return false
}
