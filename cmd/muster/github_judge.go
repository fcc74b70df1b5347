package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules"
)

// judge compares or audits.
func (a *action) judge(ctx context.Context) *judged {
	j := &judged{options: report.Options{Base: base()}}
	var err error
	if j.options.Rules, err = rules.Catalogue(); err == nil {
		j.outputs, err = settlePaths(a.in.Outputs, a.dir)
	}
	if err == nil {
		j.between, err = a.compared(ctx)
	}
	isNew := false
	if err == nil && j.base != "" {
		isNew, err = j.begins(ctx, a.dir)
	}
	if err != nil {
		j.err = err
		return j
	}
	j.err = a.log.aside(func(w io.Writer) error {
		if j.base == "" || isNew {
			fmt.Fprintln(w, "muster: auditing the whole state"+map[bool]string{true: ": the base does not have this folder, so everything is new"}[isNew])
			return a.audit(ctx, w, j, j.outputs)
		}
		fmt.Fprintln(w, report.Printable("muster: comparing with "+j.why))
		return a.compare(ctx, w, j)
	})
	return j
}

// audit reads the state in the working directory as a whole.
func (a *action) audit(ctx context.Context, w io.Writer, j *judged, outputs []output) error {
	o := a.scanOptions(w)
	_, r, err := o.prepare(ctx, outputs)
	if r == nil {
		return err
	}
	j.scan = r
	all := append([]output{{format: "text"}}, outputs...)
	if writing := o.write(w, all, o.formats(r, o.line())...); writing != nil {
		return writing
	}
	return err
}

func (a *action) scanOptions(w io.Writer) *scanOptions {
	o := &scanOptions{FailOn: a.in.FailOn}
	o.streams = streams{in: a.streams.in, out: w, err: w}
	o.Paths, o.inputs.Config = a.in.Paths, a.in.Config
	o.Color, o.Category = "never", a.in.Category
	return o
}

// prepare goes to the report, which is nil if there is none, and to what the run is to end with.
func (o *scanOptions) prepare(ctx context.Context, outputs []output) (*scanOptions, *report.Report, error) {
	f, r, err := o.audit(ctx, outputs)
	if err != nil {
		return o, nil, stopped(ctx, err)
	}
	if includes(outputs, "json", "jsonl", "sarif") {
		r.HashLines(o.text)
	}
	return o, r, errors.Join(o.incomplete(f), o.unjudged(f.Config), o.verdict(r))
}

// compare runs muster diff, and audits the head as a whole where a report is asked for that only an audit has. The verdict
// is that of the comparison.
func (a *action) compare(ctx context.Context, w io.Writer, j *judged) error {
	file := filepath.Join(a.dir, "diff.json")
	args := []string{"diff", "--color=never", "--fail-on=" + a.in.FailOn, "-otext", "-ojson=" + file}
	if a.in.FailOnUnproven {
		args = append(args, "--fail-on-unproven")
	}
	if a.in.AcceptConfigChanges {
		args = append(args, "--accept-config-changes")
	}
	if a.in.Config != "" {
		args = append(args, "--config="+a.in.Config)
	}
	var own, whole []output
	for _, o := range j.outputs {
		switch {
		case !slices.Contains(diffFormats, o.format):
			whole = append(whole, o)
		case o.format == "json" || o.format == "markdown":
			own = append(own, o)
		default:
			args = append(args, "-o"+o.format+"="+o.path)
		}
	}
	for _, p := range a.in.Paths {
		args = append(args, "--path="+p)
	}
	args = append(args, "--", j.base, j.head)
	root := newRoot(streams{in: a.streams.in, out: w, err: w})
	root.SetArgs(args)
	verdict := root.ExecuteContext(ctx)
	data, err := os.ReadFile(file)
	if err != nil {
		return cmp.Or(verdict, err)
	}
	if j.diff, err = report.ParseDiff(data); err != nil {
		return errors.Join(verdict, usagef("the comparison: %w", err))
	}
	j.diff.Base.Name, j.diff.Head.Name = cmp.Or(a.event.BaseRef, j.diff.Base.Name), cmp.Or(a.event.HeadRef, j.diff.Head.Name)
	if err := j.write(own); err != nil {
		return errors.Join(verdict, err)
	}
	if len(whole) == 0 {
		return verdict
	}
	o, r, incomplete := a.scanOptions(w).prepare(ctx, whole)
	if r == nil {
		return errors.Join(verdict, incomplete)
	}
	return cmp.Or(verdict, o.write(w, whole, o.formats(r, nil)...))
}
