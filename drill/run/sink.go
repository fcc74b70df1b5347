package run

import (
	"sync"
	"sync/atomic"

	"github.com/passmuster/muster/drill/record"
)

// queued is how many requests may wait to be written. When the disk is slower for longer, answers wait, and no request does.
const queued = 1 << 14

// sink takes what the prober saw, and has it written by a goroutine of its own: requests that are to be sent never wait for a
// disk. The guard sees each request at once, whatever becomes of the record.
type sink struct {
	to    *record.Writer
	guard *guard
	also  func(*record.Sample, *record.Drop) // one of the two; called by the writing goroutine
	in    chan item
	done  sync.WaitGroup
	err   atomic.Pointer[error]
	fail  func(error)
	clock func() record.Millis
}

type item struct {
	sample *record.Sample
	drop   *record.Drop
	all    chan struct{} // closed when what came before is written
}

func (s *sink) start() {
	s.in = make(chan item, queued)
	s.done.Go(func() {
		for it := range s.in {
			var err error
			switch {
			case it.all != nil:
				close(it.all)
				continue
			case it.sample != nil:
				err = s.to.Sample(*it.sample)
			default:
				err = s.to.Drop(*it.drop)
			}
			s.also(it.sample, it.drop)
			if err != nil && s.err.CompareAndSwap(nil, &err) {
				s.fail(err)
			}
		}
	})
}

// Sample takes a request that was sent.
func (s *sink) Sample(sample record.Sample) error {
	s.guard.sample(&sample)
	return s.put(item{sample: &sample})
}

// Drop takes ticks of which none was.
func (s *sink) Drop(d record.Drop) error {
	s.guard.drop(&d, s.clock().Duration())
	return s.put(item{drop: &d})
}

func (s *sink) put(it item) error {
	if err := s.err.Load(); err != nil {
		return *err
	}
	s.in <- it
	return nil
}

// flush returns when all that came before is written.
func (s *sink) flush() {
	it := item{all: make(chan struct{})}
	s.in <- it
	<-it.all
}

func (s *sink) close() {
	close(s.in)
	s.done.Wait()
}
