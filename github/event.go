package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// mostEvent is how many bytes an event may have: GitHub sends no payload of more than 25 MB.
const mostEvent = 25 << 20

// Event is what made a job run (GITHUB_EVENT_NAME and the file at GITHUB_EVENT_PATH).
type Event struct {
	Name   string // pull_request, pull_request_target, push, merge_group, workflow_run, schedule or workflow_dispatch
	Action string // what happened to the pull request, run or group; "" elsewhere
	Repo   Repo   // whose workflow runs, and whose pull request it is
	Number int    // of the pull request; 0 elsewhere. That of a workflow_run is asked for: FindPullRequest
	// HeadSHA is the commit that is proposed or was pushed, BaseSHA the tip of the branch that it goes to (compare with their merge
	// base), or what was there before a push; "" where the event
	// does not say: schedule and workflow_dispatch run on GITHUB_SHA, and a new branch has no earlier commit.
	HeadSHA, BaseSHA string
	// HeadRef and BaseRef are the names of branches, which anybody chooses; of push and merge_group they are full: refs/heads/main.
	HeadRef, BaseRef string
	HeadRepo         Repo // where the head is from; the zero Repo if the fork is gone
	Fork             bool // the head is from another repository: a stranger wrote it
	Run              *Run // of workflow_run
}

// Run is the run of a workflow that a workflow_run event is about.
type Run struct {
	ID         int64
	Event      string // what made it run: pull_request
	Conclusion string // success, failure, …; "" while it runs
}

// Change is the event as a change to tell about; the number may be 0.
func (e Event) Change() Change {
	return Change{Repo: e.Repo, Number: e.Number, HeadSHA: e.HeadSHA, BaseSHA: e.BaseSHA}
}

// MayReadHead returns an error that is ErrPrivileged where the job runs with the rights and secrets of the repository and the head is
// not the repository's own: its files must not be checked out in it.
func (e Event) MayReadHead() error {
	switch {
	case e.Name == "pull_request_target":
		return fmt.Errorf("%w: pull_request_target runs with the secrets of %s and a token that may write. "+
			"Run muster on pull_request, and tell of its result in a workflow on workflow_run, which checks nothing out; docs/pull-requests.md has both", ErrPrivileged, e.Repo)
	case e.Name == "workflow_run" && (e.Fork || e.Run == nil || strings.HasPrefix(e.Run.Event, "pull_request")):
		return fmt.Errorf("%w: workflow_run runs with the secrets of %s and a token that may write, after a run for a pull request. "+
			"Tell of the artifact of that run here, and check nothing out; docs/pull-requests.md shows it", ErrPrivileged, e.Repo)
	}
	return nil
}

// payload is what is read of the events.
type payload struct {
	Action      string       `json:"action"`
	Number      int          `json:"number"`
	Repository  *repository  `json:"repository"`
	PullRequest *pullRequest `json:"pull_request"`
	Ref         string       `json:"ref"`
	Before      string       `json:"before"`
	After       string       `json:"after"`
	Deleted     bool         `json:"deleted"`
	MergeGroup  *mergeGroup  `json:"merge_group"`
	WorkflowRun *workflowRun `json:"workflow_run"`
}

type repository struct {
	ID       int64  `json:"id"`
	FullName string `json:"full_name"`
}

type pullRequest struct {
	Number int    `json:"number"`
	Head   branch `json:"head"`
	Base   branch `json:"base"`
}

type branch struct {
	Ref  string      `json:"ref"`
	SHA  string      `json:"sha"`
	Repo *repository `json:"repo"`
}

type mergeGroup struct {
	HeadSHA string `json:"head_sha"`
	HeadRef string `json:"head_ref"`
	BaseSHA string `json:"base_sha"`
	BaseRef string `json:"base_ref"`
}

type workflowRun struct {
	ID         int64       `json:"id"`
	Event      string      `json:"event"`
	Conclusion *string     `json:"conclusion"`
	HeadSHA    string      `json:"head_sha"`
	HeadBranch *string     `json:"head_branch"`
	HeadRepo   *repository `json:"head_repository"`
}

// ReadEvent reads the payload of an event of a name. What it does not know, or what lacks something, is an error.
func ReadEvent(r io.Reader, name string) (Event, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostEvent+1))
	if err != nil {
		return Event{}, fmt.Errorf("the event: %w", err)
	}
	if len(data) > mostEvent {
		return Event{}, fmt.Errorf("the event has more than %d MB", mostEvent>>20)
	}
	if !utf8.Valid(data) {
		return Event{}, errors.New("the event is not UTF-8")
	}
	var p payload
	if err := json.Unmarshal(data, &p); err != nil {
		return Event{}, fmt.Errorf("the event: %s", shown(err.Error()))
	}
	e := Event{Name: name, Action: p.Action}
	fill, known := fillers[name]
	if !known {
		return Event{}, fmt.Errorf("muster does not know the event %q; it runs on pull_request, push, merge_group, workflow_run, schedule and workflow_dispatch", shown(name))
	}
	if e.Repo, err = p.Repository.named("repository"); err != nil {
		return Event{}, err
	}
	if err := fill(&p, &e); err != nil {
		return Event{}, err
	}
	return e, e.checked()
}

