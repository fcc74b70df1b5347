package imports

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/observe"
)

// gathered is a sink that keeps everything.
type gathered struct {
	requests []observe.Request
	counts   []observe.Count
	states   []observe.State
	events   []observe.Event
	missed   []observe.Missed
	notes    []observe.Note
}

func (g *gathered) Request(r observe.Request) error { g.requests = append(g.requests, r); return nil }
func (g *gathered) Count(c observe.Count) error     { g.counts = append(g.counts, c); return nil }
func (g *gathered) State(s observe.State) error     { g.states = append(g.states, s); return nil }
func (g *gathered) Event(e observe.Event) error     { g.events = append(g.events, e); return nil }
func (g *gathered) Missed(m observe.Missed) error   { g.missed = append(g.missed, m); return nil }
func (g *gathered) Note(n observe.Note) error       { g.notes = append(g.notes, n); return nil }

// said reports whether a note holds a text.
func (g *gathered) said(text string) bool {
	for _, n := range g.notes {
		if strings.Contains(n.Text, text) {
			return true
		}
	}
	return false
}

// read reads a text that must be readable.
func read(t *testing.T, f Format, text string, o Options) (*gathered, Summary) {
	t.Helper()
	g := &gathered{}
	sum, err := Read(context.Background(), "file", strings.NewReader(text), f, o, g)
	if err != nil {
		t.Fatal(err)
	}
	return g, sum
}

// refused reads a text that must not be readable, and returns why.
func refused(t *testing.T, f Format, text string, o Options) string {
	t.Helper()
	_, err := Read(context.Background(), "file", strings.NewReader(text), f, o, &gathered{})
	if err == nil {
		t.Fatal("it was read")
	}
	return err.Error()
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}
