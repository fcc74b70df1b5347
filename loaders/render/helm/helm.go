// Package helm renders Helm charts from files in memory, and tells for every value of the
// rendered text where it was written: in a template, in a values file, or in Chart.yaml.
//
// Three functions share the work. Check looks at a chart before it is rendered. Render runs the
// templates, so it belongs into a child process with a deadline and a limit on its memory: a
// template can ask for any amount of either. NewAttribution reads what Render recorded, and never
// runs a template.
//
// Rendering is Helm's own: what Render gives is what `helm template --include-crds --skip-tests`
// prints. Beside it, each template runs once more with its syntax tree instrumented, which yields
// the way of every byte. Where the two texts differ, the plain one holds, and its lines are
// matched with those of the instrumented one.
package helm

import (
	"path"

	"github.com/passmuster/muster/mesh"
)

// File is one file of a chart.
type File struct {
	Name string // slash path relative to the chart's directory
	Data []byte
}

// ValuesFile is a file of values, as `-f` names one.
type ValuesFile struct {
	Name string // as positions name it
	Data []byte
}

// Input is a chart and what it is rendered with.
type Input struct {
	Chart       string       // the chart's directory as positions name it: the prefix of File.Name there
	Files       []File       // all files of the chart, packed subcharts included
	Values      []ValuesFile // in the order of -f: a later one wins
	Set         []string     // --set expressions, in order
	Release     string       // "" = "release-name", as `helm template` has it
	Namespace   string       // "" = "default"
	KubeVersion string       // "" = DefaultKubeVersion
	APIVersions []string     // served besides DefaultAPIVersions: "group/version" or "group/version/Kind"
}

// file is a chart's file as positions name it.
func (in Input) file(name string) string { return path.Join(in.Chart, name) }

func (in Input) kubeVersion() string {
	if in.KubeVersion == "" {
		return DefaultKubeVersion
	}
	return in.KubeVersion
}

// Text is what one template gave.
type Text struct {
	// Template is Helm's name of the template without the chart's own name: "templates/x.yaml",
	// "charts/sub/templates/y.yaml" with the subchart's name or alias, or "crds/z.yaml".
	Template string
	Rendered []byte // tests are blanked out, so that lines stay what they are
	Unstable bool   // another render gives another text (random values, the time)
	// UnstableLines are the one-based lines of Rendered that differ from render to render.
	UnstableLines []int
	// Trace tells which part of which template wrote which part of Rendered.
	Trace Trace
}

// Output is what a chart renders to, in the order of the templates' names.
type Output struct {
	Texts []Text
	Notes []string // what was left out, and what could not be checked
}

// Problem is something that is wrong with a chart or its values.
type Problem struct {
	Position mesh.Position
	Message  string
	Help     string // what to do about it; "" if the message says it
	Missing  bool   // a part of the chart is not there: what it would have rendered is unknown
}
