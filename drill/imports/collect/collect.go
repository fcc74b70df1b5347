// Package collect puts what foreign sources saw (drill/observe) onto the time axis of a drill, sorted by the cells of its plan. A
// source may hold millions of requests: each takes 16 bytes, and is made a sample again when it is asked for.
package collect

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/plan"
)

// Limits of what is kept in memory. Beyond them an observation is an error that says what to do.
const (
	DefaultRequests = 6_000_000
	maxCounts       = 2_000_000
	maxKinds        = 1 << 16
	maxStates       = 10_000
	maxHosts        = 200_000
	maxEvents       = 10_000
	maxMissed       = 1_000_000
	maxSubjects     = 1 << 15 // subjects whose cells are remembered
	maxStrangers    = 20      // subjects that are named among those of no cell
)

// Config says what is kept.
type Config struct {
	// Anchor is time zero of the run, and From and To the part of its axis that is kept; To = 0 is no end. What overlaps the part
	// is kept, and nothing that began before the anchor.
	Anchor   time.Time
	From, To time.Duration
	// Cells are those that the plan expects something of, by their ids.
	Cells []string
	// Requests bounds how many are kept; 0 = DefaultRequests.
	Requests int
}

// Collector is a sink that keeps what was seen of the cells of a plan. One goroutine at a time may use it.
type Collector struct {
	config    Config
	questions []question // of the cells, without scenario and fault
	byCell    map[string]int
	services  *directory

	sources  []*source
	now      *source
	requests int
	counts   int
	subjects map[observe.Subject]*match
	last     observe.Subject
	lastTo   *match
	kinds    kinds

	Events []Event
	States []State
	hosts  int
	missed int
}

// source is one that was read.
type source struct {
	Source
	parts map[partKey]*part
	order []*part
}

// Source is what is known of one, and of what it held.
type Source struct {
	Name, Origin string
	// Outside counts the observations that do not lie in the kept part of the axis, and Strangers those that are of no cell:
	// named by what they are about, the first few of them.
	Outside   int
	Strangers map[string]int
	Unknown   int // of no cell, and not named
	Notes     []observe.Note
}

// Event is one on the axis.
type Event struct {
	observe.Event
	Source string
	// Timed is false where the format tells no times: From and To of the axis are then meaningless.
	Timed bool
	Began time.Duration
	Ended time.Duration
}

// State is one on the axis, of the service of some cells.
type State struct {
	observe.State
	Source string
	Timed  bool
	When   time.Duration
	Cells  []string // service|port|subset|client of each, as Question names it
}

// New makes a collector. Cells that are none are an error.
func New(config Config) (*Collector, error) {
	if config.Anchor.IsZero() {
		return nil, errors.New("a run without an anchor has no time axis")
	}
	if config.From < 0 || config.To < 0 || config.To > 0 && config.To <= config.From {
		return nil, fmt.Errorf("the part of the axis from %s to %s is none", config.From, config.To)
	}
	if config.Requests <= 0 {
		config.Requests = DefaultRequests
	}
	c := &Collector{config: config, byCell: map[string]int{}, subjects: map[observe.Subject]*match{}, kinds: kinds{at: map[Kind]uint32{}}}
	for _, id := range config.Cells {
		cell, err := plan.ParseCell(id)
		if err != nil {
			return nil, err
		}
		name := Question(cell)
		at := slices.IndexFunc(c.questions, func(q question) bool { return q.name == name })
		if at < 0 {
			at = len(c.questions)
			c.questions = append(c.questions, newQuestion(name, cell))
		}
		c.byCell[id] = at
		c.byCell[cell.NormalDay().String()] = at
	}
	c.services = newDirectory(c.questions)
	c.Begin("", "")
	return c, nil
}

// Question is a cell without its scenario and fault: what cells that differ in these alone are told by.
func Question(c plan.Cell) string {
	return fmt.Sprintf("%s|%d|%s|%s", c.Service, c.Port, c.Subset, c.Client)
}

// Begin says that what follows is of another source. The name stands for the prober in views, the origin is the kind of source.
func (c *Collector) Begin(name, origin string) {
	c.now = &source{Source: Source{Name: name, Origin: origin, Strangers: map[string]int{}}, parts: map[partKey]*part{}}
	c.sources = append(c.sources, c.now)
}

// Sources are those that were read, in their order.
func (c *Collector) Sources() []Source {
	var all []Source
	for _, s := range c.sources {
		if s.Name != "" || s.Origin != "" || len(s.order) > 0 {
			all = append(all, s.Source)
		}
	}
	return all
}

