package fleet

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// reach is a suppression with what it covers, in terms that outlive a change of the file: objects and their values rather than
// lines.
type reach struct {
	*mesh.Suppression
	spans []span // of comments in plain manifests
	text  string // of comments in other files: the lines that lead to what is covered
}

// span is a stretch of the values of an object, in their order in the file.
type span struct {
	of       *outline
	from, to int
}

// outline are the values of one object, by their order in the file.
type outline struct {
	key    string // of the object
	values []value
	at     map[string]int // by name
}

// value is one value of an object. Its name is its JSON pointer, in which elements of lists that have a name go by that.
type value struct {
	pointer, name string
	place         mesh.Position
}

// filed are the objects of a plain manifest with suppressions in comments.
type filed struct{ objects []*outline }

// reaches works out what suppressions of a fleet cover. files takes the outlines of the files that they stand in.
func reaches(f *Fleet, list []*mesh.Suppression, files map[string]*filed) []*reach {
	out := make([]*reach, len(list))
	marked := map[string]source.Marked{}
	for _, m := range f.marked {
		marked[m.File] = m
	}
	plain := map[string][]*source.Document{}
	for _, c := range f.clusters {
		for _, d := range f.docs[c.Name] {
			if _, ok := marked[d.File]; ok && !d.IsRendered() {
				plain[d.File] = append(plain[d.File], d)
			}
		}
	}
	for i, s := range list {
		out[i] = &reach{Suppression: s}
		if s.By != mesh.ByComment {
			continue
		}
		if files[s.File] == nil {
			files[s.File] = outlines(plain[s.File])
		}
		for _, o := range files[s.File].objects {
			if from, to := o.covered(s); from < to {
				out[i].spans = append(out[i].spans, span{o, from, to})
			}
		}
		if len(out[i].spans) == 0 {
			out[i].text = textReach(marked[s.File].Data, s)
		}
	}
	return out
}

// outlines are those of the objects of a file, each once.
func outlines(docs []*source.Document) *filed {
	f := &filed{}
	seen := map[string]bool{}
	for _, d := range docs {
		if !seen[d.Key()] {
			seen[d.Key()] = true
			f.objects = append(f.objects, outlineOf(d))
		}
	}
	return f
}

func outlineOf(d *source.Document) *outline {
	o := &outline{key: d.Key(), at: map[string]int{}}
	var object any
	if json.Unmarshal(d.JSON, &object) == nil {
		o.add(d, "", "", object)
	}
	slices.SortStableFunc(o.values, func(a, b value) int { return a.place.Compare(b.place) })
	for i, v := range o.values {
		o.at[v.name] = i
	}
	return o
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

func (o *outline) add(d *source.Document, pointer, name string, v any) {
	o.values = append(o.values, value{pointer, name, d.Locate(pointer)})
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			member := "/" + escapePointer.Replace(key)
			o.add(d, pointer+member, name+member, v[key])
		}
	case []any:
		taken := map[string]bool{}
		for i, element := range v {
			index := "/" + strconv.Itoa(i)
			member := index
			if m, ok := element.(map[string]any); ok {
				if called, ok := m["name"].(string); ok && !taken[called] {
					taken[called] = true
					member = "/[" + escapePointer.Replace(called) + "]"
				}
			}
			o.add(d, pointer+index, name+member, element)
		}
	}
}

// covered is the stretch of the values that a suppression covers: comments cover what stands together.
func (o *outline) covered(s *mesh.Suppression) (from, to int) {
	in := func(v value) bool { return v.place.File == s.File && s.Covers(&mesh.Subject{Position: v.place}) }
	from = slices.IndexFunc(o.values, in)
	if from < 0 {
		return 0, 0
	}
	for to = from; to < len(o.values) && in(o.values[to]); to++ {
	}
	return from, to
}

// within reports whether all that a suppression of the head covers is covered by one of the base. A value that the base does not
// have counts as covered where all of what it was added to is. left bounds the work: what is beyond it is not covered.
func (r *reach) within(base *reach, left *int) bool {
	switch {
	case r.By != base.By || r.By != mesh.ByComment:
		return false
	case len(r.spans) == 0 || len(base.spans) == 0:
		return r.text != "" && r.text == base.text && r.File == base.File
	}
	for _, s := range r.spans {
		i := slices.IndexFunc(base.spans, func(b span) bool { return b.of.key == s.of.key })
		if i < 0 || !s.within(base.spans[i], left) {
			return false
		}
	}
	return true
}

