package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Level is how much a mistake of a plan matters.
type Level string

// The levels. Error: the drill cannot run, or proves nothing, or may hurt more than it should. Warning: it proves less than it
// could. Note: something to know before.
const (
	LevelError   Level = "error"
	LevelWarning Level = "warning"
	LevelNote    Level = "note"
)

// Problem is one thing that is missing from a plan, or contradicts another.
type Problem struct {
	Level Level `json:"level"`
	// Class is the drift class (D19, D21, D25) that a drill by this plan would end with; "" for most.
	Class   string `json:"class,omitempty"`
	Path    string `json:"path"` // JSON pointer of the member in question
	Message string `json:"message"`
}

// CheckOptions are what a plan is held against beside itself.
type CheckOptions struct {
	Now   time.Time // of dates; zero = no date is judged
	Today *Today    // nil = nobody knows the configuration of today
}

// Today is what the configuration of today says of a plan.
type Today struct {
	Digest string // of the configuration
	// Expected are the predictions for the cells of the plan, by cell. One that is missing is not in the matrix any more.
	Expected map[string]Expectation
	Touched  []string // services that the scenario touches
}

// checker collects problems.
type checker struct {
	*Plan
	CheckOptions
	found []Problem
}

func (c *checker) add(level Level, path, format string, args ...any) {
	c.found = append(c.found, Problem{Level: level, Path: path, Message: fmt.Sprintf(format, args...)})
}

// class names the drift class of what was added last.
func (c *checker) class(id string) { c.found[len(c.found)-1].Class = id }

// Check tells what a plan lacks, what in it contradicts what, and, where Today is given, what is no longer true. A plan without
// errors can be run.
func Check(p *Plan, o CheckOptions) []Problem {
	c := &checker{Plan: p, CheckOptions: o}
	c.scenario()
	c.expectations()
	c.promises()
	c.probes()
	c.fault()
	c.safety()
	c.observers()
	c.people()
	c.rollback()
	c.followups()
	if o.Today != nil {
		c.today()
	}
	return c.found
}

func (c *checker) scenario() {
	modes := c.Scenario.FaultModes
	has := func(mode string) bool { return slices.Contains(modes, mode) }
	switch {
	case len(modes) == 0:
		c.add(LevelError, "/scenario/fault_modes", "no fault mode is drilled")
	case len(modes) == 1 && has("crash"):
		c.add(LevelWarning, "/scenario/fault_modes", "only crash is drilled: a configuration that breaks on silence passes; add hang and partition")
		c.class("D21")
	case !has("hang") && !has("partition"):
		c.add(LevelWarning, "/scenario/fault_modes", "neither hang nor partition is drilled: what breaks on silence stays unseen")
		c.class("D21")
	}
	for i, mode := range modes {
		if slices.Contains(modes[:i], mode) {
			c.add(LevelError, "/scenario/fault_modes/"+strconv.Itoa(i), "%s is listed twice", mode)
		}
	}
}

func (c *checker) expectations() {
	if len(c.Expect) == 0 {
		c.add(LevelError, "/expect", "nothing is expected: there is nothing to confirm or refute")
	}
	modes, seen := map[string]bool{}, map[string]bool{}
	for i := range c.Expect {
		e, path := &c.Expect[i], "/expect/"+strconv.Itoa(i)
		cell, err := ParseCell(e.Cell)
		if err != nil {
			c.add(LevelError, path+"/cell", "%v", err)
			continue
		}
		modes[cell.Fault] = true
		switch {
		case seen[e.Cell]:
			c.add(LevelError, path+"/cell", "the cell is expected twice")
		case cell.Scenario != c.Scenario.Fail:
			c.add(LevelError, path+"/cell", "the cell is about %s, and the plan about %s", cell.Scenario, c.Scenario.Fail)
		case !slices.Contains(c.Scenario.FaultModes, cell.Fault):
			c.add(LevelError, path+"/cell", "the cell is about %s, which is not among the fault modes", cell.Fault)
		}
		seen[e.Cell] = true
		if e.Prediction != "" && e.Prediction != e.Digest() {
			c.add(LevelWarning, path+"/prediction", "what is expected was changed by hand: it is not what was predicted")
		}
		if !slices.ContainsFunc(c.Probes, func(p Probe) bool { return p.asks(cell) }) {
			c.add(LevelWarning, path, "no probe asks %s for %s: the cell stays untested", shortCell(cell), cell.Client)
			c.class("D20")
		}
	}
	for i, mode := range c.Scenario.FaultModes {
		if len(c.Expect) > 0 && !modes[mode] {
			c.add(LevelWarning, "/scenario/fault_modes/"+strconv.Itoa(i), "nothing is expected of %s", mode)
		}
	}
}

