package source

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// Limits bound what a single input may cost. A document or file beyond a limit is reported and
// left out; nothing else is affected. A zero field means its default.
type Limits struct {
	FileBytes int // size of one file, or of standard input
	Documents int // documents of one file, items of a List counted one by one
	Depth     int // levels of nesting in a document
	Aliases   int // nodes that the aliases of a document add to it when they are expanded
}

// DefaultLimits are far above what people write by hand or dump from a cluster, and far below
// what hurts: a CustomResourceDefinition nests some 60 levels deep.
func DefaultLimits() Limits {
	return Limits{FileBytes: 16 << 20, Documents: 100_000, Depth: 200, Aliases: 100_000}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ v, def *int }{
		{&l.FileBytes, &d.FileBytes}, {&l.Documents, &d.Documents}, {&l.Depth, &d.Depth}, {&l.Aliases, &d.Aliases},
	} {
		if *f.v <= 0 {
			*f.v = *f.def
		}
	}
	return l
}

func byteSize(n int) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d bytes", n)
}

func tooLarge(file string, l Limits) Diagnostic {
	return Diagnostic{mesh.Position{File: file, Line: 1, Column: 1},
		"larger than " + byteSize(l.FileBytes) + "; it is not read. Split it into several files"}
}

func tooMany(file string, line int, l Limits) Diagnostic {
	return Diagnostic{mesh.Position{File: file, Line: line, Column: 1},
		fmt.Sprintf("more than %d documents; the rest of the file is not read. Split it into several files", l.Documents)}
}

func tooDeep(l Limits) string {
	return fmt.Sprintf("nested more than %d levels deep; the document is left out", l.Depth)
}
