package kubernetes

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// valueAt is a value of a JSON text: its pointer, and the offsets it lies between.
type valueAt struct {
	pointer    string
	start, end int
}

// level is one object or array that a value stands in.
type level struct {
	array   bool
	index   int
	key     string
	wantKey bool
}

// valueBefore finds the last value that starts before an offset: the one that encoding/json
// complains about, since it names the offset behind a scalar or behind an opening bracket.
func valueBefore(data []byte, offset int64) valueAt {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var found valueAt
	var path []level
	for {
		start := int(dec.InputOffset())
		for start < len(data) && strings.IndexByte(" \t\r\n,:", data[start]) >= 0 {
			start++
		}
		if int64(start) >= offset || start >= len(data) {
			break
		}
		token, err := dec.Token()
		if err != nil {
			break
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			path = path[:len(path)-1]
			advance(path)
			continue
		}
		if n := len(path); n > 0 && path[n-1].wantKey {
			path[n-1].key, path[n-1].wantKey = token.(string), false
			continue
		}
		found = valueAt{pointer: pointer(path), start: start}
		switch token {
		case json.Delim('{'):
			path = append(path, level{wantKey: true})
		case json.Delim('['):
			path = append(path, level{array: true})
		default:
			advance(path)
		}
	}
	var value json.RawMessage
	if json.NewDecoder(bytes.NewReader(data[found.start:])).Decode(&value) == nil {
		found.end = found.start + len(value)
	}
	return found
}

// advance goes on to the next member of the innermost level.
func advance(path []level) {
	if n := len(path); n > 0 {
		path[n-1].index++
		path[n-1].wantKey = !path[n-1].array
	}
}

func pointer(path []level) string {
	var b strings.Builder
	for _, l := range path {
		b.WriteByte('/')
		if l.array {
			b.WriteString(strconv.Itoa(l.index))
		} else {
			b.WriteString(escape(l.key))
		}
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// escape writes a key as an element of a JSON pointer.
func escape(key string) string { return pointerEscapes.Replace(key) }

// replace takes a value of the wrong type out of a text. A number or boolean where a string is
// expected becomes that string: somebody forgot the quotes.
func replace(data []byte, at valueAt, want reflect.Type) []byte {
	instead := []byte("null")
	if want.Kind() == reflect.String && isScalar(data[at.start]) {
		instead = []byte(strconv.Quote(string(data[at.start:at.end])))
	}
	return slices.Concat(data[:at.start], instead, data[at.end:])
}

func isScalar(first byte) bool { return first != '{' && first != '[' && first != '"' }

// wrongType says what is wrong with a value in words that know nothing of Go.
func wrongType(at valueAt, value []byte, want reflect.Type) string {
	field := strings.ReplaceAll(at.pointer[1:], "/", ".")
	field = strings.NewReplacer("~1", "/", "~0", "~").Replace(field)
	shown := ""
	if value[0] != '{' && value[0] != '[' && len(value) <= 40 {
		shown = string(value)
	}
	switch want.Kind() {
	case reflect.String:
		if shown != "" {
			return field + " has to be a string; put " + shown + " in quotes"
		}
		return field + " has to be a string"
	case reflect.Bool:
		return field + " has to be true or false" + but(shown)
	case reflect.Slice:
		return field + " has to be a list" + but(shown)
	case reflect.Map, reflect.Struct:
		return field + " has to be a mapping" + but(shown)
	}
	return field + " has to be a whole number" + but(shown)
}

func but(shown string) string {
	if shown == "" {
		return ""
	}
	return ", not " + shown
}
