package fleet

import (
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
	left := mostAllValues
	texts := map[string][]textLine{}
	for i, s := range list {
		out[i] = &reach{Suppression: s}
		if s.By != mesh.ByComment {
			continue
		}
		if files[s.File] == nil {
			files[s.File] = outlines(plain[s.File], &left)
		}
		for _, o := range files[s.File].objects {
			if from, to := o.covered(s); from < to {
				out[i].spans = append(out[i].spans, span{o, from, to})
			}
		}
		if len(out[i].spans) == 0 {
			if texts[s.File] == nil {
				texts[s.File] = linesOf(marked[s.File].Data)
			}
			out[i].text = textReach(texts[s.File], s)
		}
	}
	return out
}

// outlines are those of the objects of a file, each once.
func outlines(docs []*source.Document, left *int) *filed {
	f := &filed{}
	seen := map[string]bool{}
	for _, d := range docs {
		if !seen[d.Key()] {
			seen[d.Key()] = true
			f.objects = append(f.objects, outlineOf(d, left))
		}
	}
	return f
}

func outlineOf(d *source.Document, left *int) *outline {
	o := &outline{key: d.Key(), at: map[string]int{}}
	var object any
	if *left > 0 && json.Unmarshal(d.JSON, &object) == nil {
		o.add(d, "", "", object)
	}
	if *left -= len(o.values); len(o.values) > mostValues || *left < 0 {
		return &outline{key: o.key} // the text of the file has to do
	}
	slices.SortStableFunc(o.values, func(a, b value) int { return a.place.Compare(b.place) })
	for i, v := range o.values {
		o.at[v.name] = i
	}
	return o
}

// The bounds of the values that are told apart: of one object, and of all objects of a fleet.
const (
	mostValues    = 10_000
	mostAllValues = 100_000
)

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

func (o *outline) add(d *source.Document, pointer, name string, v any) {
	if len(o.values) > mostValues {
		return
	}
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
