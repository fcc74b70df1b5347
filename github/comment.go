package github

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	api "github.com/google/go-github/v60/github"

	"github.com/passmuster/muster/report"
)

// markerID is what may tell the comments of several runs apart.
var markerID = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/]|-[A-Za-z0-9._/])*$`)

// Marker is the hidden beginning of a comment, by which it is found again. The id tells apart the comments of several
// runs of muster on one pull request; it consists of letters, digits and single ".", "_", "/" and "-".
func Marker(id string) (string, error) {
	if len(id) > 100 || !markerID.MatchString(id) {
		return "", fmt.Errorf("%q cannot mark a comment: use up to 100 letters, digits, dots, slashes and single dashes", shown(id))
	}
	return "<!-- muster:" + id + " -->", nil
}

// Commented is what became of a comment.
type Commented struct {
	URL     string
	Created bool
	Edited  bool
	Deleted int // further comments of ours with the marker
}

const mostComments = 30_000 // that are looked through: 300 pages

// Comment keeps one comment on the pull request: the one that begins with the marker of id and was written with this
// token is edited if its text differs, and created if there is none. Where there are several, the oldest stays. What
// somebody else wrote is left alone, whatever it begins with. A body of more than 65,536 characters is cut.
func (c *Client) Comment(ctx context.Context, ch Change, id, body string) (Commented, error) {
	marker, err := Marker(id)
	if err != nil {
		return Commented{}, err
	}
	if err := ch.check(true); err != nil {
		return Commented{}, err
	}
	body = marker + "\n" + cut(body, report.CommentLimit-len(marker)-1)
	var out Commented
	err = c.persist(ctx, func() error { return c.keepComment(ctx, ch, marker, body, &out) })
	return out, err
}

func (c *Client) keepComment(ctx context.Context, ch Change, marker, body string, out *Commented) error {
	ours, err := c.commentsOf(ctx, ch, marker)
	if err != nil {
		return err
	}
	if len(ours) == 0 {
		made, _, err := c.api.Issues.CreateComment(ctx, ch.Owner, ch.Name, ch.Number, &api.IssueComment{Body: &body})
		if err != nil {
			return failed(err, "pull-requests: write", "comment on pull request %d", ch.Number)
		}
		out.URL, out.Created = made.GetHTMLURL(), true
		if c.learn(made.User) {
			return c.keepComment(ctx, ch, marker, body, out)
		}
		return nil
	}
	kept := ours[0]
	out.URL = kept.GetHTMLURL()
	if normal(kept.GetBody()) != normal(body) {
		_, _, err := c.api.Issues.EditComment(ctx, ch.Owner, ch.Name, kept.GetID(), &api.IssueComment{Body: &body})
		if err != nil {
			return failed(err, "pull-requests: write", "edit the comment on pull request %d", ch.Number)
		}
		out.Edited = true
	}
	for _, more := range ours[1:] {
		_, err := c.api.Issues.DeleteComment(ctx, ch.Owner, ch.Name, more.GetID())
		err = failed(err, "pull-requests: write", "delete a second comment on pull request %d", ch.Number)
		if err := unlessGone(err); err != nil {
			return err
		}
		out.Deleted++
	}
	return nil
}

// commentsOf are the comments of this token that begin with a marker, the oldest first.
func (c *Client) commentsOf(ctx context.Context, ch Change, marker string) ([]*api.IssueComment, error) {
	me, err := c.whoami(ctx)
	if err != nil {
		return nil, err
	}
	all, err := pages(mostComments, func(o api.ListOptions) ([]*api.IssueComment, *api.Response, error) {
		return c.api.Issues.ListComments(ctx, ch.Owner, ch.Name, ch.Number, &api.IssueListCommentsOptions{ListOptions: o})
	})
	if err != nil {
		return nil, failed(err, "pull-requests: read", "list the comments of pull request %d", ch.Number)
	}
	var ours []*api.IssueComment
	for _, comment := range all {
		if me.isAuthor(comment.User) && strings.HasPrefix(comment.GetBody(), marker) {
			ours = append(ours, comment)
		}
	}
	slices.SortStableFunc(ours, func(a, b *api.IssueComment) int { return cmp.Compare(a.GetID(), b.GetID()) })
	return ours, nil
}

// normal is a body as it is compared: GitHub may give back other ends of lines, and none at the end.
func normal(body string) string {
	return strings.TrimSpace(strings.ReplaceAll(body, "\r\n", "\n"))
}
