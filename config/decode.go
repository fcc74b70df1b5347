package config

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// maxValues bounds the values of a config, counted once for each alias that repeats them: a few lines of nested
// aliases would otherwise make millions.
const maxValues = 200_000

// maxKey bounds a key in bytes. Kubernetes allows 317 for that of a label.
const maxKey = 512

// decoder reads one config. It notes where each value stands, and collects what is wrong.
type decoder struct {
	config   *Config
	problems []Problem
	// references are the places that name a cluster, checked when all clusters are known.
	references []reference
	budget     int
}

// reader checks the value at a JSON pointer and stores it; what is wrong it reports, and does not store.
type reader func(d *decoder, n *yaml.Node, at string)

// field is a key that a mapping may have.
type field struct {
	key  string
	read reader
	need string // if the key is required: what it is for, in words
}

func (d *decoder) position(n *yaml.Node, at string) mesh.Position {
	return mesh.Position{File: d.config.File, Line: n.Line, Column: n.Column, Path: at}
}

func (d *decoder) report(at mesh.Position, format string, args ...any) {
	d.problems = append(d.problems, problemAt(at, format, args...))
}

// read is the one way to a value.
func (d *decoder) read(n *yaml.Node, at string, read reader) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	pos := d.position(n, at)
	if !d.spend(pos) {
		return
	}
	d.config.positions[at] = pos
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		d.report(pos, "there is no value, give it one or remove the key")
		return
	}
	read(d, n, at)
}

// spend takes a value from the budget, and reports whether there was one left.
func (d *decoder) spend(at mesh.Position) bool {
	d.budget--
	if d.budget == -1 {
		d.report(at, "the config has more than %d values (an alias repeats all of its own), the rest was not read", maxValues)
	}
	return d.budget >= 0
}

// pairs calls each for every entry of a mapping whose key is text, and not there twice.
func (d *decoder) pairs(n *yaml.Node, at string, each func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.report(d.position(n, at), "want a mapping, got %s", kindOf(n))
		return
	}
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		pos := d.position(key, at)
		switch first := seen[key.Value]; {
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null":
			d.report(pos, "want a word as the key, got %s", kindOf(key))
		case key.ShortTag() == "!!merge":
			d.report(pos, "the merge key << is not supported, write the keys out")
		case len(key.Value) > maxKey:
			d.report(pos, "the key is longer than %d bytes", maxKey)
		case first != nil:
			d.report(pos, "the key %s is here twice, first on line %d", key.Value, first.Line)
		default:
			seen[key.Value] = key
			each(key, n.Content[i+1])
		}
	}
}

// object reads a mapping with known keys; pos receives its position.
func object(pos *mesh.Position, fields ...field) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		if pos != nil {
			*pos = d.position(n, at)
		}
		given := map[string]bool{}
		d.pairs(n, at, func(key, value *yaml.Node) {
			given[key.Value] = true
			for _, f := range fields {
				if f.key == key.Value {
					d.read(value, at+"/"+f.key, f.read)
					return
				}
			}
			d.report(d.position(key, at), "%v", unknown("key", key.Value, keys(fields), ""))
		})
		for _, f := range fields {
			if f.need != "" && !given[f.key] && n.Kind == yaml.MappingNode {
				d.report(d.position(n, at), "%s is missing: %s", f.key, f.need)
			}
		}
	}
}

func keys(fields []field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.key
	}
	return list
}

// dict reads a mapping whose keys are data.
func dict[T any](dst *map[string]T, valid func(key string) error, value func(*T) reader) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		*dst = map[string]T{}
		d.pairs(n, at, func(key, node *yaml.Node) {
			if err := valid(key.Value); err != nil {
				d.report(d.position(key, at), "%v", err)
				return
			}
			var v T
			d.read(node, at+"/"+escape.Replace(key.Value), value(&v))
			(*dst)[key.Value] = v
		})
	}
}

// list reads a list.
func list[T any](dst *[]T, item func(*T) reader) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		if n.Kind != yaml.SequenceNode {
			d.report(d.position(n, at), "want a list, got %s", kindOf(n))
			return
		}
		*dst = make([]T, len(n.Content))
		for i, node := range n.Content {
			d.read(node, at+"/"+strconv.Itoa(i), item(&(*dst)[i]))
		}
	}
}

// some is a list or a mapping that must not be empty; want says what belongs in it.
func some(want string, read reader) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		if n.Kind != yaml.ScalarNode && len(n.Content) == 0 {
			d.report(d.position(n, at), "there is nothing in it, want %s", want)
			return
		}
		read(d, n, at)
	}
}

// words reads a list of which each item, read by item, stands there once. Items that are wrong are left out.
func words(dst *[]string, item func(*string) reader) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		var all []string
		list(&all, item)(d, n, at)
		first := map[string]int{}
		for i, word := range all {
			if word == "" {
				continue
			}
			here := d.config.Locate(at + "/" + strconv.Itoa(i))
			if line, again := first[word]; again {
				d.report(here, "%s is in the list twice, first on line %d", word, line)
				continue
			}
			first[word] = here.Line
			*dst = append(*dst, word)
		}
	}
}

// text reads free text, which must look like text to YAML too: an unquoted version 1.30 would turn into 1.3.
func text[T any](dst *T, parse func(string) (T, error)) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		switch n.ShortTag() {
		case "!!int", "!!float", "!!bool":
			d.report(d.position(n, at), "YAML reads %s as %s, quote it: \"%s\"", n.Value, kindOf(n), n.Value)
		default:
			word(dst, parse)(d, n, at)
		}
	}
}

// word reads a scalar of a form that parse decides alone: one of a few words, a date, a duration.
func word[T any](dst *T, parse func(string) (T, error)) reader {
	return func(d *decoder, n *yaml.Node, at string) {
		pos := d.position(n, at)
		switch tag := n.ShortTag(); {
		case n.Kind != yaml.ScalarNode || !plainTags[tag]:
			d.report(pos, "want text, got %s", kindOf(n))
			return
		case n.Value == "":
			d.report(pos, "%v", errEmpty)
			return
		}
		v, err := parse(n.Value)
		if err != nil {
			d.report(pos, "%v", err)
			return
		}
		*dst = v
	}
}

// plainTags are those of scalars that JSON has too; YAML 1.2 reads a timestamp as text.
var plainTags = map[string]bool{"!!str": true, "!!timestamp": true, "!!int": true, "!!float": true, "!!bool": true}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch tag := n.ShortTag(); tag {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "a truth value"
	case "!!null":
		return "nothing"
	case "!!str", "!!timestamp":
		return "text"
	default:
		return "a value with tag " + tag
	}
}
