package measure

import (
	"slices"
	"time"
)

// Bucket is what was seen in a stretch of time, by when requests were due.
type Bucket struct {
	At                 time.Duration // where it begins
	Good, Bad, Unknown int
	Shares             []Share
	// Majority is the destination of more than half of the answers; empty = there is none.
	Majority string
	// P50 and P99 are as in Phase.
	P50, P99 time.Duration
}

// maxBuckets bounds a timeline: a recording may span a month.
const maxBuckets = 100_000

// Timeline cuts a view into stretches of equal length, one second if it is 0, from its first request to its last.
// Stretches without requests are left out.
func Timeline(v View, length time.Duration, o Options) []Bucket {
	if o.Dest == nil {
		o.Dest = Place
	}
	if length <= 0 {
		length = time.Second
	}
	var all []Bucket
	var counts map[string]int
	var latency []time.Duration
	finish := func() {
		if len(all) == 0 {
			return
		}
		b := &all[len(all)-1]
		b.Shares = shares(counts)
		slices.Sort(latency)
		b.P50, b.P99 = percentile(latency, 50), percentile(latency, 99)
		for _, s := range b.Shares {
			if 2*s.Answers > s.Of {
				b.Majority = s.Dest
			}
		}
	}
	points, places := v.points(&o)
	sortByDue(points)
	for _, p := range points {
		at := p.sched.Truncate(length)
		if len(all) == 0 || all[len(all)-1].At != at {
			if len(all) == maxBuckets {
				break
			}
			finish()
			all, counts, latency = append(all, Bucket{At: at}), map[string]int{}, latency[:0]
		}
		b := &all[len(all)-1]
		switch p.state {
		case good:
			b.Good += int(p.n)
		case bad:
			b.Bad += int(p.n)
		default:
			b.Unknown += int(p.n)
		}
		if p.dest >= 0 {
			counts[places[p.dest]]++
		}
		if p.state != unknown {
			latency = append(latency, p.end-p.sched)
		}
	}
	finish()
	return all
}

// Changes counts how often the majority moved from one destination to another. A failover and its failback are two.
func Changes(timeline []Bucket) int {
	n, last := 0, ""
	for _, b := range timeline {
		if b.Majority == "" {
			continue
		}
		if last != "" && b.Majority != last {
			n++
		}
		last = b.Majority
	}
	return n
}
