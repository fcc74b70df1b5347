package fix

import (
	"context"
	"iter"
	"slices"

	"github.com/passmuster/muster/analyzer"
)

// batches are the findings to repair, in order; of each service at most one a batch.
func batches(findings []*analyzer.Finding, wanted func(*analyzer.Finding) bool) iter.Seq[[]*analyzer.Finding] {
	return func(yield func([]*analyzer.Finding) bool) {
		rest := slices.DeleteFunc(slices.Clone(findings), func(f *analyzer.Finding) bool {
			return f.Suppressed != nil || wanted != nil && !wanted(f)
		})
		for len(rest) > 0 {
			var now, later []*analyzer.Finding
			taken := map[string]bool{}
			for _, f := range rest {
				key := "file " + f.Position().File
				if f.Service != nil {
					key = string(f.Service.ID)
				}
				if taken[key] {
					later = append(later, f)
					continue
				}
				taken[key] = true
				now = append(now, f)
			}
			if !yield(now) {
				return
			}
			rest = later
		}
	}
}

// candidate is a finding with the repair that is tried.
type candidate struct {
	*analyzer.Finding
	Proposal
}

// batch repairs the findings of one batch, or says why they stay.
func (r *run) batch(ctx context.Context, findings []*analyzer.Finding) error {
	var list []candidate
	for _, f := range findings {
		i := slices.IndexFunc(r.state.Findings, func(x *analyzer.Finding) bool { return identity(x) == identity(f) })
		if i < 0 {
			r.fixed = append(r.fixed, Repaired{Finding: f, Description: "gone with another repair", Safety: Safe})
			continue
		}
		p, why := r.propose(r.state.Findings[i])
		switch {
		case why != "":
			r.leave(f, why)
		case p.Safety != Safe && !r.Unsafe:
			r.left = append(r.left, Left{f, p.Description + " needs a decision: " + p.Decide, true})
		default:
			list = append(list, candidate{f, p})
		}
	}
	return r.group(ctx, list)
}

// propose asks the fixer of a finding's rule.
func (r *run) propose(f *analyzer.Finding) (Proposal, string) {
	fixer := fixers[f.Rule.ID]
	if fixer == nil {
		return Proposal{}, "muster has no repair for " + f.Rule.ID
	}
	c, why := caseOf(f, r.state)
	if c == nil {
		return Proposal{}, why
	}
	list := fixer(c)
	if len(list) == 0 {
		return Proposal{}, "the repair is not certain"
	}
	for _, s := range list[0].Steps {
		switch {
		case s.In.IsRendered() || s.In.File == "-":
			return Proposal{}, "it concerns an object that stands in no file"
		case !r.readOnce(s.In.File):
			return Proposal{}, "its file is read under several names, or something is rendered from it"
		}
	}
	return list[0], ""
}

// group tries repairs together, and if a scan does not prove that, either half of them.
func (r *run) group(ctx context.Context, list []candidate) error {
	if len(list) == 0 {
		return nil
	}
	trial := r.edits.clone()
	var done []Repaired
	var tried []candidate
	for _, c := range list {
		next := trial.clone()
		made, err := next.all(c)
		if err != nil {
			r.leave(c.Finding, c.Description+": "+err.Error())
			continue
		}
		trial = next
		tried = append(tried, c)
		done = append(done, Repaired{Finding: c.Finding, Description: c.Description, Safety: c.Safety, Edits: joined(made)})
	}
	if len(tried) == 0 {
		return nil
	}
	next, err := r.after(ctx, trial)
	if err != nil {
		return err
	}
	targets := make([]*analyzer.Finding, len(tried))
	for i, c := range tried {
		targets[i] = c.Finding
	}
	why, err := worse(ctx, r.state, next, targets...)
	switch {
	case err != nil:
		return err
	case why == "":
		r.edits, r.state, r.fixed = trial, next, append(r.fixed, done...)
		return nil
	case len(tried) == 1:
		r.leave(tried[0].Finding, tried[0].Description+": "+why)
		return nil
	}
	half := len(tried) / 2
	if err := r.group(ctx, tried[:half]); err != nil {
		return err
	}
	return r.group(ctx, tried[half:])
}

// all applies the steps of a repair.
func (e *edits) all(c candidate) ([]Edit, error) {
	var made []Edit
	for _, s := range c.Steps {
		one, err := e.make(s)
		if err != nil {
			return nil, err
		}
		one.Rule, one.Fingerprint, one.Description, one.Safety = c.Rule.ID, c.Fingerprint(), c.Description, c.Safety
		made = append(made, one)
	}
	return made, nil
}

func (r *run) leave(f *analyzer.Finding, why string) {
	r.left = append(r.left, Left{Finding: f, Why: why})
}

// inOrder puts what came of the findings into the order of the report.
func (r *run) inOrder(findings []*analyzer.Finding) {
	at := make(map[*analyzer.Finding]int, len(findings))
	for i, f := range findings {
		at[f] = i
	}
	slices.SortStableFunc(r.fixed, func(a, b Repaired) int { return at[a.Finding] - at[b.Finding] })
	slices.SortStableFunc(r.left, func(a, b Left) int { return at[a.Finding] - at[b.Finding] })
}
