package config

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/passmuster/muster/mesh"
)

var (
	yamlLine   = regexp.MustCompile(`^line ([0-9]+): `)
	yamlAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)

	// lineEnds are the characters that end a line in YAML 1.1, by which yaml.v3 counts.
	lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")
)

// syntaxProblem places an error of the YAML parser, which gives a line at best: that of the mistake, or where the list
// or mapping with the mistake begins. The column is that of the first character of the line.
func syntaxProblem(file string, data []byte, err error) Problem {
	text := lineEnds.Replace(string(data))
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		line, _ = strconv.Atoi(m[1])
		// yaml.v3 counts lines from 0 when its parser fails, and from 1 when its scanner does.
		if strings.HasPrefix(message, "did not find expected ") || strings.HasPrefix(message, "found undefined tag") {
			line++
		}
	} else if m := yamlAnchor.FindStringSubmatch(message); m != nil {
		line = lineOf(text, strings.Index(text, "*"+m[1]))
	} else {
		line = lineOf(text, unreadableByte(text))
	}
	lines := strings.Split(text, "\n")
	line = min(line, len(lines))
	indented := lines[line-1]
	indent := len(indented) - len(strings.TrimLeft(indented, " \t"))
	return Problem{
		Position: mesh.Position{File: file, Line: line, Column: indent + 1},
		Message:  "this is not YAML: " + message,
	}
}

// lineOf is the line of an offset; of no offset, the first.
func lineOf(text string, offset int) int {
	return 1 + strings.Count(text[:max(0, offset)], "\n")
}

// unreadableByte is the offset of the first byte that YAML allows nowhere, or -1.
func unreadableByte(text string) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if unicode.IsControl(r) && r != '\t' && r != '\n' || r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
