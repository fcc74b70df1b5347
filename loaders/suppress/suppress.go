// Package suppress reads suppressions of findings: their grammar, whatever they are written in, and the comments and
// annotations that hold them.
package suppress

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/passmuster/muster/loaders/source"
)

// Marker begins a comment that suppresses findings.
const Marker = source.Mark

// Entry is one suppression as it is written:
//
//	DR103,single-gateway until=2027-03-31 reason="retired in Q1" owner=team-edge
type Entry struct {
	Rules  []string // ids or slugs of rules, each once
	Reason string
	Until  time.Time // the last day on which it holds, as midnight UTC; zero = none
	Owner  string
}

// Problem is what is wrong with a suppression: the byte of the text at which it shows, and what to do.
type Problem struct {
	Offset  int
	Message string
}

func (p *Problem) Error() string { return p.Message }

func wrong(at int, format string, args ...any) *Problem {
	return &Problem{at, fmt.Sprintf(format, args...)}
}

// maxText bounds one suppression in bytes: it is read by people.
const maxText = 4096

// RuleForm is that of an id or a slug of a rule.
var RuleForm = regexp.MustCompile(`^(DR[0-9]{3}|IN[0-9]{3}|S[0-9]{2}|[a-z][a-z0-9]*(-[a-z0-9]+)*)$`)

// Parse reads what stands behind the marker. A # behind a space, outside quotes, ends it: what follows is for people.
func Parse(text string) (Entry, *Problem) {
	s := scanner{text: text}
	var e Entry
	if len(text) > maxText {
		return e, wrong(0, "a suppression is longer than %d bytes", maxText)
	}
	if !utf8.ValidString(text) {
		return e, wrong(0, "a suppression that is no UTF-8")
	}
	if p := s.rules(&e); p != nil {
		return Entry{}, p
	}
	given := map[string]bool{}
	for s.space(); !s.end(); s.space() {
		if p := s.field(&e, given); p != nil {
			return Entry{}, p
		}
	}
	return e, nil
}

// scanner goes through the text of one suppression.
type scanner struct {
	text string
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[s.at:])
		if !unicode.IsSpace(r) {
			return
		}
		s.at += n
	}
}

// end is that of the text, or a # behind a space, which begins a remark.
func (s *scanner) end() bool {
	return s.at == len(s.text) || s.text[s.at] == '#' && s.at > 0 && strings.IndexByte(" \t", s.text[s.at-1]) >= 0
}

// word is a run of characters that are neither space nor in stop.
func (s *scanner) word(stop string) string {
	from := s.at
	for s.at < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[s.at:])
		if unicode.IsSpace(r) || strings.ContainsRune(stop, r) {
			break
		}
		s.at += n
	}
	return s.text[from:s.at]
}

func (s *scanner) rules(e *Entry) *Problem {
	for {
		s.space()
		at := s.at
		name := s.word(",=\"#")
		switch {
		case name == "" && len(e.Rules) == 0, s.at < len(s.text) && s.text[s.at] == '=':
			return wrong(at, "which rule? want ids or slugs with commas between, such as DR103,single-gateway")
		case name == "":
			return wrong(at, "there is no rule behind the comma")
		case !RuleForm.MatchString(name):
			return wrong(at, "%q is no rule, want an id such as DR103 or a slug such as single-gateway", name)
		case slices.Contains(e.Rules, name):
			return wrong(at, "the rule %s is here twice", name)
		}
		e.Rules = append(e.Rules, name)
		s.space()
		if s.at == len(s.text) || s.text[s.at] != ',' {
			return nil
		}
		s.at++
	}
}

func (s *scanner) field(e *Entry, given map[string]bool) *Problem {
	at := s.at
	key := s.word("=\",")
	switch {
	case RuleForm.MatchString(key) && (s.at == len(s.text) || s.text[s.at] != '='):
		return wrong(at, "%q is no key=value; put commas between rules, and quotes around a reason of several words", key)
	case key == "" || s.at == len(s.text) || s.text[s.at] != '=':
		return wrong(at, "want until=2027-03-31, reason=\"…\" or owner=…, got %q", shown(s.text[at:]))
	case given[key]:
		return wrong(at, "%s is given twice", key)
	}
	s.at++
	given[key] = true
	value, p := s.value()
	if p != nil {
		return p
	}
	if strings.TrimSpace(value) == "" {
		return wrong(at, "%s has no value", key)
	}
	switch key {
	case "reason":
		e.Reason = value
	case "owner":
		e.Owner = value
	case "until":
		until, err := Date(value)
		if err != nil {
			return wrong(at, "until: %v", err)
		}
		e.Until = until
	default:
		return wrong(at, "unknown key %q, want until, reason or owner", shown(key))
	}
	return nil
}

// value is a word, or a text in double quotes in which \" and \\ stand for " and \.
func (s *scanner) value() (string, *Problem) {
	if s.at == len(s.text) || s.text[s.at] != '"' {
		at := s.at
		value := s.word("\"")
		if s.at < len(s.text) && s.text[s.at] == '"' {
			return "", wrong(at, "a quote inside a word; put quotes around the whole value")
		}
		if r, _ := utf8.DecodeRuneInString(value); r == '“' || r == '”' || r == '„' || r == '\'' {
			return "", wrong(at, "%c is no quote here, write \"…\"", r)
		}
		return value, nil
	}
	from := s.at
	var b strings.Builder
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; c {
		case '"':
			s.at++
			if next, _ := utf8.DecodeRuneInString(s.text[s.at:]); s.at < len(s.text) && !unicode.IsSpace(next) {
				return "", wrong(s.at, "want a space behind the closing quote")
			}
			return b.String(), nil
		case '\\':
			if s.at+1 == len(s.text) || s.text[s.at+1] != '"' && s.text[s.at+1] != '\\' {
				return "", wrong(s.at, `a \ that stands for nothing; write \\ for one`)
			}
			s.at++
			b.WriteByte(s.text[s.at])
		default:
			b.WriteByte(c)
		}
	}
	return "", wrong(from, "this quote is never closed")
}

// Date reads a day such as 2027-03-31, as midnight UTC.
func Date(s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.IsZero() {
		return time.Time{}, fmt.Errorf("%q is no date, want one such as 2027-03-31", shown(s))
	}
	return t, nil
}

// shown is a piece of input short enough for a message.
func shown(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
