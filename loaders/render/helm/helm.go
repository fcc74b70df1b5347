// Package helm renders Helm charts.
package helm

import (
	"context"
	"errors"

	"github.com/passmuster/muster/mesh"
)

// File is one file of a chart.
type File struct {
	Name string // slash path relative to the chart's directory
	Data []byte
}

// Input is everything a chart is rendered from.
type Input struct {
	Chart       string // directory of the chart as positions name it
	Files       []File // everything of the chart that matters, read confined by the caller
	Values      []ValuesFile
	Set         []string
	Release     string
	Namespace   string
	KubeVersion string // "" = default
	APIVersions []string
}

// ValuesFile is a file of values, as given with -f.
type ValuesFile struct {
	Name string // as positions name it
	Data []byte
}

// Text is what one template gives.
type Text struct {
	Template      string // relative to the chart's directory
	Rendered      []byte
	Unstable      bool // differs between two renders
	UnstableLines []int
}

// Output is what a chart renders to.
type Output struct {
	Texts []Text
	Notes []string
}

// Problem is something that is wrong with a chart before it is rendered.
type Problem struct {
	Position      mesh.Position
	Message, Help string
	Missing       bool
}

// Attribution leads from a rendered text to the chart.
type Attribution struct{ template string }

var errNotBuilt = errors.New("rendering of Helm charts is not built")

// Render renders a chart.
func Render(context.Context, Input) (*Output, error) { return nil, errNotBuilt }

// Check looks at a chart before it is rendered.
func Check(Input) []Problem { return nil }

// NewAttribution prepares to locate what a text says.
func NewAttribution(in Input, t Text) *Attribution {
	return &Attribution{template: in.Chart + "/" + t.Template}
}

// Locate is the place of a value of the rendered text.
func (a *Attribution) Locate(path string, _ mesh.Position) mesh.Position {
	return mesh.Position{File: a.template, Line: 1, Column: 1, Path: path}
}
