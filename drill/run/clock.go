package run

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// exchanges make one comparison of clocks: that with the shortest way counts.
const (
	exchanges       = 8
	recentLooks     = 20
	exchangeTimeout = 2 * time.Second
	maxState        = 64 << 10
)

// state is what the reference answers: its time, and what it is at.
type state struct {
	Run        string `json:"run"`
	PlanDigest string `json:"plan_digest"`
	Round      string `json:"round"` // empty = none yet
	Done       bool   `json:"done"`
	Aborted    bool   `json:"aborted,omitempty"` // before its end
	// Times of the reference's clock, in nanoseconds since 1970: when the question came, and when the answer left.
	Received int64 `json:"received_ns"`
	Sent     int64 `json:"sent_ns"`
}

// Follower compares its clock with that of the reference of a run, and learns from it which round runs.
type Follower struct {
	base   string
	prober string
	client *http.Client
	first  state
	ready  bool           // it follows: the reference need not wait for it any longer
	recent []record.Clock // comparisons of the last seconds
}

// Join finds the reference at an address, host:port, as the prober of that id. It waits for it until the context ends.
func Join(ctx context.Context, address, prober string) (*Follower, error) {
	f := &Follower{base: "http://" + address + "/v1/drill", prober: prober,
		client: &http.Client{Timeout: exchangeTimeout, Transport: &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 1}}}
	for {
		s, err := f.exchange(ctx)
		if err == nil {
			f.first = s
			return f, nil
		}
		if wait(ctx, time.Second) != nil {
			return nil, fmt.Errorf("the reference prober at %s: %w", address, err)
		}
	}
}

// Run is the id of the run that the reference drills.
func (f *Follower) Run() string { return f.first.Run }

func (f *Follower) exchange(ctx context.Context) (s state, err error) {
	query := url.Values{"prober": {f.prober}}
	if f.ready {
		query.Set("ready", "true")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.base+"?"+query.Encode(), nil)
	if err != nil {
		return s, err
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return s, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return s, fmt.Errorf("status %s", resp.Status)
	}
	return s, json.NewDecoder(io.LimitReader(resp.Body, maxState)).Decode(&s)
}

// look compares once. Offsets are those of RFC 5905, 8: θ = ((T₂-T₁)+(T₃-T₄))/2 is how far the reference is ahead; it is wrong by half
// the time on the way at most, however that is divided.
func (f *Follower) look(ctx context.Context, anchor time.Time) (state, record.Clock, error) {
	from := time.Since(anchor)
	s, err := f.exchange(ctx)
	to := time.Since(anchor)
	if err != nil {
		return s, record.Clock{}, err
	}
	c := compared(anchor, from, to, s.Received, s.Sent)
	if len(f.recent) >= recentLooks {
		f.recent = slices.Delete(f.recent, 0, 1)
	}
	f.recent = append(f.recent, c)
	return s, c, nil
}

// best is the comparison of the last seconds that is wrong by the least; there must have been one.
func (f *Follower) best() record.Clock {
	return slices.MinFunc(f.recent, func(a, b record.Clock) int { return cmp.Compare(a.Bound, b.Bound) })
}

// compared is one exchange that this prober began and ended at from and to after its anchor.
func compared(anchor time.Time, from, to time.Duration, received, sent int64) record.Clock {
	// By the wall clock of the anchor and the monotonic clock since: a step of the wall clock during the drill changes nothing.
	t1, t4 := anchor.UnixNano()+int64(from), anchor.UnixNano()+int64(to)
	ahead := ((t1 - received) + (t4 - sent)) / 2
	way := max(0, (t4-t1)-(sent-received))
	return record.Clock{At: record.Millis(to), Offset: record.Millis(ahead), Bound: record.Millis((way + 1) / 2), Source: "muster"}
}

// compare is the best of several comparisons.
func (f *Follower) compare(ctx context.Context, anchor time.Time) (record.Clock, error) {
	for range exchanges {
		if _, _, err := f.look(ctx, anchor); err != nil {
			return record.Clock{}, fmt.Errorf("comparing clocks: %w", err)
		}
	}
	return f.best(), nil
}

func (s *state) write(w http.ResponseWriter, now func() int64) {
	s.Sent = now()
	data, err := json.Marshal(s)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // who does not listen asks again
}
