package helm

import (
	"errors"
	"fmt"
	"text/template"
	"text/template/parse"

	"github.com/Masterminds/sprig/v3"
)

// Limits of the instrumented render. Beyond them a text is aligned with its template by lines.
const (
	maxTracedTemplate = 1 << 20 // bytes of a template
	maxTracedText     = 8 << 20 // bytes that one template renders, what it includes counted again
	maxTracedSpans    = 400_000 // of one template
	maxTracedDepth    = 1_000   // templates within templates
)

var errTraceLimit = errors.New("too large to trace")

// tracer runs instrumented templates and records what wrote each part of their output.
type tracer struct {
	instrumenter
	root   *template.Template
	done   map[*parse.Tree]bool
	known  map[uintptr]spot  // maps by identity
	files  map[string]string // the chart's files by name
	byText map[string]string // names of the chart's files by content, for tpl (.Files.Get "x")

	frames []*frame
	calls  []traceCall
	callAt map[callKey]int
	bytes  int
	spans  int
}

// frame is one run of one template.
type frame struct {
	current *activity
	vars    map[string]*activity
	scopes  map[int]*activity // the last run of each with and range
	dot     *activity         // what ran the template
	call    int
}

type traceCall struct {
	site *site
	up   int
	what string
}

type callKey struct {
	site *site
	up   int
	what string
}

// newTracer parses the templates (by Helm's name) as Helm does, and instruments them. names gives
// the files they stand in.
func newTracer(texts, names map[string]string, order []string) (*tracer, error) {
	tr := &tracer{
		done: map[*parse.Tree]bool{}, known: map[uintptr]spot{}, files: map[string]string{}, byText: map[string]string{}, callAt: map[callKey]int{},
	}
	tr.root = template.New("gotpl").Option("missingkey=zero").Funcs(tr.funcs())
	tr.bind(tr.root)
	for _, name := range order {
		if _, err := tr.root.New(name).Parse(texts[name]); err != nil {
			return nil, err
		}
	}
	tr.instrument(tr.root, func(parsed string) origin { return origin{file: names[parsed], text: texts[parsed]} })
	return tr, nil
}

// instrument rewrites all templates of a set that were not rewritten before.
func (tr *tracer) instrument(set *template.Template, from func(parsed string) origin) {
	for _, t := range set.Templates() {
		if t.Tree == nil || tr.done[t.Tree] {
			continue
		}
		tr.done[t.Tree] = true
		tr.origin = from(t.ParseName)
		tr.tree(t.Tree)
	}
}

// run executes one template. It returns what it wrote; an error says no more than that the text
// cannot be traced.
func (tr *tracer) run(name string, data map[string]any) (p *piece, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, fmt.Errorf("tracing %s: %v", name, r)
		}
	}()
	tr.frames, tr.bytes, tr.spans = nil, 0, 0
	rec := &recorder{tracer: tr}
	if err := tr.root.ExecuteTemplate(rec, name, data); err != nil {
		return nil, err
	}
	return rec.piece().without("<no value>"), nil
}

func (tr *tracer) top() *frame {
	if len(tr.frames) == 0 {
		return nil
	}
	return tr.frames[len(tr.frames)-1]
}

// recorder is what templates write to.
type recorder struct {
	builder
	tracer *tracer
}

// Write records text with the site that was announced last.
func (r *recorder) Write(p []byte) (int, error) {
	f := r.tracer.top()
	if len(p) == 0 || f == nil || f.current == nil {
		return len(p), nil
	}
	before := len(r.spans)
	own := span{site: f.current.site, call: f.call, run: f.current}
	if own.site.kind == siteText && own.site.tplLine == 0 {
		r.add(string(p), own)
	} else {
		pieces := f.current.allPieces(nil, 0)
		own.reads = f.current.allReads(nil, 0)
		if own.site.tplLine > 0 && f.dot != nil {
			own.reads = f.dot.allReads(own.reads, 0)
		}
		for _, p := range pieces {
			for _, s := range p.spans {
				own.reads = addReads(own.reads, s.reads...)
			}
		}
		place(&r.builder, string(p), pieces, own)
	}
	r.tracer.bytes += len(p)
	r.tracer.spans += len(r.spans) - before
	if r.tracer.bytes > maxTracedText || r.tracer.spans > maxTracedSpans {
		return 0, errTraceLimit
	}
	return len(p), nil
}

// funcs are Helm's template functions. The texts they make are compared with Helm's own, so that
// a difference costs positions, never correctness.
func (tr *tracer) funcs() template.FuncMap {
	funcs := sprig.TxtFuncMap()
	delete(funcs, "env")
	delete(funcs, "expandenv")
	for name, f := range conversions() {
		funcs[name] = f
	}
	funcs[markName] = tr.mark
	funcs["required"] = func(_ string, v any) (any, error) { return v, nil }
	funcs["fail"] = func(message string) (string, error) { return "", errors.New(message) }
	funcs["lookup"] = func(_, _, _, _ string) map[string]any { return map[string]any{} }
	funcs["getHostByName"] = func(string) string { return "" }
	return funcs
}

// bind gives a set of templates the functions that run other templates of the set.
func (tr *tracer) bind(set *template.Template) {
	set.Funcs(template.FuncMap{
		"include": func(name string, data any) (string, error) {
			return tr.nested(func(rec *recorder) error { return set.ExecuteTemplate(rec, name, data) })
		},
		"tpl": func(text string, data any) (string, error) { return tr.tpl(set, text, data) },
	})
}

// nested runs a template within the current action, which gets its text as a piece.
func (tr *tracer) nested(run func(*recorder) error) (string, error) {
	if len(tr.frames) > maxTracedDepth {
		return "", errTraceLimit
	}
	caller := tr.top()
	rec := &recorder{tracer: tr}
	if err := run(rec); err != nil {
		return "", err
	}
	p := rec.piece()
	if caller != nil && caller.current != nil && len(caller.current.pieces) < maxReads {
		caller.current.pieces = append(caller.current.pieces, p)
	}
	return p.text, nil
}

// tpl renders a string as a template, which sees and may replace those of the set.
func (tr *tracer) tpl(set *template.Template, text string, data any) (string, error) {
	clone, err := set.Clone()
	if err != nil {
		return "", err
	}
	clone.Option("missingkey=zero")
	tr.bind(clone)
	parsed, err := clone.New(set.Name()).Parse(text)
	if err != nil {
		return "", err
	}
	from := origin{text: text, file: tr.byText[text]}
	if f := tr.top(); from.file == "" && f != nil && f.current != nil {
		caller := f.current.site
		from.file, from.tpl = caller.file, true
		from.line, from.column = caller.place(caller.offset)
	}
	tr.instrument(clone, func(string) origin { return from })
	return tr.nested(func(rec *recorder) error {
		if err := parsed.Execute(rec, data); err != nil {
			return err
		}
		p := rec.piece().without("<no value>")
		rec.builder = builder{}
		rec.splice(p, 0, len(p.text))
		return nil
	})
}
