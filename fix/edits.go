package fix

import (
	"errors"
	"maps"
	"slices"
)

// edits are the changes that a run has made so far.
type edits struct {
	read     func(string) ([]byte, error)
	old, now map[string][]byte
	made     map[string][]span // by file, in the order of their places
}

// span is a change that was made: bytes Start to End of the file as it is on disk became size bytes.
type span struct{ start, end, size int }

func newEdits(read func(string) ([]byte, error)) *edits {
	return &edits{read: read, old: map[string][]byte{}, now: map[string][]byte{}, made: map[string][]span{}}
}

func (e *edits) clone() *edits {
	return &edits{read: e.read, old: maps.Clone(e.old), now: maps.Clone(e.now), made: maps.Clone(e.made)}
}

func (e *edits) text(file string) ([]byte, error) {
	if data, ok := e.now[file]; ok {
		return data, nil
	}
	data, err := e.read(file)
	if err == nil {
		e.old[file] = data
	}
	return data, err
}

// make applies a step. The edit that it returns is one of the file as it is on disk; the error says why there is none.
func (e *edits) make(s Step) (Edit, error) {
	c, data, err := e.find(s)
	if err != nil {
		return Edit{}, err
	}
	file := s.In.File
	start, end, ok := e.onDisk(file, c.Start, c.End)
	if !ok {
		return Edit{}, errors.New("another repair changes the same place; run muster fix again")
	}
	e.now[file] = c.Apply(data)
	made := append(slices.Clone(e.made[file]), span{start, end, len(c.New)})
	slices.SortStableFunc(made, func(a, b span) int { return a.start - b.start })
	e.made[file] = made
	return Edit{File: file, Start: start, End: end, New: c.New}, nil
}

// onDisk leads a range of the text as it is by now back to the file on disk. It returns false for a range that holds
// what an edit wrote. Of several insertions at one place, a later one stands behind.
func (e *edits) onDisk(file string, start, end int) (int, int, bool) {
	shift := 0 // of what stands behind the edits passed so far
	for _, s := range e.made[file] {
		from := s.start + shift // where the edit's own text begins by now
		to := from + s.size
		if end < from || end == from && start < from {
			break
		}
		if start < to {
			return 0, 0, false
		}
		shift += s.size - (s.end - s.start)
	}
	return start - shift, end - shift, true
}

// joined makes one edit of insertions at one place.
func joined(list []Edit) []Edit {
	var out []Edit
	for _, e := range list {
		if n := len(out) - 1; n >= 0 && out[n].File == e.File && out[n].Start == e.Start && out[n].End == e.Start && e.End == e.Start {
			out[n].New += e.New
			continue
		}
		out = append(out, e)
	}
	return out
}
