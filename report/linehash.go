package report

import (
	"fmt"
	"unicode/utf16"
)

// hashedUnits is how many characters a hash covers.
const hashedUnits = 100

// lineHashes hashes every line of a file as github/codeql-action does (src/fingerprints.ts), which is what code
// scanning recognises an alert by: a polynomial of base 37, modulo 2^64, over the 100 UTF-16 units from the start of
// the line that are neither spaces nor tabs, with every line ending as one LF, 0xFFFF at the end of the file, and
// zeros behind it. The hash is followed by ":" and how often it has occurred so far.
func lineHashes(text []byte) []string {
	units := append(foldedUnits(text), 0xFFFF)
	first := uint64(1) // 37^100: what the unit that leaves the window weighs
	for range hashedUnits {
		first *= 37
	}
	at := func(i int) uint64 {
		if i < len(units) {
			return uint64(units[i])
		}
		return 0
	}
	hash := uint64(0) // of units[i:i+hashedUnits]
	for i := range hashedUnits {
		hash = hash*37 + at(i)
	}
	var list []string
	seen := map[uint64]int{}
	for i := range units {
		if i == 0 || units[i-1] == '\n' {
			seen[hash]++
			list = append(list, fmt.Sprintf("%x:%d", hash, seen[hash]))
		}
		hash = hash*37 + at(i+hashedUnits) - first*at(i)
	}
	return list
}

// foldedUnits drops spaces and tabs, and makes one LF of each line ending.
func foldedUnits(text []byte) []uint16 {
	units := make([]uint16, 0, len(text))
	afterCR := false
	for _, u := range utf16.Encode([]rune(string(text))) {
		switch {
		case u == ' ' || u == '\t' || afterCR && u == '\n':
			afterCR = false
			continue
		case u == '\r':
			afterCR = true
			units = append(units, '\n')
		default:
			afterCR = false
			units = append(units, u)
		}
	}
	return units
}

// HashLines fills in the hashes of the lines at which findings stand. read returns a file of the inputs; findings in
// files that it cannot return stay without a hash.
func (r *Report) HashLines(read func(file string) ([]byte, error)) {
	hashes := map[string][]string{}
	for i := range r.Findings {
		f := &r.Findings[i]
		at := f.Position.At()
		if at.IsZero() {
			continue
		}
		list, ok := hashes[at.File]
		if !ok {
			if text, err := read(at.File); err == nil {
				list = lineHashes(text)
			}
			hashes[at.File] = list
		}
		if n := max(at.Line, 1); n <= len(list) {
			f.LineHash = list[n-1]
		}
	}
}
