package action

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/github/githubtest"
)

func (r *result) want(t *testing.T, code int, outputs map[string]string) {
	t.Helper()
	if r.code != code {
		t.Fatalf("exit %d, want %d:\n%s", r.code, code, r.log)
	}
	for name, value := range outputs {
		if r.outputs[name] != value {
			t.Errorf("output %s = %q, want %q\n%s", name, r.outputs[name], value, r.log)
		}
	}
}

// of are the annotations of a level.
func (r *result) of(level string) (list []annotation) {
	for _, a := range r.annotations {
		if a.level == level {
			list = append(list, a)
		}
	}
	return list
}

func TestAPullRequestIsBlamedForItsOwnChangeAlone(t *testing.T) {
	p := pullRequest(t, false, misspell)
	s := p.server()
	j := p.job(map[string]string{"check": "true", "comment": "true", "suggestions": "true", "output": "json\nsarif\nmarkdown=out/diff.md"})
	j.api = s.URL
	r := j.start()
	r.want(t, 1, map[string]string{"verdict": "worse", "exit-code": "1", "new-findings": "1", "unproven-cells": "0", "markdown": filepath.Join(p.dir, "out/diff.md")})
	if r.outputs["worse-cells"] == "0" || r.outputs["errors"] < "2" { // orders.yaml is broken in the base, too
		t.Errorf("worse-cells %s, errors %s", r.outputs["worse-cells"], r.outputs["errors"])
	}

	runs := s.CheckRuns("octo/shop")
	if len(runs) != 1 || runs[0].SHA != p.head || runs[0].Conclusion != "failure" || len(runs[0].Annotations) == 0 {
		t.Fatalf("check runs %+v", runs)
	}
	if path := runs[0].Annotations[0]["path"]; path != "mesh/cart.yaml" {
		t.Errorf("the first annotation is at %v", path)
	}
	if n := len(r.annotations); n > 0 {
		t.Errorf("the check run has the annotations, and the log has %d beside them", n)
	}
	comments := s.Comments("octo/shop", 7)
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "DR601") || !strings.Contains(comments[0].Body, "mesh/cart.yaml") || strings.Contains(comments[0].Body, "mesh/orders.yaml:1") {
		t.Errorf("comments %+v", comments)
	}
	if !strings.Contains(r.summary, "mesh/cart.yaml") {
		t.Errorf("the summary does not show where: %s", r.summary)
	}
	lines := s.LineComments("octo/shop", 7)
	if len(lines) != 1 || lines[0].Path != "mesh/cart.yaml" || !strings.Contains(lines[0].Body, "```suggestion\n    outlierDetection:\n") {
		t.Errorf("suggestions %+v\n%s", lines, r.log)
	}

	var report struct {
		Schema string `json:"schema"`
	}
	read(t, r.outputs["report-json"], &report)
	var sarif struct {
		Runs []struct{ Results []any }
	}
	read(t, r.outputs["sarif"], &sarif)
	if report.Schema != "muster.diff/v1" || len(sarif.Runs) != 1 || len(sarif.Runs[0].Results) < 2 {
		t.Errorf("schema %q, SARIF with %+v: it is of the whole state", report.Schema, sarif)
	}

	// The second run of the same commit brings up to date what is there.
	if r = j.start(); r.code != 1 || len(s.CheckRuns("octo/shop")) != 1 || len(s.Comments("octo/shop", 7)) != 1 || len(s.LineComments("octo/shop", 7)) != 1 {
		t.Errorf("exit %d, %d check runs, %d comments, %d suggestions", r.code, len(s.CheckRuns("octo/shop")), len(s.Comments("octo/shop", 7)), len(s.LineComments("octo/shop", 7)))
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAPullRequestThatChangesNothingPasses(t *testing.T) {
	p := pullRequest(t, false, func(r *repository) { r.write("README.md", "words\n") })
	s := p.server()
	j := p.job(map[string]string{"check": "true", "comment": "true"})
	j.api = s.URL
	r := j.start()
	r.want(t, 0, map[string]string{"verdict": "unchanged", "exit-code": "0", "new-findings": "0", "worse-cells": "0", "unproven-cells": "0"})
	if len(r.annotations) > 0 || s.CheckRuns("octo/shop")[0].Conclusion != "success" || !strings.Contains(s.Comments("octo/shop", 7)[0].Body, "no change in survival") {
		t.Errorf("annotations %v, checks %+v, comments %+v", r.annotations, s.CheckRuns("octo/shop"), s.Comments("octo/shop", 7))
	}
}

// GitHub shows ten annotations of a kind, and drops the others without a word.
func TestManyFindings(t *testing.T) {
	for _, c := range []struct {
		n, errors int
		last      string
	}{{9, 10, ""}, {60, 10, "52 more of this kind"}, {6000, 10, "5992 more of this kind"}} {
		p := pullRequest(t, false, routes(c.n))
		s := p.server()
		j := p.job(map[string]string{"comment": "true"})
		j.api = s.URL
		r := j.start()
		errors := r.of("error")
		if r.code != 1 || len(errors) != c.errors || !strings.HasPrefix(errors[len(errors)-1].message, c.last) {
			t.Fatalf("%d findings: exit %d, %d errors, the last %+v\n%.3000s", c.n, r.code, len(errors), errors, r.log)
		}
		if body := s.Comments("octo/shop", 7)[0].Body; len(body) > 65_536 || !strings.Contains(body, "many.yaml") {
			t.Errorf("%d findings: the comment has %d bytes", c.n, len(body))
		}
		if r.outputs["artifact"] == "" || len(r.summary) > 1<<20 || !strings.Contains(r.summary, "many.yaml") {
			t.Errorf("%d findings: artifact %q, summary of %d bytes", c.n, r.outputs["artifact"], len(r.summary))
		}
		if c.n == 60 { // a check run takes 50 annotations a request
			j.with["check"] = "true"
			if r := j.start(); len(r.annotations) > 0 || len(s.CheckRuns("octo/shop")[0].Annotations) < 60 {
				t.Errorf("%d annotations in the check run, %d in the log", len(s.CheckRuns("octo/shop")[0].Annotations), len(r.annotations))
			}
		}
	}
}

// The token of a fork's pull request may only read. What there is to say goes through an artifact to a workflow on
// workflow_run, which has no code of the fork.
func TestAForkIsToldOfByAnotherWorkflow(t *testing.T) {
	p := pullRequest(t, true, misspell)
	s := p.server()
	j := p.job(map[string]string{"check": "true", "comment": "true", "suggestions": "true", "api-errors": "fail"})
	j.api = s.URL
	r := j.start()
	r.want(t, 1, map[string]string{"verdict": "worse", "exit-code": "1"})
	if len(s.Comments("octo/shop", 7))+len(s.CheckRuns("octo/shop"))+len(s.LineComments("octo/shop", 7)) > 0 {
		t.Error("a token that may only read wrote")
	}
	errors := r.of("error")
	if len(errors) != 2 || !strings.HasPrefix(errors[0].message, "The change fails: 1 new finding") || errors[1].file != "mesh/cart.yaml" {
		t.Errorf("annotations %+v", r.annotations)
	}
	if !strings.Contains(r.log, "the token may only read, as it is for pull requests from forks") || strings.Contains(r.log, "::warning title=muster::") {
		t.Errorf("the log does not say what became of the comment:\n%s", r.log)
	}

	second := &job{t: t, workspace: r.outputs["artifact"], event: "workflow_run", api: s.URL, token: githubtest.JobToken,
		with: map[string]string{"binary-path": binary, "comment-artifact": "."}}
	run := map[string]any{"id": 99, "event": "pull_request", "conclusion": "failure", "head_sha": p.head, "head_branch": "topic",
		"head_repository": map[string]any{"id": 5, "full_name": "stranger/shop"}}
	second.payload = map[string]any{"action": "completed", "repository": map[string]any{"id": 9, "full_name": "octo/shop"}, "workflow_run": run}
	told := second.start()
	comments := s.Comments("octo/shop", 7)
	if told.code != 0 || len(comments) != 1 || !strings.Contains(comments[0].Body, "DR601") {
		t.Fatalf("exit %d, comments %+v\n%s", told.code, comments, told.log)
	}

	// Another commit than that of the run, another schema, a number of another pull request: nothing of it is told.
	file := filepath.Join(r.outputs["artifact"], "muster.json")
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"another commit":  strings.Replace(string(good), p.head, p.base, 1),
		"another schema":  strings.Replace(string(good), "muster.pr/v1", "muster.pr/v2", 1),
		"further members": strings.Replace(string(good), `{"schema"`, `{"number":8,"schema"`, 1),
		"cut off":         string(good[:len(good)/2]),
		"too large":       strings.Repeat(" ", 64<<20) + string(good),
		"no diff":         strings.Replace(string(good), "muster.diff/v1", "muster.diff/v0", 1),
	} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if told := second.start(); told.code != 3 || len(told.of("error")) != 1 || len(s.Comments("octo/shop", 7)) != 1 || s.Comments("octo/shop", 7)[0].Edits != 0 {
			t.Errorf("%s: exit %d\n%s", name, told.code, told.log)
		}
	}

	// Nor is a pull request that has moved on.
	if err := os.WriteFile(file, good, 0o600); err != nil {
		t.Fatal(err)
	}
	run["head_branch"] = "other"
	if told := second.start(); told.code != 3 || !strings.Contains(told.log, "no open pull request") {
		t.Errorf("exit %d\n%s", told.code, told.log)
	}
	run["head_branch"], run["event"] = "topic", "push"
	if told := second.start(); told.code != 2 {
		t.Errorf("a run for a push: exit %d\n%s", told.code, told.log)
	}
}

