package edit

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"
)

// replace writes another value over a scalar of one line.
func (t *text) replace(n *yaml.Node, value any) (Change, error) {
	if n.Kind != yaml.ScalarNode {
		return Change{}, errors.New("it is no single value")
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return Change{}, errors.New("it is a block of text")
	}
	if isEmpty(n) {
		return Change{}, errors.New("nothing is written there")
	}
	start := t.start(n)
	end, err := t.end(n)
	if err != nil {
		return Change{}, err
	}
	if strings.ContainsAny(string(t.raw[start:end]), "\n\r") {
		return Change{}, errors.New("it spans several lines")
	}
	return Change{start, end, t.scalarLike(n, value)}, nil
}

// scalarLike writes a value with the quotes of the scalar in whose place it goes.
func (t *text) scalarLike(n *yaml.Node, value any) string {
	text, ok := value.(string)
	switch {
	case !ok || t.json:
		return scalar(value, t.json)
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return quoted(text)
	case n.Style&yaml.SingleQuotedStyle != 0 && !strings.ContainsAny(text, "'\n\r"):
		return "'" + text + "'"
	}
	return scalar(text, false)
}

// rename writes another name over a key. Its value stays as it is.
func (t *text) rename(s step, name string) (Change, error) {
	if s.node.Kind != yaml.MappingNode {
		return Change{}, errors.New("items of a list have no name")
	}
	if i, err := entryOf(s.node, name); err != nil || i >= 0 {
		return Change{}, errors.New("there is such a key already")
	}
	if err := plain(s.key()); err != nil {
		return Change{}, err
	}
	return t.replace(s.key(), name)
}
