package source

// Stretch is the part of a file that a document is written in, for whoever edits it. Bytes outside of it belong to
// other documents.
type Stretch struct {
	// Raw is the text, without the comments before the document. The items of a List may share the List's.
	Raw []byte
	// Line and Column are where Raw begins in the file, one-based; columns count characters.
	Line, Column int
	JSON         bool   // Raw is one JSON value
	Base         string // JSON pointer of the object inside Raw; "" unless it is an item of a List
	// Odd: some line of it ends in what is a line break for YAML 1.1 and for no editor, so that lines cannot be relied on.
	Odd bool
}

// Stretch returns where the document is written. It returns false for what was rendered: the text of that stands in
// no file.
func (d *Document) Stretch() (Stretch, bool) {
	if d == nil || d.text == nil || d.from != nil {
		return Stretch{}, false
	}
	t := d.text
	return Stretch{Raw: t.raw, Line: t.line, Column: t.column, JSON: t.json, Base: d.base, Odd: len(oddBreaks(t.raw)) > 0}, true
}
