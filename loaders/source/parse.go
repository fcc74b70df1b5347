package source

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/muster/mesh"
)

// fileText is one file on its way to documents: opened, split, and each chunk parsed on its own.
type fileText struct {
	file     File
	data     []byte
	limits   Limits
	chunks   []chunk
	ignored  []Ignored    // about the file as a whole
	diags    []Diagnostic // about the file as a whole
	outcomes []outcome    // one for each chunk
	anything bool         // documents are wanted whatever they are: see ParseAny
	mark     bool         // the file holds Mark
}

// outcome is what came of one chunk.
type outcome struct {
	documents int
	docs      []*Document
	ignored   []Ignored
	diags     []Diagnostic
	more      int // diagnostics beyond the limit, which are only counted
}

// lfsPointer is how the pointer of any version begins that Git LFS leaves in the place of a file. To YAML it is a word.
const lfsPointer = "version https://git-lfs.github.com/spec/"

func readText(f File, data []byte, limits Limits) fileText {
	t := fileText{file: f, data: data, limits: limits}
	switch {
	case recogniseFile(f) != "":
		t.ignored = []Ignored{{File: f.Path, Line: 1, Reason: recogniseFile(f)}}
	case len(data) > limits.FileBytes:
		t.diags = []Diagnostic{tooLarge(f.Path, limits)}
	case bytes.HasPrefix(data, []byte(lfsPointer)):
		t.diags = []Diagnostic{{mesh.Position{File: f.Path, Line: 1, Column: 1}, "Git LFS keeps this file, and only its pointer is here; fetch it with git lfs pull, or keep manifests out of LFS"}}
	default:
		t.chunks = split(data, limits.Documents+1)
	}
	if len(t.chunks) > limits.Documents {
		t.diags = append(t.diags, tooMany(f.Path, t.chunks[limits.Documents].content, limits))
		t.chunks = t.chunks[:limits.Documents]
	}
	return t
}

func (t *fileText) documents() int {
	n := 0
	for _, o := range t.outcomes {
		n += o.documents
	}
	return n
}

// assemble joins what came of the chunks and numbers the documents.
func (t *fileText) assemble() (docs []*Document, ignored []Ignored, diags []Diagnostic) {
	ignored, diags = t.ignored, t.diags
	more := 0
	for _, o := range t.outcomes {
		more += o.more
		docs = append(docs, o.docs...)
		ignored = append(ignored, o.ignored...)
		diags = append(diags, o.diags...)
	}
	if most := t.limits.Documents; len(docs) > most {
		diags = append(diags, tooMany(t.file.Path, docs[most].Line, t.limits))
		docs = docs[:most]
	}
	for i, d := range docs {
		d.Index = i
	}
	return docs, ignored, capped(diags, more, t.limits)
}

// piece is a chunk being parsed.
type piece struct {
	*fileText
	chunk
	src *text
	out outcome
}

// parse reads one chunk. A broken or unsupported directive does not take the document below it
// along: it is reported, and the document read without.
func (t *fileText) parse(c chunk) outcome {
	out := t.parseText(c)
	if !c.directives || len(out.docs) > 0 {
		return out
	}
	c.directives = false
	without := t.parseText(c)
	if len(without.docs) == 0 {
		return out
	}
	without.diags = append(out.diags, without.diags...)
	without.ignored = append(out.ignored, without.ignored...)
	return without
}

func (t *fileText) parseText(c chunk) outcome {
	raw, line := c.text(t.data)
	p := &piece{fileText: t, chunk: c, src: &text{raw: raw, line: line, column: 1}}
	p.out.documents = 1
	content := t.data[c.contentAt:c.to]
	switch first := skipSpace(content, 0); {
	case p.refused(raw):
	case (content[first] == '{' || content[first] == '[') && p.json(content):
	case hasMoreValues(raw, p.limits.Values):
		p.fail(p.src.start(p.file.Path), tooManyValues(p.limits))
	case p.plain():
	default:
		p.yaml()
	}
	return p.out
}

func (p *piece) fail(at mesh.Position, message string) {
	p.failAt(func() mesh.Position { return at }, message)
}

// failAt is for places that cost something to find: what is only counted needs none.
func (p *piece) failAt(at func() mesh.Position, message string) {
	if len(p.out.diags) > p.limits.Problems {
		p.out.more++
		return
	}
	p.out.diags = append(p.out.diags, Diagnostic{Position: at(), Message: message})
}

func (p *piece) ignore(reason string) {
	p.out.ignored = append(p.out.ignored, Ignored{File: p.file.Path, Line: p.content, Reason: reason})
}

// refused reports text that is not UTF-8, where no parser would say anything helpful.
func (p *piece) refused(raw []byte) bool {
	if p.from == 0 && looksUTF16(raw) {
		p.fail(mesh.Position{File: p.file.Path, Line: 1, Column: 1}, "this is UTF-16 text; save the file as UTF-8")
		return true
	}
	if utf8.Valid(raw) {
		return false
	}
	at := 0
	for at < len(raw) {
		r, n := utf8.DecodeRune(raw[at:])
		if r == utf8.RuneError && n <= 1 {
			break
		}
		at += n
	}
	p.fail(p.src.offset(p.file.Path, at), "invalid UTF-8; save the file as UTF-8")
	return true
}

