package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Recording is one file as it was read.
type Recording struct {
	Header  Header
	Samples []Sample
	Drops   []Drop
	Events  []Event
	Clocks  []Clock // that of the header first
	// Footer is nil where the file ends without one: the prober was interrupted, or lines are missing at the end.
	Footer *Footer
	// Torn is the number of bytes after the last whole line, of a line that was being written.
	Torn int
	// Head is the hash of the last whole line. It proves the file to whoever knows it from elsewhere.
	Head  string
	Lines int64

	end Millis // of the last answer or tick
}

// Complete reports whether the file ends as its prober meant it to.
func (r *Recording) Complete() bool { return r.Footer != nil && r.Torn == 0 }

// ChainError is a break of the chain: a line was changed, added, removed or moved after it was written.
type ChainError struct {
	Line int // from 1
	What string
}

func (e *ChainError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// ReadFile reads a file.
func ReadFile(path string) (*Recording, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Read reads a whole record. Every line must follow from the one before by its hash (else a *ChainError), be of a
// known kind and have known members only. A missing footer and a torn last line are no errors, see Complete.
func Read(in io.Reader) (*Recording, error) {
	var samples []Sample
	var drops []Drop
	r, err := Scan(in, func(s *Sample) error { samples = append(samples, *s); return nil }, func(d *Drop) error { drops = append(drops, *d); return nil })
	if err != nil {
		return nil, err
	}
	r.Samples, r.Drops = samples, drops
	return r, nil
}

// Scan reads as Read does and keeps no requests: sample and drop are called with each, in the order of the file, and when the line
// after it has shown that it was not changed. An error of theirs ends the reading. What they are given may be kept. The recording has
// everything else. Where a line is at fault, the recording that comes with the error is what stood before that line, without a
// footer; it is nil where not even the header could be read.
func Scan(in io.Reader, sample func(*Sample) error, drop func(*Drop) error) (*Recording, error) {
	p := parser{rec: &Recording{}, tally: newTally(), texts: map[string]string{}, sample: sample, drop: drop}
	r, err := p.read(in)
	if err == nil {
		return r, nil
	}
	if broken, ok := errors.AsType[*ChainError](err); ok && broken.Line == 1 || p.tally.lines == 0 {
		return nil, err
	}
	p.rec.Head, p.rec.Lines, p.rec.Footer = p.head.String(), p.tally.lines, nil
	return p.rec, err
}

func (p *parser) read(in io.Reader) (*Recording, error) {
	buf := bufio.NewReaderSize(in, MaxLine+2)
	for {
		line, err := buf.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull) || len(line) > MaxLine+1:
			return nil, fmt.Errorf("line %d: longer than %d bytes", p.tally.lines+1, MaxLine)
		case errors.Is(err, io.EOF):
			return p.end(len(line))
		case err != nil:
			return nil, err
		case p.tally.lines >= MaxLines+1:
			return nil, fmt.Errorf("more than %d lines", MaxLines)
		}
		if err := p.line(line[:len(line)-1], buf); err != nil {
			return nil, err
		}
	}
}

type parser struct {
	rec    *Recording
	sample func(*Sample) error
	drop   func(*Drop) error

	head  hash
	tally tally
	texts map[string]string
	// held is the last line. It counts when the next one follows from it, or when none comes.
	held any
}

// release files the line that was held.
func (p *parser) release() error {
	held := p.held
	p.held = nil
	switch held := held.(type) {
	case *Sample:
		p.rec.end = max(p.rec.end, held.End)
		return p.sample(held)
	case *Drop:
		p.rec.end = max(p.rec.end, held.Sched+Millis(held.Count-1)*held.Every)
		return p.drop(held)
	case *Event:
		p.rec.Events = append(p.rec.Events, *held)
	case *Clock:
		p.rec.Clocks = append(p.rec.Clocks, *held)
	}
	return nil
}

// intern keeps one copy of the texts that samples have in common.
func (p *parser) intern(s *Sample) {
	for _, text := range []*string{&s.Cell, &s.Source, &s.Protocol, &s.Detail, &s.TLS, &s.Role, &s.Flags, &s.Origin, (*string)(&s.Err),
		&s.Dest.Region, &s.Dest.Zone, &s.Dest.Cluster, &s.Dest.Workload, &s.Dest.Address, &s.Dest.TLS, &s.Dest.Peer,
		&s.Identity.SPIFFE, &s.Identity.Issuer, &s.Identity.Root} {
		if *text == "" {
			continue
		}
		if known, ok := p.texts[*text]; ok {
			*text = known
		} else if len(p.texts) < 4096 {
			p.texts[*text] = *text
		}
	}
}

