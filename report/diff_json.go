package report

import (
	"io"
	"iter"
	"slices"
)

// JSON writes the diff as the contract has it, one element of a list per line.
func (d *Diff) JSON(w io.Writer) error {
	d.settle()
	o := newObject(w)
	o.member("schema", DiffSchema)
	o.member("tool", d.Tool)
	o.member("base", d.Base)
	o.member("head", d.Head)
	o.member("verdict", d.Verdict)
	o.member("gate", d.Gate)
	members(o, "config", slices.Values(d.Config))
	o.nested("services", func(o *object) {
		members(o, "added", slices.Values(d.Services.Added))
		members(o, "removed", slices.Values(d.Services.Removed))
	})
	o.nested("edges", func(o *object) {
		members(o, "added", slices.Values(d.Edges.Added))
		members(o, "removed", slices.Values(d.Edges.Removed))
	})
	members(o, "cells", pointers(d.Cells))
	o.nested("findings", func(o *object) {
		members(o, "new", pointers(d.Findings.New))
		members(o, "raised", pointers(d.Findings.Raised))
		members(o, "gone", pointers(d.Findings.Gone))
		o.member("unchanged", d.Findings.Unchanged)
	})
	o.member("summary", d.Summary)
	return o.close()
}

// nested writes an object as a member, each of whose own members begins a line.
func (o *object) nested(name string, write func(*object)) {
	o.name(name)
	inner := &object{w: o.w, enc: o.enc, buf: o.buf, comma: "{\n", err: o.err}
	write(inner)
	o.err = inner.err
	o.w.WriteString("\n  }")
}

// pointers yields the elements of a list without copying them.
func pointers[T any](list []T) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// settle leaves no list nil, so that JSON has no null.
func (d *Diff) settle() {
	d.Base.Inputs, d.Head.Inputs = d.Base.Inputs.settle(), d.Head.Inputs.settle()
	d.Gate.Reasons = list(d.Gate.Reasons)
	for i := range d.Cells {
		g := &d.Cells[i]
		g.Lines = list(g.Lines)
		g.Ports = append([]int{}, g.Ports...)
		g.Cells = append([]CellChange{}, g.Cells...)
	}
}
