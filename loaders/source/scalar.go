package source

import (
	"bytes"
	"strings"
)

var null = []byte("null")

// withoutComment cuts a comment that the rest of a line consists of. Comments behind a value are
// the business of who reads the value.
func withoutComment(rest []byte) []byte {
	if len(rest) > 0 && rest[0] == '#' {
		return nil
	}
	return rest
}

// onlyComment reports whether what follows a closed value is nothing, or a comment.
func onlyComment(rest []byte) bool {
	trimmed := bytes.TrimLeft(rest, " ")
	return len(trimmed) == 0 || trimmed[0] == '#' && len(trimmed) < len(rest)
}

// plainKey splits "key: rest". The key is a simple word, or quoted.
func plainKey(text []byte) (key, rest []byte, ok bool) {
	end := 0
	switch {
	case text[0] == '"' || text[0] == '\'':
		key, rest, ok = quoted(text)
		if !ok || len(key) > 1000 || len(rest) == 0 || rest[0] != ':' {
			return nil, nil, false
		}
		end = len(text) - len(rest)
	case wordStart(text[0]):
		for end < len(text) && (text[end] != ':' || end+1 < len(text) && text[end+1] != ' ') {
			if !wordByte(text[end]) && text[end] != '*' { // as in us-east-1/*
				return nil, nil, false
			}
			end++
		}
		key = text[:end]
		if end == len(text) || end > 1000 || resolvedWord(key) != nil {
			return nil, nil, false
		}
	case text[0] >= '1' && text[0] <= '9': // a port, which becomes the text that it is written as
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		if key = text[:end]; end == len(text) || end > 18 || text[end] != ':' {
			return nil, nil, false
		}
	default:
		return nil, nil, false
	}
	rest = text[end+1:]
	if len(rest) > 0 && rest[0] != ' ' {
		return nil, nil, false
	}
	return key, bytes.TrimLeft(rest, " "), true
}

func wordStart(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b == '/' || b == '$'
}

func wordByte(b byte) bool {
	return wordStart(b) || b >= '0' && b <= '9' || b == '-' || b == '.' || b == ':'
}

// quoted reads a quoted string at the start of text. Of the escapes it knows the common ones.
func quoted(text []byte) (s, rest []byte, ok bool) {
	quote, escape := text[0], byte('\\')
	if quote == '\'' {
		escape = '\''
	}
	end := 1
	plain := true
	for ; end < len(text); end++ {
		switch {
		case text[end] == escape && end+1 < len(text) && (quote == '"' || text[end+1] == quote):
			plain = false
			end++
		case text[end] == quote:
			s, rest = text[1:end], text[end+1:]
			if !plain {
				s, ok = unescaped(s, escape)
				return s, rest, ok
			}
			return s, rest, true
		}
	}
	return nil, nil, false
}

// unescaped decodes \" \\ \n \t, and in single quotes the doubled quote.
func unescaped(s []byte, escape byte) (out []byte, ok bool) {
	out = make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != escape {
			out = append(out, s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '\'' && escape == '\'':
			out = append(out, c)
		case c == 'n':
			out = append(out, '\n')
		case c == 't':
			out = append(out, '\t')
		default:
			return nil, false
		}
	}
	return out, true
}

// inline reads the value that stands in the current line, of an entry indented by indent, and
// moves on to the next line.
func (p *plain) inline(text []byte, indent int) (int32, bool) {
	var n int32
	var ok bool
	switch text[0] {
	case '"', '\'':
		s, rest, closed := quoted(text)
		if !closed {
			s, rest, closed = p.quotedLines(text, indent)
		}
		n, ok = p.add(node{kind: str, text: s}), closed && onlyComment(rest)
	case '{', '[':
		var rest []byte
		n, rest, ok = p.flow(text, 0)
		ok = ok && onlyComment(rest)
	case '|', '>':
		return p.literal(text, indent)
	case '&', '*', '!', '%', '@', '`', ',', ']', '}', '?', ':':
		return 0, false
	default:
		return p.plainValue(text, indent)
	}
	p.next()
	return n, ok && p.indent <= indent // deeper lines would continue the value
}

