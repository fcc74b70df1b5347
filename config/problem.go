package config

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/muster/mesh"
)

// Problem is one thing that is wrong with a config, in words for its author.
type Problem struct {
	Position mesh.Position
	Message  string // begins with the path: "objectives[1].rto: …"
}

// String renders "file:line:column: message".
func (p Problem) String() string { return p.Position.String() + ": " + p.Message }

// Error is all that is wrong with a config.
type Error struct {
	Problems []Problem // sorted by position, never empty
}

// Error renders one problem a line.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// problemAt words a problem with the value at a position of a config.
func problemAt(at mesh.Position, format string, args ...any) Problem {
	message := fmt.Sprintf(format, args...)
	if at.Path != "" {
		message = spelled(at.Path) + ": " + message
	}
	return Problem{Position: at, Message: message}
}

func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Message, b.Message))
	})
}

// spelled turns the JSON pointer "/objectives/1/survive/0" into "objectives[1].survive[0]".
func spelled(pointer string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		part = unescape.Replace(part)
		if _, err := strconv.ParseUint(part, 10, 64); err == nil {
			b.WriteString("[" + part + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(part)
	}
	return b.String()
}

// Pointers escape per RFC 6901.
var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// unknown says that got is none of want, and which of them was probably meant; also goes on from the list in words.
func unknown(what, got string, want []string, also string) error {
	list := strings.Join(want, ", ") + also
	if near := nearest(got, want); near != "" {
		return fmt.Errorf("unknown %s %q, want one of %s; did you mean %s?", what, got, list, near)
	}
	return fmt.Errorf("unknown %s %q, want one of %s", what, got, list)
}

// nearest returns the word that got was probably meant to be, or "": the one with the fewest typing errors, of which
// there may be one in three letters, or one that got cuts short or continues.
func nearest(got string, words []string) string {
	got = strings.ToLower(got)
	letters := utf8.RuneCountInString(got)
	best, least := "", min(letters, max(1, letters/3)+1)
	for _, word := range words {
		lower := strings.ToLower(word)
		if n := typos(got, lower); n < least {
			best, least = word, n
		}
		if best == "" && len(got) > 2 && (strings.HasPrefix(lower, got) || strings.HasPrefix(got, lower)) {
			best = word
		}
	}
	return best
}

// typos is Levenshtein's distance, with two neighbours swapped as one error: the insertions, deletions, substitutions
// and swaps that turn a into b.
func typos(a, b string) int {
	from, to := []rune(a), []rune(b)
	before, last, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range from {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range to {
			row[j+1] = min(last[j+1], row[j]) + 1
			if from[i] == to[j] {
				row[j+1] = min(row[j+1], last[j])
			} else {
				row[j+1] = min(row[j+1], last[j]+1)
			}
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(to)]
}
