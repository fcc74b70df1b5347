package edit

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"
)

// blockStyle is how block collections of the document are indented, by the first that tells.
func (t *text) blockStyle() style {
	s := style{json: t.json, nl: t.lineBreak(), unit: 0, dash: -1, colon: ": ", comma: ", "}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		if isFlow(n) || s.unit > 0 && s.dash >= 0 {
			return
		}
		for i, c := range n.Content {
			visit(c)
			if n.Kind != yaml.MappingNode || i%2 == 0 || isFlow(c) || len(c.Content) == 0 {
				continue
			}
			key := n.Content[i-1]
			switch c.Kind {
			case yaml.MappingNode:
				if s.unit == 0 && c.Line > key.Line {
					s.unit = c.Content[0].Column - key.Column
				}
			case yaml.SequenceNode:
				if dash, ok := t.dash(c.Content[0]); s.dash < 0 && ok {
					s.dash = dash - (key.Column - 1)
				}
			}
		}
	}
	visit(t.root)
	if s.unit < 1 {
		s.unit = 2
	}
	s.dash = max(s.dash, 0)
	return s
}

func (t *text) lineBreak() string {
	if i := bytes.IndexByte(t.raw, '\n'); i > 0 && t.raw[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// dash is the number of columns before the dash of an item of a block list.
func (t *text) dash(item *yaml.Node) (int, bool) {
	at := t.start(item)
	for i := at - 1; i >= 0 && at-i < item.Column; i-- {
		switch t.raw[i] {
		case ' ':
			continue
		case '-':
			return item.Column - 1 - (at - i), true
		}
		break
	}
	return 0, false
}

// flowStyle is how a collection in flow style is written, by entry or item number i, or as is usual if it is empty.
func (t *text) flowStyle(n *yaml.Node, i int) style {
	s := style{json: t.json, nl: t.lineBreak(), unit: 2, colon: ": ", comma: ", "}
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	if i < 0 || len(n.Content) < step {
		return s
	}
	first := n.Content[step*i]
	if step == 2 {
		if at, err := t.end(first); err == nil {
			if between := string(t.raw[at:max(at, t.start(n.Content[2*i+1]))]); strings.Trim(between, " ") == ":" && (t.json || strings.HasSuffix(between, " ")) {
				s.colon = strings.TrimLeft(between, " ")
			}
		}
	}
	indent, alone := t.leads(first)
	s.spread, s.tabs = alone && t.json, strings.Contains(indent, "\t")
	if s.tabs {
		s.unit = 1
	} else if outer := t.indentation(n); alone && len(indent) > outer {
		s.unit = len(indent) - outer
	}
	switch {
	case i > 0 && !alone:
		if at, err := t.end(n.Content[step*i-1]); err == nil {
			if between := string(t.raw[at:max(at, t.start(first))]); strings.Trim(between, " ") == "," {
				s.comma = strings.TrimLeft(between, " ")
			}
		}
	case s.colon == ":":
		s.comma = ","
	}
	return s
}

// indentation is that of the line that a node begins in.
func (t *text) indentation(n *yaml.Node) int {
	line := t.raw[t.lines[n.Line-1]:]
	return len(line) - len(bytes.TrimLeft(line, " \t"))
}
