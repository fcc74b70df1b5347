package imports

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"unicode/utf8"
)

// Reasons why a line or document is not read.
var (
	errJSON  = errors.New("this is no valid JSON")
	errDepth = errors.New("it is nested too deeply")
)

// scan walks through JSON in bytes without making anything of what nobody asks for. It accepts what encoding/json accepts, up
// to maxDepth levels; a test holds it to that.
type scan struct {
	b []byte
	i int
}

// value is one member of an object, as it is written.
type value struct {
	kind    byte // '"', '0' (number), 't', 'f', 'n' (null), '{' or '['; 0 = absent
	raw     []byte
	escaped bool // the string must be unescaped
}

// plain marks the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

func (s *scan) space() {
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// peek is the next byte that is no space; 0 = the end.
func (s *scan) peek() byte {
	if s.i < len(s.b) && s.b[s.i] > ' ' {
		return s.b[s.i]
	}
	if s.space(); s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// take skips one expected byte.
func (s *scan) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

// text reads a string from its quote on.
func (s *scan) text() (v value, ok bool) {
	if !s.take('"') {
		return v, false
	}
	b, from := s.b, s.i
	i := from
	for i < len(b) {
		c := b[i]
		if plain[c] {
			i++
			continue
		}
		switch c {
		case '"':
			s.i = i + 1
			v.kind, v.raw = '"', b[from:i]
			return v, true
		case '\\':
			v.escaped = true
			if i+1 >= len(b) {
				return v, false
			}
			switch b[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				if i+6 > len(b) || !hexDigits(b[i+2:i+6]) {
					return v, false
				}
				i += 6
			default:
				return v, false
			}
		default:
			return v, false
		}
	}
	return v, false
}

func hexDigits(b []byte) bool {
	for _, c := range b {
		if !digit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// number reads one by the grammar of JSON.
func (s *scan) number() (value, bool) {
	b, from := s.b, s.i
	i := from
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b) || !digit(b[i]):
		return value{}, false
	case b[i] == '0':
		i++
	default:
		i = digits(b, i)
	}
	if i < len(b) && b[i] == '.' {
		if i++; i >= len(b) || !digit(b[i]) {
			return value{}, false
		}
		i = digits(b, i)
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if i >= len(b) || !digit(b[i]) {
			return value{}, false
		}
		i = digits(b, i)
	}
	s.i = i
	return value{kind: '0', raw: b[from:i]}, true
}

func digits(b []byte, i int) int {
	for i < len(b) && digit(b[i]) {
		i++
	}
	return i
}

// any reads a value of any kind; of objects and arrays raw is all of it. depth is how many levels it may have.
func (s *scan) any(depth int) (value, error) {
	switch c := s.peek(); c {
	case '"':
		if v, ok := s.text(); ok {
			return v, nil
		}
	case '{', '[':
		from := s.i
		if err := s.skip(depth); err != nil {
			return value{}, err
		}
		return value{kind: c, raw: s.b[from:s.i]}, nil
	case 't':
		return s.word("true", 't')
	case 'f':
		return s.word("false", 'f')
	case 'n':
		return s.word("null", 'n')
	default:
		if v, ok := s.number(); ok {
			return v, nil
		}
	}
	return value{}, errJSON
}

func (s *scan) word(w string, kind byte) (value, error) {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return value{}, errJSON
	}
	s.i += len(w)
	return value{kind: kind}, nil
}

// skip passes an object or an array.
func (s *scan) skip(depth int) error {
	if depth <= 0 {
		return errDepth
	}
	if s.peek() == '{' {
		return s.members(func(value) error {
			_, err := s.any(depth - 1)
			return err
		})
	}
	return s.elements(func() error {
		_, err := s.any(depth - 1)
		return err
	})
}

// members calls f at the value of each member of an object; f has to read it.
func (s *scan) members(f func(key value) error) error {
	if !s.take('{') {
		return errJSON
	}
	if s.take('}') {
		return nil
	}
	for {
		key, ok := s.text()
		if !ok || !s.take(':') {
			return errJSON
		}
		if err := f(key); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if s.take('}') {
			return nil
		}
		return errJSON
	}
}

// elements calls f at each element of an array; f has to read it.
func (s *scan) elements(f func() error) error {
	if !s.take('[') {
		return errJSON
	}
	if s.take(']') {
		return nil
	}
	for {
		if err := f(); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if s.take(']') {
			return nil
		}
		return errJSON
	}
}

// end reports whether nothing follows.
func (s *scan) end() bool { return s.peek() == 0 && s.i >= len(s.b) }

// keys are the members of an object that a reader wants, each with its place among the values.
type keys struct {
	at   map[string]int
	last []int // the places of the members of the object before: lines of a file are alike
	name []string
}

// newKeys makes the keys of a reader; a name may have several spellings, of which the last in an object counts.
func newKeys(names ...[]string) *keys {
	k := &keys{at: map[string]int{}, name: make([]string, len(names))}
	for i, spellings := range names {
		k.name[i] = spellings[0]
		for _, s := range spellings {
			k.at[s] = i
		}
	}
	return k
}

// place is that of a key, -1 if nobody wants it. n is the number of the member in its object.
func (k *keys) place(key []byte, n int) int {
	if n < len(k.last) {
		if i := k.last[n]; i >= 0 && k.name[i] == string(key) {
			return i
		}
	}
	i, wanted := k.at[string(key)]
	if !wanted {
		i = -1
	}
	if n < maxLabels {
		for len(k.last) <= n {
			k.last = append(k.last, -1)
		}
		k.last[n] = i
	}
	return i
}

// object reads an object that is all of the bytes, and keeps the members that are wanted. As in encoding/json the last of
// several with one name counts.
func (k *keys) object(b []byte, into []value) error {
	clear(into)
	s := scan{b: b}
	if !s.take('{') {
		return errJSON
	}
	if s.take('}') {
		return s.rest()
	}
	for n := 0; ; n++ {
		key, ok := s.text()
		if !ok || !s.take(':') {
			return errJSON
		}
		v, err := s.any(maxDepth)
		if err != nil {
			return err
		}
		name := key.raw
		if key.escaped {
			name = []byte(key.string())
		}
		if i := k.place(name, n); i >= 0 {
			into[i] = v
		}
		if s.take(',') {
			continue
		}
		if s.take('}') {
			return s.rest()
		}
		return errJSON
	}
}

func (s *scan) rest() error {
	if !s.end() {
		return errJSON
	}
	return nil
}

// string is what a string says, as encoding/json reads it; empty for other kinds.
func (v value) string() string {
	if v.kind != '"' {
		return ""
	}
	if !v.escaped && utf8.Valid(v.raw) {
		return string(v.raw)
	}
	quoted := make([]byte, 0, len(v.raw)+2)
	quoted = append(append(append(quoted, '"'), v.raw...), '"')
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return ""
	}
	return text
}

