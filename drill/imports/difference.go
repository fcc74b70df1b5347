package imports

import (
	"time"
)

// Notes about counters.
const (
	noCounter = "a series falls again and again: it is no counter, as rate() and gauges are not; export the raw counter"
	wasReset  = "a counter began anew (a proxy or a pod started): what it gained before that since the last reading is lost"
	unborn    = "a counter of a target that was not seen before begins above zero: when it gained that is not known, and it is left out"
	widened   = "values are those of the last collection before each step: every count may have begun earlier by as much (Options.Scrape)"
	twice     = "counters of classes of codes are left out: the file has those of the codes themselves, which count the same requests"
)

// survey is the first pass: how often counters were read, and which of them are none.
func (m *matrix) survey(s *timeSeries, at time.Time, v float64) error {
	if first, seen := m.first[s.target]; !seen || at.Before(first) {
		m.first[s.target] = at
	}
	if s.points > 0 {
		if !at.After(s.last) {
			return nil // parts of a range may overlap
		}
		m.step = shorter(m.step, at.Sub(s.last))
		if v < s.value {
			s.falls++
		}
		if v != s.value {
			if !s.change.IsZero() {
				m.change = shorter(m.change, at.Sub(s.change))
			}
			s.change = at
		}
	}
	if s.points == 0 {
		s.first = at
	}
	s.points++
	s.last, s.value = at, v
	return nil
}

func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b < a {
		return b
	}
	return a
}

// lookback is how old a value may be that Prometheus answers with (its query.lookback-delta).
const lookback = 5 * time.Minute

// settle decides what the points mean before they are differenced.
func (m *matrix) settle() error {
	m.origin = m.began()
	exact := m.holds("envoy_cluster_upstream_rq")
	seen := map[*timeSeries]bool{}
	grid, falling, classes := true, 0, 0
	for _, s := range m.series {
		if seen[s] || s.skip {
			continue
		}
		seen[s] = true
		switch {
		case s.falls > 2 && s.falls*4 > s.points:
			s.skip = true
			falling++
		case exact && s.name() == "envoy_cluster_upstream_rq_xx":
			s.skip = true
			classes++
		}
		if s.points > 0 && m.step > 0 && s.first.Sub(m.origin)%m.step != 0 {
			grid = false
		}
	}
	for _, n := range []struct {
		why   string
		times int
	}{{noCounter, falling}, {twice, classes}} {
		if n.times > 0 {
			if err := m.l.note(0, n.why, n.times); err != nil {
				return err
			}
		}
	}
	switch {
	case m.opts.Scrape > 0:
		m.change = m.opts.Scrape
	case !grid:
		m.change = 0 // the times of the collections themselves
	case m.step > 0:
		m.change = min(max(m.step, m.change), lookback)
		return m.l.note(0, widened, 0)
	}
	return nil
}

// began is when the first counter was first read.
func (m *matrix) began() time.Time {
	var first time.Time
	for _, s := range m.series {
		if s.points > 0 && (first.IsZero() || s.first.Before(first)) {
			first = s.first
		}
	}
	return first
}

// holds reports whether a counter that is read has some name.
func (m *matrix) holds(name string) bool {
	for _, s := range m.series {
		if !s.skip && s.name() == name {
			return true
		}
	}
	return false
}

func (s *timeSeries) name() string {
	for _, l := range s.labels {
		if l.name == "__name__" {
			return l.value
		}
	}
	return ""
}

// difference is the second pass: what each counter gained between two readings.
func (m *matrix) difference(s *timeSeries, at time.Time, v float64) error {
	c := s.what
	if s.points == 0 {
		s.points, s.last, s.value = 1, at, v
		if v == 0 {
			return nil
		}
		if first := m.first[s.target]; !first.Before(at) {
			if first.After(m.origin) {
				return m.l.note(0, unborn, 1)
			}
			return nil // from before the range
		}
		// The target was read before, and had no such counter: it began at zero since.
		c.From, c.To, c.Delta, c.Reset = at.Add(-m.step-m.change), at, v, true
		return m.l.count(c)
	}
	if !at.After(s.last) {
		return nil
	}
	c.From, c.To, c.Delta = s.last.Add(-m.change), at, v-s.value
	if v < s.value {
		c.Delta, c.Reset = v, true
		if err := m.l.note(0, wasReset, 0); err != nil {
			return err
		}
	}
	s.last, s.value = at, v
	if c.Delta <= 0 {
		return nil
	}
	return m.l.count(c)
}
