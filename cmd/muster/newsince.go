package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// runNewSince is muster scan --new-since: a scan of which only those findings count that the base does not have.
func runNewSince(ctx context.Context, o *scanOptions, outputs []output) error {
	if o.Baseline != "" {
		return usagef("--new-since and --baseline: each says which findings are known")
	}
	for _, p := range o.Paths {
		if p == "-" {
			return usagef("--new-since: %s has no standard input", o.NewSince)
		}
	}
	collectLater(2)
	ctx, cancel := o.within(ctx)
	defer cancel()
	c, err := o.comparing.compare(ctx, o, o.NewSince, "")
	if err != nil {
		return stopped(ctx, err)
	}
	defer c.close()
	head := c.head
	known := &mesh.Suppression{By: mesh.ByBaseline, Reason: "known in " + c.base.tree.Name}
	for _, f := range c.result.Unchanged {
		f.Suppressed = known
	}
	r := head.report(ctx, head.fleet, head.matrix, head.findings, outputs)
	if includes(outputs, "json", "jsonl", "sarif") {
		r.HashLines(head.text)
	}
	if err := o.write(o.out, outputs, o.formats(r, c.headLine())...); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return stopped(ctx, ctx.Err())
		}
		return err
	}
	return errors.Join(c.incomplete(), head.verdict(r), c.worse(o.FailOn), c.disarmed())
}

// worse earns exit code 1 where cells broke a promise at or above the threshold. Most have findings, too; callers that are refused, or whose
// service is gone, have none: only a comparison knows of them.
func (x *comparison) worse(failOn string) error {
	if failOn == "none" {
		return nil
	}
	cells, services := 0, map[*mesh.Service]bool{}
	for _, g := range x.result.Groups {
		if g.Change == diff.Worse && g.Level.AtLeast(analyzer.Level(cmp.Or(failOn, string(analyzer.Error)))) {
			cells += len(g.Cells) + g.More
			services[g.Service] = true
		}
	}
	if cells == 0 {
		return nil
	}
	return &exitError{code: exitFindings, message: fmt.Sprintf("%s of %s became worse; muster diff %s tells how", plural(cells, "cell"), plural(len(services), "service"), x.base.tree.Name)}
}

// disarmed earns exit code 1 where the change weakens what muster judges by, and tells how.
func (x *comparison) disarmed() error {
	weak := 0
	for _, c := range x.configChanges() {
		if c.Weakens && !x.accepted {
			weak++
			fmt.Fprintln(x.head.err, report.Printable("muster: "+c.What))
		}
	}
	if weak == 0 {
		return nil
	}
	return &exitError{code: exitFindings, message: fmt.Sprintf("%s weaken what the change is judged by; --accept-config-changes accepts that", plural(weak, "change"))}
}
