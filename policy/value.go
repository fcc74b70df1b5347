package policy

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// The functions below find values in JSON that is known to be valid, by offsets and without decoding it: most policies
// look at a few fields of an object, and that only of some objects.

// valueAt is the text of the value that a path of keys and indices leads to, nil if there is none. Of keys that stand
// twice the last one counts.
func valueAt(js []byte, path []string) []byte {
	at := skipSpace(js, 0)
	for _, step := range path {
		if at = stepTo(js, at, step); at < 0 {
			return nil
		}
	}
	return js[at:skipValue(js, at)]
}

// stepTo is the offset of a member or element of the value at an offset, or -1.
func stepTo(js []byte, at int, step string) int {
	found := -1
	switch {
	case at >= len(js):
	case js[at] == '{':
		eachMember(js, at, func(key []byte, value int) {
			if isKey(key, step) {
				found = value
			}
		})
	case js[at] == '[':
		n, want := 0, indexOf(step)
		for i := skipSpace(js, at+1); i < len(js) && js[i] != ']'; n++ {
			if n == want {
				return i
			}
			i = skipComma(js, skipValue(js, i))
		}
	}
	return found
}

// eachMember yields the quoted key and the offset of the value of each member of the object at an offset.
func eachMember(js []byte, at int, yield func(key []byte, value int)) {
	for i := skipSpace(js, at+1); i < len(js) && js[i] == '"'; {
		end := skipString(js, i)
		value := skipSpace(js, skipSpace(js, end)+1)
		yield(js[i:end], value)
		i = skipComma(js, skipValue(js, value))
	}
}

// isKey reports whether a quoted key is a name.
func isKey(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1:len(quoted)-1]) == name
	}
	var key string
	return json.Unmarshal(quoted, &key) == nil && key == name
}

// indexOf is the index of an element that a step of a path names, or -1.
func indexOf(step string) int {
	n, err := strconv.Atoi(step)
	if err != nil || strconv.Itoa(n) != step {
		return -1
	}
	return n
}

func skipSpace(js []byte, i int) int {
	for i < len(js) && (js[i] == ' ' || js[i] == '\n' || js[i] == '\t' || js[i] == '\r') {
		i++
	}
	return i
}

// skipComma is the offset of what follows the value that ends at i.
func skipComma(js []byte, i int) int {
	if i = skipSpace(js, i); i < len(js) && js[i] == ',' {
		i = skipSpace(js, i+1)
	}
	return i
}

// skipString is the offset behind the string that starts at i.
func skipString(js []byte, i int) int {
	for i++; i < len(js); i++ {
		switch js[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(js)
}

// skipValue is the offset behind the value that starts at i.
func skipValue(js []byte, i int) int {
	for level := 0; i < len(js); {
		switch js[i] {
		case '"':
			i = skipString(js, i)
		case '{', '[':
			level++
			i++
		case '}', ']':
			level--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default: // a number or a word
			for i < len(js) && strings.IndexByte(",]} \n\t\r", js[i]) < 0 {
				i++
			}
		}
		if level == 0 {
			return i
		}
	}
	return len(js)
}
