package imports

import (
	"cmp"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/observe"
)

// k6Answer is the metric of a script's own that says where the answer to the request before it came from: tags of a request are set
// before it is sent. k6Iteration ends what a virtual user does at a time. All carry vu and iter, which join them.
const (
	k6Answer    = "muster_answer"
	k6Iteration = "iteration_duration"
)

// maxUsers bounds the requests that wait to be told of their answers.
const maxUsers = 20_000

const k6Lost = "a muster_answer belongs to no request of its iteration: run k6 with vu and iter among its --system-tags"

// waiting is a request of which more may still be told, by the same virtual user in the same iteration.
type waiting struct {
	line    int
	iter    string
	after   time.Time // when the request before it in its iteration ended; zero = there was none
	request observe.Request
}

// user is who sent a request, as metadata tells.
func (s *k6Stream) user(metadata value) (vu, iter string) {
	if metadata.kind != '{' {
		return "", ""
	}
	clear(s.tag2)
	if s.tag.object(metadata.raw, s.tag2) != nil {
		return "", ""
	}
	return s.texts.text(s.tag2[tVU]), s.texts.text(s.tag2[tIter])
}

// wait keeps the request of a virtual user until its iteration ends, or until its next one.
func (s *k6Stream) wait(g *pointGroup, l *ledger) error {
	w := waiting{line: g.line, iter: g.iter, request: s.request}
	before, had := s.waiting[g.vu]
	if g.vu == "" || !had && len(s.waiting) >= maxUsers {
		return w.pass(l)
	}
	if had && before.iter == w.iter {
		w.after = before.request.End
	}
	s.waiting[g.vu] = w
	if had {
		return before.pass(l)
	}
	return nil
}

// told completes the request before it: where its answer came from, or, with the end of its iteration, that nothing more will be told.
func (s *k6Stream) told(n int, metric string, began time.Time, l *ledger) error {
	vu, iter := s.user(s.dataV[dMetadata])
	raw := s.dataV[dTags].raw
	if err := s.flush(l); err != nil {
		return err
	}
	if err := s.tags(raw); err != nil {
		return l.unreadable(n, err.Error())
	}
	if vu == "" {
		vu, iter = s.texts.text(s.tag2[tVU]), s.texts.text(s.tag2[tIter])
	}
	w, had := s.waiting[vu]
	switch {
	case metric == k6Answer && (!had || w.iter != iter):
		return l.note(n, k6Lost, 1)
	case !had || w.iter != iter:
		return nil
	case metric == k6Answer:
		d := &w.request.Dest
		for i, to := range map[int]*string{tRegion: &d.Region, tZone: &d.Zone, tCluster: &d.Cluster, tWorkload: &d.Workload} {
			if said := s.texts.text(s.tag2[i]); said != "" {
				*to = said
			}
		}
		s.waiting[vu] = w
		return nil
	}
	delete(s.waiting, vu)
	// A request that never got a connection began at the earliest with its iteration, behind the request before it.
	if w.after.After(began) {
		began = w.after
	}
	if r := &w.request; r.Start.Equal(r.End) && began.Before(r.End) {
		r.Start = began
	}
	return w.pass(l)
}

// pass hands a request on, of which nothing more will be told.
func (w *waiting) pass(l *ledger) error {
	if r := &w.request; r.Start.Equal(r.End) && !r.OK {
		if err := l.note(w.line, k6Unborn, 0); err != nil {
			return err
		}
	}
	return l.request(&w.request)
}

// end passes on the last requests, in the order of the file.
func (s *k6Stream) end(l *ledger) error {
	if err := s.flush(l); err != nil {
		return err
	}
	var last []waiting
	for _, w := range s.waiting {
		last = append(last, w)
	}
	slices.SortFunc(last, func(a, b waiting) int { return cmp.Compare(a.line, b.line) })
	for i := range last {
		if err := last[i].pass(l); err != nil {
			return err
		}
	}
	return nil
}
