package helm

import (
	"reflect"
	"strconv"
	"strings"
)

// mark is called by instrumented templates before each of their nodes.
func (tr *tracer) mark(id int, args ...any) (string, error) {
	if id < 0 || id >= len(tr.sites) {
		return "", errTraceLimit
	}
	s := tr.sites[id]
	if s.kind == siteEnter {
		return "", tr.enter(s, args)
	}
	f := tr.top()
	if f == nil {
		return "", errTraceLimit
	}
	switch s.kind {
	case siteLeave:
		tr.frames = tr.frames[:len(tr.frames)-1]
	case siteBody:
		tr.body(f, s, args)
	default:
		a := &activity{site: s}
		tr.look(a, f, args)
		for _, name := range s.files {
			a.pieces = append(a.pieces, tr.filePieces(f, s, name)...)
		}
		f.current = a
		if s.kind == siteScope {
			f.scopes[id] = a
		}
		if !s.isRange {
			for _, v := range s.decl {
				f.vars[v] = a
			}
		}
	}
	return "", nil
}

func (tr *tracer) enter(s *site, _ []any) error {
	if len(tr.frames) > maxTracedDepth {
		return errTraceLimit
	}
	f := &frame{vars: map[string]*activity{}, scopes: map[int]*activity{}, call: -1}
	if up := tr.top(); up != nil && up.current != nil {
		f.dot = up.current
		key := callKey{up.current.site, up.call, "include " + strconv.Quote(s.what)}
		switch {
		case s.what == tr.root.Name():
			key.what = "tpl"
		case strings.HasPrefix(up.current.site.what, "template "):
			key.what = up.current.site.what
		}
		at, ok := tr.callAt[key]
		if !ok {
			at = len(tr.calls)
			tr.callAt[key] = at
			tr.calls = append(tr.calls, traceCall(key))
		}
		f.call = at
	}
	tr.frames = append(tr.frames, f)
	return nil
}

// body notes which element of which collection a range is at.
func (tr *tracer) body(f *frame, s *site, args []any) {
	a := f.scopes[s.scope]
	if a == nil || len(args) == 0 {
		return
	}
	a.elems = nil
	var keys []Read
	for _, c := range a.through {
		key, ok := elementAt(c.value, a.round, args[0])
		if !ok {
			continue
		}
		path := c.path + "/" + escapeToken(key)
		a.elems = addReads(a.elems, Read{FromValues, path})
		if _, isMap := asMap(c.value); isMap {
			keys = addReads(keys, Read{FromKey, path})
		}
	}
	a.round++
	elem := &activity{site: a.site, reads: a.elems}
	switch decl := a.site.decl; len(decl) {
	case 1:
		f.vars[decl[0]] = elem
	case 2:
		f.vars[decl[0]] = &activity{site: a.site, reads: keys}
		f.vars[decl[1]] = elem
	}
}

// elementAt is the key or index of the element that a range is at in its nth round. A range over
// a sorted or filtered list is found by the element itself.
func elementAt(v any, round int, elem any) (string, bool) {
	switch c := v.(type) {
	case []any:
		if round < len(c) && same(c[round], elem) {
			return strconv.Itoa(round), true
		}
		for i, e := range c {
			if same(e, elem) {
				return strconv.Itoa(i), true
			}
		}
	default:
		m, ok := asMap(v)
		if !ok {
			return "", false
		}
		if keys := sortedKeys(m); round < len(keys) && same(m[keys[round]], elem) {
			return keys[round], true
		}
	}
	return "", false
}

// same compares scalars by value, and mappings and lists by identity.
func same(a, b any) bool {
	if ma, ok := asMap(a); ok {
		mb, ok := asMap(b)
		return ok && reflect.ValueOf(ma).Pointer() == reflect.ValueOf(mb).Pointer()
	}
	if la, ok := a.([]any); ok {
		lb, ok := b.([]any)
		return ok && len(la) == len(lb) && (len(la) == 0 || &la[0] == &lb[0])
	}
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return reflect.ValueOf(a).Comparable() && reflect.TypeOf(a) == reflect.TypeOf(b) && a == b
}

// filePieces is the text of a file of the chart that an action reads with .Files.Get.
func (tr *tracer) filePieces(f *frame, by *site, name string) []*piece {
	dir := ""
	if i := strings.LastIndex(by.file, "templates/"); i > 0 {
		dir = by.file[:i]
	}
	shown := dir + name
	text, ok := tr.files[shown]
	if !ok {
		shown = name
		text, ok = tr.files[shown]
	}
	if !ok || len(text) > maxTracedTemplate {
		return nil
	}
	var b builder
	b.add(text, span{site: &site{origin: origin{file: shown, text: text}, literal: true, scope: -1}, call: f.call})
	return []*piece{b.piece()}
}
