// Package intern makes equal strings share their bytes: labels, names, namespaces and kinds stand in thousands of objects.
package intern

// Strings keeps short strings that were made of bytes lately. It is of a fixed size: whatever the inputs hold, a string
// that takes another's place only means that the other is made once more. The zero value is ready for use, by one goroutine
// at a time.
type Strings struct{ kept [512]string }

// longest is how many bytes a string may have to be kept: what is longer seldom stands twice.
const longest = 40

// Of returns a string of these bytes, the one that was made before if it is still known.
func (s *Strings) Of(b []byte) string {
	if len(b) == 0 || len(b) > longest {
		return string(b)
	}
	hash := uint32(2166136261) // FNV-1a
	for _, c := range b {
		hash = (hash ^ uint32(c)) * 16777619
	}
	kept := &s.kept[hash%uint32(len(s.kept))]
	if *kept != string(b) {
		*kept = string(b)
	}
	return *kept
}
