package fix

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/loaders/edit"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Case is a finding to repair, and what it stands in.
type Case struct {
	*analyzer.Finding
	*State
	Doc  *source.Document // of the line that decides
	Path string           // JSON pointer of the value that decides
}

// Fixer proposes repairs, the best first; none if the finding needs somebody who knows more.
type Fixer func(*Case) []Proposal

// caseOf returns false if the finding stands in no object that is read from a file as it is.
func caseOf(f *analyzer.Finding, in *State) (*Case, string) {
	d, ok := f.Origin.In.(*source.Document)
	switch {
	case !ok || d == nil:
		return nil, "it stands in no object of a file"
	case d.IsRendered():
		return nil, "its object is rendered; edit what it is rendered from"
	case d.File == "-":
		return nil, "it was read from standard input"
	}
	return &Case{Finding: f, State: in, Doc: d, Path: f.Origin.Path}, ""
}

// safely is a repair of one step at the object of the finding.
func (c *Case) safely(description string, op edit.Op) []Proposal {
	return []Proposal{{Safety: Safe, Description: description, Steps: []Step{{c.Doc, op}}}}
}

// suggest is a repair of one step that needs a decision.
func (c *Case) suggest(decide, description string, op edit.Op) []Proposal {
	return []Proposal{{Safety: Judgement, Description: description, Decide: decide, Steps: []Step{{c.Doc, op}}}}
}

// read is the JSON of the value at a pointer of an object; nil if there is none.
func read(d *source.Document, path string) json.RawMessage {
	value := json.RawMessage(d.JSON)
	for elem := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if path == "" {
			break
		}
		elem = strings.NewReplacer("~1", "/", "~0", "~").Replace(elem)
		var object map[string]json.RawMessage
		var list []json.RawMessage
		switch {
		case json.Unmarshal(value, &object) == nil && object != nil:
			value = object[elem]
		case json.Unmarshal(value, &list) == nil:
			i, err := strconv.Atoi(elem)
			if err != nil || i < 0 || i >= len(list) {
				return nil
			}
			value = list[i]
		default:
			return nil
		}
		if value == nil {
			return nil
		}
	}
	return value
}

// text is the string at a pointer; "" if there is none.
func text(d *source.Document, path string) string {
	var s string
	if json.Unmarshal(read(d, path), &s) != nil {
		return ""
	}
	return s
}

// texts are the strings of the list at a pointer.
func texts(d *source.Document, path string) []string {
	var list []string
	if json.Unmarshal(read(d, path), &list) != nil {
		return nil
	}
	return list
}

// pointer writes a key as a part of a JSON pointer.
var pointer = strings.NewReplacer("~", "~0", "/", "~1")

// parent is the pointer of what a value stands in.
func parent(path string) string { return path[:max(strings.LastIndexByte(path, '/'), 0)] }

// base is the last part of a pointer.
func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// callers are the namespaces of the callers whose cells the finding spoils.
func (c *Case) callers() []string {
	spoiled := map[string]bool{}
	for _, id := range c.Cells.IDs() {
		spoiled[id] = true
	}
	var out []string
	for _, cell := range c.Matrix.Cells {
		if cell.Client != nil && spoiled[cell.ID()] && !slices.Contains(out, cell.Client.Namespace) {
			out = append(out, cell.Client.Namespace)
		}
	}
	slices.Sort(out)
	return out
}

// isRule reports whether the finding stands in a DestinationRule.
func (c *Case) isRule() bool { return c.Doc.Kind == "DestinationRule" }

// cluster is the cluster whose sources the object is read for.
func (c *Case) cluster() *mesh.Cluster {
	for _, cl := range c.Fleet.Graph.Clusters {
		if cl.Name == c.Doc.Cluster {
			return cl
		}
	}
	return nil
}
