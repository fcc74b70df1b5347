package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// progress shows on a terminal what a run is at, once that takes longer than a second. The nil
// progress shows nothing.
type progress struct {
	step       atomic.Value // string
	stop, done chan struct{}
}

// startProgress begins to watch; end must be called before anything else is printed.
func startProgress(stderr io.Writer) *progress {
	if _, ok := terminalOf(stderr); !ok {
		return nil
	}
	p := &progress{stop: make(chan struct{}), done: make(chan struct{})}
	p.at("starting")
	tick := time.NewTicker(time.Second)
	go func() {
		defer tick.Stop()
		p.run(stderr, tick.C)
	}()
	return p
}

func (p *progress) run(w io.Writer, tick <-chan time.Time) {
	defer close(p.done)
	const back = "\r\x1b[K" // to the start of the line, and empty it
	for seconds := 1; ; seconds++ {
		select {
		case <-p.stop:
			if seconds > 1 {
				fmt.Fprint(w, back)
			}
			return
		case <-tick:
			fmt.Fprintf(w, "%smuster: %s (%d s)", back, p.step.Load(), seconds)
		}
	}
}

// at names the step that begins.
func (p *progress) at(step string) {
	if p != nil {
		p.step.Store(step)
	}
}

// end takes the line away.
func (p *progress) end() {
	if p != nil {
		close(p.stop)
		<-p.done
	}
}
