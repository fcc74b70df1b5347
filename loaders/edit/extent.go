package edit

import (
	"bytes"
	"errors"

	"go.yaml.in/yaml/v3"
)

var errExtent = errors.New("where it ends cannot be told with certainty")

// end is the offset behind the last byte of a node's value; comments behind it are not part of it.
func (t *text) end(n *yaml.Node) (int, error) {
	at := t.start(n)
	if n.Kind == yaml.AliasNode {
		return at + 1 + len(n.Value), nil
	}
	if n.Kind == yaml.ScalarNode || isFlow(n) {
		at = t.skipProperties(at)
	}
	switch {
	case at >= t.size:
		return 0, errExtent
	case n.Kind == yaml.ScalarNode:
		return t.scalarEnd(n, at)
	case isFlow(n):
		return t.flowEnd(at)
	case n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode || len(n.Content) == 0:
		return 0, errExtent
	}
	last := n.Content[len(n.Content)-1]
	if isEmpty(last) {
		if n.Kind == yaml.SequenceNode {
			return 0, errExtent
		}
		return t.colon(n.Content[len(n.Content)-2])
	}
	return t.end(last)
}

// isEmpty: nothing is written where the value would stand.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == ""
}

// skipProperties goes past anchors and tags.
func (t *text) skipProperties(at int) int {
	for at < t.size && (t.raw[at] == '&' || t.raw[at] == '!') {
		for at < t.size && !isSpace(t.raw[at]) {
			at++
		}
		for at < t.size && isSpace(t.raw[at]) {
			at++
		}
	}
	return at
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

// colon is the offset behind the colon of a key.
func (t *text) colon(key *yaml.Node) (int, error) {
	at, err := t.end(key)
	if err != nil {
		return 0, err
	}
	for at < t.size && isSpace(t.raw[at]) {
		at++
	}
	if at >= t.size || t.raw[at] != ':' {
		return 0, errExtent
	}
	return at + 1, nil
}

func (t *text) scalarEnd(n *yaml.Node, at int) (int, error) {
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return t.blockScalarEnd(at)
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return quoteEnd(t.raw[:t.size], at)
	case n.Value != "" && bytes.HasPrefix(t.raw[at:t.size], []byte(n.Value)):
		return at + len(n.Value), nil
	}
	return 0, errExtent // a plain scalar of several lines
}

// quoteEnd is the offset behind the quoted scalar that begins at a quote.
func quoteEnd(raw []byte, at int) (int, error) {
	quote := raw[at]
	if quote != '"' && quote != '\'' {
		return 0, errExtent
	}
	for i := at + 1; i < len(raw); i++ {
		switch {
		case raw[i] == '\\' && quote == '"':
			i++
		case raw[i] == quote && quote == '\'' && i+1 < len(raw) && raw[i+1] == quote:
			i++
		case raw[i] == quote:
			return i + 1, nil
		}
	}
	return 0, errExtent
}

// blockScalarEnd is the end of the last line that has text of a literal or folded scalar. Line breaks that are kept at
// the end ("+") belong to the value, so that nothing can be put behind them.
func (t *text) blockScalarEnd(at int) (int, error) {
	header, next := t.line(at)
	if bytes.ContainsAny(bytes.SplitN(header, []byte{'#'}, 2)[0], "+123456789") {
		return 0, errExtent
	}
	end, indent := at+len(header), -1
	for next < t.size {
		line, after := t.line(next)
		lead := len(line) - len(bytes.TrimLeft(line, " "))
		switch {
		case lead == len(line):
		case indent < 0 && lead > 0:
			indent, end = lead, next+len(line)
		case indent >= 0 && lead >= indent:
			end = next + len(line)
		default:
			return end, nil
		}
		next = after
	}
	return end, nil
}

// line is what is left of the line at an offset, without its break, and where the next line begins.
func (t *text) line(at int) (line []byte, next int) {
	next = len(t.raw)
	line = t.raw[at:]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line, next = line[:i], at+i+1
	}
	return bytes.TrimSuffix(line, []byte{'\r'}), next
}

// flowEnd is the offset behind the bracket that closes the one at an offset. Brackets in quotes and comments do not
// count; a quote opens a scalar only where a value can begin.
func (t *text) flowEnd(at int) (int, error) {
	depth, begins := 0, true
	for i := at; i < t.size; i++ {
		switch b := t.raw[i]; {
		case b == '{' || b == '[':
			depth++
			begins = true
		case b == '}' || b == ']':
			if depth--; depth == 0 {
				return i + 1, nil
			}
			begins = false
		case b == ',' || b == ':' || b == '?':
			begins = true
		case (b == '"' || b == '\'') && begins:
			end, err := quoteEnd(t.raw[:t.size], i)
			if err != nil {
				return 0, err
			}
			i, begins = end-1, false
		case b == '#' && i > 0 && isSpace(t.raw[i-1]):
			line, _ := t.line(i)
			i += len(line) - 1
		case !isSpace(b):
			begins = false
		}
	}
	return 0, errExtent
}