// What GitHub answers is no part of the verdict, neither way.
func TestErrorsOfTheAPIChangeNoVerdict(t *testing.T) {
	for _, c := range []struct {
		name      string
		change    func(*repository)
		apiErrors string
		code      int
		level     string
	}{
		{"a failure stays one", misspell, "warn", 1, "warning"},
		{"a failure stays one, and the error is one", misspell, "fail", 1, "error"},
		{"a pass stays one", func(*repository) {}, "warn", 0, "warning"},
		{"a pass that has to be told", func(*repository) {}, "fail", 3, "error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := pullRequest(t, false, c.change)
			s := p.server()
			s.Fail(githubtest.Failure{Method: "POST", Path: "/check-runs", Status: 403, Body: `{"message":"Resource not accessible by integration"}`})
			j := p.job(map[string]string{"check": "true", "comment": "true", "api-errors": c.apiErrors})
			j.api = s.URL
			r := j.start()
			if r.code != c.code || r.outputs["exit-code"] != []string{"0", "1", "2", "3"}[c.code] {
				t.Errorf("exit %d (%s), want %d\n%s", r.code, r.outputs["exit-code"], c.code, r.log)
			}
			found := false
			for _, a := range r.of(c.level) {
				found = found || strings.Contains(a.message, "checks: write")
			}
			if !found || len(s.Comments("octo/shop", 7)) != 1 {
				t.Errorf("%d comments, annotations %+v", len(s.Comments("octo/shop", 7)), r.annotations)
			}
		})
	}
}