// bytes are those of a string or number without its quotes; nil where there is none, or where it says that it is unset ("-").
func (v value) bytes() []byte {
	switch {
	case v.kind == '"' && v.escaped:
		return []byte(v.string())
	case v.kind != '"' && v.kind != '0', len(v.raw) == 1 && v.raw[0] == '-':
		return nil
	}
	return v.raw
}

// text is a string that may be kept.
func (t *texts) text(v value) string { return t.of(v.bytes()) }

// integer is the whole number that bytes say, between 0 and most; false = none.
func integer(b []byte, most int64) (int64, bool) {
	if len(b) == 0 || len(b) > 40 {
		return 0, false
	}
	n := int64(0)
	for _, c := range b {
		if !digit(c) {
			return decimal(b, most)
		}
		if n > (math.MaxInt64-9)/10 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, n <= most
}

// decimal is integer for other notations of a number, cut off at the point.
func decimal(b []byte, most int64) (int64, bool) {
	f, ok := float(b)
	if !ok || f < 0 || f > float64(most) {
		return 0, false
	}
	return int64(f), true
}

// float is a finite number in decimal notation.
func float(b []byte) (float64, bool) {
	if len(b) == 0 || len(b) > 40 {
		return 0, false
	}
	for _, c := range b {
		if !digit(c) && c != '.' && c != '-' && c != '+' && c|0x20 != 'e' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil
}
