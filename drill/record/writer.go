package record

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// SyncPolicy says what outlives a crash of the host; what has been flushed outlives one of the prober.
type SyncPolicy int

// Policies.
const (
	// SyncFlushed asks the disk to keep each flush: a crash of the host loses at most FlushEvery, too.
	SyncFlushed SyncPolicy = iota
	// SyncEvents asks the disk for header, events, clock checks and footer only.
	SyncEvents
	// SyncNever leaves it to the operating system.
	SyncNever
)

// FlushEvery is how long a line may wait in memory: a crash loses at most this much.
const FlushEvery = time.Second

// Writer writes one file. It may be used from any goroutine. The first error is kept, and returned by all
// later calls: a file with a hole would prove nothing.
type Writer struct {
	policy SyncPolicy
	disk   interface{ Sync() error } // nil = not a file
	close  func() error

	mu      sync.Mutex
	out     *bufio.Writer
	head    hash
	tally   tally
	err     error
	timer   *time.Timer // set while lines wait to be flushed
	done    bool
	syncing sync.Mutex // held while the disk works, without mu: requests go on meanwhile
}

// ErrClosed is returned for lines after Close.
var ErrClosed = errors.New("the record is closed")

// Create makes a file that must not exist, and begins it with the header. APIVersion and Kind may be left empty.
func Create(path string, h Header, policy SyncPolicy) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	w, err := NewWriter(f, h, policy)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	w.close = f.Close
	return w, nil
}

// NewWriter begins a record on any writer. If it has a method Sync, the policy applies to it.
func NewWriter(out io.Writer, h Header, policy SyncPolicy) (*Writer, error) {
	w := &Writer{policy: policy, out: bufio.NewWriterSize(out, 64<<10), close: func() error { return nil }, tally: newTally()}
	w.disk, _ = out.(interface{ Sync() error })
	h.APIVersion, h.Kind = APIVersion, Kind
	h.WallAnchor = h.WallAnchor.UTC().Round(0)
	if err := h.valid(); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if err := w.moment(&h); err != nil {
		return nil, err
	}
	return w, nil
}

// Sample writes a request that was sent.
func (w *Writer) Sample(s Sample) error {
	if err := s.valid(); err != nil {
		return fmt.Errorf("sample %d of %q: %w", s.Tick, Clip(s.Cell, 200), err)
	}
	return w.append(&s)
}

// Drop writes ticks of which no request was sent.
func (w *Writer) Drop(d Drop) error {
	if err := d.valid(); err != nil {
		return fmt.Errorf("drop %d of %q: %w", d.Tick, Clip(d.Cell, 200), err)
	}
	return w.append(&d)
}

// Event writes a moment of the drill. It is flushed before Event returns.
func (w *Writer) Event(e Event) error {
	if err := e.valid(); err != nil {
		return fmt.Errorf("event: %w", err)
	}
	return w.moment(&e)
}

// Clock writes a check of the clock. It is flushed before Clock returns.
func (w *Writer) Clock(c Clock) error {
	if err := c.valid(); err != nil {
		return fmt.Errorf("clock: %w", err)
	}
	return w.moment(&c)
}

// Close writes the footer, and returns the hash of the whole file for whoever signs it. Samples that come
// later are refused.
func (w *Writer) Close() (head string, err error) {
	w.mu.Lock()
	if w.done {
		w.mu.Unlock()
		return "", ErrClosed
	}
	w.done = true
	footer := w.tally.footer(w.head)
	if w.err == nil {
		w.line(&footer)
	}
	w.flush()
	head, err = w.head.String(), w.err
	w.mu.Unlock()
	if err == nil && w.policy != SyncNever {
		err = w.sync()
	}
	return head, errors.Join(err, w.close())
}

// moment writes a line that must not be lost.
func (w *Writer) moment(said any) error {
	if err := w.append(said); err != nil {
		return err
	}
	w.mu.Lock()
	w.flush()
	err := w.err
	w.mu.Unlock()
	if err == nil && w.policy != SyncNever {
		err = w.sync()
	}
	return err
}

func (w *Writer) append(said any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return ErrClosed
	}
	if w.err == nil {
		w.line(said)
	}
	if w.err == nil && w.timer == nil {
		w.timer = time.AfterFunc(FlushEvery, w.flushLater)
	}
	return w.err
}

// line adds a line to the chain and to the buffer. The caller holds mu.
func (w *Writer) line(said any) {
	line, err := encode(said, w.tally.lines, w.head)
	switch {
	case err != nil:
	case len(line) > MaxLine:
		err = fmt.Errorf("a line of %d bytes; %d are allowed", len(line), MaxLine)
	case w.tally.lines >= MaxLines:
		err = fmt.Errorf("a file of more than %d lines", MaxLines)
	default:
		_, err = w.out.Write(append(line, '\n'))
	}
	if err != nil {
		w.err = err
		return
	}
	w.head = w.head.next(line)
	w.tally.add(said)
}

// flush hands all lines to the operating system. The caller holds mu.
func (w *Writer) flush() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if w.err == nil {
		w.err = w.out.Flush()
	}
}

func (w *Writer) flushLater() {
	w.mu.Lock()
	w.flush()
	after := w.err == nil && !w.done && w.policy == SyncFlushed
	w.mu.Unlock()
	if after {
		_ = w.sync() // kept as the first error
	}
}

func (w *Writer) sync() error {
	if w.disk == nil {
		return nil
	}
	w.syncing.Lock()
	defer w.syncing.Unlock()
	err := w.disk.Sync()
	if err == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if errors.Is(err, os.ErrClosed) && w.done {
		return nil
	}
	if w.err == nil {
		w.err = err
	}
	return err
}
