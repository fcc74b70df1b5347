package measure

import "time"

// Outage is one window in which requests went wrong: from the first bad one up to the first of a stable row of good
// ones. a = the last good before, b = the first bad, c = the last bad, d = the first good of the row.
type Outage struct {
	Began  Bracket  // in [a, b]; From is 0 where no good one came before
	Ended  Bracket  // in [c, d]; To is Unbounded where no stable row came after
	Length Interval // [c − b, d − a]
	Bad    int
	// Unknown are the ticks in it of which nothing is known.
	Unknown int
}

// outages are the windows in points, and the longest time that two good ones leave for another that nobody saw.
// A row of good points is stable from stable on.
func outages(points []point, stable int) (all []Outage, unseen time.Duration) {
	var w *Outage
	last := -1        // index of the last good point
	row, from := 0, 0 // of good points in w, and where it began
	var aSched, bSent, c time.Duration
	started := false // a good point came before b
	for i, p := range points {
		switch {
		case p.state == good && w == nil:
			if last >= 0 {
				unseen = max(unseen, p.sent-points[last].sched)
			}
			last = i
		case p.state == good:
			if row++; row == 1 {
				from = i
			}
			if row >= stable {
				w.close(c, points[from].sent, aSched, bSent, started)
				w, last = nil, i
				unseen = max(unseen, widest(points[from:i+1]))
			}
		case p.state == unknown && w == nil:
		case p.state == unknown:
			row = 0
			w.Unknown += int(p.n)
		default:
			if w == nil {
				aSched, started = 0, last >= 0
				if started {
					aSched = points[last].sched
				}
				bSent = p.sent
				all = append(all, Outage{Began: Bracket{aSched, p.sent}})
				w = &all[len(all)-1]
			}
			row, c = 0, p.sched
			w.Bad += int(p.n)
		}
	}
	if w != nil {
		w.close(c, Unbounded, aSched, bSent, started)
	}
	return all, unseen
}

// close writes what is known of a window's end and length.
func (w *Outage) close(c, d, a, b time.Duration, started bool) {
	w.Ended = Bracket{c, d}
	w.Length = Interval{Lower: max(0, c-b), Upper: Unbounded}
	if d != Unbounded && started {
		w.Length.Upper = d - a
	}
}

// widest is the largest distance between neighbours of a row of good points.
func widest(row []point) time.Duration {
	var most time.Duration
	for i := 1; i < len(row); i++ {
		most = max(most, row[i].sent-row[i-1].sched)
	}
	return most
}
