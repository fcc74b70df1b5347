package edit

import (
	"errors"
	"fmt"

	"github.com/passmuster/muster/loaders/source"
)

// Kind says what an Op does.
type Kind int

// The kinds of edits.
const (
	Replace Kind = iota // the scalar at Path becomes Value
	Insert              // the mapping at Path gets an entry Key with Value
	Append              // the list at Path gets Value as its last item
	Remove              // the entry or item at Path goes
	Rename              // the key at Path becomes Key
)

// Op is one edit of a document.
type Op struct {
	Kind  Kind
	Path  string // JSON pointer
	Key   string
	Value any // see Object
	// After are keys of the mapping: a new entry goes behind the first of them that is there, else behind the last entry.
	After []string
}

// Change is a stretch of a file and what stands there instead: bytes Start to End become New.
type Change struct {
	Start, End int
	New        string
}

// Apply returns the file as it is after the change.
func (c Change) Apply(data []byte) []byte {
	out := make([]byte, 0, len(data)+len(c.New))
	return append(append(append(out, data[:c.Start]...), c.New...), data[c.End:]...)
}

// Find works out the change that an edit makes to object number index (source.Document.Index) of a file. It is proven:
// the file, read again, says what was asked for and is otherwise the same. The error says why the text cannot be edited.
func Find(file string, data []byte, index int, op Op) (Change, error) {
	docs, _, diags := source.Parse(file, data, source.Options{})
	if index < 0 || index >= len(docs) {
		return Change{}, errors.New("the file does not have this object")
	}
	d := docs[index]
	t, err := open(data, d)
	if err != nil {
		return Change{}, err
	}
	s, _ := d.Stretch()
	op.Path = s.Base + op.Path
	c, err := t.change(op)
	if err != nil {
		return Change{}, err
	}
	op.Path = op.Path[len(s.Base):]
	c.Start, c.End = c.Start+t.at, c.End+t.at
	if err := proves(file, c.Apply(data), docs, len(diags), index, op); err != nil {
		return Change{}, fmt.Errorf("the edited text would not say what is meant: %w", err)
	}
	return c, nil
}

// change is the edit in the text, by offsets of the text.
func (t *text) change(op Op) (Change, error) {
	steps, value, err := t.follow(op.Path)
	if err != nil {
		return Change{}, err
	}
	switch op.Kind {
	case Replace:
		return t.replace(value, op.Value)
	case Insert:
		return t.insert(value, op)
	case Append:
		return t.append(value, op.Value)
	}
	if len(steps) == 0 {
		return Change{}, errors.New("the object itself stays")
	}
	last := steps[len(steps)-1]
	if op.Kind == Rename {
		return t.rename(last, op.Key)
	}
	return t.remove(last)
}
