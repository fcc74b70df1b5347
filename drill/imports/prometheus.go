package imports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// label is one of a time series.
type label struct{ name, value string }

// timeSeries is one counter of the source, through all answers that hold a part of it.
type timeSeries struct {
	labels []label
	target string // who exported it
	what   observe.Count
	skip   bool

	// What the first pass sees.
	points, falls int
	first, last   time.Time
	change        time.Time
	value         float64
}

// matrix reads answers of Prometheus. A file may hold several, one after the other: parts of one range. It is walked twice: what
// its counters are and how often they were read decides what a difference of two readings means.
type matrix struct {
	opts   *Options
	l      *ledger
	texts  *texts
	data   []byte
	series map[string]*timeSeries
	// first is when each target was first seen.
	first map[string]time.Time
	// step is the shortest time between two points, change that between two changes of a counter, 0 = none.
	step, change time.Duration
	origin       time.Time
	second       bool // the walk that passes on
}

// prometheus reads raw counters and differences them. Rates are refused: they smear edges over their window.
func prometheus(ctx context.Context, r io.Reader, o *Options, l *ledger) error {
	data, err := readWhole(ctx, r, MaxDocument, l)
	if err != nil {
		return err
	}
	m := &matrix{opts: o, l: l, texts: newTexts(), data: data, series: map[string]*timeSeries{}, first: map[string]time.Time{}}
	if err := m.walk(m.survey); err != nil {
		return err
	}
	if err := m.settle(); err != nil {
		return err
	}
	for _, s := range m.series {
		s.points = 0
	}
	m.second = true
	if err := m.walk(m.difference); err != nil || l.sum.Counts > 0 {
		return err
	}
	return l.note(0, "no counter that is read gained anything", 0)
}

// walk calls f at each point of each series, in the order of the file.
func (m *matrix) walk(f func(s *timeSeries, at time.Time, v float64) error) error {
	s := scan{b: m.data}
	for !s.end() {
		if err := m.answer(&s, f); err != nil {
			var at *lineError
			if errors.As(err, &at) {
				return err
			}
			return &lineError{lineOf(m.data, s.i), err}
		}
	}
	return nil
}

// answer walks through one answer.
func (m *matrix) answer(s *scan, f func(*timeSeries, time.Time, float64) error) error {
	status, problem, had := "", "", false
	err := s.members(func(key value) error {
		switch string(key.raw) {
		case "data":
			had = true
			return m.result(s, f)
		case "status", "error":
			v, err := s.any(maxDepth)
			if string(key.raw) == "status" {
				status = v.string()
			} else {
				problem = v.string()
			}
			return err
		}
		_, err := s.any(maxDepth)
		return err
	})
	switch {
	case err != nil:
		return err
	case status == "error":
		return fmt.Errorf("the answer is an error: %s", record.Clip(problem, maxText))
	case !had:
		return errors.New("no answer of Prometheus: data is missing")
	}
	return nil
}

func (m *matrix) result(s *scan, f func(*timeSeries, time.Time, float64) error) error {
	return s.members(func(key value) error {
		switch string(key.raw) {
		case "resultType":
			v, err := s.any(maxDepth)
			if kind := v.string(); err == nil && kind != "matrix" {
				return fmt.Errorf("the result is a %s, not a matrix: ask /api/v1/query_range", record.Clip(kind, 40))
			}
			return err
		case "result":
			return s.elements(func() error { return m.one(s, f) })
		}
		_, err := s.any(maxDepth)
		return err
	})
}

// one walks through one series of an answer. Its labels may stand behind its values.
func (m *matrix) one(s *scan, f func(*timeSeries, time.Time, float64) error) error {
	var metric, values value
	from := s.i
	err := s.members(func(key value) error {
		v, err := s.any(maxDepth)
		switch string(key.raw) {
		case "metric":
			metric = v
		case "values":
			values = v
		}
		return err
	})
	if err != nil {
		return err
	}
	series, err := m.named(metric)
	if err != nil || series.skip || values.kind != '[' {
		return err
	}
	line := 0
	v := scan{b: values.raw}
	return v.elements(func() error {
		at, value, why, err := point(&v)
		if err != nil {
			return err
		}
		if why != "" {
			if line == 0 {
				line = lineOf(m.data, from)
			}
			return m.bad(line, why)
		}
		return f(series, at, value)
	})
}

// bad tells of a point that is left out, in the second pass only.
func (m *matrix) bad(line int, why string) error {
	if !m.second {
		return nil
	}
	return m.l.note(line, why, 1)
}

// point is one of [time, "value"].
func point(s *scan) (at time.Time, v float64, why string, err error) {
	var parts [2]value
	n := 0
	err = s.elements(func() error {
		v, err := s.any(maxDepth)
		if n < 2 {
			parts[n] = v
		}
		n++
		return err
	})
	if err != nil {
		return at, 0, "", err
	}
	seconds, ok := float(parts[0].raw)
	if n != 2 || parts[0].kind != '0' || !ok || seconds < 0 || seconds > 7e9 {
		return at, 0, "a point is not [time, \"value\"]", nil
	}
	at = time.UnixMilli(int64(seconds*1000 + 0.5)).UTC()
	said := parts[1].bytes()
	switch v, ok = float(said); {
	case ok && v >= 0:
		return at, v, "", nil
	case ok:
		return at, 0, "a counter is negative", nil
	case slices.Contains([]string{"NaN", "+Inf", "-Inf", "Inf"}, string(said)):
		return at, 0, "a counter is " + string(said) + ": the point is left out", nil
	}
	return at, 0, "a value is no number", nil
}

// named is the series with some labels.
func (m *matrix) named(metric value) (*timeSeries, error) {
	if metric.kind != '{' {
		return nil, errors.New("a series has no metric")
	}
	if s, known := m.series[string(metric.raw)]; known {
		return s, nil
	}
	var labels []label
	in := scan{b: metric.raw}
	err := in.members(func(key value) error {
		v, err := in.any(1)
		if err != nil {
			return err
		}
		if len(labels) >= maxLabels {
			return fmt.Errorf("a series has more than %d labels", maxLabels)
		}
		labels = append(labels, label{m.texts.text(key), m.texts.text(v)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.name, b.name) })
	var id strings.Builder
	for _, x := range labels {
		id.WriteString(x.name + "\x00" + x.value + "\x00")
	}
	// Answers may write the labels of one series in different orders.
	s, known := m.series[id.String()]
	if !known {
		if len(m.series) >= 2*maxSeries {
			return nil, fmt.Errorf("more than %d series", maxSeries)
		}
		s = &timeSeries{labels: labels, target: targetOf(labels)}
		var why string
		if s.what, why = meaning(labels, m.opts); why != "" {
			s.skip = true
			if err := m.l.note(0, why, 1); err != nil {
				return nil, err
			}
		}
		m.series[id.String()] = s
	}
	m.series[string(metric.raw)] = s
	return s, nil
}

// targetOf is who exported a series.
func targetOf(labels []label) string {
	id := ""
	for _, x := range labels {
		switch x.name {
		case "instance", "pod", "pod_name", "kubernetes_pod_name", "job", "namespace", "cluster", "prometheus":
			id += x.value + "\x00"
		}
	}
	return id
}
