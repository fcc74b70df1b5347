package record

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// hash is the state of a chain after a line: SHA-256 of the state before it and the line's bytes, without
// its end. Before the first line it is all zero.
type hash [sha256.Size]byte

const hashPrefix = "sha256:"

func (h hash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

func (h hash) next(line []byte) hash {
	sum := sha256.New()
	sum.Write(h[:])
	sum.Write(line)
	var n hash
	sum.Sum(n[:0])
	return n
}

// parseHash reads what String writes; anything else is not ok.
func parseHash(s string) (h hash, ok bool) {
	if len(s) != len(hashPrefix)+2*sha256.Size || s[:len(hashPrefix)] != hashPrefix {
		return h, false
	}
	_, err := hex.Decode(h[:], []byte(s[len(hashPrefix):]))
	return h, err == nil && h.String() == s
}

// Kinds of lines.
const (
	lineHeader = "header"
	lineSample = "sample"
	lineDrop   = "dropped"
	lineEvent  = "event"
	lineClock  = "clock"
	lineFooter = "footer"
)

// link is what every line begins with.
type link struct {
	T    string `json:"t"`
	Seq  int64  `json:"seq"` // from 0
	Prev string `json:"prev"`
}

// lineOf is a whole line: its link and what it says.
type (
	headerLine struct {
		link
		Header
	}
	sampleLine struct {
		link
		Sample
	}
	dropLine struct {
		link
		Drop
	}
	eventLine struct {
		link
		Event
	}
	clockLine struct {
		link
		Clock
	}
	footerLine struct {
		link
		Footer
	}
)

// encode writes what is said as a line of the chain, without its end.
func encode(said any, seq int64, prev hash) ([]byte, error) {
	l := link{Seq: seq, Prev: prev.String()}
	var line any
	switch said := said.(type) {
	case *Header:
		l.T = lineHeader
		line = headerLine{l, *said}
	case *Sample:
		l.T = lineSample
		line = sampleLine{l, *said}
	case *Drop:
		l.T = lineDrop
		line = dropLine{l, *said}
	case *Event:
		l.T = lineEvent
		line = eventLine{l, *said}
	case *Clock:
		l.T = lineClock
		line = clockLine{l, *said}
	case *Footer:
		l.T = lineFooter
		line = footerLine{l, *said}
	}
	return json.Marshal(line)
}
