package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	api "github.com/google/go-github/v60/github"
)

// Conclusions of a check.
const (
	Success = "success"
	Failure = "failure"
	Neutral = "neutral"
)

const (
	mostInRequest   = 50     // annotations that GitHub takes in one request
	mostAnnotations = 1000   // that are sent; more are counted
	mostOutput      = 65_535 // characters of a summary, and of a text
	mostRuns        = 1000   // check runs of one commit that are looked through
)

// Check is what a check run says.
type Check struct {
	Name       string // as branch protection knows it
	ExternalID string // tells apart runs of one name; "" is the name
	Title      string // one line
	Summary    string // Markdown
	Text       string // Markdown; may be ""
	Conclusion string // Success, Failure or Neutral, or another that GitHub knows
	DetailsURL string // may be ""
	// Annotations are shown beside the lines that they are about, as many as GitHub is sent: the first 1,000. Further ones, and
	// those that name no file of the repository, are counted in the summary.
	Annotations []Annotation
}

// Checked is what became of a check.
type Checked struct {
	ID      int64
	URL     string
	Created bool // false: an earlier run was brought up to date
	Sent    int  // annotations that were not there yet
	Left    int  // annotations that are only counted
}

// Check writes a check run for the head commit. If the commit has one of the same name and external id, that one is
// brought up to date, so that repeated runs of a job do not pile up; annotations that it has already are not sent again.
// GitHub can add annotations but not remove them, so one that has annotations that hold no more is followed by a
// new one, which GitHub shows in its place.
func (c *Client) Check(ctx context.Context, ch Change, k Check) (Checked, error) {
	if err := ch.check(false); err != nil {
		return Checked{}, err
	}
	if k.Name == "" || k.Conclusion == "" {
		return Checked{}, errors.New("a check needs a name and a conclusion")
	}
	w := &checkRun{Client: c, ch: ch, Check: k}
	w.prepare()
	err := c.persist(ctx, func() error { return w.write(ctx) })
	return w.out, err
}

// checkRun is a check on its way.
type checkRun struct {
	*Client
	Check
	ch      Change
	want    []*api.CheckRunAnnotation
	refused int64 // a run that is not ours to change
	out     Checked
}

func (w *checkRun) prepare() {
	w.ExternalID = cmp.Or(w.ExternalID, w.Name)
	for _, a := range w.Annotations {
		if one := a.forAPI(); one != nil && len(w.want) < mostAnnotations {
			w.want = append(w.want, one)
		}
	}
	w.out.Left = len(w.Annotations) - len(w.want)
	note := ""
	if w.out.Left > 0 {
		note = fmt.Sprintf("\n\n%d findings are not annotated here: %d at most are, and only in files of the repository. The whole report has all.\n", w.out.Left, mostAnnotations)
	}
	w.Summary = cut(cmp.Or(w.Summary, w.Title, w.Name), mostOutput-len(note)) + note
	w.Text = cut(w.Text, mostOutput)
	w.Title = upTo(shown(cmp.Or(w.Title, w.Name)), 255)
}

// write looks for the run and what it has, and sends the rest.
func (w *checkRun) write(ctx context.Context) error {
	run, rest, err := w.find(ctx)
	if err != nil {
		return err
	}
	if run == nil {
		rest = w.want
		first := rest[:min(len(rest), mostInRequest)]
		rest = rest[len(first):]
		run, err = w.create(ctx, first, len(rest) == 0)
		if err != nil {
			return err
		}
		w.out.ID, w.out.URL, w.out.Created = run.GetID(), run.GetHTMLURL(), true
		w.out.Sent += len(first)
		if len(rest) == 0 {
			return nil
		}
	}
	w.out.ID, w.out.URL = run.GetID(), run.GetHTMLURL()
	for {
		some := rest[:min(len(rest), mostInRequest)]
		rest = rest[len(some):]
		err := w.update(ctx, run.GetID(), some, len(rest) == 0)
		if errors.Is(err, ErrReadOnly) && !w.out.Created && w.refused == 0 {
			w.refused = run.GetID() // another app wrote it; if the token may write none at all, create says so
			return w.write(ctx)
		}
		if err != nil {
			return err
		}
		w.out.Sent += len(some)
		if len(rest) == 0 {
			return nil
		}
	}
}

