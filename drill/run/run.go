// Package run drills a plan: it asks the plan's probes through a null round and a round for each fault mode, has the faults injected
// and removed, records what was seen and done, and ends the drill at once when it must not go on. What was seen is judged by
// drill/audit.
package run

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/probe"
	"github.com/passmuster/muster/drill/record"
)

// Options of a run.
type Options struct {
	Plan     *plan.Plan
	PlanPath string // files that the plan names are below its folder; a copy of it is kept
	// Dir takes what is recorded; empty = drills/<plan>/<run>. Run is the id; empty = a new one.
	Dir, Run string
	Prober   record.Prober // its ID must be set
	// Modes restricts the fault modes; nil = all of the plan.
	Modes []string
	// Inject lets the plan's hooks run. Without it people or other tools inject, and tell of it (Mark).
	Inject bool
	// Injector stands in for both: the program injects, as a demonstration does; nil = it does not.
	Injector Injector
	// ManualWait bounds how long is waited for each mark; 0 = an hour. After an abort or an interrupt it is AbortWait, 0 = the same.
	ManualWait, AbortWait time.Duration

	NullOnly   bool
	NullFor    time.Duration // 0 = watch_before, or up to a minute of fault.duration if that is longer
	NullRecord string        // of an earlier null round that stands in for this run's

	Anyway     string // reason for which a blocked window does not count
	Unapproved bool
	Resume     bool // go on in Dir

	// Serve makes this prober the reference of others: they compare their clocks with it, and follow its rounds. Follow is the
	// address of the reference that this prober follows.
	Serve  *Reference
	Follow *Follower

	Live *Live // nil = nobody watches

	// Of tests.
	dial   func(*probe.Target)
	wait   func(ctx context.Context, until func() time.Duration) error
	driver func(d *Drill) driver
	deaf   bool // nobody can tell it anything
}

// Drill is a run that is ready to begin.
type Drill struct {
	Dir, File string // what is recorded, and in which folder
	Run       string
	Rounds    []Round // that are still to be done, the null round first
	Unprobed  []Unprobed
	Notes     []string // what was overridden, or is otherwise worth saying

	o       Options
	planDir string
	digest  string
	suffix  string // of faults, in recordings that go on from others
	past    *past
	asked   []question
	targets []probe.Target // by question
	driver  driver
	control *control
	guard   *guard
	places  map[string]*plan.Expectation // by cell, those of the null round too
	normal  *normalDay
	live    *Live

	anchor time.Time
	writer *record.Writer
	sink   *sink

	mu    sync.Mutex
	stop  context.CancelCauseFunc // of the round that runs
	round *Round
	early error // why the next round must end at once: told while none ran
}

// ids that may be parts of paths.
var plainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// Prepare checks everything that can be checked before the first request, and asks nothing. A *Refused says why a drill may not begin.
func Prepare(o Options) (*Drill, error) {
	digest, err := o.Plan.Digest()
	if err != nil {
		return nil, err
	}
	d := &Drill{o: o, digest: digest, planDir: filepath.Dir(o.PlanPath), live: o.Live, past: &past{}, Dir: o.Dir, Run: o.Run}
	if d.live == nil {
		d.live = &Live{}
	}
	if !plainID.MatchString(o.Prober.ID) {
		return nil, refused("prober %q: want letters, digits, dots, dashes", o.Prober.ID)
	}
	if d.Rounds, err = rounds(o.Plan, o.Modes, o.NullFor); err != nil {
		return nil, &Refused{[]string{err.Error()}}
	}
	if d.asked, d.Unprobed, err = questions(o.Plan, o.Prober.ID); err != nil {
		return nil, &Refused{[]string{err.Error()}}
	}
	if len(d.asked) == 0 {
		return nil, refused("the plan has no probe for prober %s", o.Prober.ID)
	}
	for i := range d.asked {
		t, err := target(d.asked[i].probe, d.planDir)
		if err == nil {
			t.Cell = d.asked[i].normal.String()
			err = t.Check()
		}
		if err != nil {
			return nil, refused("probe %s: %v", d.asked[i].probe.Name, err)
		}
		if o.dial != nil {
			o.dial(&t)
		}
		d.targets = append(d.targets, t)
	}
	if err := d.begun(); err != nil {
		return nil, err
	}
	begin := time.Now()
	if d.Notes, err = o.gates(digest, begin, length(d.Rounds)); err != nil && o.Follow == nil {
		return nil, err
	}
	d.normal = newNormalDay(d.asked, o.Plan.Objectives.Latency.Std())
	d.places = map[string]*plan.Expectation{}
	for i := range d.asked {
		for _, e := range d.asked[i].modes {
			d.places[e.Cell], d.places[d.asked[i].normal.String()] = e, e
		}
	}
	d.guard = newGuard(o.Plan.Safety.AbortOn, d.planDir)
	d.control = &control{abort: d.abortWith, write: d.tell}
	if err := d.drivers(); err != nil {
		return nil, err
	}
	if err := d.nullRounds(begin); err != nil {
		return nil, err
	}
	if len(d.Rounds) == 0 {
		return nil, refused("all rounds are drilled: there is nothing to go on with")
	}
	return d, nil
}

