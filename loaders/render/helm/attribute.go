package helm

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// Attribution tells for the values of one rendered text where they were written. It is safe for
// concurrent use.
type Attribution struct {
	in    Input
	text  Text
	lines []int // offsets at which the lines of the text begin

	once  sync.Once
	model *model
	split sync.Once
	parts [][2]int // see documents

	mu   sync.Mutex
	docs map[int]*rendered // by the line at which they begin
}

// rendered is one document of a rendered text.
type rendered struct {
	line int // its first, from 1
	root *yaml.Node
}

// NewAttribution prepares positions for a text of an Output that Render made of in. It does
// nothing yet: most texts are never asked about.
func NewAttribution(in Input, t Text) *Attribution {
	a := &Attribution{in: in, text: t, lines: []int{0}, docs: map[int]*rendered{}}
	for i, c := range t.Rendered {
		if c == '\n' {
			a.lines = append(a.lines, i+1)
		}
	}
	return a
}

// Locate tells where the value at path was written that stands at a place of the rendered text.
// at is the key of a mapping's entry, or the element of a list itself, as Document.Locate of
// loaders/source has it. The position of the answer is, in this order:
//
//   - the entry of the values file, of values.yaml or of Chart.yaml that the template printed, if
//     it says what was rendered. Via then names the template. A mapping or list whose key the
//     template spells out is at that key, unless the values have it under the same name.
//   - the place in the template (or in the named template that it includes, with Via from the
//     outermost template inwards) where the text stands, or where the action stands that made it.
//     For a value of --set, Via names the expression.
//   - the nearest place that is known, with a last Via that says "in the rendered template".
//
// A packed subchart is named as a whole, without a line, and Via names the file in it.
// Its path is path.
func (a *Attribution) Locate(path string, at mesh.Position) mesh.Position {
	p := a.locate(path, at)
	p.Path = path
	return p
}

func (a *Attribution) locate(path string, at mesh.Position) mesh.Position {
	if len(a.text.Trace.Spans) == 0 || len(a.text.Trace.Nodes) == 0 {
		return mesh.Position{File: a.in.file(strings.TrimSuffix(a.text.Template, "/")), Line: 1, Column: 1,
			Via: []mesh.Via{{File: a.in.file(a.text.Template), Line: 1, Column: 1, What: inRendered}}}
	}
	t := a.target(path, at)
	shown := a.spanAt(t.shown)
	if t.value == nil {
		return a.bare(t, shown)
	}
	if t.value.Kind != yaml.ScalarNode {
		if s := a.spanAt(t.from); !a.node(s).Literal {
			if p, ok := a.written(t, s); ok && (!a.node(shown).Literal || a.isNamed(p, t)) {
				return p
			}
		}
		if !a.node(shown).Literal {
			if p, ok := a.written(t, shown); ok {
				return p
			}
		}
		return a.template(shown, t.shown)
	}
	first, last := a.spanAt(t.from), a.spanAt(max(t.to-1, t.from))
	inTemplate := a.keyed(t, shown, first)
	if a.sameRun(first, last) && !a.node(first).Literal {
		if p, ok := a.written(t, first); ok {
			if n := len(p.Via) - 1; n >= 0 && strings.HasPrefix(p.Via[n].What, viaSet) && p.Line > 0 {
				p.Line, p.Column = inTemplate.Line, inTemplate.Column
			}
			return p
		}
	}
	return inTemplate
}

// isNamed reports whether the entry at a position of a values file has the name that the value has
// in the rendered text.
func (a *Attribution) isNamed(p mesh.Position, t target) bool {
	var data []byte
	for _, f := range a.in.Files {
		if a.in.file(f.Name) == p.File {
			data = f.Data
		}
	}
	for _, f := range a.in.Values {
		if f.Name == p.File {
			data = f.Data
		}
	}
	lines := bytes.Split(data, []byte{'\n'})
	if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1]) || len(t.way) == 0 {
		return false
	}
	key, _, ok := bytes.Cut(lines[p.Line-1][p.Column-1:], []byte{':'})
	return ok && strings.Trim(string(key), `"' `) == t.way[len(t.way)-1].token
}

