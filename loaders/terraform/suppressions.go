package terraform

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/suppress"
	"github.com/passmuster/muster/mesh"
)

// maxSuppressions bounds those of one file.
const maxSuppressions = 1000

// Marked are the files of configuration read so far that may hold suppressions in comments, by name: .tf and .tofu. JSON has no comments.
// Suppressions reads them.
func (r *Root) Marked() (list []source.Marked) {
	for name, data := range r.sources {
		if _, extension := trimExtension(name); (extension == ".tf" || extension == ".tofu") && bytes.Contains(data, []byte(source.Mark)) {
			list = append(list, source.Marked{File: name, Data: data})
		}
	}
	slices.SortFunc(list, func(a, b source.Marked) int { return strings.Compare(a.File, b.File) })
	return list
}

// Suppressions reads the suppressions in the comments of a file in HCL, as suppress.Comments does for YAML. A comment of its own line, behind # or
// //, covers the block, argument, or element of a list or an object directly below it with all that is nested in it; other comments may stand
// between, a blank line may not. A comment behind something covers what begins in its line, and what the last bracket that is opened there holds.
func Suppressions(file source.Marked) ([]*mesh.Suppression, []source.Diagnostic) {
	limits := DefaultLimits()
	if _, what := limits.guard(file.File, file.Data); what != "" || strings.HasSuffix(file.File, ".json") {
		return nil, nil // no configuration is read from it either
	}
	tokens, _ := hclsyntax.LexConfig(file.Data, file.File, hcl.InitialPos)
	c := &commented{source: file.Data, tokens: tokens}
	var list []*mesh.Suppression
	var diags []source.Diagnostic
	for i, t := range tokens {
		if t.Type != hclsyntax.TokenComment {
			continue
		}
		text, form := commentText(t.Bytes)
		e, problem, ours := suppress.ParseComment(text)
		if !ours {
			continue
		}
		at := c.position(file.File, t.Range.Start.Byte, t.Range.Start.Line)
		wrong := func(message string) {
			diags = append(diags, source.Diagnostic{Position: at, Message: "suppresses nothing: " + message})
		}
		switch {
		case form == "/*":
			wrong("write it behind # or //")
			continue
		case problem != nil:
			at.Column += len(form) + utf8.RuneCountInString(text[:min(problem.Offset, len(text))])
			wrong(problem.Message)
			continue
		case strings.ContainsAny(text, "\r\u0085\u2028\u2029"):
			wrong("a line break that is none to editors stands in this comment; end lines with LF or CRLF")
			continue
		case len(list) == maxSuppressions:
			wrong(fmt.Sprintf("a file with more than %d suppressions; the others suppress nothing", maxSuppressions))
			return list, diags
		}
		from, to, why := c.covered(i)
		begin, end := c.spot(from), c.spot(to)
		list = append(list, &mesh.Suppression{
			By: mesh.ByComment, Rules: e.Rules, Reason: e.Reason, Until: e.Until, Owner: e.Owner, File: file.File,
			Origin: mesh.Origin{In: fixed(at), Path: "#" + strings.Join(e.Rules, ","), Note: why},
			Covers: func(s *mesh.Subject) bool {
				p := s.Position
				return why == "" && !begin.after(p) && end.after(p)
			},
		})
	}
	return list, diags
}

// fixed is a place that is known already.
type fixed mesh.Position

// Locate returns the place, whatever the path.
func (f fixed) Locate(string) mesh.Position { return mesh.Position(f) }

// commentText is a comment without the sign that begins it, and that sign.
func commentText(data []byte) (text, form string) {
	text = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	for _, form := range []string{"#", "//", "/*"} {
		if rest, ok := strings.CutPrefix(text, form); ok {
			return rest, form
		}
	}
	return text, ""
}

// commented is a file and its tokens.
type commented struct {
	source []byte
	tokens hclsyntax.Tokens
}

// spot is a line, and a character of it.
type spot struct{ line, column int }

func (s spot) after(p mesh.Position) bool {
	return s.line > p.Line || s.line == p.Line && s.column > p.Column
}

