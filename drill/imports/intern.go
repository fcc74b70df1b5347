package imports

import (
	"hash/maphash"

	"github.com/passmuster/muster/drill/record"
)

// texts keeps the strings that were made of bytes lately, so that a line makes none: hosts, flags and clusters are few. It is
// of a fixed size whatever a file holds. One goroutine at a time may use it.
type texts struct {
	seed maphash.Seed
	kept [4096]string
	raw  [4096]string // what kept was made of, where that had to be made fit
}

func newTexts() *texts { return &texts{seed: maphash.MakeSeed()} }

// of is a string of these bytes, fit to be recorded and shown, of maxText bytes at most.
func (t *texts) of(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > maxText {
		return record.Clip(string(b[:maxText]), maxText)
	}
	i := maphash.Bytes(t.seed, b) % uint64(len(t.kept))
	if t.raw[i] == string(b) {
		return t.kept[i]
	}
	s := string(b)
	t.raw[i], t.kept[i] = s, s
	if clipped := record.Clip(s, maxText); clipped != s {
		t.kept[i] = clipped
	}
	return t.kept[i]
}
