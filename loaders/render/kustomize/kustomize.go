// Package kustomize renders kustomizations and tells where each rendered value was written.
//
// It has two sides. The parent reads a kustomization with everything it refers to (Read), each file
// confined and each entry checked, and makes a copy that holds nothing to fetch, to run or to look
// for elsewhere. The child renders the copy in memory (Run). The parent then attributes the values
// of the rendered objects to the files (Plan.Attribution), because the positions that kustomize
// keeps are not to be trusted: patches have no file names, and JSON patches renumber all lines.
package kustomize

import (
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// File is one file of the copy that is rendered.
type File struct {
	Name string // absolute path in the child's memory
	Data []byte
}

// Input is what the child is given: all files, /k/0 being the kustomization.
type Input struct {
	Files       []File
	KeepOrigins bool // the kustomization itself asks for origin annotations
}

// Object is one rendered object, exactly as `kustomize build` prints it.
type Object struct {
	Text                         []byte
	Group, Kind, Namespace, Name string
	// Origin is the file the object comes from, ConfiguredIn the file of its generator, both
	// relative to the kustomization in the child's memory; ConfiguredBy is the generator's kind.
	Origin, ConfiguredIn, ConfiguredBy string
}

// Output is what the child gives.
type Output struct {
	Objects []Object
	Error   string // why there are none
}

// Limits bound what one kustomization may cost. kustomize's time grows faster than the number of
// objects (4,000 take 13 s), and bases that include bases multiply.
type Limits struct {
	Kustomizations int // counted as often as they are included
	Depth          int // kustomizations inside one another
	Bytes          int // of all files, counted as often as they are included
	Objects        int // before patches, counted as often as they are included
}

// DefaultLimits are far above what people write.
func DefaultLimits() Limits {
	return Limits{Kustomizations: 1000, Depth: 32, Bytes: 32 << 20, Objects: 5000}
}

// Problem is an entry that cannot be rendered, or not as it stands. The rest of the kustomization
// is rendered without it.
type Problem struct {
	Position mesh.Position
	Message  string
	Help     string // what to do, as a command where there is one
	// What names the missing thing, "remote base https://…"; "" if the problem leaves no gap.
	What string
	// Namespaces are those that the missing thing is moved into; none means that nobody says.
	Namespaces []string
	// Refused: kustomize itself refuses this, so that nothing comes of it as it stands.
	Refused bool
}

// names are the file names that kustomize recognises (konfig.RecognizedKustomizationFileNames).
var names = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// IsName reports whether a file of this name is a kustomization if its content is one.
func IsName(name string) bool { return name == names[0] || name == names[1] || name == names[2] }

// IsKustomization reports whether a document is a kustomization or a component. Flux has objects
// of the same kind in another group; those are ordinary objects.
func IsKustomization(d *source.Document) bool {
	if len(d.JSON) == 0 || d.JSON[0] != '{' {
		return false
	}
	group, _, _ := strings.Cut(d.APIVersion, "/")
	switch {
	case d.APIVersion != "":
		return group == "kustomize.config.k8s.io"
	case d.Kind != "":
		return d.Kind == "Kustomization" || d.Kind == "Component"
	}
	return true
}
