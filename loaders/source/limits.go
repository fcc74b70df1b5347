package source

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// Limits bound what inputs may cost. A document or file beyond a limit is reported and left out;
// nothing else is affected. A zero field means its default.
type Limits struct {
	FileBytes  int // size of one file, or of standard input
	TotalBytes int // size of all files of a load together
	Files      int // files of a load, a file of several clusters counted for each
	Documents  int // documents of one file, items of a List counted one by one
	Depth      int // levels of nesting in a document
	Aliases    int // nodes that the aliases of a document add to it when they are expanded
	Values     int // values of a YAML document, estimated by its line breaks, commas and brackets
	Problems   int // diagnostics of one file that are told one by one
}

// DefaultLimits are far above what people write by hand or dump from a cluster, and far below
// what hurts: a CustomResourceDefinition nests some 60 levels deep.
func DefaultLimits() Limits {
	return Limits{
		FileBytes: 16 << 20, TotalBytes: 512 << 20, Files: 500_000,
		Documents: 100_000, Depth: 200, Aliases: 100_000, Values: 1_000_000, Problems: 20,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ v, def *int }{
		{&l.FileBytes, &d.FileBytes}, {&l.TotalBytes, &d.TotalBytes}, {&l.Files, &d.Files}, {&l.Documents, &d.Documents},
		{&l.Depth, &d.Depth}, {&l.Aliases, &d.Aliases}, {&l.Values, &d.Values}, {&l.Problems, &d.Problems},
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
	return Diagnostic{mesh.Position{File: file, Line: line, Column: 1}, tooManyMessage(l)}
}

func tooManyMessage(l Limits) string {
	return fmt.Sprintf("more than %d documents; the rest of the file is not read. Split it into several files", l.Documents)
}

// totalReached is told at the first file that no longer fits, for all that are not read.
func totalReached(file string, left int, l Limits) Diagnostic {
	behind := ""
	if left > 1 {
		behind = fmt.Sprintf(" and the %d behind it", left-1)
	}
	return Diagnostic{mesh.Position{File: file},
		fmt.Sprintf("the inputs are larger than %s together; this file%s are not read. Audit fewer of them in one run", byteSize(l.TotalBytes), behind)}
}

func tooManyFiles(root string, l Limits) Diagnostic {
	return Diagnostic{mesh.Position{File: root},
		fmt.Sprintf("more than %d files; the rest is not read. Audit fewer of them in one run, or --exclude some", l.Files)}
}

// capped keeps the first diagnostics of a file, and tells at the place of the next how many there
// are beyond them; more are counted already.
func capped(diags []Diagnostic, more int, l Limits) []Diagnostic {
	if len(diags) <= l.Problems {
		return diags
	}
	next := diags[l.Problems]
	return append(diags[:l.Problems:l.Problems], Diagnostic{next.Position,
		fmt.Sprintf("here and in %d more places of this file something cannot be read; mend what is told above first", len(diags)+more-l.Problems-1)})
}

func tooManyValues(l Limits) string {
	return fmt.Sprintf("more than %d values; the document is left out. Split it into several documents", l.Values)
}

func tooDeep(l Limits) string {
	return fmt.Sprintf("nested more than %d levels deep; the document is left out", l.Depth)
}
