package policy

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/mesh"
)

func positionOf(l *ast.Location) mesh.Position {
	if l == nil {
		return mesh.Position{}
	}
	return mesh.Position{File: l.File, Line: l.Row, Column: l.Col}
}

// plain turns the numbers that a parser left as text into numbers.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
	case int:
		return float64(v)
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

// unknownWord says that got is none of want, and which of them was probably meant.
func unknownWord(got string, want []string) string {
	s := fmt.Sprintf("%q is none of %s", got, strings.Join(want, ", "))
	if near := nearest(got, want); near != "" {
		s += "; did you mean " + near + "?"
	}
	return s
}

// nearest is the word that got was probably meant to be, or "": the one with the fewest typing errors, of which there
// may be one in three letters.
func nearest(got string, words []string) string {
	best, least := "", max(1, len(got)/3)+1
	for _, word := range words {
		if n := typos(strings.ToLower(got), strings.ToLower(word)); n < least {
			best, least = word, n
		}
		if best == "" && len(got) > 2 && strings.HasPrefix(word, got) {
			best = word
		}
	}
	return best
}

// typos counts the letters to insert, delete, replace or swap with their neighbour to turn a into b.
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
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+1)
			if from[i] == to[j] {
				row[j+1] = min(row[j+1], last[j])
			}
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(to)]
}
