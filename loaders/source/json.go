package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// The functions below walk JSON that is known to be valid, by offsets and without decoding: the
// head of a document and the items of a List are all that a load looks at.

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the offset behind the string that starts at i.
func skipString(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// skipValue returns the offset behind the value that starts at i, and the levels of nesting in it.
func skipValue(data []byte, i int) (end, depth int) {
	for level := 0; i < len(data); {
		switch data[i] {
		case '"':
			i = skipString(data, i)
		case '{', '[':
			level++
			depth = max(depth, level)
			i++
		case '}', ']':
			level--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default:
			for i < len(data) && !strings.ContainsRune(",]} \n\t\r", rune(data[i])) {
				i++
			}
		}
		if level == 0 {
			return i, depth
		}
	}
	return len(data), depth
}

// member is an entry of a JSON object, by offsets: key at the quote of its name.
type member struct{ key, keyEnd, value, end int }

// members yields the entries of the object that starts at i.
func members(data []byte, i int, yield func(member) bool) {
	for i = skipSpace(data, i+1); i < len(data) && data[i] == '"'; {
		m := member{key: i}
		m.keyEnd = skipString(data, i)
		m.value = skipSpace(data, skipSpace(data, m.keyEnd)+1)
		m.end, _ = skipValue(data, m.value)
		if !yield(m) {
			return
		}
		i = skipSpace(data, m.end)
		if i < len(data) && data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
}

// elements yields the start and end of each element of the array that starts at i.
func elements(data []byte, i int, yield func(start, end int) bool) {
	for i = skipSpace(data, i+1); i < len(data) && data[i] != ']'; {
		end, _ := skipValue(data, i)
		if !yield(i, end) {
			return
		}
		i = skipSpace(data, end)
		if i < len(data) && data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
}

// unquote decodes a JSON string.
func unquote(quoted []byte) string {
	if len(quoted) >= 2 && bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // the JSON is valid
	return s
}

// duplicateKeys yields the offset and name of every key that its object holds already, until
// yield has enough. It goes through the text once, however deep that nests.
func duplicateKeys(data []byte, i int, yield func(at int, name string) bool) {
	var open []map[string]bool // the keys of each object around; nil for an array
	for key := false; i < len(data); {
		switch b := data[i]; b {
		case '{', '[':
			open, key = append(open, nil), b == '{'
			if key {
				open[len(open)-1] = map[string]bool{}
			}
			i++
		case '}', ']':
			if open = open[:len(open)-1]; len(open) == 0 {
				return
			}
			i++
		case ',':
			key = open[len(open)-1] != nil
			i++
		case '"':
			end := skipString(data, i)
			if key {
				name, seen := unquote(data[i:end]), open[len(open)-1]
				if seen[name] && !yield(i, name) {
					return
				}
				seen[name], key = true, false
			}
			i = end
		default: // a blank, a colon, or part of a word or a number
			i++
		}
		if len(open) == 0 {
			return // a value that is no collection
		}
	}
}

// maxBadValues is how many broken values of one text are worth a message each.
const maxBadValues = 20

// jsonStream splits a text into the JSON values it consists of, as offsets, and tells what of it
// could not be read.
func jsonStream(data []byte) (values [][2]int, bad []jsonError) {
	if json.Valid(data) {
		start := skipSpace(data, 0)
		end, _ := skipValue(data, start)
		return [][2]int{{start, end}}, nil
	}
	for from := 0; from < len(data); {
		dec := json.NewDecoder(bytes.NewReader(data[from:]))
		var value json.RawMessage
		err := dec.Decode(&value)
		for ; err == nil; err = dec.Decode(&value) {
			end := from + int(dec.InputOffset())
			values = append(values, [2]int{end - len(value), end})
		}
		if err == io.EOF {
			break
		}
		at := skipSpace(data, from+int(dec.InputOffset()))
		bad = append(bad, newJSONError(data, from, at, err))
		if len(bad) == maxBadValues {
			break
		}
		from = nextObject(data, at)
	}
	return values, bad
}

// nextObject finds where a stream of JSON values can be picked up behind a broken one: at the
// next line that starts with a brace.
func nextObject(data []byte, from int) int {
	if i := bytes.Index(data[from:], []byte("\n{")); i >= 0 {
		return from + i + 1
	}
	return len(data)
}

type jsonError struct {
	at      int
	message string
	comment bool // what disturbs is a comment or trailing comma: JSON as editors write it
}

// newJSONError describes why the value at offset at cannot be read; the decoder counts from from.
func newJSONError(data []byte, from, at int, err error) jsonError {
	e := jsonError{at: at, message: "this JSON ends too early"}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		e.at = max(from+int(syntax.Offset)-1, at)
		e.message = "this is no JSON: " + syntax.Error()
		if strings.HasSuffix(e.message, "exceeded max depth") {
			e.message = tooDeepToRead
		}
	}
	if e.at < len(data) {
		e.comment = strings.ContainsRune("/#}]", rune(data[e.at]))
	}
	return e
}

// locateJSON follows a JSON pointer as far as it goes: to the offset of the key or element, and
// the part of the pointer that was found.
func locateJSON(data []byte, path string) (at int, found string) {
	value := 0
	for strings.HasPrefix(path[len(found):], "/") {
		elem, _, _ := strings.Cut(path[len(found)+1:], "/")
		shown, next := -1, -1
		switch name := unescape(elem); data[value] {
		case '{':
			members(data, value, func(m member) bool {
				if unquote(data[m.key:m.keyEnd]) == name {
					shown, next = m.key, m.value // the last of several wins
				}
				return true
			})
		case '[':
			want, err := strconv.Atoi(name)
			n := 0
			elements(data, value, func(start, _ int) bool {
				if err == nil && n == want {
					shown, next = start, start
				}
				n++
				return next < 0
			})
		}
		if next < 0 {
			break
		}
		at, value = shown, next
		found = path[:len(found)+1+len(elem)]
	}
	return at, found
}
