package report

import "io"

// Pen writes text for a Terminal, for reports of other packages. Its lines are without characters that steer a terminal or the
// log of a pipeline; the first error of its writer is kept until Flush.
type Pen struct{ pen *pen }

// NewPen returns a Pen that writes to w.
func NewPen(w io.Writer, t Terminal) Pen { return Pen{newPen(w, t)} }

// Line writes one line. Of its parts, texts of inputs have to be Printable.
func (p Pen) Line(s string) { p.pen.line(s) }

// Space leaves a line empty between two blocks.
func (p Pen) Space() { p.pen.space() }

// Paragraph writes wrapped text in one colour ("" = none; else the parameters of an ANSI sequence, as "1;31"), its first line after
// head and the others below it. Text may come from inputs; head may not.
func (p Pen) Paragraph(color, head, text string) { p.pen.painted(color, head, text) }

// Flush writes what is left.
func (p Pen) Flush() error { return p.pen.flush() }

// Paint puts text in a colour where the terminal has colours.
func (t Terminal) Paint(color, s string) string { return t.paint(color, s) }

// Glyph picks a character, or its stand-in where there is ASCII only.
func (t Terminal) Glyph(s, ascii string) string { return t.glyph(s, ascii) }

// Shorten cuts the middle out of s if it is longer than n characters: names differ at both ends.
func (t Terminal) Shorten(s string, n int) string { return t.shorten(s, n) }

// CodeSpan is text of the inputs as code in Markdown.
func CodeSpan(text string) string { return codeSpan(text) }

// OneLine is text of the inputs on one line, cut to most bytes, without what steers a terminal or a pipeline.
func OneLine(text string, most int) string { return oneLine(text, most) }

// WriteJSON writes an indented document without characters that do not show.
func WriteJSON(w io.Writer, v any) error { return writeJSON(w, v) }
