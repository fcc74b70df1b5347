package github

import (
	"context"
	"slices"
	"strings"

	api "github.com/google/go-github/v60/github"

	"github.com/passmuster/muster/report"
)

const (
	// mostSuggestions is how many comments one review has: GitHub does not finish in time with many more.
	mostSuggestions = 20
	// mostFiles is how many files of a pull request GitHub lists.
	mostFiles = 3000

	reviewMarker = "<!-- muster:review -->"
	fixPrefix    = "<!-- muster-fix:"
	goneMarker   = "<!-- muster-gone -->"
)

// Reviewed is what became of suggestions.
type Reviewed struct {
	URL     string // of the review; "" if none was needed
	Posted  int
	Present int // made in an earlier review
	Outside int // on lines that the pull request does not show, where GitHub takes no comment
	Left    int // for want of room: 20 a review
}

// Review makes suggestions in one review that neither approves nor requests changes. Those that an earlier review of
// this token made, and that are still there, are not made again.
func (c *Client) Review(ctx context.Context, ch Change, list []Suggestion) (Reviewed, error) {
	if err := ch.check(true); err != nil || len(list) == 0 {
		return Reviewed{}, err
	}
	var out Reviewed
	earlier := -1
	err := c.persist(ctx, func() error {
		var err error
		out, err = c.review(ctx, ch, list, &earlier)
		return err
	})
	return out, err
}

// review makes suggestions that are not there yet. earlier is how many were there at first, or -1; what has come since was made
// by an attempt whose answer was lost, and belongs to the same review.
func (c *Client) review(ctx context.Context, ch Change, list []Suggestion, earlier *int) (Reviewed, error) {
	var out Reviewed
	shownLines, err := c.shownLines(ctx, ch)
	if err != nil {
		return out, err
	}
	ours, err := c.suggested(ctx, ch)
	if err != nil {
		return out, err
	}
	var missing []Suggestion
	for _, s := range list {
		if slices.ContainsFunc(ours.list, func(c *api.PullRequestComment) bool { return keyIn(c) == s.Key() }) {
			out.Present++
		} else {
			missing = append(missing, s)
		}
	}
	if *earlier < 0 {
		*earlier = out.Present
	}
	out.Posted = out.Present - *earlier
	out.Present = *earlier
	var comments []*api.DraftReviewComment
	for _, s := range missing {
		switch {
		case !slices.ContainsFunc(shownLines[s.Path], func(l lines) bool { return l.from <= s.StartLine && s.EndLine <= l.to }) || s.EndLine < s.StartLine:
			out.Outside++
		case out.Posted+len(comments) == mostSuggestions:
			out.Left++
		default:
			comments = append(comments, s.draft())
		}
	}
	if len(comments) == 0 {
		return out, nil
	}
	body := reviewMarker + "\nRepairs of what muster found. Each was proven by another scan: with it the finding is gone, and nothing is worse."
	made, _, err := c.api.PullRequests.CreateReview(ctx, ch.Owner, ch.Name, ch.Number,
		&api.PullRequestReviewRequest{CommitID: &ch.HeadSHA, Body: &body, Event: api.String("COMMENT"), Comments: comments})
	if err != nil {
		return out, failed(err, "pull-requests: write", "review pull request %d", ch.Number)
	}
	out.URL = made.GetHTMLURL()
	out.Posted += len(comments)
	return out, nil
}

// draft is the suggestion as a comment.
func (s Suggestion) draft() *api.DraftReviewComment {
	fence := "```"
	for strings.Contains(strings.Join(s.Lines, "\n"), fence) {
		fence += "`"
	}
	var b strings.Builder
	b.WriteString(fixPrefix + s.Key() + " -->\n")
	for _, t := range s.Titles {
		b.WriteString(report.Prose(t) + "\n\n")
	}
	b.WriteString(fence + "suggestion\n")
	for _, l := range s.Lines {
		b.WriteString(l + "\n")
	}
	b.WriteString(fence + "\n")
	body := b.String()
	d := &api.DraftReviewComment{Path: &s.Path, Body: &body, Side: api.String("RIGHT"), Line: &s.EndLine}
	if s.StartLine < s.EndLine {
		d.StartSide, d.StartLine = api.String("RIGHT"), &s.StartLine
	}
	return d
}

// keyIn is the key of the suggestion that a comment makes, or "".
func keyIn(c *api.PullRequestComment) string {
	rest, ok := strings.CutPrefix(c.GetBody(), fixPrefix)
	if !ok {
		return ""
	}
	key, _, _ := strings.Cut(rest, " -->")
	return key
}

