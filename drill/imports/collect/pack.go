package collect

import (
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// Kind is all of a request but its time. Requests of a source are of few kinds.
type Kind struct {
	Source, SourceCluster string
	OK                    bool
	Code                  int
	GRPC                  bool
	Err                   record.ErrorClass
	Detail                string
	Dest                  record.Dest
	TLS, Peer, Flags      string
	Attempts              int
	Injected, Doubtful    bool
}

// kinds numbers them.
type kinds struct {
	at  map[Kind]uint32
	all []Kind
}

// of is the number of a kind. Where there are too many, what varies most is left out of further ones.
func (k *kinds) of(kind Kind) (uint32, error) {
	if i, known := k.at[kind]; known {
		return i, nil
	}
	if len(k.all) >= maxKinds/2 {
		kind.Detail, kind.Dest.Address = "", ""
		if i, known := k.at[kind]; known {
			return i, nil
		}
	}
	if len(k.all) >= maxKinds {
		return 0, fmt.Errorf("more than %d kinds of requests (destinations, codes, errors, callers)", maxKinds)
	}
	i := uint32(len(k.all))
	k.all = append(k.all, kind)
	k.at[kind] = i
	return i, nil
}

// point is a request: when it began, in ns of the axis, how long it took in µs, rounded up, and its kind.
type point struct {
	start int64
	took  uint32
	kind  uint32
}

func newPoint(begin, end time.Duration, kind uint32) point {
	took := (max(0, end-begin) + time.Microsecond - 1) / time.Microsecond
	return point{int64(begin), uint32(min(took, math.MaxUint32)), kind}
}

type packedCount struct {
	from, to time.Duration
	delta    float64
	kind     uint32
	reset    bool
}

type missed struct {
	at    time.Duration
	count int64
}

// part is what one source saw that is about the same questions.
type part struct {
	*match   // nil = about everything that the source asked
	reporter observe.Reporter
	blocks   [][]point
	n        int
	unsorted bool
	counts   []packedCount
	missed   []missed
}

type partKey struct {
	match    *match
	reporter observe.Reporter
}

// part is that of a match: of the same questions.
func (s *source) part(m *match, r observe.Reporter) *part {
	p := s.parts[partKey{m, r}]
	if p == nil {
		p = &part{match: m, reporter: r}
		s.parts[partKey{m, r}] = p
		s.order = append(s.order, p)
	}
	return p
}

// blockPoints is the number of points in a block: it never moves when more come.
const blockPoints = 4096

func (p *part) add(x point) {
	if p.n > 0 && x.start < p.at(p.n-1).start {
		p.unsorted = true
	}
	switch {
	case p.n == 0:
		p.blocks = append(p.blocks, make([]point, 0, 64))
	case p.n%blockPoints == 0:
		p.blocks = append(p.blocks, make([]point, 0, blockPoints))
	}
	last := &p.blocks[len(p.blocks)-1]
	*last = append(*last, x)
	p.n++
}

func (p *part) at(i int) point { return p.blocks[i/blockPoints][i%blockPoints] }

// Len, Less and Swap sort by the begin. Logs stand in the order of ends.
func (p *part) Len() int           { return p.n }
func (p *part) Less(i, j int) bool { return p.at(i).start < p.at(j).start }
func (p *part) Swap(i, j int) {
	a, b := &p.blocks[i/blockPoints][i%blockPoints], &p.blocks[j/blockPoints][j%blockPoints]
	*a, *b = *b, *a
}

// sorted puts the points in the order of their begins.
func (p *part) sorted() {
	if p.unsorted {
		sort.Sort(p)
		p.unsorted = false
	}
}

// from is the first point that begins at a time or later.
func (p *part) from(t time.Duration) int {
	return sort.Search(p.n, func(i int) bool { return p.at(i).start >= int64(t) })
}
