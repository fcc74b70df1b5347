package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes the report as the contract has it, one element of a list per line: so that it is a
// stream to a parser, and still a text to grep and diff.
func (r *Report) JSON(w io.Writer) error {
	o := newObject(w)
	o.member("schema", Schema)
	o.member("tool", r.Tool)
	o.member("inputs", r.Inputs.settle())
	members(o, "services", r.services())
	if t := r.Topology(); t != nil {
		o.member("topology", t)
	}
	members(o, "findings", slices.Values(r.Findings))
	members(o, "matrix", r.Cells)
	if r.unfinished != nil {
		return r.unfinished // and the text stays without an end, so that nobody takes it for whole
	}
	o.member("summary", r.Summary)
	return o.close()
}

// object writes one JSON object; its first error stays.
type object struct {
	w     *bufio.Writer
	buf   *bytes.Buffer
	enc   *json.Encoder
	comma string
	err   error
}

func newObject(w io.Writer) *object {
	o := &object{w: bufio.NewWriterSize(w, 1<<16), comma: "{\n", buf: new(bytes.Buffer)}
	o.enc = json.NewEncoder(o.buf)
	o.enc.SetEscapeHTML(false)
	return o
}

func (o *object) name(name string) {
	o.w.WriteString(o.comma + `  "` + name + `": `)
	o.comma = ",\n"
}

func (o *object) value(v any) {
	if o.err != nil {
		return
	}
	o.buf.Reset()
	if o.err = o.enc.Encode(v); o.err == nil {
		_, o.err = o.w.Write(EscapeJSON(bytes.TrimSuffix(o.buf.Bytes(), []byte{'\n'})))
	}
}

// EscapeJSON writes characters that do not show as escapes. encoding/json leaves some of those
// in strings that steer a terminal all the same: DEL, the C1 controls, and marks that turn the
// order of text.
func EscapeJSON(js []byte) []byte {
	if !slices.ContainsFunc(js, func(b byte) bool { return b >= 0x7f }) {
		return js
	}
	out := make([]byte, 0, len(js)+16)
	for i := 0; i < len(js); {
		r, n := utf8.DecodeRune(js[i:])
		if r >= 0x7f && !unicode.IsPrint(r) {
			for _, unit := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, "\\u%04x", unit)
			}
		} else {
			out = append(out, js[i:i+n]...)
		}
		i += n
	}
	return out
}

func (o *object) member(name string, v any) {
	o.name(name)
	o.value(v)
}

// members writes a list, an element per line.
func members[T any](o *object, name string, list iter.Seq[T]) {
	o.name(name)
	comma, end := "[\n    ", "[]"
	for v := range list {
		o.w.WriteString(comma)
		o.value(v)
		comma, end = ",\n    ", "\n  ]"
		if o.err != nil {
			return
		}
	}
	o.w.WriteString(end)
}

func (o *object) close() error {
	o.w.WriteString("\n}\n")
	if o.err != nil {
		return o.err
	}
	return o.w.Flush()
}
