package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Reference is the prober whose clock counts and whose rounds the others follow. It tells time and round to whoever asks, and takes
// nothing.
type Reference struct {
	listener net.Listener

	mu     sync.Mutex
	state  state
	anchor time.Time
	seen   map[string]bool // by id: it follows
	parted map[string]bool // and knows that the run is over
	server *http.Server
}

// NewReference answers at a listener, as soon as the drill begins.
func NewReference(l net.Listener) *Reference {
	return &Reference{listener: l, seen: map[string]bool{}, parted: map[string]bool{}}
}

func (r *Reference) serve(run, digest string, anchor time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state, r.anchor = state{Run: run, PlanDigest: digest}, anchor
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/drill", r.answer)
	r.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10}
	go func() { _ = r.server.Serve(r.listener) }() // ends with dismiss
}

// now is the reference's clock: the wall clock of its anchor, and the monotonic clock since.
func (r *Reference) now() int64 { return r.anchor.UnixNano() + int64(time.Since(r.anchor)) }

func (r *Reference) answer(w http.ResponseWriter, req *http.Request) {
	received := r.now()
	r.mu.Lock()
	s := r.state
	query := req.URL.Query()
	if id := query.Get("prober"); query.Get("ready") == "true" && plainID.MatchString(id) && (r.seen[id] || len(r.seen) < 1000) {
		r.seen[id] = true
		r.parted[id] = s.Done
	}
	r.mu.Unlock()
	s.Received = received
	s.write(w, r.now)
}

func (r *Reference) at(round string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Round = round
}

func (r *Reference) over(aborted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Done, r.state.Aborted = true, aborted
}

// announce tells the others which round begins.
func (d *Drill) announce(round string) {
	if d.o.Serve != nil {
		d.o.Serve.at(round)
	}
}

// meet waits for the probers that the plan names.
func (d *Drill) meet(ctx context.Context) error {
	r := d.o.Serve
	if r == nil {
		return nil
	}
	r.serve(d.Run, d.digest, d.anchor)
	for {
		missing := d.missing(func(id string) bool { return r.seen[id] })
		if len(missing) == 0 {
			return nil
		}
		d.live.at(PhaseWaiting, 0)
		d.live.say("waiting for the probers %s", strings.Join(missing, ", "))
		for slices.Equal(missing, d.missing(func(id string) bool { return r.seen[id] })) {
			if err := wait(ctx, watchEvery); err != nil {
				return &Aborted{Why: "not all probers came: " + strings.Join(missing, ", "), cause: err}
			}
		}
	}
}

// missing are the other probers of the plan of which something is not yet so.
func (d *Drill) missing(so func(id string) bool) (missing []string) {
	d.o.Serve.mu.Lock()
	defer d.o.Serve.mu.Unlock()
	for _, pr := range d.o.Plan.Probes {
		if pr.From != "" && pr.From != d.o.Prober.ID && !so(pr.From) && !slices.Contains(missing, pr.From) {
			missing = append(missing, pr.From)
		}
	}
	return missing
}

const partWithin = 5 * time.Second

// dismiss tells the others that the run is over, and waits a little until they know.
func (d *Drill) dismiss(aborted bool) {
	r := d.o.Serve
	if r == nil || r.server == nil {
		return
	}
	r.over(aborted)
	ctx, cancel := context.WithTimeout(context.Background(), partWithin)
	defer cancel()
	for len(d.missing(func(id string) bool { return r.parted[id] || !r.seen[id] })) > 0 && wait(ctx, watchEvery) == nil {
	}
	_ = r.server.Close() // nobody is waited for any longer
}

// lostAfter is how long a follower goes on without hearing of the reference.
const lostAfter = 10 * time.Second

// follow asks this prober's probes in the rounds of the reference until that is done.
func (d *Drill) follow(ctx context.Context, res *Result) error {
	f := d.o.Follow
	d.live.at(PhaseWaiting, 0)
	if f.first.PlanDigest != d.digest {
		return &Aborted{Why: fmt.Sprintf("the reference drills another version of the plan (%s)", f.first.PlanDigest)}
	}
	f.ready = true
	s, err := d.hear(ctx, func(s state) bool { return s.Round != "" || s.Done })
	for err == nil && !s.Done {
		i := slices.IndexFunc(d.Rounds, func(r Round) bool { return r.Name == s.Round })
		if i < 0 {
			return &Aborted{Why: fmt.Sprintf("the reference is at round %q, which this prober does not know", record.Clip(s.Round, 80))}
		}
		round := s.Round
		if s, err = d.along(ctx, i); err != nil {
			return err
		}
		res.Done = append(res.Done, round)
	}
	if err == nil {
		d.live.at(PhaseDone, 0)
		err = parted(s)
	}
	if err != nil {
		return &Aborted{Why: err.Error(), cause: err}
	}
	return nil
}

// parted is what the end of the reference's run means for this prober's.
func parted(s state) error {
	if s.Done && s.Aborted {
		return errors.New("the reference ended the drill before its end")
	}
	return nil
}

// along asks the probes through one round of the reference, and returns what that is at then.
func (d *Drill) along(ctx context.Context, i int) (now state, err error) {
	r := &d.Rounds[i]
	d.live.enter(r, i+1)
	d.live.at(PhaseFollow, 0)
	e := record.Event{Name: record.Round, Edge: record.Begin, Fault: r.Name, Scenario: r.Scenario, Mode: r.Mode}
	if err := d.event(e); err != nil {
		return now, err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d.running(r, stop)
	defer d.running(nil, nil)
	asking, quiet := context.WithCancel(context.WithoutCancel(ctx))
	defer quiet()
	var others sync.WaitGroup
	others.Go(func() {
		if err := d.ask(asking, r); err != nil {
			d.fail(err)
		}
	})
	now, err = d.hear(ctx, func(now state) bool { return now.Round != r.Name || now.Done })
	if err == nil {
		err = parted(now)
	}
	quiet()
	others.Wait()
	d.sink.flush()
	err = errors.Join(err, d.writer.Clock(d.o.Follow.best()))
	e.Edge, e.Failed = record.End, err != nil
	if err != nil {
		return now, errors.Join(&Aborted{Why: err.Error(), cause: err}, d.event(e))
	}
	return now, d.event(e)
}

// hear asks the reference until something is so.
func (d *Drill) hear(ctx context.Context, so func(state) bool) (state, error) {
	last := d.since()
	for {
		s, _, err := d.o.Follow.look(ctx, d.anchor)
		switch {
		case ctx.Err() != nil:
			return s, context.Cause(ctx)
		case err == nil && so(s):
			return s, nil
		case err == nil:
			last = d.since()
		case d.since()-last > lostAfter:
			return s, fmt.Errorf("the reference has not answered for %s: %w", lostAfter, err)
		}
		if err := wait(ctx, watchEvery); err != nil {
			return s, err
		}
	}
}
