package run

import (
	"context"
	"fmt"
	"sync"

	"github.com/passmuster/muster/drill/record"
)

// control is where people and scripts tell the runner what they do: at the terminal, or by muster drill mark. What is told is
// recorded before the teller hears that it was: what follows has not begun before the mark.
type control struct {
	mu     sync.Mutex
	expect *expected
	abort  func(why string)           // ends the drill
	write  func(e record.Event) error // records a note, or a failback
}

// expected is the mark that a round waits for.
type expected struct {
	name record.EventName
	edge record.Edge
	do   func() error
	done chan error
}

// wait until somebody tells that something begins or has ended. do records it.
func (c *control) wait(ctx context.Context, name record.EventName, edge record.Edge, do func() error) error {
	e := &expected{name: name, edge: edge, do: do, done: make(chan error, 1)}
	c.mu.Lock()
	c.expect = e
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.expect == e {
			c.expect = nil
		}
	}()
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// next is the mark that is waited for; false = none.
func (c *control) next() (record.EventName, record.Edge, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.expect == nil {
		return "", "", false
	}
	return c.expect.name, c.expect.edge, true
}

// mark takes what somebody tells. An error says what was waited for instead.
func (c *control) mark(m Mark) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch m.Name {
	case record.Abort:
		c.abort(or(m.Text, "told to end"))
		return nil
	case record.Note, record.Failback:
		return c.write(record.Event{Name: m.Name, Edge: m.Edge, By: "person", Detail: record.Clip(m.Text, record.MaxText)})
	}
	e := c.expect
	switch {
	case e == nil:
		return fmt.Errorf("nothing is waited for now, and %s %s was told", m.Name, m.Edge)
	case e.name != m.Name || e.edge != m.Edge:
		return fmt.Errorf("%s %s is waited for now, and %s %s was told", e.name, e.edge, m.Name, m.Edge)
	}
	c.expect = nil
	err := e.do()
	e.done <- err
	return err
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
