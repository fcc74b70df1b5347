package measure

import (
	"cmp"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// state is what one request says about the service.
type state int

const (
	unknown state = iota // nothing: it was not sent, or failed on the prober's own host
	good
	bad
)

// point is one request, or a row of ticks without one.
type point struct {
	sched, sent, end time.Duration
	n                int32 // requests or ticks
	request          int32 // its index in the view; -1 = ticks without one
	dest             int32 // the place that answered; -1 = none
	state            state
	slow             bool // answered well, and too late
}

// points are all of a view in the order of sending, and the names of the places that their destinations are.
func (v *View) points(o *Options) ([]point, []string) {
	places, at := v.places(o)
	all := make([]point, 0, len(v.Requests)+len(v.Drops))
	for i := range v.Requests {
		r := &v.Requests[i]
		k := &v.Kinds[r.Kind]
		p := point{sched: r.Sched, sent: r.Sched + r.Late, end: r.End, n: 1, request: int32(i), dest: -1, state: bad}
		switch {
		case k.Err.OfProber():
			p.state = unknown
		case k.OK && (o.Latency == 0 || p.end-p.sched <= o.Latency):
			p.state = good
		}
		if k.OK {
			p.dest, p.slow = at[r.Kind], p.state == bad
		}
		all = append(all, p)
	}
	for _, d := range v.Drops {
		last := (d.Sched + record.Millis(d.Count-1)*d.Every).Duration()
		all = append(all, point{sched: d.Sched.Duration(), sent: last, end: last, n: int32(d.Count), request: -1, dest: -1})
	}
	slices.SortStableFunc(all, func(a, b point) int { return cmp.Or(cmp.Compare(a.sent, b.sent), cmp.Compare(a.sched, b.sched)) })
	return all, places
}

// places names the destination of each kind of request: an index, -1 where it is not told.
func (v *View) places(o *Options) (names []string, at []int32) {
	known := map[string]int32{}
	at = make([]int32, len(v.Kinds))
	for i, k := range v.Kinds {
		name := o.Dest(k)
		if name == "" {
			at[i] = -1
			continue
		}
		n, ok := known[name]
		if !ok {
			n = int32(len(names))
			known[name], names = n, append(names, name)
		}
		at[i] = n
	}
	return names, at
}

// interval is the usual distance of two requests in time: the median.
func (v *View) interval() time.Duration {
	if len(v.Requests) < 2 {
		return 0
	}
	at := make([]time.Duration, len(v.Requests))
	for i := range v.Requests {
		at[i] = v.Requests[i].Sched
	}
	slices.Sort(at)
	for i := range at[1:] {
		at[i] = at[i+1] - at[i]
	}
	at = at[:len(at)-1]
	slices.Sort(at)
	return at[len(at)/2]
}

func sortByDue(points []point) {
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.sched, b.sched) })
}