// quotedLines reads a quoted string that goes on in deeper lines; the last of them becomes the
// current line.
func (p *plain) quotedLines(text []byte, indent int) (s, rest []byte, ok bool) {
	joined := bytes.Clone(text)
	number := p.number
	for range 100 {
		// A line that was passed over is blank, or starts with a # that is no comment here.
		if p.next(); p.indent <= indent || p.number != number+1 {
			return nil, nil, false
		}
		number++
		joined = append(append(joined, ' '), p.text...)
		if bytes.IndexByte(p.text, text[0]) < 0 {
			continue
		}
		if s, rest, ok = quoted(joined); ok {
			return s, rest, true
		}
	}
	return nil, nil, false
}

// plainValue reads an unquoted value, which may go on in deeper lines.
func (p *plain) plainValue(text []byte, indent int) (int32, bool) {
	commented := false
	if i := bytes.Index(text, []byte(" #")); i >= 0 {
		text, commented = bytes.TrimRight(text[:i], " "), true
	}
	if isDash(text) || hasColon(text) {
		return 0, false
	}
	number := p.number
	p.next()
	if p.indent <= indent {
		return p.scalar(text)
	}
	joined := bytes.Clone(text)
	for ; p.indent > indent; p.next() {
		// A blank line would be a line break; a comment would end the value.
		if number++; commented || p.number != number || hasColon(p.text) || bytes.Contains(p.text, []byte(" #")) {
			return 0, false
		}
		joined = append(append(joined, ' '), p.text...)
	}
	return p.add(node{kind: str, text: joined}), true
}

// hasColon reports whether a plain value would be taken for a key.
func hasColon(text []byte) bool {
	return text[len(text)-1] == ':' || bytes.Contains(text, []byte(": "))
}

// scalar resolves an unquoted value. What is no plain word or small integer is left to the full
// parser, which is asked about this one value.
func (p *plain) scalar(text []byte) (int32, bool) {
	if !mayResolve(text[0]) {
		return p.add(node{kind: str, text: text}), true
	}
	if js := resolvedWord(text); js != nil {
		return p.add(node{text: js}), true
	}
	switch {
	case text[0] >= 'A' || plainlyText(text):
		return p.add(node{kind: str, text: text}), true
	case plainlyInteger(text):
		return p.add(node{text: text}), true
	}
	for _, b := range text {
		if !wordByte(b) && b != '+' || bytes.HasPrefix(text, []byte("...")) {
			return 0, false
		}
	}
	js, _, err := toJSON(text)
	if err != nil || js[0] == '{' || js[0] == '[' {
		return 0, false
	}
	return p.add(node{text: js}), true
}

// resolvedWord is the JSON of the words that YAML 1.1 takes for booleans and null.
func resolvedWord(word []byte) []byte {
	switch string(word) {
	case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return []byte("true")
	case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return []byte("false")
	case "~", "null", "Null", "NULL":
		return null
	}
	return nil
}

func plainlyInteger(text []byte) bool {
	digits := text
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(text) > 1 {
		return false
	}
	for _, b := range digits {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

// plainlyText reports whether a value that starts with a digit or a sign is no number and no
// date for sure: 10s, 500m, 2Gi, 10.0.0.1, 50%.
func plainlyText(text []byte) bool {
	if text[0] == '.' || len(text) == 1 {
		return bytes.HasPrefix(text, []byte("./"))
	}
	if second := text[1]; text[0] < '0' && (second < '0' || second > '9') { // a sign
		return second == '-' || second >= 'A' && second != '_' // -v, --flag
	}
	dots := 0
	for _, b := range text {
		switch {
		case b == '/' || b == '%' || strings.IndexByte("ghijklmnpqrsuvwyGHIJKLMNPQRSUVWY", b) >= 0:
			return true
		case b == '.':
			dots++
		case b < '0' || b > '9':
			return false
		}
	}
	return dots > 1
}
