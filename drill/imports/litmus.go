package imports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// litmusObject is what is read of a ChaosResult, a ChaosEngine or an Event of Kubernetes, or of a list of them (litmus
// chaos-operator: api/litmuschaos/v1alpha1).
type litmusObject struct {
	Kind     string         `json:"kind"`
	Items    []litmusObject `json:"items"`
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Engine      string `json:"engine"`
		Experiment  string `json:"experiment"`
		Experiments []struct {
			Spec struct {
				Components struct {
					Env []struct {
						Name  string `json:"name"`
						Value string `json:"value"`
					} `json:"env"`
				} `json:"components"`
			} `json:"spec"`
		} `json:"experiments"`
	} `json:"spec"`
	Status struct {
		Experiment struct {
			Phase   string `json:"phase"`
			Verdict string `json:"verdict"`
			// Success is a percentage that is written as a text.
			Success any    `json:"probeSuccessPercentage"`
			Error   any    `json:"errorOutput"`
			Step    string `json:"failStep"`
		} `json:"experimentStatus"`
		Probes []struct {
			Name   string `json:"name"`
			Status struct {
				Verdict string `json:"verdict"`
			} `json:"status"`
		} `json:"probeStatuses"`
	} `json:"status"`

	// Of events.
	Reason    string    `json:"reason"`
	First     string    `json:"firstTimestamp"`
	Last      string    `json:"lastTimestamp"`
	EventTime string    `json:"eventTime"`
	Involved  objectRef `json:"involvedObject"`
	Regarding objectRef `json:"regarding"`
}

type objectRef struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

const litmusTimeless = "a ChaosResult does not tell when the fault began or ended: nothing may be measured from it (add the Events of the ChaosEngine)"

// litmus reads what an experiment of Litmus left. Times come from Events alone, which count whole seconds.
func litmus(ctx context.Context, r io.Reader, _ *Options, l *ledger) error {
	data, err := readWhole(ctx, r, MaxYAML, l)
	if err != nil {
		return err
	}
	objects, err := litmusObjects(data, l)
	if err != nil {
		return err
	}
	durations, timed := map[string]time.Duration{}, map[string]bool{}
	for i := range objects {
		if o := &objects[i]; o.Kind == "ChaosEngine" {
			durations[o.Metadata.Name] = o.duration()
		}
	}
	if err := litmusEvents(objects, durations, timed, l); err != nil {
		return err
	}
	for i := range objects {
		if o := &objects[i]; o.Kind == "ChaosResult" {
			if err := o.result(timed[o.Spec.Engine], l); err != nil {
				return err
			}
		}
	}
	return nil
}

