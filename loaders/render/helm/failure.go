package helm

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Failure is why a chart cannot be rendered. Its text leads with the position, where chart files
// are relative to the chart's directory and values files are named as the input names them.
type Failure struct {
	Position mesh.Position
	Message  string
}

// Error renders "templates/x.yaml:12:5: message".
func (f *Failure) Error() string {
	if f.Position.IsZero() {
		return f.Message
	}
	return f.Position.String() + ": " + f.Message
}

func failure(file string, line, column int, message string) *Failure {
	return &Failure{Position: mesh.Position{File: file, Line: line, Column: column}, Message: oneLine(message)}
}

var leading = regexp.MustCompile(`^(.+?)(?::(\d+))?(?::(\d+))?: `)

// Explain turns the text of an error of Render, which has come through a pipe, back into a
// position and a message. Without a position in the text it is that of the chart.
func Explain(in Input, text string) Problem {
	text = oneLine(text)
	fallback := Problem{Position: mesh.Position{File: in.file("Chart.yaml"), Line: 1, Column: 1}, Message: text}
	m := leading.FindStringSubmatch(text)
	if m == nil {
		return fallback
	}
	p := Problem{Message: text[len(m[0]):]}
	p.Position.Line, _ = strconv.Atoi(m[2])
	p.Position.Column, _ = strconv.Atoi(m[3])
	isFile := func(f File) bool { return path.Clean(f.Name) == m[1] }
	switch {
	case slices.ContainsFunc(in.Values, func(f ValuesFile) bool { return f.Name == m[1] }):
		p.Position.File = m[1]
	case slices.ContainsFunc(in.Files, isFile):
		p.Position.File = in.file(m[1])
	default:
		archive, _, packed := strings.Cut(m[1], ".tgz/")
		if archive += ".tgz"; !packed || !slices.ContainsFunc(in.Files, func(f File) bool { return path.Clean(f.Name) == archive }) {
			return fallback
		}
		p.Position = mesh.Position{File: in.file(archive)}
		p.Message = strings.TrimSuffix(m[0], ": ") + ": " + p.Message
	}
	return p
}

// oneLine keeps messages readable: templates put anything into them.
func oneLine(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "?")
	if r := []rune(s); len(r) > 500 {
		s = string(r[:500]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}

// places finds what text/template and Helm write before a message: where execution stood, from
// the outermost template to the innermost.
var places = regexp.MustCompile(`(?:template: |error (?:at|in) \()([^\s:()]+):(\d+)(?::(\d+))?(?:: executing "[^"]*" at <[^\n]*?>)?\)?: `)

// explain makes one line of an error of the engine: the place where execution stopped, then the
// message, then the template that led there.
func explain(err error, names map[string]string) error {
	text := err.Error()
	found := places.FindAllStringSubmatchIndex(text, -1)
	if len(found) == 0 {
		return errors.New(oneLine(text))
	}
	at := func(m []int) (f *Failure) {
		f = &Failure{Position: mesh.Position{File: text[m[2]:m[3]]}}
		if shown, ok := names[f.Position.File]; ok {
			f.Position.File = shown
		}
		f.Position.Line, _ = strconv.Atoi(text[m[4]:m[5]])
		if m[6] >= 0 {
			column, _ := strconv.Atoi(text[m[6]:m[7]])
			f.Position.Column = column + 1 // text/template counts from 0
		}
		return f
	}
	first, last := at(found[0]), at(found[len(found)-1])
	message := text[found[len(found)-1][1]:]
	message = strings.TrimPrefix(message, "error calling fail: ")
	message = strings.NewReplacer("HELM_ERR_START", "", "HELM_ERR_END", "").Replace(message)
	last.Message = oneLine(message)
	if first.Position.File != last.Position.File || first.Position.Line != last.Position.Line {
		last.Message += fmt.Sprintf(" (from %s)", first.Position)
	}
	return last
}
