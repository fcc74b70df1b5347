package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/loaders/revision"
)

// between is the two commits that are compared; without a base, the state in the working directory is audited.
type between struct {
	base, head string // all digits
	why        string // in a sentence
}

// readEvent reads what the workflow runs for. Events that name no base are taken to be about GITHUB_SHA, whatever they are.
func readEvent(env func(string) string) (github.Event, error) {
	name := env("GITHUB_EVENT_NAME")
	if !slices.Contains([]string{"pull_request", "pull_request_target", "push", "merge_group", "workflow_run"}, name) {
		repo, err := github.ParseRepo(env("GITHUB_REPOSITORY"))
		if err != nil {
			return github.Event{}, usagef("GITHUB_REPOSITORY: %w", err)
		}
		return github.Event{Name: name, Repo: repo, HeadRepo: repo, HeadSHA: env("GITHUB_SHA")}, nil
	}
	f, err := os.Open(env("GITHUB_EVENT_PATH"))
	if err != nil {
		return github.Event{}, usagef("the event of the workflow (GITHUB_EVENT_PATH): %w", err)
	}
	defer f.Close()
	e, err := github.ReadEvent(f, name)
	if err != nil {
		return e, usagef("%w", err)
	}
	return e, nil
}

// compared decides what is compared with what. It never falls back to another base, nor to an audit: that would
// either pass a change unseen or blame it for everything.
func (a *action) compared(ctx context.Context) (between, error) {
	e, in := a.event, a.in
	var none between
	switch {
	case in.NewOnly == "false" && in.Base != "":
		return none, usagef("new-only: false audits the whole, so there is nothing to compare with base")
	case in.NewOnly == "false":
		return none, nil
	case in.Base != "":
		return a.parted(ctx, in.Base)
	case e.Name == "pull_request":
		return a.ofPullRequest(ctx)
	case (e.Name == "push" || e.Name == "merge_group") && e.BaseSHA != "":
		base, head, err := resolved(ctx, e.BaseSHA, "HEAD")
		if err != nil {
			return none, usagef("the state before (%.12s) cannot be compared with: %w%s", e.BaseSHA, err, helpOf(e))
		}
		return between{base, head, fmt.Sprintf("what the event names as the state before, %.12s", base)}, nil
	case in.NewOnly == "true":
		return none, usagef("new-only: true wants a base, and the event %q names none; say one, such as base: origin/main", e.Name)
	}
	return none, nil
}

func helpOf(e github.Event) string {
	if e.Name == "push" {
		return ". After a forced push it may be gone for good: base names another, and new-only: false audits the whole"
	}
	return ""
}

// resolved are two revisions as commits.
func resolved(ctx context.Context, base, head string) (string, string, error) {
	b, err := revision.Resolve(ctx, ".", base, revision.Options{})
	if err != nil {
		return "", "", err
	}
	h, err := revision.Resolve(ctx, ".", head, revision.Options{})
	return string(b), string(h), err
}

// parted compares with where a revision and the head parted. The name of a branch is that of origin's: a checkout has no
// other.
func (a *action) parted(ctx context.Context, name string) (between, error) {
	id, err := revision.Resolve(ctx, ".", name, revision.Options{})
	if errors.Is(err, revision.ErrUnknownRevision) || errors.Is(err, revision.ErrShallow) {
		if other, second := revision.Resolve(ctx, ".", "refs/remotes/origin/"+name, revision.Options{}); second == nil {
			id, err = other, nil
		}
	}
	if err != nil {
		return between{}, usagef("base %q: %w", name, err)
	}
	base, head, err := resolved(ctx, string(id)+"...HEAD", "HEAD")
	if err != nil {
		return between{}, usagef("base %q: %w", name, err)
	}
	return between{base, head, fmt.Sprintf("where %s and the head parted, %.12s", name, base)}, nil
}

// ofPullRequest compares a pull request with what it is to be merged into. actions/checkout makes the merge of both,
// whose first parent is the base as it stood then; the base in the event may be older. Where the head itself is checked
// out, it is compared with where it left the base.
func (a *action) ofPullRequest(ctx context.Context) (between, error) {
	e := a.event
	head, err := revision.Resolve(ctx, ".", "HEAD", revision.Options{})
	if err != nil {
		return between{}, usagef("the checkout: %w", err)
	}
	if string(head) == e.HeadSHA {
		base, err := revision.Resolve(ctx, ".", e.BaseSHA+"..."+e.HeadSHA, revision.Options{})
		if err != nil {
			return between{}, usagef("where the pull request left its base cannot be told: %w", err)
		}
		return between{string(base), e.HeadSHA, fmt.Sprintf("where it left its base, %.12s", base)}, nil
	}
	merged, err := revision.Resolve(ctx, ".", "HEAD^2", revision.Options{})
	switch {
	case errors.Is(err, revision.ErrShallow):
		return between{}, usagef("what the pull request is to be merged into is not in this clone: %w", err)
	case err != nil || string(merged) != e.HeadSHA:
		return between{}, usagef("the commit that is checked out (%.12s) is neither the head of the pull request (%.12s) nor its merge: "+
			"check out what the event is about (leave out ref of actions/checkout), or say what to compare with: base", head, e.HeadSHA)
	}
	base, err := revision.Resolve(ctx, ".", "HEAD^1", revision.Options{})
	if err != nil {
		return between{}, usagef("what the pull request is to be merged into: %w", err)
	}
	return between{string(base), string(head), fmt.Sprintf("what it is to be merged into, %.12s", base)}, nil
}

// begins reports whether the working directory is a folder that the base does not have: everything in it is new then.
func (b between) begins(ctx context.Context, temp string) (bool, error) {
	t, err := revision.Open(ctx, ".", b.base, revision.Options{Want: func(string) bool { return false }, Temp: temp})
	if err != nil {
		return false, usagef("%w", err)
	}
	return t.Missing, t.Close()
}