// find returns the newest run of the same name and external id, and the annotations that it lacks; nil if there is none
// that can become what is wanted.
func (w *checkRun) find(ctx context.Context) (*api.CheckRun, []*api.CheckRunAnnotation, error) {
	runs, err := pages(mostRuns, func(o api.ListOptions) ([]*api.CheckRun, *api.Response, error) {
		list, resp, err := w.api.Checks.ListCheckRunsForRef(ctx, w.ch.Owner, w.ch.Name, w.ch.HeadSHA,
			&api.ListCheckRunsOptions{CheckName: &w.Name, Filter: api.String("all"), ListOptions: o})
		if err != nil {
			return nil, resp, err
		}
		return list.CheckRuns, resp, nil
	})
	if err != nil {
		return nil, nil, failed(err, "checks: read", "list the check runs of %.12s", w.ch.HeadSHA)
	}
	var newest *api.CheckRun
	for _, run := range runs {
		if run.GetName() == w.Name && run.GetExternalID() == w.ExternalID && run.GetHeadSHA() == w.ch.HeadSHA && run.GetID() != w.refused &&
			(newest == nil || run.GetID() > newest.GetID()) {
			newest = run
		}
	}
	if newest == nil {
		return nil, nil, nil
	}
	has, err := pages(2*mostAnnotations, func(o api.ListOptions) ([]*api.CheckRunAnnotation, *api.Response, error) {
		return w.api.Checks.ListCheckRunAnnotations(ctx, w.ch.Owner, w.ch.Name, newest.GetID(), &o)
	})
	if err != nil {
		return nil, nil, failed(err, "checks: read", "list the annotations of a check run")
	}
	rest, ok := lacking(w.want, has)
	if !ok {
		return nil, nil, nil
	}
	return newest, rest, nil
}

func (w *checkRun) create(ctx context.Context, list []*api.CheckRunAnnotation, last bool) (*api.CheckRun, error) {
	o := api.CreateCheckRunOptions{Name: w.Name, HeadSHA: w.ch.HeadSHA, ExternalID: &w.ExternalID, DetailsURL: optional(w.DetailsURL),
		Status: api.String("in_progress"), Output: w.output(list)}
	if last {
		o.Status, o.Conclusion, o.CompletedAt = api.String("completed"), &w.Conclusion, now()
	}
	run, _, err := w.api.Checks.CreateCheckRun(ctx, w.ch.Owner, w.ch.Name, o)
	return run, failed(err, "checks: write", "create the check run %s", shown(w.Name))
}

func (w *checkRun) update(ctx context.Context, id int64, list []*api.CheckRunAnnotation, last bool) error {
	o := api.UpdateCheckRunOptions{Name: w.Name, ExternalID: &w.ExternalID, DetailsURL: optional(w.DetailsURL),
		Status: api.String("in_progress"), Output: w.output(list)}
	if last {
		o.Status, o.Conclusion, o.CompletedAt = api.String("completed"), &w.Conclusion, now()
	}
	_, _, err := w.api.Checks.UpdateCheckRun(ctx, w.ch.Owner, w.ch.Name, id, o)
	return failed(err, "checks: write", "update the check run %s", shown(w.Name))
}

func (w *checkRun) output(list []*api.CheckRunAnnotation) *api.CheckRunOutput {
	return &api.CheckRunOutput{Title: &w.Title, Summary: &w.Summary, Text: optional(w.Text), Annotations: list}
}

func now() *api.Timestamp { return &api.Timestamp{Time: time.Now().UTC().Truncate(time.Second)} }

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
