package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/passmuster/muster/drill/plan"
)

// The format of Chaos Toolkit's experiments.
type (
	experiment struct {
		Version     string     `json:"version"`
		Title       string     `json:"title"`
		Description string     `json:"description"`
		Tags        []string   `json:"tags,omitempty"`
		Hypothesis  *steady    `json:"steady-state-hypothesis,omitempty"`
		Method      []activity `json:"method"`
		Rollbacks   []activity `json:"rollbacks"`
	}
	steady struct {
		Title  string     `json:"title"`
		Probes []activity `json:"probes"`
	}
	activity struct {
		Type      string   `json:"type"`
		Name      string   `json:"name"`
		Tolerance any      `json:"tolerance,omitempty"`
		Provider  provider `json:"provider"`
		Pauses    *pauses  `json:"pauses,omitempty"`
	}
	provider struct {
		Type      string   `json:"type"`
		Path      string   `json:"path,omitempty"`
		Arguments []string `json:"arguments,omitempty"`
		URL       string   `json:"url,omitempty"`
		Timeout   float64  `json:"timeout,omitempty"`
	}
	pauses struct {
		Before float64 `json:"before,omitempty"`
		After  float64 `json:"after,omitempty"`
	}
)

// chaosToolkit writes an experiment for each fault mode, which calls the plan's hooks as processes and takes the fault back both at
// the end of its method and in its rollbacks. Arguments are lists: a text would go through a shell.
func (w *writer) chaosToolkit() {
	steadyState := w.steady()
	w.warn("Chaos Toolkit goes on when a command of the method ends with an error: look at output.status in its journal")
	for _, mode := range w.plan.Scenario.FaultModes {
		h, ok := w.plan.Fault.Hooks[mode]
		if !ok {
			h = w.plan.Fault.Hooks["*"]
		}
		if len(h.Inject) == 0 || len(h.Remove) == 0 {
			w.warn("%s: the plan has no commands for it (fault.hooks.%s with inject and remove), so there is no experiment", mode, mode)
			continue
		}
		e := experiment{
			Version: "1.0.0", Title: w.plan.Metadata.ID + ": " + mode, Tags: []string{"muster", mode},
			Description: describe(w.plan, mode), Hypothesis: steadyState,
			Method: []activity{w.process("action", "inject "+mode, h.Inject, h, mode)},
		}
		if len(h.Verify) > 0 {
			verify := w.process("probe", mode+" holds", h.Verify, h, mode)
			verify.Tolerance = 0
			e.Method = append(e.Method, verify)
		}
		remove := w.process("action", "remove "+mode, h.Remove, h, mode)
		remove.Pauses = &pauses{Before: w.duration().Seconds(), After: w.plan.Fault.After.Std().Seconds()}
		e.Method = append(e.Method, remove)
		e.Rollbacks = []activity{w.process("action", "remove "+mode+", should it still hold", h.Remove, h, mode)}
		w.file(name(mode)+".json", e)
	}
	w.warn("run each with --rollback-strategy=always: by default rollbacks are left out where the steady state was not met, or the run was interrupted")
	w.warn("a completed experiment says that the fault was brought about and taken back: what survived is for muster drill audit to say, from what the prober recorded")
}

func describe(p *plan.Plan, mode string) string {
	text := p.Hypothesis
	if text == "" {
		text = p.Objective
	}
	return fmt.Sprintf("%s Fault mode: %s.", text, mode)
}

// process runs a command of the plan. Chaos Toolkit leaves out empty arguments.
func (w *writer) process(kind, title string, command []string, h plan.Hooks, mode string) activity {
	a := activity{Type: kind, Name: title, Provider: provider{Type: "process", Path: command[0], Arguments: command[1:], Timeout: h.Timeout.Std().Seconds()}}
	if a.Provider.Timeout == 0 {
		a.Provider.Timeout = 30
	}
	for _, arg := range a.Provider.Arguments {
		if arg == "" {
			w.warn("%s: a command has an empty argument, which Chaos Toolkit leaves out", mode)
		}
	}
	return a
}

// steady asks the targets of the probes that speak HTTP: all is well before the fault, and after it.
func (w *writer) steady() *steady {
	s := &steady{Title: "the services of the drill answer"}
	for i := range w.plan.Probes {
		p := &w.plan.Probes[i]
		u, err := url.Parse(p.Target)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || p.TLS != nil {
			continue
		}
		status := any(200)
		if len(p.Statuses) > 0 {
			status = p.Statuses[0]
		}
		s.Probes = append(s.Probes, activity{Type: "probe", Name: p.Name, Tolerance: status,
			Provider: provider{Type: "http", URL: p.Target, Timeout: p.Timeout.Std().Seconds()}})
	}
	if len(s.Probes) == 0 {
		w.warn("no probe of the plan is a plain request of HTTP with a target: the experiment has no steady state, and begins whatever the state of the services is")
		return nil
	}
	return s
}

func (w *writer) file(name string, x any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(x); err != nil {
		w.err = fmt.Errorf("%s cannot be written: %w", name, err)
		return
	}
	w.out.Files = append(w.out.Files, File{Name: name, Data: b.Bytes()})
}
