package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/passmuster/muster/drill/record"
)

// Unreadable is an input that could not be read.
type Unreadable struct{ err error }

func (e *Unreadable) Error() string { return e.err.Error() }
func (e *Unreadable) Unwrap() error { return e.err }

// past is what earlier recordings of a prober in a run's folder hold.
type past struct {
	files int
	run   string
	head  string
	done  map[string]bool // rounds that came to their end
	// left is the fault that may still hold, as the last recording ends without its removal; nil = none.
	left *Round
}

// file is the name of the n-th recording of a prober.
func file(prober string, n int) string {
	if n == 1 {
		return "results-" + prober + ".ndjson"
	}
	return "results-" + prober + "." + strconv.Itoa(n) + ".ndjson"
}

// numbered is the id of a prober in its n-th recording of a run.
func numbered(prober string, n int) string {
	if n == 1 {
		return prober
	}
	return prober + "#" + strconv.Itoa(n)
}

// earlier reads what a prober recorded before it was interrupted.
func earlier(dir, prober, digest string) (*past, error) {
	p := &past{done: map[string]bool{}}
	for n := 1; ; n++ {
		path := filepath.Join(dir, file(prober, n))
		f, err := os.Open(path)
		switch {
		case os.IsNotExist(err) && n == 1:
			return nil, refused("%s holds no recording of prober %s: there is nothing to go on from", dir, prober)
		case os.IsNotExist(err):
			return p, nil
		case err != nil:
			return nil, &Unreadable{err}
		}
		r, err := record.Scan(f, func(*record.Sample) error { return nil }, func(*record.Drop) error { return nil })
		_ = f.Close() // it was only read
		if err != nil {
			return nil, &Unreadable{fmt.Errorf("%s: %w", path, err)}
		}
		if r.Header.PlanDigest != digest {
			return nil, refused("%s follows another version of the plan (%s, and this one is %s): begin a new run", path, r.Header.PlanDigest, digest)
		}
		if r.Header.Continues != p.head {
			return nil, &Unreadable{fmt.Errorf("%s does not go on from the recording before it", path)}
		}
		p.files, p.run, p.head = n, r.Header.Run, r.Head
		for _, s := range r.Rounds() {
			if s.Ended {
				p.done[s.Name] = true
			}
		}
		p.left = left(r.Events, p.left)
	}
}

// cleanup is who writes the note that what an interrupted recording left is removed. It is no removal of a fault that this recording
// injected, and therefore no such event.
const cleanup = "cleanup"

// left is a fault that was injected, or may have been, and not surely removed; before is what earlier recordings left.
func left(events []record.Event, before *Round) *Round {
	open := before
	for _, e := range events {
		switch {
		case e.Name == record.Inject && e.Edge == record.Begin:
			open = &Round{Name: e.Mode, Scenario: e.Scenario, Mode: e.Mode}
		case e.Name == record.Remove && e.Edge == record.End && !e.Failed, e.Name == record.Note && e.By == cleanup:
			open = nil
		}
	}
	return open
}
