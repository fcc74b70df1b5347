package helm

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"
)

// tokens are the elements of a JSON pointer.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	elems := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, e := range elems {
		elems[i] = unescaper.Replace(e)
	}
	return elems
}

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

func escapeToken(e string) string { return escaper.Replace(e) }

// nodeTree parses one YAML document; nil if it cannot be read or is empty.
func nodeTree(data []byte) *yaml.Node {
	var doc yaml.Node
	if err := safely(func() error { return yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc) }); err != nil || len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

var errParser = errors.New("the YAML parser gave up")

// safely keeps a defect of the YAML library from ending the program.
func safely(do func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errParser
		}
	}()
	return do()
}

func resolved(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// maxMerges bounds how many merge keys are followed inside one another.
const maxMerges = 20

// entryOf is the last entry of a mapping with a key, merged mappings included.
func entryOf(n *yaml.Node, key string, merges int) (k, v *yaml.Node) {
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		if n.Content[i].Kind == yaml.ScalarNode && n.Content[i].Value == key && n.Content[i].Tag != "!!merge" {
			return n.Content[i], n.Content[i+1]
		}
	}
	for i := 0; i+1 < len(n.Content) && merges > 0; i += 2 {
		if n.Content[i].Tag != "!!merge" {
			continue
		}
		from := []*yaml.Node{n.Content[i+1]}
		if m := resolved(from[0]); m != nil && m.Kind == yaml.SequenceNode {
			from = m.Content
		}
		for _, m := range from {
			if m = resolved(m); m != nil && m.Kind == yaml.MappingNode {
				if k, v = entryOf(m, key, merges-1); v != nil {
					return k, v
				}
			}
		}
	}
	return nil, nil
}

// step goes from a node to an entry or element: what is shown for it (the key, or the element
// itself) and its value.
func step(n *yaml.Node, token string) (shown, value *yaml.Node) {
	n = resolved(n)
	if n == nil {
		return nil, nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return entryOf(n, token, maxMerges)
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}

// equalScalar reports whether a value of a values file, printed by a template, can be what the
// rendered text holds: the same text, the same number, or what the text means to YAML 1.1.
func equalScalar(written, rendered *yaml.Node) bool {
	if written.Kind != yaml.ScalarNode || rendered.Kind != yaml.ScalarNode {
		return false
	}
	if written.Value == rendered.Value || strings.TrimSpace(written.Value) == strings.TrimSpace(rendered.Value) && written.Value != "" {
		return written.Tag != "!!null" || rendered.Value != ""
	}
	if written.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return false
	}
	meant := meaning(written.Value)
	return meant != nil && equalMeaning(meant, meaning(rendered.Value))
}

func equalMeaning(a, b any) bool {
	fa, isNumber := a.(float64)
	fb, both := b.(float64)
	if isNumber && both {
		return fa == fb || math.Abs(fa-fb) <= 1e-12*math.Abs(fa)
	}
	return a == b
}

// meaning is what a plain scalar is to the parser that Helm uses: a bool, a float64 or a string.
func meaning(s string) any {
	if s == "" || len(s) > 40 || strings.ContainsAny(s, "\n#:{}[]&*!|>'\"%@`,") {
		return s
	}
	var v any
	if err := safely(func() error { return sigsyaml.Unmarshal([]byte(s), &v) }); err != nil {
		return s
	}
	switch v.(type) {
	case bool, float64, string:
		return v
	}
	return s
}

// equalNodes compares two values of any kind, up to a budget of nodes.
func equalNodes(written, rendered *yaml.Node, budget *int) bool {
	written, rendered = resolved(written), resolved(rendered)
	*budget--
	if written == nil || rendered == nil || *budget < 0 || written.Kind != rendered.Kind {
		return false
	}
	switch written.Kind {
	case yaml.ScalarNode:
		return written.Value == rendered.Value && (written.Tag == "!!null") == (rendered.Tag == "!!null") || equalScalar(written, rendered)
	case yaml.SequenceNode:
		return slices.EqualFunc(written.Content, rendered.Content, func(a, b *yaml.Node) bool { return equalNodes(a, b, budget) })
	case yaml.MappingNode:
		if len(written.Content) != len(rendered.Content) {
			return false
		}
		for i := 0; i+1 < len(rendered.Content); i += 2 {
			_, v := entryOf(written, rendered.Content[i].Value, 0)
			if v == nil || !equalNodes(v, rendered.Content[i+1], budget) {
				return false
			}
		}
		return true
	}
	return false
}