// looksUTF16 goes by the byte order mark, or by every other byte at the start being zero.
func looksUTF16(raw []byte) bool {
	if len(raw) < 2 {
		return false
	}
	if raw[0] == 0xFE && raw[1] == 0xFF || raw[0] == 0xFF && raw[1] == 0xFE {
		return true
	}
	for i, b := range raw[:min(len(raw), 16)&^1] {
		if (b == 0) != (i%2 == 0) == (raw[0] == 0) {
			return false
		}
	}
	return (raw[0] == 0) != (raw[1] == 0)
}

// json reads a chunk of JSON values; it returns false if the text has to be tried as YAML.
func (p *piece) json(content []byte) bool {
	values, bad := jsonStream(content)
	named := strings.EqualFold(path.Ext(p.file.Path), ".json")
	if len(bad) > 0 && !named && (len(values) == 0 || p.isYAML()) {
		return false
	}
	whole := &text{raw: content, line: p.content, column: 1}
	if p.contentAt > p.body && p.content == p.bodyLine {
		whole.column = 4 // behind "---"
	}
	p.out.documents = len(values) + len(bad)
	way := wayThrough{text: whole}
	for _, v := range values {
		at := way.to(p.file.Path, v[0])
		src := &text{raw: content[v[0]:v[1]:v[1]], line: at.Line, column: at.Column, json: true}
		p.object(src.raw, src, func() (dups []Diagnostic) {
			way := wayThrough{text: src}
			duplicateKeys(src.raw, 0, func(at int, name string) bool {
				dups = append(dups, duplicateKey(way.to(p.file.Path, at), name))
				return len(dups) < maxRepeated
			})
			return dups
		})
	}
	for _, b := range bad {
		switch manifest := p.anything || bytes.Contains(content, []byte(`"apiVersion"`)); {
		case !manifest && b.comment:
			p.ignore("JSON with comments, not a manifest")
		case !manifest && bytes.Contains(content, []byte("{{")):
			p.ignore("template, not rendered")
		default:
			p.fail(whole.offset(p.file.Path, b.at), b.message)
		}
	}
	return true
}

// isYAML reports whether a chunk that looked like JSON is YAML from end to end, such as a JSON
// value with a # comment behind it.
func (p *piece) isYAML() bool {
	_, _, err := toJSON(p.src.raw)
	return err == nil && trailing(p.src.raw, '{') == nil
}

// yaml reads a chunk that holds one YAML document with the full parser.
func (p *piece) yaml() {
	if problem := expansionProblem(p.src, p.limits.Aliases); problem != nil {
		p.fail(p.src.node(p.file.Path, problem.node), problem.message)
		return
	}
	js, repeated, err := toJSON(p.src.raw)
	if err != nil {
		if !p.anything && isTemplated(p.src.raw, err) {
			p.ignore("template, not rendered")
			return
		}
		p.fail(p.src.syntax(p.file.Path, err))
		return
	}
	if err := trailing(p.src.raw, p.data[p.contentAt]); err != nil {
		p.fail(p.src.syntax(p.file.Path, err))
	}
	var duplicates func() []Diagnostic
	if repeated {
		duplicates = func() []Diagnostic { return p.src.duplicates(p.file.Path) }
	}
	p.object(js, p.src, duplicates)
}

// hasMoreValues reports whether a YAML text may hold more than limit values, keys not counted:
// whatever is behind the first stands behind a line break, a comma or an opening bracket.
func hasMoreValues(raw []byte, limit int) bool {
	if len(raw) <= limit {
		return false
	}
	n := 0
	for _, b := range raw {
		switch b {
		case '\n', '\r', ',', '[', '{':
			n++
		}
	}
	return n > limit
}

// plain reads a document without the full parser, if it is written as most manifests are.
func (p *piece) plain() bool {
	if p.directives || p.marked && p.content == p.bodyLine {
		return false
	}
	d, ok := plainJSON(p.data[p.contentAt:p.to])
	if !ok {
		return false
	}
	for i := range d.items {
		d.items[i].start += p.contentAt - p.body
		d.items[i].end += p.contentAt - p.body
		d.items[i].line += p.content - p.bodyLine
	}
	p.src.items, p.src.plain, p.src.content = d.items, true, p.contentAt-p.body
	if !d.headed || p.limits.Depth < plainDeepest {
		p.object(d.js, p.src, nil)
		return true
	}
	p.headed(d.js, d.head, p.src, nil)
	return true
}

func duplicateKey(at mesh.Position, name string) Diagnostic {
	return Diagnostic{at, "the key " + quoteKey(name) + " stands twice in this mapping; remove one of the two"}
}

// quoteKey renders a key of the input in a message.
func quoteKey(name string) string {
	name = strings.ToValidUTF8(name, "?")
	if r := []rune(name); len(r) > 60 {
		name = string(r[:60]) + "…"
	}
	return `"` + strings.Map(printable, name) + `"`
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return '?'
	}
	return r
}