// asks reports whether the answers to a probe speak of a cell.
func (p *Probe) asks(c Cell) bool {
	return p.Service == c.Service && (p.Port == 0 || p.Port == c.Port) && (p.Client == "" || p.Client == c.Client)
}

// promises holds the prediction against what was promised: a drill that is bound to fail has to be meant.
func (c *checker) promises() {
	o := &c.Objectives
	if o.RTO == 0 {
		c.add(LevelWarning, "/objectives", "there is no RTO: the drill can confirm the prediction, and there is no promise that it could keep or break")
	}
	told := map[string]bool{}
	note := func(path, text string) {
		if !told[text] {
			told[text] = true
			c.add(LevelNote, path, "%s", text)
		}
	}
	for i := range c.Expect {
		e, path := &c.Expect[i], "/expect/"+strconv.Itoa(i)
		cell, err := ParseCell(e.Cell)
		if err != nil {
			continue
		}
		who := shortCell(cell)
		switch {
		case e.Outcome == "unknown":
			note(path, "what becomes of "+who+" is not known: the drill finds out, and can confirm nothing")
		case e.FailingShare > 0 && o.RTO != 0:
			note(path, "the prediction is that "+who+" loses "+percent(e.FailingShare)+" of the requests: the drill is bound to fail")
		case e.Recovery != nil && o.RTO != 0 && e.Recovery.Lower > o.RTO:
			note(path, "the prediction is that "+who+" takes at least "+e.Recovery.Lower.String()+", and the RTO is "+o.RTO.String()+": the drill is bound to fail")
		case e.Recovery != nil && o.RTO != 0 && e.Recovery.Upper > o.RTO:
			note(path, "the prediction is that "+who+" may take "+e.Recovery.Upper.String()+", and the RTO is "+o.RTO.String())
		}
		if o.Encryption != "" && weaker(e.Encryption, o.Encryption) {
			note(path+"/encryption", "the prediction is that requests to "+who+" go over as "+e.Encryption+", and "+o.Encryption+" is promised: the drill is bound to fail")
		}
	}
	if c.Config.Digest == "" {
		c.add(LevelWarning, "/config/digest", "nothing tells which configuration the prediction is of: a drill cannot find out that it is another one")
		c.class("D19")
	}
}

// weaker reports whether requests surely have less protection than is promised.
func weaker(has, promised string) bool {
	return has == "plaintext" || has == "tls" && promised == "mtls"
}

func (c *checker) today() {
	if c.Config.Digest != "" && c.Today.Digest != "" && c.Config.Digest != c.Today.Digest {
		c.add(LevelWarning, "/config/digest", "the configuration has changed since the plan was made")
		c.class("D19")
	}
	for i := range c.Expect {
		e, path := &c.Expect[i], "/expect/"+strconv.Itoa(i)
		now, ok := c.Today.Expected[e.Cell]
		switch {
		case !ok:
			c.add(LevelError, path+"/cell", "there is no such cell today: the failure does not touch it any more, or its callers are others; make the plan anew")
			c.class("D19")
		case now.Digest() != cmp.Or(e.Prediction, e.Digest()):
			c.add(LevelError, path, "today's prediction is another one: %s; make the plan anew", difference(e, &now))
			c.class("D19")
		}
	}
	var more []string
	for _, id := range c.Today.Touched {
		if !slices.Contains(c.Safety.BlastRadius.Services, id) {
			more = append(more, id)
		}
	}
	if len(more) > 0 && len(c.Safety.BlastRadius.Services) > 0 {
		c.add(LevelError, "/safety/blast_radius/services", "the scenario touches %d services that the blast radius does not name, %s among them", len(more), more[0])
	}
}

// difference names the first thing in which two predictions differ.
func difference(was, is *Expectation) string {
	switch {
	case was.Outcome != is.Outcome:
		return was.Outcome + " has become " + is.Outcome
	case was.FailingShare != is.FailingShare:
		return percent(was.FailingShare) + " failing have become " + percent(is.FailingShare)
	case was.Encryption != is.Encryption:
		return was.Encryption + " has become " + is.Encryption
	case sharesText(was.During) != sharesText(is.During):
		return "answers come from " + sharesText(is.During) + " and not from " + sharesText(was.During)
	case sharesText(was.Before) != sharesText(is.Before):
		return "on a normal day answers come from " + sharesText(is.Before) + " and not from " + sharesText(was.Before)
	case was.Recovery != nil && is.Recovery != nil && *was.upper() != *is.upper():
		return "recovery takes up to " + is.upper().String() + " and not " + was.upper().String()
	}
	return "the settings that decide it are others"
}

func (e *Expectation) upper() *Duration { return &e.Recovery.Upper }
