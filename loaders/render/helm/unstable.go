package helm

import (
	"bytes"
	"strings"
)

// differing lists the one-based lines of a that are not the same in b. If the two have different
// numbers of lines, it is everything between what they share at both ends.
func differing(a, b []byte) (lines []int) {
	if bytes.Equal(a, b) {
		return nil
	}
	la, lb := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	if len(la) == len(lb) {
		for i := range la {
			if la[i] != lb[i] {
				lines = append(lines, i+1)
			}
		}
		return lines
	}
	from, end := shared(la, lb)
	for i := from; i < max(len(la)-end, from+1) && i < len(la); i++ {
		lines = append(lines, i+1)
	}
	return lines
}

// shared counts the elements that two lists have in common at their beginnings and at their ends.
func shared[T comparable](a, b []T) (from, end int) {
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	for end < len(a)-from && end < len(b)-from && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return from, end
}
