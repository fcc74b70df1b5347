package github_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/github/githubtest"
)

// A pull request from a fork: its own run may only read and leaves an artifact; the run after it may write, and takes where
// to write from its event alone.
func TestForksAreToldByARunThatMayWrite(t *testing.T) {
	s := githubtest.Start(t)
	s.AddPull(githubtest.PullRequest{Repo: repo, Number: 3, HeadSHA: strings.Repeat("3", 40), BaseSHA: base, HeadRef: "victim", BaseRef: "main"})
	s.AddPull(githubtest.PullRequest{Repo: repo, HeadRepo: "mallory/shop", Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature", BaseRef: "main"})

	// In the run of the fork.
	e, err := github.ReadEvent(strings.NewReader(pullRequest(`{"id": 2, "full_name": "mallory/shop"}`)), "pull_request")
	if err != nil || !e.Fork || e.MayReadHead() != nil {
		t.Fatal(e, err)
	}
	c, _ := client(t, s, githubtest.ForkToken)
	if _, err := c.Comment(t.Context(), e.Change(), "pr", "text"); !errors.Is(err, github.ErrReadOnly) {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := (github.Artifact{HeadSHA: e.HeadSHA, BaseSHA: e.BaseSHA, Diff: json.RawMessage(`{"schema":"muster.diff/v1"}`)}).Write(&file); err != nil {
		t.Fatal(err)
	}

	// In the run after it.
	e, err = github.ReadEvent(strings.NewReader(workflowRun("pull_request", `{"id": 2, "full_name": "mallory/shop"}`)), "workflow_run")
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(e.MayReadHead(), github.ErrPrivileged) {
		t.Error("the files of a stranger may be read beside secrets")
	}
	forged := bytes.ReplaceAll(file.Bytes(), []byte(head), []byte(strings.Repeat("3", 40)))
	if a, err := github.ReadArtifact(bytes.NewReader(forged)); err != nil || a.About(e) == nil {
		t.Error("an artifact about the commit of another pull request is told", err)
	}
	a, err := github.ReadArtifact(&file)
	if err != nil || a.About(e) != nil {
		t.Fatal(err, a.About(e))
	}
	c, _ = client(t, s, githubtest.JobToken)
	ch, err := c.FindPullRequest(t.Context(), e.Repo, e.HeadSHA, e.HeadRepo, e.HeadRef)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Comment(t.Context(), ch, "pr", "rendered"); err != nil {
		t.Fatal(err)
	}
	if len(s.Comments(repo, 3)) != 0 || len(s.Comments(repo, 7)) != 1 {
		t.Error("another pull request was told")
	}
}
