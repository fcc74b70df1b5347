package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/report"
)

// told is what became of telling GitHub.
type told struct {
	artifact string // the folder of what another run can tell from; "" if there is none
	err      error  // of the API; never the verdict
}

// tell tells of what was found: by the API as far as that is asked for, and by annotations, which need no rights. Nothing
// that GitHub answers changes the verdict.
func (a *action) tell(ctx context.Context, j *judged) told {
	var t told
	t.artifact, t.err = a.leave(j)
	if t.err != nil {
		a.failing(t.err)
	}
	list := j.annotations()
	checked := false
	if a.in.Check || a.in.Comment || a.in.Suggestions {
		client, err := github.New(github.Options{Token: a.in.Token, APIURL: a.env("GITHUB_API_URL"), Log: slog.New(slog.NewTextHandler(a.out, nil))})
		if err != nil {
			a.failing(err)
			t.err = errors.Join(t.err, err)
		} else {
			var failed []error
			checked, failed = a.call(ctx, client, j, list)
			t.err = errors.Join(t.err, a.refused(failed, t.artifact))
		}
	}
	if !checked { // the check shows them otherwise
		if j.diff != nil && j.diff.Gate.Failed {
			a.log.fails("error", "The change fails: "+strings.Join(j.diff.Gate.Reasons, "; "))
		}
		a.log.other = list
	}
	return t
}

// call makes the calls that are asked for. Each is tried, whatever became of the others.
func (a *action) call(ctx context.Context, client *github.Client, j *judged, list []github.Annotation) (checked bool, failed []error) {
	ch := a.event.Change()
	if a.in.Check {
		done, err := client.Check(ctx, ch, a.check(j, list))
		if checked = err == nil; checked {
			a.log.say("the check run is at %s", done.URL)
		} else {
			failed = append(failed, err)
		}
	}
	if ch.Number == 0 {
		if a.in.Comment || a.in.Suggestions {
			a.log.say("there is no pull request to comment on: the workflow runs for %s", a.event.Name)
		}
		return checked, failed
	}
	if a.in.Comment {
		done, err := client.Comment(ctx, ch, commentID(j.options.Base), string(j.page(report.CommentLimit)))
		if err == nil {
			a.log.say("the comment is at %s", done.URL)
		} else {
			failed = append(failed, err)
		}
	}
	if a.in.Suggestions {
		if err := a.suggest(ctx, client, ch, j); err != nil {
			failed = append(failed, err)
		}
	}
	return checked, failed
}

// check is the check run. Its conclusion is the verdict of the step.
func (a *action) check(j *judged, list []github.Annotation) github.Check {
	k := github.Check{Name: "muster", Title: j.title(), Summary: string(j.page(report.CommentLimit)), Conclusion: github.Success, Annotations: list}
	if j.options.Base != "" {
		k.Name += " (" + j.options.Base + ")"
	}
	if j.err != nil {
		k.Conclusion = github.Failure
	}
	return k
}

func (j *judged) title() string {
	switch {
	case j.diff != nil && j.err == nil:
		return "Survival is " + j.diff.Verdict
	case j.diff != nil && len(j.diff.Gate.Reasons) > 0:
		return j.diff.Gate.Reasons[0]
	case j.scan != nil:
		s := j.scan.Summary
		return fmt.Sprintf("%d errors, %d warnings, %d notes", s.Error, s.Warning, s.Note)
	}
	return "There is no answer"
}

// refused tells of calls that failed, and returns those that should not have. The token of a fork's pull request may only
// read: there is another way then, and nothing is wrong.
func (a *action) refused(failed []error, artifact string) error {
	var wrong []error
	readOnly := false
	for _, err := range failed {
		if errors.Is(err, github.ErrReadOnly) && a.event.Fork {
			a.log.say("%v", err)
			readOnly = true
			continue
		}
		a.failing(err)
		wrong = append(wrong, err)
	}
	if readOnly && artifact != "" {
		a.log.say("the token may only read, as it is for pull requests from forks. What there is to say is in %s: "+
			"upload it, and let a workflow on workflow_run comment (docs/pull-requests.md)", artifact)
	}
	return errors.Join(wrong...)
}

// failing is an annotation for what went wrong beside the verdict.
func (a *action) failing(err error) {
	level := "warning"
	if a.in.APIErrors == "fail" {
		level = "error"
	}
	a.log.fails(level, err.Error())
}

// leave writes what a run with more rights can comment from.
func (a *action) leave(j *judged) (string, error) {
	if a.event.Number == 0 || j.diff == nil {
		return "", nil
	}
	dir := a.in.Artifact
	if dir == "" {
		dir = filepath.Join(a.dir, "artifact")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	if err := j.diff.JSON(&text); err != nil {
		return "", err
	}
	var file bytes.Buffer
	artifact := github.Artifact{HeadSHA: a.event.HeadSHA, BaseSHA: a.event.BaseSHA, Base: j.options.Base, Diff: text.Bytes()}
	if err := artifact.Write(&file); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, artifactName), file.Bytes(), 0o644)
}

// artifactName is what the file is called in the artifact.
const artifactName = "muster.json"

// annotations are what the report says at lines, the worst first.
func (j *judged) annotations() []github.Annotation {
	switch {
	case j.diff != nil:
		return append(github.DiffAnnotations(j.diff, j.options), j.moved()...)
	case j.scan != nil:
		return github.Annotations(j.scan, j.options)
	}
	return nil
}

// moved are annotations for predictions that became worse and break a promise, and for changes of what muster judges by, at
// lines of the head where no new finding says so already.
func (j *judged) moved() []github.Annotation {
	said := map[string]bool{}
	for _, f := range slices.Concat(j.diff.Findings.New, j.diff.Findings.Raised) {
		said[f.Position.At().String()] = true
	}
	var list []report.Finding
	for _, g := range j.diff.Cells {
		if g.Change != "better" && g.Level != "note" && !g.InBase && !said[g.Position.At().String()] {
			list = append(list, report.Finding{Rule: "survival", Slug: g.Change, Level: g.Level, Message: g.Message, Service: g.Service, Position: g.Position})
		}
	}
	for _, c := range j.diff.Config {
		if c.Weakens {
			list = append(list, report.Finding{Rule: "config", Slug: c.Change, Level: "warning", Message: c.What, Position: c.Head})
		}
	}
	return github.Annotations(&report.Report{Findings: list}, j.options)
}
