package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules"
)

// commentOptions are the flags of muster github comment.
type commentOptions struct {
	streams
	env      func(string) string
	Artifact string
}

// runComment comments for a run that could not. Everything of the artifact is a stranger's; the pull request is the one that
// GitHub names for the event.
func runComment(ctx context.Context, o *commentOptions) error {
	log := &stepLog{w: o.out}
	return log.end(o.run(ctx, log))
}

func (o *commentOptions) run(ctx context.Context, log *stepLog) error {
	if o.Artifact == "" {
		return usagef("--artifact: name the artifact, or the folder that it is in")
	}
	if name := o.env("GITHUB_EVENT_NAME"); name != "workflow_run" {
		return usagef("the workflow runs for the event %q; it is to comment after another one: on: workflow_run", name)
	}
	e, err := readEvent(o.env)
	if err != nil {
		return err
	}
	if e.Run.Event != "pull_request" {
		return usagef("the other run was for the event %q, so there is no pull request; let the job have if: github.event.workflow_run.event == 'pull_request'", e.Run.Event)
	}
	d, options, err := o.read(e)
	if err != nil {
		return &exitError{exitUnreadable, err.Error(), err}
	}
	client, err := github.New(github.Options{Token: o.env("MUSTER_TOKEN"), APIURL: o.env("GITHUB_API_URL"), Log: slog.New(slog.NewTextHandler(o.out, nil))})
	if err != nil {
		return usagef("%w", err)
	}
	ch, err := client.FindPullRequest(ctx, e.Repo, e.HeadSHA, e.HeadRepo, e.HeadRef)
	if err != nil {
		return &exitError{exitUnreadable, err.Error(), err}
	}
	var page bytes.Buffer
	options.Limit = report.CommentLimit
	if err := d.Markdown(&page, options); err != nil {
		return err
	}
	done, err := client.Comment(ctx, ch, commentID(options.Base), page.String())
	if err != nil {
		return &exitError{exitUnreadable, err.Error(), err}
	}
	log.say("the comment is at %s", done.URL)
	return nil
}

// read reads the artifact, and refuses it unless it is about the commit of the event.
func (o *commentOptions) read(e github.Event) (*report.Diff, report.Options, error) {
	path := o.Artifact
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, artifactName)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, report.Options{}, fmt.Errorf("the artifact: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, report.Options{}, fmt.Errorf("the artifact: %s is no file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, report.Options{}, fmt.Errorf("the artifact: %w", err)
	}
	defer f.Close()
	a, err := github.ReadArtifact(f)
	if err != nil {
		return nil, report.Options{}, err
	}
	if err := a.About(e); err != nil {
		return nil, report.Options{}, err
	}
	d, err := report.ParseDiff(a.Diff)
	if err != nil {
		return nil, report.Options{}, fmt.Errorf("the artifact: %w", err)
	}
	list, err := rules.Catalogue()
	return d, report.Options{Base: a.Base, Rules: list}, err
}

// commentID tells apart the comments of several fleets of one repository, by the folder that muster works in.
func commentID(base string) string {
	if base == "" || base == "." {
		return "pull-request"
	}
	plain := func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '/' {
			return r
		}
		return '.'
	}
	id := strings.Trim(strings.Map(plain, base), "./")
	if len(id) > 60 {
		id = id[:60]
	}
	if id != base { // another folder may be called like this, too
		sum := sha256.Sum256([]byte(base))
		id += "/" + hex.EncodeToString(sum[:6])
	}
	return "pull-request/" + strings.TrimPrefix(id, "/")
}

// asCode is text as a block of code, whatever it holds.
func asCode(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "\n" + strings.TrimSpace(text) + "\n" + fence
}
