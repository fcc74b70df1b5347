package run

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// byHand is a drill of one mode whose faults a person injects.
func byHand(t *testing.T, w *world) (Options, *Live) {
	t.Helper()
	p := thePlan()
	p.Scenario.FaultModes, p.Expect = []string{"hang"}, p.Expect[1:]
	p.Safety.AbortOn = []plan.Abort{}
	o := w.options(t, p)
	o.driver, o.Live = nil, &Live{}
	return o, o.Live
}

func TestAPersonPressesEnter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{}
		o, live := byHand(t, w)
		d, err := Prepare(o)
		must(t, err)
		var asked []string
		done := make(chan struct{})
		go func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(3 * time.Second):
				}
				if s := live.Snapshot(); s.Todo != "" {
					asked = append(asked, s.Todo)
				}
				d.Next() // also when nothing is waited for
			}
		}()
		_, err = d.Do(t.Context())
		close(done)
		must(t, err)
		synctest.Wait()
		wants(t, "asked", asked, []string{
			"tell when you begin to inject region=eu-west (hang)", "inject region=eu-west (hang) now, and tell when it is done",
			"tell when you begin to remove region=eu-west (hang)", "remove region=eu-west (hang) now, and tell when it is done",
		})
		r, err := record.ReadFile(d.File)
		must(t, err)
		wants(t, "events", told(r)[2:], []string{"round begin hang", "inject begin hang", "inject end hang", "remove begin hang", "remove end hang", "round end hang"})
		// What was pressed three seconds apart is so in the record.
		var at []time.Duration
		for _, e := range r.Events {
			if e.Name == record.Inject {
				at = append(at, e.At.Duration())
			}
		}
		if at[1]-at[0] != 3*time.Second {
			t.Errorf("the injection took %s", at[1]-at[0])
		}
	})
}

func TestNobodyTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, _ := byHand(t, &world{})
		o.ManualWait = time.Minute
		_, r, err := drill(t, t.Context(), o)
		if a, ok := errors.AsType[*Aborted](err); !ok || a.Why != "nobody told of it within 1m0s" || a.Holds != nil {
			t.Errorf("error %v", err)
		}
		wants(t, "events", told(r)[2:], []string{"round begin hang", "abort hang", "round end hang failed"})
	})
}

func TestAnInterruptAsksForTheRemoval(t *testing.T) {
	for name, tc := range map[string]struct {
		tells bool
		holds string
		ends  []string
	}{
		"somebody removes it": {true, "", []string{"inject begin hang", "inject end hang", "remove begin hang", "remove end hang", "abort hang", "round end hang failed"}},
		"nobody does":         {false, "nobody told within 2m0s that it was removed", []string{"inject begin hang", "inject end hang", "abort hang", "round end hang failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o, _ := byHand(t, &world{})
				o.AbortWait = 2 * time.Minute
				ctx, interrupt := context.WithCancel(t.Context())
				d, err := Prepare(o)
				must(t, err)
				stop := make(chan struct{})
				go func() {
					marks := 0
					for {
						select {
						case <-stop:
							return
						case <-time.After(time.Second):
						}
						if _, _, waits := d.control.next(); !waits {
							continue
						}
						if marks++; marks <= 2 || tc.tells {
							d.Next()
						}
						if marks == 2 {
							time.AfterFunc(time.Second, interrupt)
						}
					}
				}()
				_, err = d.Do(ctx)
				close(stop)
				a, ok := errors.AsType[*Aborted](err)
				if !ok || (a.Holds != nil) != (tc.holds != "") || !errors.Is(err, context.Canceled) {
					t.Fatalf("error %v", err)
				}
				if a.Holds != nil && (!strings.Contains(a.Holds.Error(), tc.holds) || !strings.Contains(err.Error(), "THE FAULT MAY STILL HOLD")) {
					t.Errorf("holds: %v", err)
				}
				r, err := record.ReadFile(d.File)
				must(t, err)
				wants(t, "events", told(r)[3:], tc.ends)
			})
		})
	}
}

func TestMarks(t *testing.T) {
	for text, want := range map[string]Mark{
		"inject begin":           {Name: record.Inject, Edge: record.Begin},
		"remove end":             {Name: record.Remove, Edge: record.End},
		"failback begin by hand": {Name: record.Failback, Edge: record.Begin, Text: "by hand"},
		"abort":                  {Name: record.Abort},
		"note the pager":         {Name: record.Note, Text: "the pager"},
	} {
		if got, err := ParseMark(strings.Fields(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "inject", "inject now", "removed end", "round end"} {
		if got, err := ParseMark(strings.Fields(text)); err == nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
}
