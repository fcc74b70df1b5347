package source

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// complaint is how one message of the YAML parser is put into the words of someone who has to
// mend the file, and how its place is found: the parser tells a line at most, for some messages
// the line before, and for none the column.
type complaint struct {
	parser  string // how the parser's message starts
	message string
	next    bool // the parser tells the line before
	opening bool // what is wrong starts earlier, where the other parser looks
	column  func(line []byte) int
	find    func(n *yaml.Node) bool // the place is this node
}

var complaints = []complaint{
	{parser: "found character that cannot start any token", message: "a value cannot start with this character; put it in quotes", column: columnOfBadStart},
	{parser: "found a tab character", message: tabMessage, column: columnOfTab},
	{parser: "mapping values are not allowed", message: `a ": " that YAML cannot place; mend the indentation of this line, or put the value in quotes`, column: columnOfSecondColon},
	{parser: "block sequence entries are not allowed", message: "a list cannot start in this place; mend the indentation"},
	{parser: "did not find expected key", message: "this line does not fit the indentation, or the quotes, of the lines above it", next: true},
	{parser: "did not find expected '-' indicator", message: `this line does not belong to the list above it: no "- ", or the wrong indentation`, next: true},
	{parser: "did not find expected ',' or ']'", message: "a [list] is not closed before this place", next: true},
	{parser: "did not find expected ',' or '}'", message: "a {mapping} is not closed before this place", next: true},
	{parser: "did not find expected node content", message: "there is no value YAML could read here", next: true},
	{parser: "did not find expected <document start>", message: "Kubernetes does not read this: the document ends above it; mend the indentation or put --- between", next: true},
	{parser: "found incompatible YAML document", message: "Kubernetes reads YAML 1.1 only; remove the %YAML line", next: true},
	{parser: "could not find expected ':'", message: `a key without ": "`, opening: true},
	{parser: "found unexpected end of stream", message: "this quote is never closed", opening: true, column: columnOfQuote},
	{parser: "found unexpected document indicator", message: "this quote is not closed before the document ends", opening: true, column: columnOfQuote},
	{parser: "found unknown escape character", message: `a \ that double quotes do not know; write \\, or use single quotes`, column: columnOfBackslash},
	{parser: "found invalid Unicode character escape code", message: `a \u that stands for no character; write the character itself`, column: columnOfBackslash},
	{parser: "did not find expected comment or line break", message: "nothing but +, - or a number may stand behind | and >"},
	{parser: "did not find expected alphabetic or numeric character", message: "an & or * without a name; put the value in quotes", column: columnOfMark},
	{parser: "invalid map key", message: "a mapping or a list cannot be a key; put {…} and […] in quotes", find: isCollectionKey},
	{parser: "unsupported map key", message: "this key has to be a string; put it in quotes", find: isOddKey},
	{parser: "json: unsupported value", message: "JSON has no such number; put it in quotes", find: isNoNumber},
	{parser: "!!binary value", message: "!!binary is not followed by base64", find: func(n *yaml.Node) bool { return n.ShortTag() == "!!binary" }},
	{parser: "cannot decode", message: "", find: func(n *yaml.Node) bool { return n.Style&yaml.TaggedStyle != 0 }},
	{parser: "exceeded max depth", message: tooDeepToRead},
	{parser: "document contains excessive aliasing", message: "too much of this document is repeated by aliases; write the values out"},
}

const tooDeepToRead = "nested thousands of levels deep; the document is left out"

const tabMessage = "a tab where YAML wants spaces; indent with spaces"

var errorLine = regexp.MustCompile(`^line (\d+): `)

// syntax says where and why a text cannot be read.
func (t *text) syntax(file string, err error) (mesh.Position, string) {
	problem := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if m := errorLine.FindStringSubmatch(problem); m != nil {
		line, _ = strconv.Atoi(m[1])
		problem = problem[len(m[0]):]
	}
	if name, ok := anchorOf(problem); ok {
		at := max(bytes.Index(t.raw, []byte("*"+name)), 0)
		return t.offset(file, at), "the anchor " + quoteKey(name) + " is not defined, or contains itself"
	}
	if strings.HasPrefix(problem, "control characters") {
		return t.offset(file, max(bytes.IndexFunc(t.raw, isControl), 0)), "a control character; remove it"
	}
	c := complaint{message: problem}
	for _, known := range complaints {
		if strings.HasPrefix(problem, known.parser) {
			c = known
			break
		}
	}
	if c.message == "" {
		c.message = problem
	}
	if c.find != nil {
		return t.firstNode(file, c.find), c.message
	}
	if c.opening {
		line = openingLine(t.raw)
	} else if c.next && line > 0 {
		line++
	}
	return t.complainAt(file, max(line, 1), c)
}

// complainAt finds the column of a complaint in a line that the parser numbered.
func (t *text) complainAt(file string, yamlLine int, c complaint) (mesh.Position, string) {
	line := t.plainLine(yamlLine)
	content := t.lineText(line)
	if len(bytes.TrimSpace(content)) == 0 { // what is wrong stands before it, often at the end of the text
		above := bytes.TrimRight(t.raw[:t.lineStart(line)], " \t\r\n")
		line = bytes.Count(above, []byte{'\n'}) + 1
		content = t.lineText(line)
	}
	if c.opening && c.column != nil {
		line, content = t.upwards(line, content, c.column)
	}
	column := len(content) - len(bytes.TrimLeft(content, " \t"))
	if tab := bytes.IndexByte(content[:column], '\t'); tab >= 0 {
		column, c.message = tab, tabMessage
	} else if c.column != nil {
		if at := c.column(content); at >= 0 {
			column = at
		}
	}
	return t.place(file, line, utf8.RuneCount(content[:column])+1), c.message
}