// shownLines are the lines of the head that the pull request shows, by file. GitHub leaves out the patch of a file that
// is large or binary.
func (c *Client) shownLines(ctx context.Context, ch Change) (map[string][]lines, error) {
	files, err := pages(mostFiles, func(o api.ListOptions) ([]*api.CommitFile, *api.Response, error) {
		return c.api.PullRequests.ListFiles(ctx, ch.Owner, ch.Name, ch.Number, &o)
	})
	if err != nil {
		return nil, failed(err, "pull-requests: read", "list the files of pull request %d", ch.Number)
	}
	out := map[string][]lines{}
	for _, f := range files {
		out[f.GetFilename()] = rightSide(f.GetPatch())
	}
	return out, nil
}

// suggestions are comments on lines of a pull request.
type suggestions struct {
	list    []*api.PullRequestComment // ours, that suggest something
	answers map[int64]bool            // comments that somebody answered
}

func (c *Client) suggested(ctx context.Context, ch Change) (suggestions, error) {
	s := suggestions{answers: map[int64]bool{}}
	me, err := c.whoami(ctx)
	if err != nil {
		return s, err
	}
	all, err := pages(mostComments, func(o api.ListOptions) ([]*api.PullRequestComment, *api.Response, error) {
		return c.api.PullRequests.ListComments(ctx, ch.Owner, ch.Name, ch.Number, &api.PullRequestListCommentsOptions{ListOptions: o})
	})
	if err != nil {
		return s, failed(err, "pull-requests: read", "list the review comments of pull request %d", ch.Number)
	}
	for _, comment := range all {
		if parent := comment.GetInReplyTo(); parent != 0 {
			s.answers[parent] = true
		} else if me.isAuthor(comment.User) && keyIn(comment) != "" {
			s.list = append(s.list, comment)
		}
	}
	return s, nil
}

// Dismissed is what became of earlier suggestions.
type Dismissed struct {
	Deleted, Edited int // comments
	Dismissed       int // reviews that requested changes
}

// Dismiss withdraws what muster suggested on the pull request earlier and does not suggest any more. Of what GitHub
// allows it takes what leaves least behind: a comment that nobody answered is deleted, an answered one is edited to say
// that it is settled, and a review that requested changes is dismissed. A review that only comments can be neither dismissed
// nor deleted; its text holds without its comments. A thread can be resolved by GraphQL alone, which muster does not speak.
func (c *Client) Dismiss(ctx context.Context, ch Change, keep []Suggestion) (Dismissed, error) {
	var out Dismissed
	if err := ch.check(true); err != nil {
		return out, err
	}
	ours, err := c.suggested(ctx, ch)
	if err != nil {
		return out, err
	}
	for _, comment := range ours.list {
		if slices.ContainsFunc(keep, func(s Suggestion) bool { return s.Key() == keyIn(comment) }) {
			continue
		}
		if err := c.withdraw(ctx, ch, comment, ours.answers[comment.GetID()], &out); err != nil {
			return out, err
		}
	}
	return out, c.dismissReviews(ctx, ch, &out)
}

func (c *Client) withdraw(ctx context.Context, ch Change, comment *api.PullRequestComment, answered bool, out *Dismissed) error {
	if !answered {
		_, err := c.api.PullRequests.DeleteComment(ctx, ch.Owner, ch.Name, comment.GetID())
		err = failed(err, "pull-requests: write", "delete a suggestion on pull request %d", ch.Number)
		if err == nil {
			out.Deleted++
		}
		return unlessGone(err)
	}
	body := goneMarker + "\nmuster does not suggest this any more: it is repaired, or the lines have changed."
	err := c.persist(ctx, func() error {
		_, _, err := c.api.PullRequests.EditComment(ctx, ch.Owner, ch.Name, comment.GetID(), &api.PullRequestComment{Body: &body})
		return failed(err, "pull-requests: write", "edit a suggestion on pull request %d", ch.Number)
	})
	if err == nil {
		out.Edited++
	}
	return unlessGone(err)
}

func (c *Client) dismissReviews(ctx context.Context, ch Change, out *Dismissed) error {
	me, err := c.whoami(ctx)
	if err != nil {
		return err
	}
	reviews, err := pages(mostComments, func(o api.ListOptions) ([]*api.PullRequestReview, *api.Response, error) {
		return c.api.PullRequests.ListReviews(ctx, ch.Owner, ch.Name, ch.Number, &o)
	})
	if err != nil {
		return failed(err, "pull-requests: read", "list the reviews of pull request %d", ch.Number)
	}
	for _, r := range reviews {
		if !me.isAuthor(r.User) || r.GetState() != "CHANGES_REQUESTED" || !strings.HasPrefix(r.GetBody(), reviewMarker) {
			continue
		}
		_, _, err := c.api.PullRequests.DismissReview(ctx, ch.Owner, ch.Name, ch.Number, r.GetID(),
			&api.PullRequestReviewDismissalRequest{Message: api.String("muster does not find this any more.")})
		if err != nil {
			return failed(err, "pull-requests: write", "dismiss a review of pull request %d", ch.Number)
		}
		out.Dismissed++
	}
	return nil
}
