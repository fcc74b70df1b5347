package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules"
)

// action is one run of the action.
type action struct {
	streams
	env func(string) string

	log   *stepLog
	files stepFiles
	in    *actionInputs
	event github.Event
	dir   string // for reports that were given no place
}

// judged is what a run found. Either report may be nil, if the run ended before it.
type judged struct {
	between
	diff    *report.Diff
	scan    *report.Report
	outputs []output // as written
	options report.Options
	err     error // what the run ends with: the verdict, or why there is none
}

func (a *action) run(ctx context.Context) error {
	a.files = stepFiles{output: a.env("GITHUB_OUTPUT"), summary: a.env("GITHUB_STEP_SUMMARY")}
	in, err := readActionInputs(a.env)
	if err != nil {
		return err
	}
	a.in = in
	if a.event, err = readEvent(a.env); err != nil {
		return err
	}
	if err := a.event.MayReadHead(); err != nil {
		return usagef("%w", err)
	}
	if a.dir, err = os.MkdirTemp(a.env("RUNNER_TEMP"), "muster-report-"); err != nil {
		return usagef("%w", err)
	}
	j := a.judge(ctx)
	told := a.tell(ctx, j)
	if err := errors.Join(a.files.addSummary(j.page(report.SummaryLimit)), a.files.setOutputs(a.outputsOf(j, told))); err != nil {
		return errors.Join(j.err, err)
	}
	if exitCode(j.err) == exitClean && told.err != nil && a.in.APIErrors == "fail" {
		return &exitError{code: exitUnreadable}
	}
	return j.err
}

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

// write writes the comparison itself.
func (j *judged) write(outputs []output) error {
	for _, o := range outputs {
		var b bytes.Buffer
		var err error
		if o.format == "json" {
			err = j.diff.JSON(&b)
		} else {
			err = j.diff.Markdown(&b, j.options)
		}
		if err == nil {
			err = os.WriteFile(o.path, b.Bytes(), 0o644)
		}
		if err != nil {
			return usagef("output %s=%s: %w", o.format, o.path, err)
		}
	}
	return nil
}

// page is the report as Markdown, in so many bytes.
func (j *judged) page(limit int) []byte {
	var b bytes.Buffer
	o := j.options
	o.Limit = limit
	var err error
	switch {
	case j.diff != nil:
		err = j.diff.Markdown(&b, o)
	case j.scan != nil:
		err = j.scan.Markdown(&b, o)
	default:
		var why bytes.Buffer
		complain(&why, j.err)
		fmt.Fprintf(&b, "## ❌ muster: there is no answer\n\n%s\n", asCode(why.String()))
	}
	if err != nil { // a buffer refuses nothing
		return []byte(err.Error())
	}
	return b.Bytes()
}

// verdict is the whole in a word.
func (j *judged) verdict() string {
	codes := map[int]bool{}
	collect(j.err, codes)
	switch {
	case j.diff != nil:
		return j.diff.Verdict
	case j.scan == nil:
		return "failed"
	case codes[exitFindings]:
		return "findings"
	case len(codes) > 0:
		return "incomplete"
	}
	return "clean"
}

func (a *action) outputsOf(j *judged, t told) []pair {
	code := exitCode(j.err)
	if code == exitClean && t.err != nil && a.in.APIErrors == "fail" {
		code = exitUnreadable
	}
	list := []pair{{"verdict", j.verdict()}, {"exit-code", strconv.Itoa(code)}, {"artifact", t.artifact}}
	number := func(name string, n int) { list = append(list, pair{name, strconv.Itoa(n)}) }
	switch {
	case j.diff != nil:
		s := j.diff.Summary
		number("errors", j.diff.Head.Summary.Error)
		number("warnings", j.diff.Head.Summary.Warning)
		number("notes", j.diff.Head.Summary.Note)
		number("new-findings", findings(s.New)+findings(s.Raised))
		number("worse-cells", s.Cells.Worse+s.Cells.Slower+s.Cells.Fails)
		number("unproven-cells", s.Cells.Unproven)
	case j.scan != nil:
		s := j.scan.Summary
		number("errors", s.Error)
		number("warnings", s.Warning)
		number("notes", s.Note)
		number("new-findings", findings(s))
		number("worse-cells", 0)
		number("unproven-cells", 0)
	}
	for _, o := range j.outputs {
		name := o.format
		if name == "json" {
			name = "report-json"
		}
		if _, err := os.Stat(o.path); err == nil {
			list = append(list, pair{name, o.path})
		}
	}
	return list
}

// findings are those that nobody accepted.
func findings(s report.Summary) int { return s.Error + s.Warning + s.Note }
