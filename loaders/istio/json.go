package istio

import "iter"

// jsonMembers yields the entries of a JSON object that is known to be valid, undecoded: the name
// with its quotes, and the value.
func jsonMembers(data []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		i := skipSpace(data, 0)
		if i >= len(data) || data[i] != '{' {
			return
		}
		for i = skipSpace(data, i+1); i < len(data) && data[i] == '"'; {
			nameEnd := skipString(data, i)
			name := data[i:nameEnd]
			start := skipSpace(data, skipSpace(data, nameEnd)+1)
			end := skipValue(data, start)
			if !yield(name, data[start:end]) {
				return
			}
			if i = skipSpace(data, end); i < len(data) && data[i] == ',' {
				i = skipSpace(data, i+1)
			}
		}
	}
}

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

// skipValue returns the offset behind the value that starts at i.
func skipValue(data []byte, i int) int {
	for level := 0; i < len(data); {
		switch data[i] {
		case '"':
			i = skipString(data, i)
		case '{', '[':
			level++
			i++
			continue
		case '}', ']':
			level--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			i++
			continue
		default:
			for i < len(data) && data[i] != ',' && data[i] != '}' && data[i] != ']' && data[i] > ' ' {
				i++
			}
		}
		if level == 0 {
			return i
		}
	}
	return len(data)
}