// axis is a time on the axis of the run; inside = a stretch overlaps the part that is kept.
func (c *Collector) axis(from, to time.Time) (begin, end time.Duration, inside bool) {
	begin, end = from.Sub(c.config.Anchor), to.Sub(c.config.Anchor)
	return begin, end, begin >= 0 && end >= c.config.From && (c.config.To == 0 || begin < c.config.To)
}

// Request keeps one.
func (c *Collector) Request(r observe.Request) error {
	begin, end, inside := c.axis(r.Start, r.End)
	if !inside {
		c.now.Outside++
		return nil
	}
	to := c.of(r.Subject)
	if to == nil {
		return nil
	}
	if c.requests >= c.config.Requests {
		return fmt.Errorf("more than %d requests in the time that is looked at; narrow it, or cut the file", c.config.Requests)
	}
	kind, err := c.kinds.of(Kind{
		Source: r.Source, SourceCluster: r.SourceCluster, OK: r.OK, Code: r.Code, GRPC: r.GRPC, Err: r.Err, Detail: r.Detail, Dest: r.Dest,
		TLS: r.TLS, Peer: r.Peer, Flags: r.Flags, Attempts: r.Attempts, Injected: r.Injected, Doubtful: r.Doubtful,
	})
	if err != nil {
		return err
	}
	c.requests++
	c.now.part(to, r.Reporter).add(newPoint(begin, end, kind))
	return nil
}

// Count keeps what a counter gained.
func (c *Collector) Count(n observe.Count) error {
	begin, end := n.From.Sub(c.config.Anchor), n.To.Sub(c.config.Anchor)
	if end < c.config.From || c.config.To > 0 && begin >= c.config.To {
		c.now.Outside++
		return nil
	}
	to := c.of(n.Subject)
	if to == nil {
		return nil
	}
	if c.counts++; c.counts > maxCounts {
		return fmt.Errorf("more than %d counts in the time that is looked at; narrow it, or export fewer series", maxCounts)
	}
	kind, err := c.kinds.of(Kind{
		Source: n.Source, SourceCluster: n.SourceCluster, OK: n.OK, Code: n.Code, GRPC: n.GRPC, Err: n.Err, Dest: n.Dest,
		TLS: n.TLS, Peer: n.Peer, Flags: n.Flags, Injected: n.Injected, Doubtful: n.Doubtful,
	})
	if err != nil {
		return err
	}
	p := c.now.part(to, n.Reporter)
	p.counts = append(p.counts, packedCount{begin, end, n.Delta, kind, n.Reset})
	return nil
}

// Missed keeps requests that were never sent. Those of no service are held against all that the source asked.
func (c *Collector) Missed(m observe.Missed) error {
	at, _, inside := c.axis(m.At, m.At)
	if !inside {
		c.now.Outside++
		return nil
	}
	var to *match
	if m.Host != "" || m.Service != "" {
		if to = c.of(m.Subject); to == nil {
			return nil
		}
	}
	if c.missed++; c.missed > maxMissed {
		return fmt.Errorf("more than %d reports of requests that were never sent", maxMissed)
	}
	p := c.now.part(to, observe.ReporterSource)
	p.missed = append(p.missed, missed{at, int64(m.Count)})
	return nil
}

// State keeps what a proxy held of the service of a cell.
func (c *Collector) State(s observe.State) error {
	at, _, inside := c.axis(s.At, s.At)
	if timed := !s.At.IsZero(); timed && !inside {
		c.now.Outside++
		return nil
	}
	to := c.of(s.Subject)
	if to == nil {
		return nil
	}
	if c.hosts += len(s.Hosts); len(c.States) >= maxStates || c.hosts > maxHosts {
		return fmt.Errorf("more than %d states of proxies, or %d endpoints in them", maxStates, maxHosts)
	}
	kept := State{State: s, Source: c.now.Name, Timed: !s.At.IsZero(), When: at}
	for _, q := range to.questions {
		kept.Cells = append(kept.Cells, c.questions[q].name)
	}
	c.States = append(c.States, kept)
	return nil
}

// Event keeps one, whenever it was.
func (c *Collector) Event(e observe.Event) error {
	if len(c.Events) >= maxEvents {
		return fmt.Errorf("more than %d events", maxEvents)
	}
	kept := Event{Event: e, Source: c.now.Name, Timed: !e.From.IsZero() && !e.To.IsZero()}
	if kept.Timed {
		kept.Began, kept.Ended = e.From.Sub(c.config.Anchor), e.To.Sub(c.config.Anchor)
	}
	c.Events = append(c.Events, kept)
	return nil
}

// Note keeps one with its source.
func (c *Collector) Note(n observe.Note) error {
	c.now.Notes = append(c.now.Notes, n)
	return nil
}
