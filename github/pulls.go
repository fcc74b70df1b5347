package github

import (
	"context"
	"fmt"
	"strings"

	api "github.com/google/go-github/v60/github"
)

// FindPullRequest is the open pull request of repo whose head is a commit of a branch of headRepo, as the workflow_run
// event names them. GitHub lists the pull requests of a commit only where head and base are in one repository, so those
// of the branch are asked for. ErrNotFound: it is closed, or has moved on to another commit. ErrAmbiguous: the
// branch is to be merged into several.
func (c *Client) FindPullRequest(ctx context.Context, repo Repo, headSHA string, headRepo Repo, headBranch string) (Change, error) {
	ch := Change{Repo: repo, HeadSHA: headSHA}
	if err := ch.check(false); err != nil {
		return ch, err
	}
	if err := headRepo.check(); err != nil {
		return ch, err
	}
	if headBranch == "" {
		return ch, fmt.Errorf("%w: the commit %.12s is of no branch, so of no pull request", ErrNotFound, headSHA)
	}
	const most = 1000
	list, err := pages(most, func(o api.ListOptions) ([]*api.PullRequest, *api.Response, error) {
		return c.api.PullRequests.List(ctx, repo.Owner, repo.Name,
			&api.PullRequestListOptions{State: "open", Head: headRepo.Owner + ":" + headBranch, ListOptions: o})
	})
	if err != nil {
		return ch, failed(err, "pull-requests: read", "list the pull requests of %s", repo)
	}
	var found []*api.PullRequest
	for _, pr := range list {
		head := pr.GetHead()
		if head.GetSHA() == headSHA && head.GetRef() == headBranch && strings.EqualFold(head.GetRepo().GetFullName(), headRepo.String()) && pr.GetState() == "open" {
			found = append(found, pr)
		}
	}
	switch len(found) {
	case 0:
		return ch, fmt.Errorf("%w: no open pull request of %s has %.12s of %s:%s as its head; it was closed, or has newer commits", ErrNotFound, repo, headSHA, headRepo, shown(headBranch))
	case 1:
		ch.Number, ch.BaseSHA = found[0].GetNumber(), found[0].GetBase().GetSHA()
		return ch, nil
	}
	return ch, fmt.Errorf("%w: %d open pull requests of %s have %.12s as their head", ErrAmbiguous, len(found), repo, headSHA)
}