// begun finds out what an interrupted run has done already, and where this one records.
func (d *Drill) begun() (err error) {
	o := &d.o
	if o.Resume {
		if d.past, err = earlier(d.Dir, o.Prober.ID, d.digest, time.Now().Add(-nullAge(o.Plan))); err != nil {
			return err
		}
		d.Run = d.past.run
		if o.Follow == nil {
			d.Rounds = slices.DeleteFunc(d.Rounds, func(r Round) bool { return d.past.done[r.Name] })
		}
		d.suffix = fmt.Sprintf("#%d", d.past.files+1)
	}
	if d.Run == "" {
		d.Run = NewID(time.Now())
	}
	if !plainID.MatchString(d.Run) {
		return refused("run %q: want letters, digits, dots, dashes", d.Run)
	}
	if d.Dir == "" {
		if !plainID.MatchString(o.Plan.Metadata.ID) {
			return refused("the plan's id %q cannot be the name of a folder: give --dir", o.Plan.Metadata.ID)
		}
		d.Dir = filepath.Join("drills", o.Plan.Metadata.ID, d.Run)
	}
	d.File = filepath.Join(d.Dir, file(o.Prober.ID, d.past.files+1))
	if _, err := os.Lstat(d.File); err == nil {
		return refused("%s exists: --resume goes on with it", d.File)
	}
	return nil
}

// drivers chooses who injects.
func (d *Drill) drivers() error {
	o := &d.o
	switch {
	case o.driver != nil:
		d.driver = o.driver(d)
	case o.Injector != nil:
		d.driver = inside{o.Injector}
	case o.Inject:
		h := &hooked{hooks: o.Plan.Fault.Hooks, dir: d.planDir, log: filepath.Join(d.Dir, "hooks.log"), env: []string{"MUSTER_RUN=" + d.Run}}
		if err := h.check(d.Rounds); err != nil && !o.NullOnly {
			return &Refused{[]string{err.Error()}}
		}
		d.driver = h
	default:
		d.driver = &manual{control: d.control, live: d.live, wait: cmp.Or(o.ManualWait, time.Hour)}
	}
	return nil
}

// nullRounds leaves away what was asked to be left away, and judges the null round of an earlier run.
func (d *Drill) nullRounds(begin time.Time) error {
	o := &d.o
	if o.NullOnly {
		d.Rounds = slices.DeleteFunc(d.Rounds, func(r Round) bool { return !r.Null })
	}
	if o.NullRecord == "" {
		return nil
	}
	if o.NullOnly {
		return refused("a null round alone, and one that stands in for it, are not both wanted")
	}
	head, err := d.normal.earlier(o.NullRecord, d.digest, begin.Add(-nullAge(o.Plan)))
	if err != nil {
		return err
	}
	d.normal = newNormalDay(d.asked, o.Plan.Objectives.Latency.Std())
	d.Rounds = slices.DeleteFunc(d.Rounds, func(r Round) bool { return r.Null })
	d.Notes = append(d.Notes, "the null round of "+filepath.Base(o.NullRecord)+" ("+head+") stands in for this run's")
	return nil
}

// nullAge is how old a null round may be that stands for today.
func nullAge(p *plan.Plan) time.Duration { return cmp.Or(p.Safety.NullMaxAge.Std(), 24*time.Hour) }

// NewID is the id of a run that begins at a moment.
func NewID(at time.Time) string {
	return at.UTC().Format("20060102T150405.000Z")
}
