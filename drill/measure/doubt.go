package measure

import (
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Doubt is a reason for which a drill proves nothing, whatever its intervals say.
type Doubt struct {
	Kind DoubtKind
	Text string
}

// DoubtKind is what kind of reason it is.
type DoubtKind string

// Kinds of doubts.
const (
	DoubtIncomplete DoubtKind = "incomplete" // the recording ends without its footer
	DoubtClosed     DoubtKind = "closed"     // requests waited for each other: outages are understated
	DoubtLate       DoubtKind = "late"       // requests were sent too late
	DoubtDropped    DoubtKind = "dropped"    // ticks without a request
	DoubtMissing    DoubtKind = "missing"    // ticks of which nothing is written at all
	DoubtProber     DoubtKind = "prober"     // requests failed on the prober's own host
	DoubtClock      DoubtKind = "clock"      // the clocks of prober and injector are too far apart, or nobody knows how far
	DoubtNull       DoubtKind = "null"       // not all was well before the fault
	DoubtShort      DoubtKind = "short"      // the fault was not watched for as long as the bound
)

// Doubts are those about a view and what was measured from it; bound is what the intervals will be held against, 0 = nothing.
func Doubts(m *record.Merged, v View, f Fault, r Result, bound time.Duration) []Doubt {
	var all []Doubt
	doubt := func(kind DoubtKind, format string, args ...any) {
		all = append(all, Doubt{kind, fmt.Sprintf(format, args...)})
	}
	for _, p := range m.Probers {
		if p.Prober.ID != v.Prober && p.Prober.ID != f.By {
			continue
		}
		// What lies before the end of a round that ended is whole, whatever became of the recording afterwards.
		if !p.Complete && p.Whole.Duration() < ended(v) {
			doubt(DoubtIncomplete, "the recording of prober %s ends without a footer", p.Prober.ID)
		}
		if p.Prober.ID == v.Prober && p.Prober.Mode != record.Open {
			doubt(DoubtClosed, "prober %s waits for answers before it asks again", p.Prober.ID)
		}
	}
	if late := lateP99(v); late > r.Every/2 {
		doubt(DoubtLate, "one request in a hundred was sent %s late or more; half an interval is %s", late, r.Every/2)
	}
	dropped, missing, own := account(v)
	if dropped > 0 {
		doubt(DoubtDropped, "%d requests were not sent", dropped)
	}
	if missing != 0 {
		doubt(DoubtMissing, "the ticks of the schedule are not told once each: %+d", missing)
	}
	if own > 0 {
		doubt(DoubtProber, "%d requests failed on the prober's own host", own)
	}
	switch apart, known := m.Apart(v.Prober, f.By); {
	case !known:
		doubt(DoubtClock, "nobody compared the clocks of prober %s and of %s, which wrote the fault", v.Prober, f.By)
	case bound > 0 && apart > bound/10:
		doubt(DoubtClock, "the clocks may be %s apart; a tenth of the bound is %s", apart, bound/10)
	}
	switch {
	case r.Before.Good == 0:
		doubt(DoubtNull, "there is no good request from before the fault")
	case r.Before.Bad > 0:
		doubt(DoubtNull, "%d of %d requests went wrong before the fault", r.Before.Bad, r.Before.Sent())
	}
	if watched := watched(v, f); bound > 0 && watched < bound {
		doubt(DoubtShort, "the fault was watched for %s; the bound is %s", watched, bound)
	}
	return all
}

// watched is for how long requests met the fault: until its removal, or until the last of them.
func watched(v View, f Fault) time.Duration {
	var last time.Duration
	for i := range v.Requests {
		last = max(last, v.Requests[i].Sched)
	}
	if f.Removed {
		last = min(last, f.Remove.From)
	}
	return max(0, last-f.Inject.To)
}

// ended is when the last answer of a view came.
func ended(v View) time.Duration {
	var last time.Duration
	for i := range v.Requests {
		last = max(last, v.Requests[i].End)
	}
	return last
}

// lateP99 is the 99th percentile of how late requests were sent.
func lateP99(v View) time.Duration {
	late := make([]time.Duration, len(v.Requests))
	for i := range v.Requests {
		late[i] = v.Requests[i].Late
	}
	slices.Sort(late)
	return percentile(late, 99)
}

// account counts ticks that were dropped, those from the first to the last of the view that nothing is written about (or, negative,
// that are written more than once), and requests that failed on the prober's own host. Samples of other origins have no ticks.
func account(v View) (dropped, missing int64, own int) {
	told := int64(len(v.Requests))
	first, last := int64(-1), int64(-1)
	see := func(from, to int64) {
		if first < 0 || from < first {
			first = from
		}
		last = max(last, to)
	}
	for i := range v.Requests {
		r := &v.Requests[i]
		k := &v.Kinds[r.Kind]
		see(r.Tick, r.Tick)
		if k.Err.OfProber() {
			own++
		}
		if k.Origin != "" {
			told = -1
		}
	}
	for _, d := range v.Drops {
		see(d.Tick, d.Tick+d.Count-1)
		dropped += d.Count
	}
	if told < 0 || first < 0 {
		return dropped, 0, own
	}
	return dropped, last - first + 1 - told - dropped, own
}

// Judge holds an interval against a bound. A drill in doubt neither passes nor fails.
func Judge(i Interval, bound time.Duration, doubts []Doubt) Verdict {
	if len(doubts) > 0 {
		return Inconclusive
	}
	return i.Within(bound)
}