// litmusObjects are those of all documents of a file.
func litmusObjects(data []byte, l *ledger) ([]litmusObject, error) {
	var all []litmusObject
	line := 1
	for len(data) > 0 {
		part, rest, _ := cutDocument(data)
		if len(bytes.TrimSpace(part)) > 0 {
			text, err := yaml.YAMLToJSON(part)
			if err != nil {
				return nil, &lineError{line, errors.New("this is no valid YAML: " + record.Clip(err.Error(), maxText))}
			}
			var o litmusObject
			if string(text) != "null" {
				if err := decodeJSON(text, &o); err != nil {
					return nil, &lineError{line, errors.Unwrap(err)}
				}
			}
			all = append(append(all, o), o.Items...)
		}
		if len(all) > maxEvents {
			return nil, fmt.Errorf("more than %d objects", maxEvents)
		}
		line += bytes.Count(data[:len(data)-len(rest)], []byte("\n"))
		data = rest
	}
	for _, o := range all {
		switch o.Kind {
		case "ChaosResult", "ChaosEngine", "Event", "List", "EventList", "ChaosResultList", "ChaosEngineList":
		default:
			if err := l.note(0, "objects that are no ChaosResult, ChaosEngine or Event are not read", 1); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// cutDocument parts YAML at its next line of three dashes.
func cutDocument(data []byte) (part, rest []byte, more bool) {
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("---"))
		if i < 0 {
			return data, nil, false
		}
		i += at
		end := i + 3
		if (i == 0 || data[i-1] == '\n') && (end == len(data) || data[end] == '\n' || data[end] == '\r' || data[end] == ' ') {
			next := bytes.IndexByte(data[i:], '\n')
			if next < 0 {
				return data[:i], nil, false
			}
			return data[:i], data[i+next+1:], true
		}
		at = end
	}
}

// duration is how long the engine's experiment was told to last; 0 = it does not say.
func (o *litmusObject) duration() time.Duration {
	for _, e := range o.Spec.Experiments {
		for _, v := range e.Spec.Components.Env {
			if n, err := strconv.Atoi(v.Value); v.Name == "TOTAL_CHAOS_DURATION" && err == nil && n > 0 && n < 1e6 {
				return time.Duration(n) * time.Second
			}
		}
	}
	return 0
}

// times are those of an event, of whole seconds: it happened within the second behind its time.
func (o *litmusObject) times() (from, to time.Time, ok bool) {
	for _, text := range []string{o.First, o.EventTime, o.Last} {
		if at, _, valid := when(text); valid {
			from = at
			break
		}
	}
	if from.IsZero() {
		return from, to, false
	}
	to = from
	if last, _, valid := when(o.Last); valid && last.After(to) {
		to = last
	}
	return from, to.Add(time.Second), true
}

// litmusEvents passes on what Litmus told through Events: ChaosInject stands before the fault, PostChaosCheck behind its end.
func litmusEvents(objects []litmusObject, durations map[string]time.Duration, timed map[string]bool, l *ledger) error {
	events := slices.DeleteFunc(slices.Clone(objects), func(o litmusObject) bool { return o.Kind != "Event" })
	slices.SortStableFunc(events, func(a, b litmusObject) int {
		x, _, _ := a.times()
		y, _, _ := b.times()
		return x.Compare(y)
	})
	began := map[string]observe.Event{}
	for i := range events {
		o := &events[i]
		about := o.Involved
		if about.Name == "" {
			about = o.Regarding
		}
		if !strings.HasPrefix(about.Kind, "Chaos") || o.Reason != "ChaosInject" && o.Reason != "PostChaosCheck" {
			continue
		}
		from, to, ok := o.times()
		if !ok {
			if err := l.note(0, "an Event has no time", 1); err != nil {
				return err
			}
			continue
		}
		e := observe.Event{Kind: observe.Injected, From: from, To: to, Name: record.Clip(about.Name, maxText), OK: true, By: string(Litmus), Detail: o.Reason}
		if o.Reason == "ChaosInject" {
			began[about.Name], timed[about.Name] = e, true
		} else {
			inject, known := began[about.Name]
			if !known {
				continue
			}
			// Between the injection and the check the fault was removed; not before it had lasted as long as it was told to.
			e.Kind, e.From = observe.Removed, inject.From.Add(durations[about.Name])
			if e.From.After(e.To) {
				e.From = inject.To
			}
		}
		if err := l.event(e); err != nil {
			return err
		}
	}
	return nil
}

// result passes on what a ChaosResult says. Without times it says that there was a fault, and what Litmus thinks of it.
func (o *litmusObject) result(timed bool, l *ledger) error {
	s := &o.Status.Experiment
	name := record.Clip(o.Metadata.Name, maxText)
	if !timed {
		if err := l.note(0, litmusTimeless, 0); err != nil {
			return err
		}
		if strings.HasPrefix(s.Phase, "Completed") {
			e := observe.Event{Kind: observe.Injected, Name: name, OK: true, By: string(Litmus), Detail: record.Clip(o.Spec.Experiment, maxText)}
			if err := l.event(e); err != nil {
				return err
			}
		}
	}
	if s.Phase == "Stopped" || s.Phase == "Error" {
		e := observe.Event{Kind: observe.Interrupted, Name: name, By: string(Litmus), Detail: record.Clip("phase "+s.Phase, maxText)}
		if err := l.event(e); err != nil {
			return err
		}
	}
	detail := fmt.Sprintf("verdict %s, phase %s", s.Verdict, s.Phase)
	if s.Success != nil {
		detail += fmt.Sprintf(", %v %% of the probes' checks went well", s.Success)
	}
	for _, p := range o.Status.Probes {
		if v := p.Status.Verdict; v != "Passed" && v != "" {
			detail += fmt.Sprintf(", probe %s: %s", p.Name, v)
		}
	}
	return l.event(observe.Event{Kind: observe.Verdict, Name: name, OK: s.Verdict == "Pass", By: string(Litmus), Detail: record.Clip(detail, maxText)})
}
