package record

import "github.com/HdrHistogram/hdrhistogram-go"

// tally counts what a footer says.
type tally struct {
	lines, samples, dropped int64
	late                    *hdrhistogram.Histogram // microseconds
}

// maxLate is the largest lateness that is told apart, in microseconds: ten minutes.
const maxLate = 600_000_000

func newTally() tally { return tally{late: hdrhistogram.New(1, maxLate, 3)} }

func (t *tally) add(said any) {
	t.lines++
	switch said := said.(type) {
	case *Sample:
		t.samples++
		t.lateness(said.Late)
	case *Drop:
		t.dropped += said.Count
	}
}

// lateness is rounded up: what is shown is never less than what was.
func (t *tally) lateness(late Millis) {
	micros := (int64(late) + 999) / 1000
	_ = t.late.RecordValue(min(micros, maxLate)) // fails only above maxLate
}

func (t *tally) footer(head hash) Footer {
	var p99 int64
	if t.samples > 0 {
		p99 = t.late.ValueAtPercentile(99)
	}
	return Footer{Lines: t.lines, Head: head.String(), Samples: t.samples, Dropped: t.dropped, LateP99: Millis(p99 * 1000)}
}
