package imports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// journal is what is read of Chaos Toolkit's (chaostoolkit: reference/api/journal). Unknown members are of no interest.
type journal struct {
	Status     string `json:"status"`
	Start      string `json:"start"`
	End        string `json:"end"`
	Deviated   *bool  `json:"deviated"`
	Experiment struct {
		Title     string            `json:"title"`
		Rollbacks []json.RawMessage `json:"rollbacks"`
	} `json:"experiment"`
	States struct {
		Before *steadyState `json:"before"`
		After  *steadyState `json:"after"`
	} `json:"steady_states"`
	Run       []activity `json:"run"`
	Rollbacks []activity `json:"rollbacks"`
}

type steadyState struct {
	Met *bool `json:"steady_state_met"`
}

type activity struct {
	Activity struct {
		Type       string `json:"type"`
		Name       string `json:"name"`
		Background bool   `json:"background"`
	} `json:"activity"`
	Status string `json:"status"`
	Start  string `json:"start"`
	End    string `json:"end"`
}

// chaosToolkit reads a journal. Its actions are events with the times that they took; of recovery it proves nothing, whatever
// it says of steady states.
func chaosToolkit(ctx context.Context, r io.Reader, _ *Options, l *ledger) error {
	data, err := readWhole(ctx, r, maxJournal, l)
	if err != nil {
		return err
	}
	var j journal
	if err := decodeJSON(data, &j); err != nil {
		return err
	}
	if j.Status == "" || j.Start == "" {
		return errors.New("no journal of Chaos Toolkit: status and start are missing")
	}
	for i := range j.Run {
		a := &j.Run[i]
		if a.Activity.Type != "action" {
			continue
		}
		if err := l.activity(a, removal(a.Activity.Name)); err != nil {
			return err
		}
		if a.Activity.Background {
			if err := l.note(0, fmt.Sprintf("action %q ran in the background: its time holds the whole fault, not the moment of its begin", a.Activity.Name), 0); err != nil {
				return err
			}
		}
	}
	for i := range j.Rollbacks {
		a := &j.Rollbacks[i]
		kind := observe.RolledBack
		if a.Status != "succeeded" {
			kind = observe.NotRolled
		}
		if err := l.activity(a, kind); err != nil {
			return err
		}
	}
	return l.ending(&j)
}

// maxJournal is the longest journal; outputs of activities stand in it.
const maxJournal = 32 << 20

// removal is what an action of the method does. Journals do not tell: an action that says that it takes something back is a
// removal, every other is an injection.
func removal(name string) observe.EventKind {
	name = strings.ToLower(name)
	for _, word := range []string{"remove", "restore", "recover", "revert", "repair", "undo", "rollback", "roll-back", "uncordon", "unblock", "resume", "heal"} {
		if strings.Contains(name, word) {
			return observe.Removed
		}
	}
	return observe.Injected
}

// activity passes on one with a time.
func (l *ledger) activity(a *activity, kind observe.EventKind) error {
	e := observe.Event{
		Kind: kind, Name: record.Clip(a.Activity.Name, maxText), OK: a.Status == "succeeded", By: string(ChaosToolkit),
		Detail: record.Clip(a.Status, maxText),
	}
	from, utc, ok := when(a.Start)
	to, _, also := when(a.End)
	switch {
	case !ok || !also || to.Before(from):
		if err := l.note(0, "an activity has no start and end that can be read: nothing may be measured from it", 0); err != nil {
			return err
		}
	default:
		e.From, e.To = from, to
		if !utc {
			if err := l.note(0, "times have no offset; they are taken for UTC", 0); err != nil {
				return err
			}
		}
	}
	return l.event(e)
}

// ending tells how the experiment ended, and whether rollbacks are owed.
func (l *ledger) ending(j *journal) error {
	from, _, _ := when(j.Start)
	to, _, _ := when(j.End)
	deviated := j.Deviated != nil && *j.Deviated
	detail := "status " + j.Status
	if deviated {
		detail += ", deviated from its steady state"
	}
	for _, s := range []struct {
		when  string
		state *steadyState
	}{{"before", j.States.Before}, {"after", j.States.After}} {
		if s.state != nil && s.state.Met != nil {
			detail += fmt.Sprintf(", steady state %s met: %t", s.when, *s.state.Met)
		}
	}
	name := record.Clip(j.Experiment.Title, maxText)
	if j.Status == "interrupted" || j.Status == "aborted" {
		e := observe.Event{Kind: observe.Interrupted, From: to, To: to, Name: name, By: string(ChaosToolkit), Detail: record.Clip(detail, maxText)}
		if err := l.event(e); err != nil {
			return err
		}
	}
	if len(j.Experiment.Rollbacks) > len(j.Rollbacks) {
		e := observe.Event{
			Kind: observe.NotRolled, Name: name, By: string(ChaosToolkit),
			Detail: fmt.Sprintf("%d of %d rollbacks were not executed (status %s)", len(j.Experiment.Rollbacks)-len(j.Rollbacks), len(j.Experiment.Rollbacks), record.Clip(j.Status, 40)),
		}
		if err := l.event(e); err != nil {
			return err
		}
	}
	verdict := observe.Event{Kind: observe.Verdict, From: from, To: to, Name: name, OK: j.Status == "completed" && !deviated, By: string(ChaosToolkit), Detail: record.Clip(detail, maxText)}
	if err := l.event(verdict); err != nil {
		return err
	}
	return l.note(0, "completed means that the experiment ran, and a steady state is checked before and after it: neither tells when the service recovered", 0)
}

// decodeJSON reads one document, and names the line of a mistake. What is nested deeper than maxDepth is refused.
func decodeJSON(data []byte, into any) error {
	s := scan{b: data}
	_, err := s.any(maxDepth)
	if err == nil {
		err = s.rest()
	}
	if err != nil {
		return &lineError{lineOf(data, s.i), err}
	}
	if err := json.Unmarshal(data, into); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return &lineError{lineOf(data, int(kind.Offset)), fmt.Errorf("%s is a %s, which it cannot be", record.Clip(kind.Field, maxText), kind.Value)}
		}
		return &lineError{1, errJSON}
	}
	return nil
}