// upwards finds the nearest line, from one up, in which column finds something: the parser may tell
// the line in which a quote should have ended. It stays where it is if there is none.
func (t *text) upwards(line int, content []byte, column func([]byte) int) (int, []byte) {
	rest := t.raw[:t.lineStart(line)]
	for at, text := line, content; ; at-- {
		if column(text) >= 0 {
			return at, text
		}
		if len(rest) == 0 {
			return line, content
		}
		rest = rest[:len(rest)-1] // the line break
		start := bytes.LastIndexByte(rest, '\n') + 1
		text, rest = rest[start:], rest[:start]
	}
}

func anchorOf(problem string) (string, bool) {
	rest, ok := strings.CutPrefix(problem, "unknown anchor '")
	if !ok {
		rest, ok = strings.CutPrefix(problem, "anchor '")
	}
	name, _, closed := strings.Cut(rest, "'")
	return name, ok && closed
}

func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 && r != 0x85 || r == 0xfffe || r == 0xffff
}

// openingLine is the line in which an unclosed quote or key starts, which only the other YAML
// parser tells.
func openingLine(raw []byte) int {
	defer func() { _ = recover() }() // as in parseNodes
	var n yaml.Node
	err := yaml.Unmarshal(raw, &n)
	if err == nil {
		return 1
	}
	m := errorLine.FindStringSubmatch(strings.TrimPrefix(err.Error(), "yaml: "))
	if m == nil {
		return 1
	}
	line, _ := strconv.Atoi(m[1])
	return line
}

func columnOfBackslash(line []byte) int { return bytes.IndexByte(line, '\\') }

func columnOfTab(line []byte) int { return bytes.IndexByte(line, '\t') }

func columnOfBadStart(line []byte) int {
	for i, b := range line {
		if (i == 0 || strings.IndexByte(" \t-[{,:", line[i-1]) >= 0) && strings.IndexByte("@`%", b) >= 0 {
			return i
		}
	}
	return -1
}

// columnOfMark finds the first & or * that starts a value and that no name follows.
func columnOfMark(line []byte) int {
	for i, b := range line {
		if (b == '&' || b == '*') && (i == 0 || strings.IndexByte(" \t-[{,:", line[i-1]) >= 0) && (i+1 == len(line) || !isNameByte(line[i+1])) {
			return i
		}
	}
	return -1
}

func isNameByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '_' || b == '-'
}

func columnOfSecondColon(line []byte) int {
	first := bytes.Index(line, []byte(": "))
	if first < 0 {
		return -1
	}
	rest := line[first+2:]
	if second := bytes.Index(rest, []byte(": ")); second >= 0 {
		return first + 2 + second
	}
	if bytes.HasSuffix(bytes.TrimRight(rest, " \r"), []byte(":")) {
		return first + 2 + bytes.LastIndexByte(rest, ':')
	}
	return -1
}

func columnOfQuote(line []byte) int {
	for i, b := range line {
		if (b == '"' || b == '\'') && (i == 0 || strings.IndexByte(" \t[{,:", line[i-1]) >= 0) &&
			bytes.Count(line[i:], line[i:i+1])%2 == 1 {
			return i
		}
	}
	return -1
}

// firstNode is the place of the first node that find accepts; the document's if there is none.
func (t *text) firstNode(file string, find func(*yaml.Node) bool) mesh.Position {
	var search func(n *yaml.Node) *yaml.Node
	search = func(n *yaml.Node) *yaml.Node {
		if find(n) {
			return n
		}
		for _, c := range n.Content {
			if found := search(c); found != nil {
				return found
			}
		}
		return nil
	}
	if root := t.tree(); root != nil {
		if n := search(root); n != nil {
			return t.node(file, keyOf(n, find))
		}
	}
	return t.start(file)
}

// keyOf is the first key of a mapping that was found because of one of its keys.
func keyOf(n *yaml.Node, find func(*yaml.Node) bool) *yaml.Node {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if find(&yaml.Node{Kind: yaml.MappingNode, Content: n.Content[i : i+2]}) {
			return n.Content[i]
		}
	}
	return n
}

func anyKey(n *yaml.Node, is func(k *yaml.Node) bool) bool {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if is(dereference(n.Content[i])) {
			return true
		}
	}
	return false
}

func isCollectionKey(n *yaml.Node) bool {
	return anyKey(n, func(k *yaml.Node) bool { return k.Kind != yaml.ScalarNode })
}

// isOddKey finds a mapping with a key that is null, or a number that fits no integer.
func isOddKey(n *yaml.Node) bool {
	return anyKey(n, func(k *yaml.Node) bool {
		return k.Kind == yaml.ScalarNode && k.Style == 0 && (k.Tag == "!!null" || k.Tag == "!!int" && len(k.Value) > 18)
	})
}

func isNoNumber(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!float" && strings.Contains(strings.ToLower(n.Value), "n")
}
