package imports

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/passmuster/muster/drill/observe"
)

// Read reads one source and passes on what it finds, in the order of the file. name stands in errors and in the summary.
//
// What cannot be read is counted and told, and the reading goes on. It is an error if nothing could be read, or less than what
// could not; if the source proves nothing of its kind (a summary without times); and whatever the sink answers. The summary is of
// use with an error too, and its digest is that of all bytes that were read.
func Read(ctx context.Context, name string, r io.Reader, format Format, opts Options, sink observe.Sink) (Summary, error) {
	sum := Summary{Name: name, Format: format}
	l := newLedger(sink, &sum)
	read, known := readers[format]
	if !known {
		return sum, fmt.Errorf("%s: %q is no format that can be read", name, string(format))
	}
	err := read(ctx, r, &opts, l)
	if told := l.rest(); err == nil {
		err = told
	}
	if err == nil {
		err = l.enough()
	}
	var at *lineError
	if errors.As(err, &at) {
		return sum, fmt.Errorf("%s:%d: %w", name, at.line, at.err)
	}
	if err != nil {
		return sum, fmt.Errorf("%s: %w", name, err)
	}
	return sum, nil
}

// reader is that of one format.
type reader func(ctx context.Context, r io.Reader, o *Options, l *ledger) error

var readers = map[Format]reader{
	EnvoyJSON:     lines(func(o *Options) lineParser { return newJSONLog(o) }),
	IstioText:     lines(func(o *Options) lineParser { return newTextLog(o, &istioLayout) }),
	EnvoyText:     lines(func(o *Options) lineParser { return newTextLog(o, &envoyLayout) }),
	Fortio:        lines(func(o *Options) lineParser { return newFortio(o) }),
	VegetaJSON:    lines(func(o *Options) lineParser { return newVegeta(o, false) }),
	VegetaCSV:     lines(func(o *Options) lineParser { return newVegeta(o, true) }),
	Prometheus:    prometheus,
	ChaosToolkit:  chaosToolkit,
	Litmus:        litmus,
	K6:            k6,
	EnvoyClusters: envoyClusters,
}

// lines is the reader of a format of lines that hold a request each.
func lines(parser func(*Options) lineParser) reader {
	return func(ctx context.Context, r io.Reader, o *Options, l *ledger) error {
		return readLines(ctx, r, o.Workers, func() lineParser { return parser(o) }, l)
	}
}

// lineError is one at a line.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

// found is the number of observations.
func (s *Summary) found() int64 { return s.Requests + s.Counts + s.States + s.Events + s.Missed }

// enough reports a source of which nothing, or less than half, could be read.
func (l *ledger) enough() error {
	s := l.sum
	if s.Unreadable > 0 && s.Unreadable >= s.found() {
		at, why := l.first()
		return &lineError{at, fmt.Errorf("%s; of %d lines %d cannot be read as %s. Is it another format?", why, s.Lines, s.Unreadable, s.Format)}
	}
	if s.found() == 0 && len(s.Notes) == 0 {
		return fmt.Errorf("nothing in it is %s", s.Format)
	}
	return nil
}

// first is the first unreadable line, and why it is.
func (l *ledger) first() (int, string) {
	for _, n := range l.sum.Notes {
		if n.Line > 0 && n.Lost > 0 {
			return n.Line, n.Text
		}
	}
	return 1, "it cannot be read"
}