func (p *parser) end(torn int) (*Recording, error) {
	if p.tally.lines == 0 {
		return nil, errors.New("no header: the file is empty, or was torn in its first line")
	}
	if torn > 0 && p.rec.Footer != nil {
		return nil, &ChainError{int(p.tally.lines) + 1, "something follows the footer"}
	}
	if err := p.release(); err != nil {
		return nil, err
	}
	p.rec.Torn, p.rec.Head, p.rec.Lines = torn, p.head.String(), p.tally.lines
	return p.rec, nil
}

// line takes the next line; ahead is where the one after it can be looked at.
func (p *parser) line(line []byte, ahead *bufio.Reader) error {
	n := int(p.tally.lines) + 1
	var l link
	if err := json.Unmarshal(line, &l); err != nil {
		return fmt.Errorf("line %d: no JSON object of a record: %w", n, err)
	}
	if p.rec.Footer != nil {
		return &ChainError{n, "something follows the footer"}
	}
	if l.Prev != p.head.String() {
		return p.broken(n, l, line, ahead)
	}
	if l.Seq != p.tally.lines {
		return &ChainError{n, fmt.Sprintf("seq is %d, want %d", l.Seq, p.tally.lines)}
	}
	if err := p.release(); err != nil {
		return err
	}
	said, err := p.said(l.T, line)
	if err != nil {
		return fmt.Errorf("line %d: %w", n, err)
	}
	p.head = p.head.next(line)
	p.tally.add(said)
	return nil
}

// broken tells which line is to blame where a line does not follow from the one before. If the line after it
// follows from what this one says of its past, then the past was changed, else this line.
func (p *parser) broken(n int, l link, line []byte, ahead *bufio.Reader) error {
	switch {
	case l.Seq != p.tally.lines:
		return &ChainError{n, fmt.Sprintf("seq is %d, want %d: lines were removed, added or moved before it", l.Seq, p.tally.lines)}
	case n == 1:
		return &ChainError{n, "the first line follows from another"}
	}
	stated, ok := parseHash(l.Prev)
	if !ok {
		return &ChainError{n, "prev is no hash"}
	}
	blame, past := n, stated.next(line).String()
	var f footerLine
	twice := l.T == lineFooter && json.Unmarshal(line, &f) == nil && f.Head == l.Prev
	// From here on line is gone: the buffer moves.
	next, _ := ahead.Peek(MaxLine + 1)
	next, _, whole := bytes.Cut(next, []byte("\n"))
	var after link
	if twice || whole && json.Unmarshal(next, &after) == nil && after.Prev == past {
		blame = n - 1
	} else if err := p.release(); err != nil {
		return err
	}
	return &ChainError{blame, "changed after it was written: the hash in the next line is another"}
}

// said decodes what a line says and files it.
func (p *parser) said(kind string, line []byte) (any, error) {
	if first := p.tally.lines == 0; first != (kind == lineHeader) {
		return nil, errors.New("a header stands in the first line, and nowhere else")
	}
	r := p.rec
	switch kind {
	case lineHeader:
		var l headerLine
		if err := decode(line, &l, l.valid); err != nil {
			return nil, err
		}
		r.Header = l.Header
		if l.Clock != nil {
			r.Clocks = append(r.Clocks, *l.Clock)
		}
		return &r.Header, nil
	case lineSample:
		var l sampleLine
		if err := decode(line, &l, l.valid); err != nil {
			return nil, err
		}
		l.Sample.Prober = r.Header.Prober.ID
		l.Sample.Line = p.tally.lines + 1
		p.intern(&l.Sample)
		p.held = &l.Sample
		return &l.Sample, nil
	case lineDrop:
		var l dropLine
		if err := decode(line, &l, l.valid); err != nil {
			return nil, err
		}
		l.Drop.Prober = r.Header.Prober.ID
		l.Drop.Line = p.tally.lines + 1
		p.held = &l.Drop
		return &l.Drop, nil
	case lineEvent:
		var l eventLine
		if err := decode(line, &l, l.valid); err != nil {
			return nil, err
		}
		l.Event.Prober = r.Header.Prober.ID
		l.Event.Line = p.tally.lines + 1
		p.held = &l.Event
		return &l.Event, nil
	case lineClock:
		var l clockLine
		if err := decode(line, &l, l.valid); err != nil {
			return nil, err
		}
		p.held = &l.Clock
		return &l.Clock, nil
	case lineFooter:
		var l footerLine
		if err := decode(line, &l, nil); err != nil {
			return nil, err
		}
		if want := p.tally.footer(p.head); l.Footer != want {
			return nil, &ChainError{int(p.tally.lines) + 1, fmt.Sprintf("the footer says %+v, the lines say %+v", l.Footer, want)}
		}
		r.Footer = &l.Footer
		return r.Footer, nil
	}
	return nil, fmt.Errorf("t %q is no kind of line", Clip(kind, 80))
}

// decode is strict: a member that nobody would look at might be what matters.
func decode(line []byte, into any, valid func() error) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if valid == nil {
		return nil
	}
	return valid()
}
