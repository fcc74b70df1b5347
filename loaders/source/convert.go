package source

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
	k8syaml "sigs.k8s.io/yaml"
)

var errUnreadable = errors.New("yaml: the YAML parser gave up on this document")

// toJSON is Kubernetes' reading of one YAML document. Keys that stand twice do not stop it: they
// are told in repeated, and the reading is the lenient one. So are members that a merge key ("<<")
// brings and the mapping overrides, which strict parsing counts as repeated too.
func toJSON(raw []byte) (js []byte, repeated bool, err error) {
	defer func() {
		// The parser is a port from C that has panicked on malformed input before.
		if recover() != nil {
			js, repeated, err = nil, false, errUnreadable
		}
	}()
	js, err = k8syaml.YAMLToJSONStrict(raw)
	if err != nil && strings.HasPrefix(err.Error(), "yaml: unmarshal errors:") {
		js, err = k8syaml.YAMLToJSON(raw)
		return js, true, err
	}
	return js, false, err
}

// trailing finds text behind the end of a document's value, which Kubernetes drops without a
// word: what follows a closing brace, or stands further left than the first line. first is the
// byte that the document starts with; block style from column 0 on leaves nothing behind it.
func trailing(raw []byte, first byte) (err error) {
	if strings.IndexByte(" {[\"'|>&!", first) < 0 {
		return nil
	}
	defer func() { _ = recover() }() // as in toJSON
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	var n yaml.Node
	if dec.Decode(&n) != nil {
		return nil
	}
	if err = dec.Decode(&n); errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// parseNodes is the node tree of one YAML document, for positions; nil if there is none.
func parseNodes(raw []byte) (root *yaml.Node) {
	defer func() {
		if recover() != nil {
			root = nil
		}
	}()
	var doc yaml.Node
	if yaml.Unmarshal(raw, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// maxRepeated is how many repeated keys of one document are worth a message each.
const maxRepeated = 20

// duplicates finds the keys that stand twice in a mapping, each at its second place.
func (t *text) duplicates(file string) (dups []Diagnostic) {
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		if len(dups) >= maxRepeated {
			return
		}
		if n.Kind == yaml.MappingNode {
			seen := make(map[string]bool, len(n.Content)/2)
			for i := 0; i+1 < len(n.Content); i += 2 {
				k := n.Content[i]
				if k.Kind != yaml.ScalarNode || k.Tag == mergeTag {
					continue
				}
				if name := jsonKey(k); seen[name] && len(dups) < maxRepeated {
					dups = append(dups, duplicateKey(t.node(file, k), name))
				} else {
					seen[name] = true
				}
			}
		}
		for _, c := range n.Content {
			visit(c)
		}
	}
	if root := t.tree(); root != nil {
		visit(root)
	}
	return dups
}
