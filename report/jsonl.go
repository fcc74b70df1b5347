package report

import (
	"bytes"
	"io"
)

// JSONL writes the report as the contract has it, one object per line, for tools that read streams: first what the
// report is about, then services, the topology, findings and cells, at last the summary. The type of a line is its first member.
func (r *Report) JSONL(w io.Writer) error {
	o := newObject(w)
	o.typed("report", struct {
		Schema string `json:"schema"`
		Tool   Tool   `json:"tool"`
		Inputs Inputs `json:"inputs"`
	}{Schema, r.Tool, r.Inputs.settle()})
	for s := range r.services() {
		o.typed("service", &s)
	}
	if t := r.Topology(); t != nil {
		o.typed("topology", t)
	}
	for i := range r.Findings {
		o.typed("finding", &r.Findings[i])
	}
	for c := range r.Cells {
		o.typed("cell", c)
		if o.err != nil {
			break
		}
	}
	if r.unfinished != nil {
		return r.unfinished
	}
	o.typed("summary", r.Summary)
	if o.err != nil {
		return o.err
	}
	return o.w.Flush()
}

// typed writes an object on a line of its own, with its type in front of its members.
func (o *object) typed(name string, v any) {
	if o.err != nil {
		return
	}
	o.buf.Reset()
	if o.err = o.enc.Encode(v); o.err != nil {
		return
	}
	o.w.WriteString(`{"type":"` + name + `",`)
	_, o.err = o.w.Write(EscapeJSON(bytes.TrimPrefix(o.buf.Bytes(), []byte{'{'}))) // with the line's end
}
