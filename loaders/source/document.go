package source

import (
	"bytes"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Document is one Kubernetes object of the inputs. It is read-only once it is delivered, and
// safe for use by several goroutines.
type Document struct {
	File    string // slash-separated, relative to Options.Root; "-" for standard input
	Index   int    // its number among the objects of the file, from 0; List items count one by one
	Line    int    // first line of its content in the file
	Cluster string // of the input it came from
	Root    string // the input path it was found under

	APIVersion, Kind, Namespace, Name string

	// JSON is the object as Kubernetes reads it (sigs.k8s.io/yaml semantics).
	JSON []byte

	text *text  // the stretch of the file that holds it, shared by the items of a List
	base string // JSON pointer of the object inside text; "" unless it is an item of a List
	lead []byte // comments before the document marker, contiguous with text

	from RenderedFrom // nil unless text is a renderer's output
}

// Key identifies the object inside a cluster: group/kind/namespace/name. The version is left
// out because one object can be written in several.
func (d *Document) Key() string {
	group, _, ok := strings.Cut(d.APIVersion, "/")
	if !ok {
		group = "" // the core group: "v1"
	}
	return group + "/" + d.Kind + "/" + d.Namespace + "/" + d.Name
}

// Raw returns the text of the document as it stands in the file, with the comments before its
// document marker, and the line its first byte stands in. Items of a List may share the List's.
// For a rendered object it is the rendered text, and line is 0: its lines are those of no file.
func (d *Document) Raw() (raw []byte, line int) {
	if d.from != nil {
		return d.text.raw, 0
	}
	if len(d.lead) == 0 {
		return d.text.raw, d.text.line
	}
	whole := d.lead[: len(d.lead)+len(d.text.raw) : len(d.lead)+len(d.text.raw)]
	return whole, d.text.line - bytes.Count(d.lead, []byte{'\n'})
}

// Diagnostic is something that could not be read: what, and where.
type Diagnostic struct {
	Position mesh.Position
	Message  string
}

// Error renders "file:line:column: message".
func (d Diagnostic) Error() string { return d.Position.String() + ": " + d.Message }

// Ignored is something that was recognised as no manifest and skipped quietly.
type Ignored struct {
	File   string
	Line   int
	Reason string
}

// Resource names the object, for findings.
func (d *Document) Resource() mesh.Resource {
	return mesh.Resource{Kind: d.Kind, Namespace: d.Namespace, Name: d.Name, Cluster: d.Cluster}
}
