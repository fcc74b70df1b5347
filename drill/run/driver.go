package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// driver brings a fault about and takes it back. begin and end record the moments; what they enclose is where the truth lies.
type driver interface {
	act(ctx context.Context, name record.EventName, r *Round, begin, end func() error) error
	by() string
}

// hooked runs the commands of the plan.
type hooked struct {
	hooks map[string]plan.Hooks
	dir   string // of the plan
	log   string
	env   []string
}

func (h *hooked) by() string { return "hook" }

// of are the hooks of a mode.
func (h *hooked) of(mode string) plan.Hooks {
	if own, ok := h.hooks[mode]; ok {
		return own
	}
	return h.hooks["*"]
}

// check finds modes that could not be injected, or not taken back.
func (h *hooked) check(all []Round) error {
	for i := range all {
		if r := &all[i]; !r.Null {
			if own := h.of(r.Mode); len(own.Inject) == 0 || len(own.Remove) == 0 || own.Inject[0] == "" || own.Remove[0] == "" {
				return fmt.Errorf("fault.hooks has no command to inject or to remove %s", r.Mode)
			}
		}
	}
	return nil
}

func (h *hooked) act(ctx context.Context, name record.EventName, r *Round, begin, end func() error) error {
	own := h.of(r.Mode)
	timeout := own.Timeout.Std()
	if timeout <= 0 {
		timeout = defaultHookTimeout
	}
	recorded := begin()
	if name == record.Remove {
		// What cannot be recorded is removed all the same, and tried twice.
		err := h.command(ctx, own.Remove, r, timeout)
		if err != nil {
			err = h.command(ctx, own.Remove, r, timeout)
		}
		if err != nil {
			return errors.Join(err, recorded)
		}
		return errors.Join(recorded, end())
	}
	if recorded != nil {
		return recorded
	}
	if err := h.command(ctx, own.Inject, r, timeout); err != nil {
		return err
	}
	if len(own.Verify) > 0 {
		if err := h.verify(ctx, own.Verify, r, timeout); err != nil {
			return err
		}
	}
	return end()
}

func (h *hooked) command(ctx context.Context, args []string, r *Round, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c := command{args: args, dir: h.dir, log: h.log, env: append([]string{"MUSTER_SCENARIO=" + r.Scenario, "MUSTER_FAULT=" + r.Mode}, h.env...)}
	return c.run(ctx)
}

// verify asks until the fault holds.
func (h *hooked) verify(ctx context.Context, args []string, r *Round, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		err := h.command(ctx, args, r, timeout)
		if err == nil {
			return nil
		}
		if wait(ctx, verifyEvery) != nil {
			return fmt.Errorf("the fault does not hold after %s: %w", timeout, err)
		}
	}
}

// manual waits for people, or for whatever tool injects the fault, to tell what they do.
type manual struct {
	control *control
	live    *Live
	wait    time.Duration // for each mark
}

func (m *manual) by() string { return "person" }

func (m *manual) act(ctx context.Context, name record.EventName, r *Round, begin, end func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, m.wait, fmt.Errorf("nobody told of it within %s", m.wait))
	defer cancel()
	for _, s := range []struct {
		edge record.Edge
		do   func() error
	}{{record.Begin, begin}, {record.End, end}} {
		m.live.ask(name, s.edge, r)
		err := m.control.wait(ctx, name, s.edge, s.do)
		m.live.asked()
		if err != nil {
			return err
		}
	}
	return nil
}

// wait for so long, or until the context ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
