package helm

import (
	"bytes"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

var actions = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// fits reports whether a rendered text can come of a template: it holds the template's literal
// parts in their order.
func fits(template, rendered string) bool {
	if !strings.Contains(template, "{{") {
		return strings.TrimSpace(template) == strings.TrimSpace(rendered)
	}
	for _, part := range actions.Split(template, -1) {
		i := strings.Index(rendered, strings.TrimSpace(part))
		if i < 0 {
			return false
		}
		rendered = rendered[i+len(strings.TrimSpace(part)):]
	}
	return true
}

// ofTpl is the position of a value that is itself a template, which tpl rendered: its line, if
// it is written as a block of text.
func (a *Attribution) ofTpl(h hit, t target, span int) (mesh.Position, bool) {
	n := a.node(span)
	if n.TplLine == 0 || h.value == nil || h.value.Kind != yaml.ScalarNode || t.value.Kind != yaml.ScalarNode {
		return mesh.Position{}, false
	}
	lines := strings.Split(h.value.Value, "\n")
	if len(lines) == 1 {
		return a.ofHit(h, span), strings.Contains(h.value.Value, "{{") && fits(h.value.Value, t.value.Value)
	}
	from := 0
	if span > 0 {
		from = a.text.Trace.Spans[span-1].To
	}
	at := n.TplLine - 1
	if from < t.from {
		at += bytes.Count(a.text.Rendered[from:t.from], []byte{'\n'})
	}
	if at >= len(lines) || !fits(lines[at], string(a.lineText(1+bytes.Count(a.text.Rendered[:t.from], []byte{'\n'})))) {
		return mesh.Position{}, false
	}
	p := a.ofHit(h, span)
	h.intoBlock(&p, at)
	return p, true
}

// intoBlock moves the position of a value that is written as a block of text to a line of it.
func (h hit) intoBlock(p *mesh.Position, line int) {
	if p.Line == 0 || h.value.Style&yaml.LiteralStyle == 0 {
		return
	}
	p.Line = h.value.Line + 1 + line
	text := []byte(nil)
	if lines := bytes.Split(h.layer.data, []byte{'\n'}); p.Line <= len(lines) {
		text = lines[p.Line-1]
	}
	p.Column = 1 + len(text) - len(bytes.TrimLeft(text, " "))
}