// A GitHub Enterprise Server answers below another path; the runner names it.
func TestAnEnterpriseServerIsToldTheSame(t *testing.T) {
	p := pullRequest(t, false, misspell)
	s := githubtest.StartEnterprise(t)
	s.AddPull(githubtest.PullRequest{Repo: "octo/shop", Number: 7, HeadSHA: p.head, BaseSHA: p.base, HeadRef: "topic", BaseRef: "main"})
	j := p.job(map[string]string{"check": "true", "comment": "true"})
	j.api, j.env = s.URL, map[string]string{"GITHUB_SERVER_URL": "https://github.example.com"}
	if r := j.start(); r.code != 1 || len(s.CheckRuns("octo/shop")) != 1 || len(s.Comments("octo/shop", 7)) != 1 {
		t.Errorf("exit %d\n%s", r.code, r.log)
	}
}

// A run that has no answer says so where an earlier one said that all is well.
func TestAPullRequestThatCannotBeReadIsToldSo(t *testing.T) {
	p := pullRequest(t, false, func(r *repository) { r.replace("muster.yaml", "apiVersion: passmuster.dev/v1", "apiVersion: [") })
	s := p.server()
	j := p.job(map[string]string{"check": "true", "comment": "true", "accept-config-changes": "true"})
	j.api = s.URL
	r := j.start()
	if r.code != 2 || r.outputs["verdict"] != "failed" || s.CheckRuns("octo/shop")[0].Conclusion != "failure" || !strings.Contains(s.Comments("octo/shop", 7)[0].Body, "there is no answer") {
		t.Errorf("exit %d, verdict %s\n%s", r.code, r.outputs["verdict"], r.log)
	}
}
