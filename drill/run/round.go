package run

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/plan"
)

// Round is one part of a run: the null round, without a fault, or one fault mode with the time watched before and after it.
type Round struct {
	Name     string // "null", or the fault mode
	Null     bool
	Scenario string
	Mode     string
	// Hold is how long the fault lasts, of the null round how long it is watched. The others are nil there.
	Before, Hold, After time.Duration
}

// length is what a round takes at least; hooks and people come on top of it.
func (r *Round) length() time.Duration { return r.Before + r.Hold + r.After }

const (
	defaultWatch = 30 * time.Second
	longestNull  = time.Minute
)

// rounds are those of a plan: the null round, then the fault modes in the order of the plan, or those that only names.
func rounds(p *plan.Plan, only []string, null time.Duration) ([]Round, error) {
	modes := p.Scenario.FaultModes
	if len(modes) == 0 {
		return nil, fmt.Errorf("scenario.fault_modes is empty: there is nothing to drill")
	}
	for _, m := range only {
		if !slices.Contains(modes, m) {
			return nil, fmt.Errorf("fault mode %q is none of the plan's (%v)", m, modes)
		}
	}
	hold := p.Fault.Duration.Std()
	if hold <= 0 {
		return nil, fmt.Errorf("fault.duration is missing")
	}
	before := cmp.Or(p.Fault.Before.Std(), defaultWatch)
	after := cmp.Or(p.Fault.After.Std(), max(p.Objectives.Failback.Std()*3/2, defaultWatch))
	if null <= 0 {
		null = max(before, min(hold, longestNull))
	}
	all := []Round{{Name: "null", Null: true, Scenario: "none", Hold: null}}
	for _, m := range modes {
		if len(only) > 0 && !slices.Contains(only, m) {
			continue
		}
		if slices.ContainsFunc(all, func(r Round) bool { return r.Name == m }) {
			return nil, fmt.Errorf("scenario.fault_modes names %q twice", m)
		}
		all = append(all, Round{Name: m, Scenario: p.Scenario.Fail, Mode: m, Before: before, Hold: hold, After: after})
	}
	return all, nil
}

// length of all of them, with a second or so between two for the answers that are still due.
func length(all []Round) time.Duration {
	var sum time.Duration
	for i := range all {
		sum += all[i].length()
	}
	return sum
}
