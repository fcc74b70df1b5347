package source

import "github.com/passmuster/muster/mesh"

// RenderedFrom leads from a rendered text (the output of kustomize or of a Helm template) to the
// files it was rendered from. path is the JSON pointer of a value in its object, as in Locate,
// "#text:N" included; at is where the value stands in the rendered text: line and column count in
// that text, File is empty, and Path is the part of path that the object has. Implementations are
// safe for use by several goroutines.
type RenderedFrom interface {
	Locate(path string, at mesh.Position) mesh.Position
}

// Rendered reads the objects of a rendered text. They say what the text says, and every position
// of theirs, File and Line included, is one that from gives: a place in the files that people
// wrote. Of opts only Limits matter.
func Rendered(text []byte, from RenderedFrom, opts Options) (docs []*Document, ignored []Ignored, diags []Diagnostic) {
	docs, ignored, diags = Parse("", text, opts)
	for _, d := range docs {
		d.from = from
		p := from.Locate("", mesh.Position{Line: d.Line, Column: 1})
		d.File, d.Line = p.File, max(p.Line, 1)
	}
	for i, ig := range ignored {
		p := from.Locate("", mesh.Position{Line: ig.Line, Column: 1})
		ignored[i].File, ignored[i].Line = p.File, max(p.Line, 1)
	}
	for i, d := range diags {
		diags[i].Position = from.Locate("", d.Position)
	}
	return docs, ignored, diags
}

// RenderedLine is the line of the rendered text that the object begins in; 0 for an object of a file.
func (d *Document) RenderedLine() int {
	if d.from == nil {
		return 0
	}
	return d.text.line
}

// IsRendered reports whether the object is a renderer's output: its text then stands in no file.
func (d *Document) IsRendered() bool { return d.from != nil }

// ParseAny reads the YAML documents of a file whatever they are, with positions: for what is no
// manifest but written in YAML, such as a kustomization or a patch. Lists are not expanded, and
// APIVersion, Kind, Namespace and Name are set as far as a document has them. Of opts only Limits
// matter.
func ParseAny(file string, data []byte, opts Options) (docs []*Document, diags []Diagnostic) {
	t := fileText{file: File{Path: file, Root: file}, data: data, limits: opts.Limits.orDefault(), anything: true}
	if len(data) > t.limits.FileBytes {
		return nil, []Diagnostic{tooLarge(file, t.limits)}
	}
	if t.chunks = split(data, t.limits.Documents+1); len(t.chunks) > t.limits.Documents {
		diags = []Diagnostic{tooMany(file, t.chunks[t.limits.Documents].content, t.limits)}
		t.chunks = t.chunks[:t.limits.Documents]
	}
	t.outcomes = make([]outcome, len(t.chunks))
	for i, c := range t.chunks {
		t.outcomes[i] = t.parse(c)
	}
	docs, _, more := t.assemble()
	return docs, append(diags, more...)
}

// FileBelow is the file at name, slash-separated, below the directory dir: its Read leads nowhere
// outside of dir, symlinks included. shown is its path in positions.
func FileBelow(dir, name, shown string) File {
	return File{Path: shown, Root: shown, dir: dir, name: name}
}