func (s span) within(base span, left *int) bool {
	whole := map[string]bool{} // what of the base is covered as a whole
	for _, v := range s.of.values[s.from:s.to] {
		if *left--; *left < 0 {
			return false
		}
		at, ok := base.of.at[v.name]
		if ok && at >= base.from && at < base.to {
			continue
		}
		if ok {
			return false
		}
		parent := v.name
		for !ok && parent != "" {
			parent = parent[:strings.LastIndexByte(parent, '/')]
			_, ok = base.of.at[parent]
		}
		covers, known := whole[parent]
		if !known {
			covers = base.whole(parent, left)
			whole[parent] = covers
		}
		if !covers {
			return false
		}
	}
	return true
}

// whole reports whether a value and all that is nested in it is covered.
func (s span) whole(name string, left *int) bool {
	for i, v := range s.of.values {
		if *left--; *left < 0 {
			return false
		}
		if (v.name == name || strings.HasPrefix(v.name, name+"/")) && (i < s.from || i >= s.to) {
			return false
		}
	}
	return true
}

// mostSteps bounds the comparison of all suppressions of two fleets.
const mostSteps = 5_000_000

// textReach tells what a comment covers in a file that holds no plain manifests: templates of charts, their values, patches, and
// Terraform. It is the first line that is covered, the lines that it is nested in by their indentation, and whether what is nested in it is covered.
func textReach(data []byte, s *mesh.Suppression) string {
	lines := strings.Split(string(data), "\n")
	first := -1
	for i := range lines {
		if code(lines[i]) == "" {
			continue
		}
		p := mesh.Position{File: s.File, Line: i + 1, Column: 1 + indentation(lines[i])}
		if s.Covers(&mesh.Subject{Position: p}) {
			first = i
			break
		}
	}
	if first < 0 {
		return ""
	}
	depth, self, before := indentation(lines[first]), named(code(lines[first])), 0
	path := []string{self}
	start := first
	for ; start > 0 && !strings.HasPrefix(lines[start], "---"); start-- {
		text, at := code(lines[start-1]), indentation(lines[start-1])
		switch {
		case text == "" || strings.HasPrefix(text, "---"):
		case at < depth:
			depth = at
			path = append(path, named(text))
		case len(path) == 1 && at == depth && named(text) == self:
			before++ // one of several that are written alike
		}
	}
	path = append(path, strconv.Itoa(before), objectOf(lines[start:]))
	nested := "line"
	for i := first + 1; i < len(lines); i++ {
		if text := code(lines[i]); text != "" {
			at := indentation(lines[i])
			if at > indentation(lines[first]) && s.Covers(&mesh.Subject{Position: mesh.Position{File: s.File, Line: i + 1, Column: 1 + at}}) {
				nested = "block"
			}
			break
		}
	}
	return strings.Join(path, "\n") + "\n" + nested
}

// objectOf is what tells the object that begins in a line from others of its file: the first lines that give a kind and a name.
func objectOf(lines []string) string {
	kind, name := "", ""
	for i, line := range lines {
		text := code(line)
		switch {
		case i > 0 && strings.HasPrefix(text, "---"):
			return kind + "\n" + name
		case kind == "" && strings.HasPrefix(line, "kind:"):
			kind = text
		case name == "" && (strings.HasPrefix(text, "name:") || strings.HasPrefix(text, "metadata:") && strings.Contains(text, "name")):
			name = text
		}
	}
	return kind + "\n" + name
}

// code is a line without its comment and without the space around it.
func code(line string) string {
	for _, sign := range []string{"#", "//"} {
		if i := strings.Index(line, sign+" "+source.Mark); i >= 0 {
			line = line[:i]
		} else if i := strings.Index(line, sign+source.Mark); i >= 0 {
			line = line[:i]
		}
	}
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//") {
		return ""
	}
	return line
}

// named is a line without the value of its key: the value may change.
func named(text string) string {
	if strings.HasPrefix(text, "- ") {
		return text
	}
	for _, sign := range []string{": ", " = "} {
		if before, _, ok := strings.Cut(text, sign); ok {
			return before
		}
	}
	return strings.TrimSuffix(text, ":")
}

func indentation(line string) int {
	return len(line) - len(bytes.TrimLeft([]byte(line), " \t"))
}
