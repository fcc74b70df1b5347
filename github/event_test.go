package github_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/passmuster/muster/github"
)

const repository = `"repository": {"id": 1, "full_name": "pay/shop", "private": true}`

// pullRequest is the payload of a pull request whose head is in a repository.
func pullRequest(headRepo string) string {
	return fmt.Sprintf(`{"action": "synchronize", "number": 7, %s, "pull_request": {"number": 7, "title": "</script> @everyone", "draft": false,
		"head": {"ref": "feature/$(id)", "sha": %q, "repo": %s},
		"base": {"ref": "main", "sha": %q, "repo": {"id": 1, "full_name": "pay/shop"}}}, "sender": {"login": "x"}}`, repository, head, headRepo, base)
}

func workflowRun(event, headRepo string) string {
	return fmt.Sprintf(`{"action": "completed", %s, "workflow_run": {"id": 99, "event": %q, "conclusion": "success", "head_sha": %q, "head_branch": "feature",
		"head_repository": %s, "pull_requests": []}}`, repository, event, head, headRepo)
}

func TestEventsSayWhatTheyAreAbout(t *testing.T) {
	shop, fork := github.Repo{Owner: "pay", Name: "shop"}, github.Repo{Owner: "mallory_corp", Name: "shop"}
	own, forked := `{"id": 1, "full_name": "pay/shop"}`, `{"id": 2, "full_name": "mallory_corp/shop"}`
	for _, tc := range []struct {
		name, event, payload string
		want                 github.Event
		privileged           bool
	}{
		{"of the repository", "pull_request", pullRequest(own),
			github.Event{Action: "synchronize", Repo: shop, Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature/$(id)", BaseRef: "main", HeadRepo: shop}, false},
		{"of a fork", "pull_request", pullRequest(forked),
			github.Event{Action: "synchronize", Repo: shop, Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature/$(id)", BaseRef: "main", HeadRepo: fork, Fork: true}, false},
		{"of a fork that is gone", "pull_request", pullRequest("null"),
			github.Event{Action: "synchronize", Repo: shop, Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature/$(id)", BaseRef: "main", Fork: true}, false},
		{"without ids, so of nobody knows whom", "pull_request", strings.ReplaceAll(pullRequest(own), `"id": 1, `, ""),
			github.Event{Action: "synchronize", Repo: shop, Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature/$(id)", BaseRef: "main", HeadRepo: shop, Fork: true}, false},
		{"of a fork, with rights", "pull_request_target", pullRequest(forked),
			github.Event{Action: "synchronize", Repo: shop, Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature/$(id)", BaseRef: "main", HeadRepo: fork, Fork: true}, true},
		{"with rights", "pull_request_target", pullRequest(own),
			github.Event{Action: "synchronize", Repo: shop, Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature/$(id)", BaseRef: "main", HeadRepo: shop}, true},
		{"", "push", fmt.Sprintf(`{"ref": "refs/heads/main", "before": %q, "after": %q, "deleted": false, %s, "head_commit": null}`, base, head, repository),
			github.Event{Repo: shop, HeadSHA: head, BaseSHA: base, HeadRef: "refs/heads/main", HeadRepo: shop}, false},
		{"of a new branch", "push", fmt.Sprintf(`{"ref": "refs/heads/x", "before": %q, "after": %q, %s}`, strings.Repeat("0", 40), head, repository),
			github.Event{Repo: shop, HeadSHA: head, HeadRef: "refs/heads/x", HeadRepo: shop}, false},
		{"", "merge_group", fmt.Sprintf(`{"action": "checks_requested", %s, "merge_group": {"head_sha": %q, "head_ref": "refs/heads/gh-readonly-queue/main/pr-7", "base_sha": %q, "base_ref": "refs/heads/main"}}`, repository, head, base),
			github.Event{Action: "checks_requested", Repo: shop, HeadSHA: head, BaseSHA: base, HeadRef: "refs/heads/gh-readonly-queue/main/pr-7", BaseRef: "refs/heads/main", HeadRepo: shop}, false},
		{"after one of a fork", "workflow_run", workflowRun("pull_request", forked),
			github.Event{Action: "completed", Repo: shop, HeadSHA: head, HeadRef: "feature", HeadRepo: fork, Fork: true, Run: &github.Run{ID: 99, Event: "pull_request", Conclusion: "success"}}, true},
		{"after a push", "workflow_run", workflowRun("push", own),
			github.Event{Action: "completed", Repo: shop, HeadSHA: head, HeadRef: "feature", HeadRepo: shop, Run: &github.Run{ID: 99, Event: "push", Conclusion: "success"}}, false},
		{"after one of nobody", "workflow_run", workflowRun("push", "null"),
			github.Event{Action: "completed", Repo: shop, HeadSHA: head, HeadRef: "feature", Fork: true, Run: &github.Run{ID: 99, Event: "push", Conclusion: "success"}}, true},
		{"", "schedule", `{"schedule": "0 6 * * *", ` + repository + `}`, github.Event{Repo: shop}, false},
		{"", "workflow_dispatch", `{"ref": "refs/heads/main", "inputs": {"Repository": {"full_name": "mallory_corp/x"}}, ` + repository + `}`,
			github.Event{Repo: shop, HeadRef: "refs/heads/main", HeadRepo: shop}, false},
	} {
		tc.want.Name = tc.event
		got, err := github.ReadEvent(strings.NewReader(tc.payload), tc.event)
		if err != nil {
			t.Errorf("%s %s: %v", tc.event, tc.name, err)
			continue
		}
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s %s:\n got %+v\nwant %+v", tc.event, tc.name, got, tc.want)
		}
		err = got.MayReadHead()
		if errors.Is(err, github.ErrPrivileged) != tc.privileged || (err != nil) != tc.privileged {
			t.Errorf("%s %s: may the head be read? %v", tc.event, tc.name, err)
		}
		if err != nil {
			contains(t, err.Error(), "secrets of pay/shop", "docs/pull-requests.md")
		}
	}
}

func TestEventsThatAreNone(t *testing.T) {
	own := `{"id": 1, "full_name": "pay/shop"}`
	good := pullRequest(own)
	for _, tc := range []struct{ name, event, payload, says string }{
		{"unknown", "issue_comment", `{` + repository + `}`, `does not know the event "issue_comment"`},
		{"unknown with colours", "\x1b[31m", `{` + repository + `}`, "does not know the event"},
		{"empty", "push", "", "the event:"},
		{"no object", "push", "[]", "the event:"},
		{"no repository", "push", "{}", "no repository"},
		{"two values", "push", `{` + repository + `} {}`, "the event:"},
		{"no text", "push", "{\"ref\": \"\xff\"}", "not UTF-8"},
		{"another type", "pull_request", strings.Replace(good, `"number": 7`, `"number": "7"`, 1), "the event:"},
		{"huge number", "pull_request", strings.Replace(good, `"number": 7`, `"number": 1e99`, 1), "the event:"},
		{"negative number", "pull_request", strings.ReplaceAll(good, `"number": 7`, `"number": -7`), "contradicts itself"},
		{"another number", "pull_request", strings.Replace(good, `"number": 7`, `"number": 8`, 1), "contradicts itself"},
		{"another repository", "pull_request", strings.Replace(good, `{"id": 1, "full_name": "pay/shop"}}}`, `{"id": 3, "full_name": "pay/other"}}}`, 1), "contradicts itself"},
		{"no pull request", "pull_request", `{` + repository + `}`, "no pull_request"},
		{"a path for a repository", "push", `{"repository": {"full_name": "../x"}}`, "no repository"},
		{"a query for a repository", "push", `{"repository": {"full_name": "a/b?c"}}`, "no repository"},
		{"three parts", "push", `{"repository": {"full_name": "a/b/c"}}`, "no repository"},
		{"a short commit", "push", `{"after": "abc", ` + repository + `}`, "no full object name"},
		{"an option for a commit", "push", `{"after": "--upload-pack=x", ` + repository + `}`, "no full object name"},
		{"upper case", "push", `{"after": "` + strings.Repeat("A", 40) + `", ` + repository + `}`, "no full object name"},
		{"no commit", "push", `{` + repository + `}`, "does not name the commit"},
		{"a deleted branch", "push", `{"after": "` + strings.Repeat("0", 40) + `", ` + repository + `}`, "deleted"},
		{"a branch with a line", "push", `{"after": "` + head + `", "ref": "a\nb", ` + repository + `}`, "no name of a branch"},
		{"a long branch", "push", `{"after": "` + head + `", "ref": "` + strings.Repeat("x", 2000) + `", ` + repository + `}`, "no name of a branch"},
		{"a strange action", "pull_request", strings.Replace(good, "synchronize", "a b", 1), "no word"},
		{"no group", "merge_group", `{` + repository + `}`, "no merge_group"},
		{"no run", "workflow_run", `{` + repository + `}`, "no workflow_run"},
		{"no head", "pull_request", strings.Replace(good, head, "", 1), "does not name the commits"},
	} {
		_, err := github.ReadEvent(strings.NewReader(tc.payload), tc.event)
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.says)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%s: %q", tc.name, err)
		}
	}
	if _, err := github.ReadEvent(&endless{}, "push"); err == nil || !strings.Contains(err.Error(), "more than 25 MB") {
		t.Error(err)
	}
}

// endless is a file without end.
type endless struct{}

func (*endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func FuzzReadEvent(f *testing.F) {
	f.Add(pullRequest(`{"id": 2, "full_name": "a/b"}`), "pull_request")
	f.Add(workflowRun("pull_request", "null"), "workflow_run")
	f.Add(`{"after": "`+head+`", `+repository+`}`, "push")
	f.Fuzz(func(t *testing.T, payload, name string) {
		e, err := github.ReadEvent(strings.NewReader(payload), name)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%q", err)
			}
			return
		}
		if strings.ContainsAny(e.Repo.String()+e.HeadRepo.String()+e.HeadSHA+e.BaseSHA+e.Action, " \n?#%\\\x1b") || strings.ContainsAny(e.HeadRef, "\n\x1b") || e.Number < 0 {
			t.Errorf("%+v", e)
		}
		if name == "pull_request_target" && e.MayReadHead() == nil {
			t.Error("the head may be read")
		}
	})
}
