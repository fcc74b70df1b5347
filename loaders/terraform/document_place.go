package terraform

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/passmuster/muster/mesh"
)

// place leads from a line and column of the drawn text to the source.
func (r *reader) place(line, column int) mesh.Position {
	offset := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(r.text[offset:], '\n')
		if i < 0 {
			break
		}
		offset += i + 1
	}
	for ; column > 1 && offset < len(r.text); column-- {
		_, n := utf8.DecodeRune(r.text[offset:])
		offset += n
	}
	i := sort.Search(len(r.pieces), func(i int) bool { return r.pieces[i].end > offset })
	if i == len(r.pieces) {
		if i--; i < 0 {
			return r.shown(r.expr.Range(), r.expr.Range().Start)
		}
	}
	p := r.pieces[i]
	if p.from == nil || offset < p.start || offset >= p.end {
		return r.shown(p.rng, p.rng.Start)
	}
	return r.shown(p.rng, position(r.root.sources[p.rng.Filename], p.from[offset-p.start]))
}

// position counts lines, and characters of the line.
func position(text []byte, at int) hcl.Pos {
	before := text[:min(at, len(text))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return hcl.Pos{Line: 1 + bytes.Count(before, []byte{'\n'}), Column: 1 + utf8.RuneCount(before[start:]), Byte: at}
}

// shown is a place with the calls of modules that lead to it.
func (r *reader) shown(rng hcl.Range, at hcl.Pos) mesh.Position {
	return r.root.positionOf(hcl.Range{Filename: rng.Filename, Start: at}, r.in.Calls())
}
