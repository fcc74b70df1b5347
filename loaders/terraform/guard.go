package terraform

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Bounds of what is parsed: the parsers are recursive, and a Go program cannot survive the end of its stack.
const (
	maxFile  = 1 << 20
	maxDepth = 400
)

// guard says why a file is not given to a parser; what is "" if it is.
func (r *Root) guard(name string, data []byte) (at hcl.Range, what string) {
	at = hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(data) > maxFile {
		return at, fmt.Sprintf("larger than %d bytes; it is not read", maxFile)
	}
	if strings.HasSuffix(name, ".json") {
		if jsonDepth(data) > maxDepth {
			return at, fmt.Sprintf("nested deeper than %d; it is not read", maxDepth)
		}
		return at, ""
	}
	tokens, _ := hclsyntax.LexConfig(data, name, hcl.InitialPos)
	return tooDeep(tokens)
}

// tooDeep finds the place where brackets, or the run of operators beside them, nest deeper than maxDepth. The scanner is no
// recursive one.
func tooDeep(tokens hclsyntax.Tokens) (at hcl.Range, what string) {
	depth, run := 0, 0
	var runs []int // those of the brackets around
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
			runs = append(runs, run)
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc,
			hclsyntax.TokenTemplateSeqEnd:
			depth = max(depth-1, 0)
			if n := len(runs); n > 0 {
				run, runs = runs[n-1], runs[:n-1]
			}
			run++
		case hclsyntax.TokenComma, hclsyntax.TokenNewline, hclsyntax.TokenEqual, hclsyntax.TokenStringLit, hclsyntax.TokenQuotedLit:
			run = 0
		case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit, hclsyntax.TokenComment:
		default:
			run++
		}
		if depth+run > maxDepth {
			return t.Range, fmt.Sprintf("nested deeper than %d; the file is not read", maxDepth)
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