var fillers = map[string]func(*payload, *Event) error{
	"pull_request":        fillPullRequest,
	"pull_request_target": fillPullRequest,
	"push":                fillPush,
	"merge_group":         fillMergeGroup,
	"workflow_run":        fillWorkflowRun,
	"schedule":            func(*payload, *Event) error { return nil },
	"workflow_dispatch":   func(p *payload, e *Event) error { e.HeadRef, e.HeadRepo = p.Ref, e.Repo; return nil },
}

func fillPullRequest(p *payload, e *Event) error {
	pr := p.PullRequest
	if pr == nil {
		return errors.New("the event has no pull_request")
	}
	base, err := pr.Base.Repo.named("pull_request.base.repo")
	if err != nil {
		return err
	}
	if !strings.EqualFold(base.String(), e.Repo.String()) || pr.Number <= 0 || p.Number != 0 && p.Number != pr.Number {
		return errors.New("the event contradicts itself: its pull request is not one of its repository, or has another number")
	}
	if pr.Base.SHA == "" || pr.Head.SHA == "" {
		return errors.New("the event does not name the commits of its pull request")
	}
	e.Number, e.HeadRef, e.BaseRef = pr.Number, pr.Head.Ref, pr.Base.Ref
	e.HeadSHA, e.BaseSHA = pr.Head.SHA, pr.Base.SHA
	return e.from(pr.Head.Repo, p.Repository, "pull_request.head.repo")
}

func fillPush(p *payload, e *Event) error {
	if p.Deleted || isZero(p.After) {
		return errors.New("the event tells of a branch that was deleted: there is nothing to audit")
	}
	if p.After == "" {
		return errors.New("the event does not name the commit that was pushed")
	}
	e.HeadSHA, e.HeadRef, e.HeadRepo = p.After, p.Ref, e.Repo
	if !isZero(p.Before) {
		e.BaseSHA = p.Before
	}
	return nil
}

func fillMergeGroup(p *payload, e *Event) error {
	g := p.MergeGroup
	if g == nil || g.HeadSHA == "" || g.BaseSHA == "" {
		return errors.New("the event has no merge_group with both commits")
	}
	e.HeadSHA, e.HeadRef, e.BaseSHA, e.BaseRef, e.HeadRepo = g.HeadSHA, g.HeadRef, g.BaseSHA, g.BaseRef, e.Repo
	return nil
}

func fillWorkflowRun(p *payload, e *Event) error {
	r := p.WorkflowRun
	if r == nil || r.HeadSHA == "" || r.ID <= 0 || r.Event == "" {
		return errors.New("the event has no workflow_run with id, event and commit")
	}
	e.HeadSHA = r.HeadSHA
	e.Run = &Run{ID: r.ID, Event: r.Event}
	if r.HeadBranch != nil {
		e.HeadRef = *r.HeadBranch
	}
	if r.Conclusion != nil {
		e.Run.Conclusion = *r.Conclusion
	}
	return e.from(r.HeadRepo, p.Repository, "workflow_run.head_repository")
}

// from says where the head is from. What is not known to be the repository itself is a fork.
func (e *Event) from(head, base *repository, where string) error {
	e.Fork = true
	if head == nil {
		return nil
	}
	repo, err := head.named(where)
	if err != nil {
		return err
	}
	e.HeadRepo = repo
	e.Fork = head.ID == 0 || head.ID != base.ID || !strings.EqualFold(repo.String(), e.Repo.String())
	return nil
}

func (r *repository) named(where string) (Repo, error) {
	if r == nil {
		return Repo{}, fmt.Errorf("the event has no %s", where)
	}
	repo, err := ParseRepo(r.FullName)
	if err != nil {
		return Repo{}, fmt.Errorf("the event: %s: %w", where, err)
	}
	return repo, nil
}

var word = regexp.MustCompile(`^[a-z_]{0,50}$`)

// checked refuses what cannot be from GitHub.
func (e Event) checked() error {
	for _, sha := range []string{e.HeadSHA, e.BaseSHA} {
		if sha != "" && !shaPattern.MatchString(sha) {
			return fmt.Errorf("the event: %q is no full object name of git", shown(sha))
		}
	}
	for _, ref := range []string{e.HeadRef, e.BaseRef} {
		if len(ref) > 1024 || strings.ContainsFunc(ref, isControl) {
			return fmt.Errorf("the event: %q is no name of a branch", shown(ref))
		}
	}
	words := []string{e.Action}
	if e.Run != nil {
		words = append(words, e.Run.Event, e.Run.Conclusion)
	}
	if i := slices.IndexFunc(words, func(w string) bool { return !word.MatchString(w) }); i >= 0 {
		return fmt.Errorf("the event: %q is no word of GitHub's", shown(words[i]))
	}
	return nil
}

// isControl: git allows no such character in the name of a branch (git check-ref-format).
func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// isZero tells the object name that stands for none.
func isZero(sha string) bool { return sha != "" && strings.Trim(sha, "0") == "" }
