package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// interrupted is a drill that was stopped while its last fault, hang, was injected; what it left is in the world.
func interrupted(t *testing.T, w *world) Options {
	t.Helper()
	o := w.options(t, thePlan())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.onBegin = func(name record.EventName) {
		if w.acts[len(w.acts)-1] == "inject hang" {
			time.AfterFunc(time.Second, cancel)
		}
	}
	if _, _, err := drill(t, ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.onBegin, w.acts, o.Resume = nil, nil, true
	return o
}

func TestOnlyWhatWasInterruptedIsRepeated(t *testing.T) {
	for name, tc := range map[string]struct {
		later  time.Duration
		refuse string // it could not be removed
		done   []string
		acts   []string
	}{
		"at once":                    {0, "", []string{"hang"}, []string{"inject hang", "remove hang"}},
		"when the null round is old": {25 * time.Hour, "", []string{"null", "hang"}, []string{"inject hang", "remove hang"}},
		"when the fault still holds": {0, "remove hang", []string{"hang"}, []string{"remove hang", "inject hang", "remove hang"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{refuse: map[string]error{tc.refuse: errNo}}
				o := interrupted(t, w)
				w.refuse = nil
				<-time.After(tc.later)
				res, r, err := drill(t, t.Context(), o)
				must(t, err)
				wants(t, "rounds", res.Done, tc.done)
				wants(t, "acts", w.acts, tc.acts)
				if r.Header.Prober.ID != "p1#2" || r.Header.Continues == "" {
					t.Errorf("header %+v", r.Header)
				}
				if got := refusal(t, o); !strings.Contains(got, "all rounds are drilled") {
					t.Errorf("refused %q", got)
				}
			})
		})
	}
}

func TestWhatCannotBeGoneOnWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := interrupted(t, &world{})
		again := o
		again.Resume, again.Dir = true, filepath.Join(t.TempDir(), "elsewhere")
		if got := refusal(t, again); !strings.Contains(got, "holds no recording of prober p1") {
			t.Errorf("refused %q", got)
		}
		again = o
		again.Resume = false
		if got := refusal(t, again); !strings.Contains(got, "--resume goes on with it") {
			t.Errorf("refused %q", got)
		}
		edited := *o.Plan
		edited.Objective = "another"
		again = o
		again.Plan, again.PlanPath = &edited, written(t, &edited)
		if got := refusal(t, again); !strings.Contains(got, "follows another version of the plan") {
			t.Errorf("refused %q", got)
		}
		path := filepath.Join(o.Dir, "results-p1.ndjson")
		data, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, []byte(strings.Replace(string(data), `"ok":true`, `"ok":false,"err":"http"`, 1)), 0o600))
		if _, err := Prepare(o); err == nil {
			t.Error("a record that was changed is gone on with")
		} else if _, ok := errors.AsType[*Unreadable](err); !ok {
			t.Errorf("error %v", err)
		}
	})
}

func TestAnAbortBetweenRoundsIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		d, err := Prepare(w.options(t, thePlan()))
		must(t, err)
		must(t, d.Tell(Mark{Name: record.Abort, Text: "the pager rang"}))
		_, err = d.Do(t.Context())
		if a, ok := errors.AsType[*Aborted](err); !ok || a.Why != "the pager rang" {
			t.Errorf("error %v", err)
		}
	})
}
