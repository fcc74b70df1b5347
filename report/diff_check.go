package report

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
)

// The words of the contract.
var (
	verdicts    = []string{verdictWorse, verdictUnproven, verdictIncomplete, verdictBetter, verdictUnchanged}
	thresholds  = []string{"error", "warning", "note", "none"}
	levels      = []string{string(analyzer.Error), string(analyzer.Warning), string(analyzer.Note)}
	configKinds = []string{"objective", "suppression", "rule", "policy", "inputs", "mesh", "cluster", "environment", "ignore", "config"}
	configMoves = []string{"added", "removed", "changed"}
	protections = []string{"", "mtls", "tls", "plaintext", "unknown"}
)

// oneOf reports an error unless a word is one of those of the contract.
func oneOf(member, got string, words []string) error {
	if slices.Contains(words, got) {
		return nil
	}
	return fmt.Errorf("%s: want one of %q, got %q", member, words, upTo(got, 100))
}

// first is the first of several errors.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// check holds a diff that was read against what the contract says about values.
func (d *Diff) check() error {
	if err := first(
		oneOf("tool/name", d.Tool.Name, []string{"muster"}),
		oneOf("verdict", d.Verdict, verdicts),
		oneOf("gate/failOn", d.Gate.FailOn, thresholds),
		d.Base.check("base"), d.Head.check("head"), d.Summary.Cells.check(), notNegative("findings/unchanged", d.Findings.Unchanged),
	); err != nil {
		return err
	}
	if d.Gate.Failed != (len(d.Gate.Reasons) > 0) {
		return fmt.Errorf("gate: it fails with a reason, and passes without")
	}
	for i, c := range d.Config {
		if err := first(oneOf("kind", c.Kind, configKinds), oneOf("change", c.Change, configMoves), there("what", c.What), c.Base.check(), c.Head.check()); err != nil {
			return fmt.Errorf("config/%d: %w", i, err)
		}
	}
	for i := range d.Cells {
		if err := d.Cells[i].check(); err != nil {
			return fmt.Errorf("cells/%d: %w", i, err)
		}
	}
	for _, l := range []struct {
		name string
		list []Finding
	}{{"new", d.Findings.New}, {"raised", d.Findings.Raised}, {"gone", d.Findings.Gone}} {
		for i := range l.list {
			if err := l.list[i].check(); err != nil {
				return fmt.Errorf("findings/%s/%d: %w", l.name, i, err)
			}
		}
	}
	return nil
}

func (s *DiffSide) check(name string) error {
	if s.Revision != "" {
		if _, err := hex.DecodeString(s.Revision); err != nil || len(s.Revision) != 40 && len(s.Revision) != 64 {
			return fmt.Errorf("%s/revision: want 40 or 64 hexadecimal digits, got %q", name, upTo(s.Revision, 100))
		}
	}
	c := s.Summary
	return notNegative(name, s.Services, s.Inputs.Files, s.Inputs.Documents, s.Inputs.Resources, s.Inputs.Ignored, c.Error, c.Warning, c.Note, c.Suppressed,
		c.Cells.Survives, c.Cells.Degraded, c.Cells.Lost, c.Cells.Unknown)
}

func (n DiffCells) check() error {
	return notNegative("summary/cells", n.Unproven, n.Worse, n.Slower, n.Fails, n.Better, n.Same)
}

// mostCounted bounds counts, so that sums of them stay numbers.
const mostCounted = 1 << 40

func notNegative(member string, counts ...int) error {
	for _, n := range counts {
		if n < 0 || n > mostCounted {
			return fmt.Errorf("%s: %d is no count", member, n)
		}
	}
	return nil
}

func there(member, text string) error {
	if text == "" {
		return fmt.Errorf("%s: there is none", member)
	}
	return nil
}

