package imports

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/drill/observe"
)

// k6Answer is the metric of a script's own that says where the answer to the request before it came from: tags of a request are set
// before it is sent. Both carry vu and iter, which join them.
const k6Answer = "muster_answer"

// maxUsers bounds the requests that wait to be told of their answers.
const maxUsers = 20_000

const k6Lost = "a muster_answer belongs to no request of its iteration: run k6 with vu and iter among its --system-tags"

// waiting is a request of which the place of its answer may still be told, by the same virtual user in the same iteration.
type waiting struct {
	line    int
	iter    string
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

// wait keeps the request of a virtual user until its next one, and passes on the one before.
func (s *k6Stream) wait(g *pointGroup, l *ledger) error {
	if g.vu == "" {
		return l.request(&s.request)
	}
	before, had := s.waiting[g.vu]
	if !had && len(s.waiting) >= maxUsers {
		return l.request(&s.request)
	}
	s.waiting[g.vu] = waiting{g.line, g.iter, s.request}
	if had {
		return l.request(&before.request)
	}
	return nil
}

// answered completes the request that an answer is told of.
func (s *k6Stream) answered(n int, l *ledger) error {
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
	if !had || w.iter != iter {
		return l.note(n, k6Lost, 1)
	}
	delete(s.waiting, vu)
	d := &w.request.Dest
	for i, to := range map[int]*string{tRegion: &d.Region, tZone: &d.Zone, tCluster: &d.Cluster, tWorkload: &d.Workload} {
		if said := s.texts.text(s.tag2[i]); said != "" {
			*to = said
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
		if err := l.request(&last[i].request); err != nil {
			return err
		}
	}
	return nil
}
