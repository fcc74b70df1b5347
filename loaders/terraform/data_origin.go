package terraform

import (
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// origin is where a text comes from that a data source gives: a part of a file, of a template from one, or of what is configured.
type origin struct {
	scope *scope
	expr  hcl.Expression // that makes the whole; nil: it is the file as it is
	frame frame
	file  string
	whole string
	start int    // of the part in the whole
	part  string // as it stands there; what the data source gives may be written otherwise

	drawn *drawing // of the whole, once a place is asked for
}

// from notes where a text comes from. Of two that are the same, the first is told.
func (d *reading) from(text string, o *origin) {
	if d.origins == nil {
		d.origins = map[string]*origin{}
	}
	if d.origins[text] == nil && text != "" {
		d.origins[text] = o
	}
}

// locator leads from a JSON pointer to the line of the file; nil if a text comes from no data source, or if it cannot be told where it stands.
func (r *reader) locator(parsed []*source.Document) func(i int, pointer string) mesh.Position {
	o := r.root.origins[string(r.text)]
	if o == nil || len(r.pieces) != 1 {
		return nil
	}
	if o.part != string(r.text) {
		parsed, _ = source.ParseAny("", []byte(o.part), source.Options{})
	}
	if o.drawn == nil {
		o.drawn = o.draw(r.root)
	}
	if string(o.drawn.text) != o.whole {
		return nil
	}
	line := 1 + strings.Count(o.whole[:o.start], "\n")
	before := utf8.RuneCountInString(o.whole[strings.LastIndexByte(o.whole[:o.start], '\n')+1 : o.start])
	within := &reader{in: r.in, scope: o.scope, expr: r.expr, drawing: o.drawn}
	return func(i int, pointer string) mesh.Position {
		if i >= len(parsed) {
			return r.shown(r.expr.Range(), r.expr.Range().Start)
		}
		at := parsed[i].Locate(pointer)
		column := at.Column
		if at.Line == 1 {
			column += before
		}
		shown := within.place(line+at.Line-1, column)
		shown.Path = at.Path
		return shown
	}
}

func (o *origin) draw(r *Root) *drawing {
	d := newDrawing(r)
	if o.expr != nil {
		d.draw(o.scope, o.expr, o.frame)
		return d
	}
	from := make([]int, len(o.whole))
	for i := range from {
		from[i] = i
	}
	d.add(o.whole, hcl.Range{Filename: o.file, Start: hcl.InitialPos, End: hcl.InitialPos}, from)
	return d
}
