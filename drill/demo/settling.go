package demo

import (
	"sync"

	"github.com/passmuster/muster/drill/record"
)

// settling waits for a row of answers from one region.
type settling struct {
	want   string
	enough func()

	mu  sync.Mutex
	row int
}

// settled is the length of the row.
const settled = 20

// Sample counts.
func (s *settling) Sample(x record.Sample) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.row >= settled {
		return nil
	}
	if !x.OK || x.Dest.Region != s.want {
		s.row = 0
		return nil
	}
	if s.row++; s.row == settled {
		s.enough()
	}
	return nil
}

// Drop counts for nothing.
func (s *settling) Drop(record.Drop) error { return nil }

func (s *settling) reached() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.row >= settled
}