func (g *CellGroup) check() error {
	changes := make([]string, len(diff.Changes))
	for i, c := range diff.Changes {
		changes[i] = string(c)
	}
	if err := first(
		oneOf("change", g.Change, changes), oneOf("level", g.Level, levels), there("service", g.Service), there("message", g.Message),
		notNegative("count", g.Count), g.Position.check(), g.Worst.Base.check("worst/base"), g.Worst.Head.check("worst/head"),
	); err != nil {
		return err
	}
	switch {
	case g.Worst.Head == nil && (g.Worst.Base == nil || g.Change != string(diff.Better)):
		return fmt.Errorf("worst: there is no cell of the head")
	case g.Worst.Base == nil && g.Change != string(diff.Fails):
		return fmt.Errorf("worst: there is no cell of the base")
	case len(g.Cells) == 0 || len(g.Cells) > g.Count:
		return fmt.Errorf("count: it is %d, of %d cells that are listed", g.Count, len(g.Cells))
	case len(g.Lines) > mostLines:
		return fmt.Errorf("lines: want %d at most", mostLines)
	}
	for _, l := range g.Lines {
		if l == "" || l[0] != '-' && l[0] != '+' && l[0] != ' ' {
			return fmt.Errorf("lines: want each to begin with -, + or a space")
		}
	}
	for i, c := range g.Cells {
		if err := first(there("cell", c.ID), c.Base.check("base"), c.Head.check("head")); err != nil {
			return fmt.Errorf("cells/%d: %w", i, err)
		}
	}
	return nil
}

func (g CellGist) check(side string) error {
	if g == (CellGist{}) {
		return nil
	}
	return first(anOutcome(side+"/outcome", g.Outcome), aShare(side, g.FailingShare), aDuration(side+"/upper", g.Upper), oneOf(side+"/encryption", g.Encryption, protections))
}

func (c *Cell) check(side string) error {
	if c == nil {
		return nil
	}
	_, badScenario := failover.ParseScenario(c.Scenario)
	_, badFault := failover.ParseFault(c.Fault)
	err := first(there(side+"/cell", c.ID), badScenario, badFault, anOutcome(side+"/outcome", c.Outcome), aShare(side, c.FailingShare),
		aDuration(side+"/recovery", c.Recovery.Lower), aDuration(side+"/recovery", c.Recovery.Upper),
		notNegative(side, c.Port, c.Client.Members, c.Capacity.Needed, c.Capacity.Available))
	for _, d := range slices.Concat(c.Before, c.Destinations) {
		err = first(err, aShare(side, d.Share), oneOf(side+"/encryption", d.Encryption, protections[1:]))
	}
	return err
}

func anOutcome(member, got string) error {
	words := make([]string, len(outcomes))
	for i, o := range outcomes {
		words[i] = string(o)
	}
	return oneOf(member, got, words)
}

func aShare(side string, x float64) error {
	if !(x >= 0 && x <= 1) {
		return fmt.Errorf("%s: %v is no share of the requests", side, x)
	}
	return nil
}

func aDuration(member, text string) error {
	if d, err := time.ParseDuration(text); err != nil || d < 0 {
		return fmt.Errorf("%s: %q is no duration", member, upTo(text, 100))
	}
	return nil
}

func (f *Finding) check() error {
	if !ruleForm.MatchString(f.Rule) {
		return fmt.Errorf("rule: want an id such as DR103, got %q", upTo(f.Rule, 100))
	}
	if b, err := hex.DecodeString(f.Fingerprint); err != nil || len(b) != 16 {
		return fmt.Errorf("fingerprint: want 32 hexadecimal digits, got %q", upTo(f.Fingerprint, 100))
	}
	return first(oneOf("level", f.Level, levels), there("message", f.Message), f.Position.check())
}

// longestFile is how many bytes the name of a file has at most: PATH_MAX of Linux.
const longestFile = 4096

func (p Position) check() error {
	if at := p.At(); len(at.File) > longestFile {
		return fmt.Errorf("position: the name of a file has %d bytes", len(at.File))
	}
	return nil
}
