package suppress

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// maxInFile bounds the suppressions of one file.
const maxInFile = 1000

// Comments reads the suppressions in the comments of a YAML file. A comment behind something covers what begins in its
// line, and what is nested in the last key or dash of it. A comment of its own line covers the key, list item or
// document directly below it with all that is nested in it; other comments may stand between, a blank line may not.
//
// In a template of a chart, actions are passed over: they neither begin nor end anything.
func Comments(file source.Marked) ([]*mesh.Suppression, []source.Diagnostic) {
	masked := file.Data
	if file.Template {
		masked = maskActions(file.Data)
	}
	x := read(file.Data, masked)
	var list []*mesh.Suppression
	var diags []source.Diagnostic
	for i := range x.lines {
		l := &x.lines[i]
		if l.comment == 0 {
			continue
		}
		e, problem, ours := ParseComment(l.text)
		if !ours {
			continue
		}
		at := mesh.Position{File: file.File, Line: i + 1, Column: l.comment}
		switch {
		case problem != nil:
			at.Column += 1 + len([]rune(l.text[:min(problem.Offset, len(l.text))]))
			diags = append(diags, source.Diagnostic{Position: at, Message: "suppresses nothing: " + problem.Message})
			continue
		case oddBreak(l.text):
			diags = append(diags, source.Diagnostic{Position: at, Message: "suppresses nothing: a line break that is none to editors stands in this comment; end lines with LF or CRLF"})
			continue
		case len(list) == maxInFile:
			diags = append(diags, source.Diagnostic{Position: at, Message: fmt.Sprintf("a file with more than %d suppressions; the others suppress nothing", maxInFile)})
			return list, diags
		}
		from, to, why := x.covered(i)
		list = append(list, &mesh.Suppression{
			By: mesh.ByComment, Rules: e.Rules, Reason: e.Reason, Until: e.Until, Owner: e.Owner, File: file.File,
			Origin: mesh.Origin{In: (*fixed)(&at), Path: "#" + strings.Join(e.Rules, ","), Note: why},
			Covers: func(s *mesh.Subject) bool {
				p := spot{s.Position.Line, s.Position.Column}
				return why == "" && !p.before(from) && p.before(to)
			},
		})
	}
	return list, diags
}

// fixed is a place that is known already.
type fixed mesh.Position

// Locate returns the place, whatever the path.
func (f *fixed) Locate(string) mesh.Position { return mesh.Position(*f) }

// oddBreak reports whether a text holds what is a line break to YAML 1.1 and not to editors.
func oddBreak(text string) bool {
	return bytes.ContainsAny([]byte(text), "\r\u0085\u2028\u2029")
}

// maskActions takes the actions of Go templates out of a text: those that share their line become letters, others
// become spaces. Line breaks stay.
func maskActions(data []byte) []byte {
	out := bytes.Clone(data)
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("{{"))
		if i < 0 {
			break
		}
		from := at + i
		to := len(data)
		if j := bytes.Index(data[from:], []byte("}}")); j >= 0 {
			to = from + j + 2
		}
		for k := from; k < to; k++ {
			if data[k] != '\n' && data[k] != '\r' {
				out[k] = actionByte
			}
		}
		at = to
	}
	for from := 0; from < len(out); {
		to := len(out)
		if i := bytes.IndexByte(out[from:], '\n'); i >= 0 {
			to = from + i
		}
		l := out[from:to]
		alone := len(bytes.Trim(l, " \t\r\x00")) == 0
		for k, c := range l {
			if c == actionByte && alone {
				l[k] = ' '
			} else if c == actionByte {
				l[k] = 'x'
			}
		}
		from = to + 1
	}
	return out
}

// actionByte stands for a byte of an action while lines are looked at.
const actionByte = 0
