package catalogue

import (
	"cmp"
	"slices"
	"strings"
)

// nearest is how many rules Near returns at most.
const nearest = 3

// Near returns the rules that a name may have been meant to be: those whose id or slug it nearly spells, and those whose
// slug has one of its words. The most likely come first.
func Near(list []*Entry, name string) []*Entry {
	name = strings.ToLower(name)
	rank := func(e *Entry) int {
		best := min(typos(name, strings.ToLower(e.ID)), typos(name, e.Slug))
		allowed := 1 + len(name)/4
		for word := range strings.SplitSeq(e.Slug, "-") {
			if len(word) > 3 && strings.Contains(name, word) || len(name) > 2 && strings.HasPrefix(word, name) {
				return min(best, allowed)
			}
		}
		if best > allowed {
			return -1
		}
		return best
	}
	var near []*Entry
	for _, e := range list {
		if rank(e) >= 0 {
			near = append(near, e)
		}
	}
	slices.SortStableFunc(near, func(a, b *Entry) int { return cmp.Compare(rank(a), rank(b)) })
	return near[:min(len(near), nearest)]
}

// typos is Levenshtein's distance: the characters to insert, delete or replace that turn a into b.
func typos(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