// keyed is the position of a value in its template: that of the key, if the template has it in
// the same line.
func (a *Attribution) keyed(t target, shown, first int) mesh.Position {
	spans := a.text.Trace.Spans
	key, value := a.place(shown, t.shown), a.place(first, t.from)
	if key.Literal && key.File == value.File && key.Line == value.Line && spans[shown].Call == spans[first].Call {
		return a.template(shown, t.shown)
	}
	return a.template(first, t.from)
}

// bare answers for a place that holds no node of the document: a line of a block of text, or a
// text that is not YAML.
func (a *Attribution) bare(t target, span int) mesh.Position {
	if n := a.node(span); !n.Literal {
		line := strings.TrimSpace(string(a.lineText(t.line)))
		for _, r := range a.text.Trace.Spans[span].Reads {
			if p, ok := a.lineOfValue(r, line, span); ok {
				return p
			}
		}
	}
	return a.template(span, t.shown)
}

// lineOfValue finds a rendered line within a value that is written as a block of text.
func (a *Attribution) lineOfValue(r Read, line string, span int) (mesh.Position, bool) {
	if r.Of != FromValues || line == "" {
		return mesh.Position{}, false
	}
	h, ok := a.values().find(tokens(r.Path))
	if !ok || h.value == nil || h.value.Kind != yaml.ScalarNode || h.value.Style&yaml.LiteralStyle == 0 {
		return mesh.Position{}, false
	}
	for i, l := range strings.Split(h.value.Value, "\n") {
		if strings.TrimSpace(l) == line {
			p := a.ofHit(h, span)
			h.intoBlock(&p, i)
			return p, true
		}
	}
	return mesh.Position{}, false
}

// values is where the chart's values come from; read when it is first needed.
func (a *Attribution) values() *model {
	a.once.Do(func() {
		files, err := unpack(a.in.Files)
		if err != nil {
			files = nil
			for _, f := range a.in.Files {
				files = append(files, chartFile{name: f.Name, data: f.Data})
			}
		}
		a.model = newModel(a.in, files)
	})
	return a.model
}

// offset is the byte of the rendered text at a line and column (in characters), both from 1.
func (a *Attribution) offset(line, column int) int {
	if line < 1 {
		return 0
	}
	if line > len(a.lines) {
		return len(a.text.Rendered)
	}
	at, end := a.lines[line-1], len(a.text.Rendered)
	if line < len(a.lines) {
		end = a.lines[line] - 1
	}
	for ; column > 1 && at < end; column-- {
		_, n := utf8.DecodeRune(a.text.Rendered[at:end])
		at += n
	}
	return at
}

func (a *Attribution) lineText(line int) []byte {
	if line < 1 || line > len(a.lines) {
		return nil
	}
	text := a.text.Rendered[a.lines[line-1]:]
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return text
}

// document is the document that holds a line.
func (a *Attribution) document(line int) *rendered {
	at, _ := slices.BinarySearch(a.lines, a.offset(line, 1)+1)
	offset := a.lines[max(at-1, 0)]
	from, to := 0, len(a.text.Rendered)
	a.split.Do(func() { a.parts = documents(a.text.Rendered) })
	for _, part := range a.parts {
		if part[0] <= offset && offset < part[1] {
			from, to = part[0], part[1]
			break
		}
	}
	first := 1 + bytes.Count(a.text.Rendered[:from], []byte{'\n'})
	a.mu.Lock()
	defer a.mu.Unlock()
	d, ok := a.docs[first]
	if !ok {
		d = &rendered{line: first, root: nodeTree(a.text.Rendered[from:to])}
		a.docs[first] = d
	}
	return d
}
