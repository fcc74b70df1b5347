package fleet

import (
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// textLine is a line without its comment and without the space around it.
type textLine struct {
	code   string
	indent int  // in bytes
	starts bool // a document
}

func linesOf(data []byte) []textLine {
	var list []textLine
	for line := range strings.SplitSeq(string(data), "\n") {
		list = append(list, textLine{code(line), len(line) - len(strings.TrimLeft(line, " \t")), strings.HasPrefix(line, "---")})
	}
	return list
}

// covers reports whether a suppression covers what begins in a line.
func (l *textLine) covers(s *mesh.Suppression, i int) bool {
	return l.code != "" && s.Covers(&mesh.Subject{Position: mesh.Position{File: s.File, Line: i + 1, Column: 1 + l.indent}})
}

// textReach tells what a comment covers in a file that holds no plain manifests: templates of charts, their values, patches, and
// Terraform. It is the first line that is covered, the lines that it is nested in by their indentation, and whether what is nested
// in it is covered; "" if nothing is.
func textReach(lines []textLine, s *mesh.Suppression) string {
	first := 0
	for first < len(lines) && !lines[first].covers(s, first) {
		first++
	}
	if first == len(lines) {
		return ""
	}
	own, before := named(lines[first].code), 0
	path := []string{own}
	depth, start := lines[first].indent, first
	for ; start > 0 && !lines[start].starts; start-- {
		switch l := &lines[start-1]; {
		case l.code == "" || l.starts:
		case l.indent < depth:
			depth = l.indent
			path = append(path, named(l.code))
		case len(path) == 1 && l.indent == depth && named(l.code) == own:
			before++ // one of several that are written alike
		}
	}
	path = append(path, strconv.Itoa(before), objectIn(lines[start:]), "line")
	for i := first + 1; i < len(lines); i++ {
		if l := &lines[i]; l.code != "" {
			if l.indent > lines[first].indent && l.covers(s, i) {
				path[len(path)-1] = "block"
			}
			break
		}
	}
	return strings.Join(path, "\n")
}

// objectIn is what tells the object that begins in a line from others of its file: the first lines that give a kind and a name.
func objectIn(lines []textLine) string {
	kind, name := "", ""
	for i := range lines {
		l := &lines[i]
		switch {
		case i > 0 && l.starts, kind != "" && name != "":
			return kind + "\n" + name
		case kind == "" && l.indent == 0 && strings.HasPrefix(l.code, "kind:"):
			kind = l.code
		case name == "" && (strings.HasPrefix(l.code, "name:") || strings.HasPrefix(l.code, "metadata:") && strings.Contains(l.code, "name")):
			name = l.code
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