// byteLine is a byte and its line.
type byteLine struct{ at, line int }

func (c *commented) spot(b byteLine) spot {
	p := c.position("", b.at, b.line)
	return spot{p.Line, p.Column}
}

func (c *commented) position(file string, at, line int) mesh.Position {
	before := c.source[:min(at, len(c.source))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return mesh.Position{File: file, Line: line, Column: 1 + utf8.RuneCount(before[start:])}
}

// covered is the stretch that a comment covers, or why there is none.
func (c *commented) covered(i int) (from, to byteLine, why string) {
	t := c.tokens[i]
	lineStart := bytes.LastIndexByte(c.source[:t.Range.Start.Byte], '\n') + 1
	if len(bytes.TrimSpace(c.source[lineStart:t.Range.Start.Byte])) > 0 {
		from, to = byteLine{lineStart, t.Range.Start.Line}, byteLine{t.Range.End.Byte, t.Range.Start.Line + 1}
		if last := c.tokens[i-1]; opens(last.Type) && last.Range.End.Line == t.Range.Start.Line {
			to = c.end(i-1, true)
		}
		return from, to, ""
	}
	for line := t.Range.Start.Line + 1; ; line++ {
		i++
		for i < len(c.tokens) && c.tokens[i].Type == hclsyntax.TokenNewline && c.tokens[i].Range.Start.Line < line {
			i++
		}
		if i >= len(c.tokens) {
			return from, to, nothingBelow
		}
		switch n := c.tokens[i]; {
		case n.Type == hclsyntax.TokenEOF || closes(n.Type):
			return from, to, nothingBelow
		case n.Type == hclsyntax.TokenNewline || n.Range.Start.Line > line:
			return from, to, c.blank(i)
		case n.Type == hclsyntax.TokenComment:
			line = n.Range.End.Line
			if n.Range.End.Column == 1 { // it ends with its line
				line--
			}
		default:
			return byteLine{n.Range.Start.Byte, n.Range.Start.Line}, c.end(i, false), ""
		}
	}
}

const nothingBelow = "nothing stands below it"

// blank says what is behind a blank line.
func (c *commented) blank(i int) string {
	for ; i < len(c.tokens); i++ {
		switch t := c.tokens[i].Type; {
		case t == hclsyntax.TokenNewline, t == hclsyntax.TokenComment:
		case t == hclsyntax.TokenEOF, closes(t):
			return nothingBelow
		default:
			return "a blank line divides it from what stands below it"
		}
	}
	return nothingBelow
}

// end is the end of what begins at a token: of the bracket, or else of the block, the argument or the element. Between brackets that are no braces
// a line's end ends nothing.
func (c *commented) end(i int, bracket bool) byteLine {
	lines := c.inBraces(i)
	depth := 0
	for ; i < len(c.tokens); i++ {
		t := c.tokens[i]
		done := byteLine{t.Range.End.Byte, t.Range.End.Line}
		switch {
		case opens(t.Type):
			depth++
		case closes(t.Type):
			if depth--; depth < 0 {
				return byteLine{t.Range.Start.Byte, t.Range.Start.Line}
			} else if depth == 0 && bracket {
				return done
			}
		case depth == 0 && (t.Type == hclsyntax.TokenComma || lines && (t.Type == hclsyntax.TokenNewline || t.Type == hclsyntax.TokenComment && bytes.HasSuffix(t.Bytes, []byte("\n")))):
			return byteLine{t.Range.Start.Byte, t.Range.Start.Line}
		}
	}
	return byteLine{len(c.source), 1 + bytes.Count(c.source, []byte("\n"))}
}

// inBraces reports whether what is around a token is a body or an object, where lines end arguments.
func (c *commented) inBraces(i int) bool {
	depth := 0
	for i--; i >= 0; i-- {
		switch t := c.tokens[i].Type; {
		case closes(t):
			depth++
		case opens(t):
			if depth--; depth < 0 {
				return t == hclsyntax.TokenOBrace
			}
		}
	}
	return true
}

func opens(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return true
	default:
		return false
	}
}

func closes(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		return true
	default:
		return false
	}
}
