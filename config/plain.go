package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds how deep a plain value nests. An alias inside its own anchor would go on for ever.
const maxDepth = 32

// plain reads a mapping of any values that JSON can say: parameters of a rule, values of a chart. Locate gives the
// positions of the mapping and of its own members; those of values inside them are not kept.
func plain(dst *map[string]any) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		*dst = d.plainMapping(n, at, 1)
		if n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if key := n.Content[i].Value; len(key) <= maxKey {
				member := at + "/" + escape.Replace(key)
				d.config.positions[member] = d.position(n.Content[i+1], member)
			}
		}
	}
}

func (d *decoder) plainMapping(n *yaml.Node, at string, depth int) map[string]any {
	m := map[string]any{}
	d.pairs(n, at, func(key, value *yaml.Node) {
		m[key.Value] = d.plain(value, at+"/"+escape.Replace(key.Value), depth)
	})
	return m
}

func (d *decoder) plain(n *yaml.Node, at string, depth int) any {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	pos := d.position(n, at)
	if !d.spend(pos) {
		return nil
	}
	if depth > maxDepth {
		d.report(pos, "this is nested deeper than %d levels", maxDepth)
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return d.plainMapping(n, at, depth+1)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = d.plain(item, at+"/"+strconv.Itoa(i), depth+1)
		}
		return list
	}
	v, err := plainScalar(n)
	if err != nil {
		d.report(pos, "%v", err)
	}
	return v
}

// plainScalar reads a scalar as YAML 1.2 means it: a date is text.
func plainScalar(n *yaml.Node) (any, error) {
	switch tag := n.ShortTag(); tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	case "!!int":
		var i int64
		if n.Decode(&i) != nil {
			return nil, fmt.Errorf("%s does not fit into 64 bits", n.Value)
		}
		return i, nil
	case "!!float":
		var f float64
		if n.Decode(&f) != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return nil, fmt.Errorf("want a finite number, got %s", n.Value)
		}
		return f, nil
	case "!!str", "!!timestamp":
		return n.Value, nil
	default:
		return nil, fmt.Errorf("want a plain value, got one with tag %s", tag)
	}
}
