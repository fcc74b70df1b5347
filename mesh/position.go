package mesh

import (
	"cmp"
	"fmt"
	"strings"
)

// Position is a place in an input file. Lines and columns are one-based and belong to the
// value that decides; File is slash-separated and relative to the working directory of the
// run. The zero Position means "no file": a live object, or a default.
type Position struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Path is the JSON pointer (RFC 6901) of the value inside its document.
	Path string `json:"path,omitempty"`
	// Via tells the way from the file that was read to the file that decides (kustomize base,
	// Helm template, Terraform module call), outermost first.
	Via []Via `json:"via,omitempty"`
}

// Via is one step of the way between an input and the place that decides.
type Via struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	What   string `json:"what"`
}

// IsZero reports whether p points at no file.
func (p Position) IsZero() bool { return p.File == "" }

// String renders "file:line:column", the form editors and terminals recognise.
func (p Position) String() string {
	switch {
	case p.File == "":
		return "-"
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Short renders "base.yaml:31", for sentences that name several places.
func (p Position) Short() string {
	if p.File == "" {
		return "-"
	}
	return fmt.Sprintf("%s:%d", p.File[strings.LastIndexByte(p.File, '/')+1:], p.Line)
}

// Compare orders positions by file, line and column.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Locator finds the position of a value by its JSON pointer. Documents of loaders/source
// implement it; it is asked only when a position is about to be shown, so that a scan pays for
// positions of findings and not of every field. If the path itself is absent in the document
// the nearest ancestor that exists is returned.
type Locator interface {
	Locate(path string) Position
}

// Origin says where a value comes from: a place in a document, or in words ("default of
// Istio 1.31"). The zero Origin is "unknown origin".
type Origin struct {
	In   Locator // nil unless the value stands in a document
	Path string  // JSON pointer inside In
	Note string  // a default's owner, or an explanation that accompanies the place
}

// At is the Origin of the value at a JSON pointer of a document.
func At(in Locator, path string) Origin { return Origin{In: in, Path: path} }

// Default is the Origin of a value that nobody wrote down, named by who supplies it.
func Default(of string) Origin { return Origin{Note: "default of " + of} }

// Child is the Origin of a member of the value at o.
func (o Origin) Child(elem string) Origin {
	if o.In == nil {
		return o
	}
	return Origin{In: o.In, Path: o.Path + "/" + elem}
}

// IsZero reports whether nothing is known about where the value comes from.
func (o Origin) IsZero() bool { return o.In == nil && o.Note == "" }

// Position returns the place in the input, or the zero Position for defaults and live objects.
func (o Origin) Position() Position {
	if o.In == nil {
		return Position{}
	}
	return o.In.Locate(o.Path)
}

// String renders the place if there is one, otherwise the note.
func (o Origin) String() string {
	if o.In != nil {
		return o.In.Locate(o.Path).String()
	}
	return o.Note
}
