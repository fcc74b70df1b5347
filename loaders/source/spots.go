package source

import (
	"bytes"
	"strconv"
	"strings"
)

// spot is where a value stands in a text that the fast reader reads: all that locating needs to keep of it, and a tenth
// of a node tree. The children of a spot are chained.
type spot struct {
	key          []byte // of a mapping's entry
	at           int32  // offset in the text of its key, or of itself if it is an element of a list
	child, after int32  // index among the spots; 0 = none
	kind         nodeKind
}

// plainSpots are the spots of a text that the fast reader read before, the first for the text as a whole; nil for a text
// that it did not read.
func (t *text) plainSpots() []spot {
	if !t.plain {
		return nil
	}
	t.spotted.Do(func() {
		p := plainPool.Get().(*plain)
		defer plainPool.Put(p)
		raw := t.raw[t.content:]
		root, ok := p.read(raw, t.column)
		if !ok || root != 0 {
			return
		}
		spots := make([]spot, len(p.nodes))
		for i, n := range p.nodes {
			spots[i] = spot{key: n.key, at: n.at + int32(t.content), child: n.child, after: n.after, kind: n.kind}
		}
		t.spots = spots
	})
	return t.spots
}

// followSpots follows a JSON pointer as far as it goes: to the offset of the key or element, and the part of the pointer
// that was found.
func followSpots(spots []spot, path string) (at int, found string) {
	here := &spots[0]
	for strings.HasPrefix(path[len(found):], "/") {
		elem, _, _ := strings.Cut(path[len(found)+1:], "/")
		next := here.below(spots, unescape(elem))
		if next == 0 {
			break
		}
		here = &spots[next]
		found = path[:len(found)+1+len(elem)]
	}
	return int(here.at), found
}

// below is the index of the entry or element of a spot that a step of a pointer names; 0 = none.
func (p *spot) below(spots []spot, step string) int32 {
	switch p.kind {
	case mapping:
		for i := p.child; i != 0; i = spots[i].after {
			if bytes.Equal(spots[i].key, []byte(step)) {
				return i
			}
		}
	case sequence:
		n, err := strconv.Atoi(step)
		if err != nil || n < 0 {
			return 0
		}
		i := p.child
		for ; i != 0 && n > 0; n-- {
			i = spots[i].after
		}
		return i
	}
	return 0
}
