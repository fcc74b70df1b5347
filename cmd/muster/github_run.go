package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/report"
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
