package github_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/github/githubtest"
	"github.com/passmuster/muster/report"
)

const (
	bot    = "github-actions[bot]"
	marker = "<!-- muster:pr -->"
)

func TestCommentIsOneThatStays(t *testing.T) {
	for name, token := range map[string]string{bot: githubtest.JobToken, "octo-dev": githubtest.UserToken} {
		s := started(t)
		c, _ := client(t, s, token)
		for i, tc := range []struct {
			body            string
			created, edited bool
		}{{"first\n", true, false}, {"first", false, false}, {"second", false, true}, {"no findings", false, true}} {
			got, err := c.Comment(t.Context(), change, "pr", tc.body)
			if err != nil {
				t.Fatal(err)
			}
			if got.Created != tc.created || got.Edited != tc.edited || got.URL == "" {
				t.Errorf("%s: step %d: %+v", name, i, got)
			}
			list := s.Comments(repo, 7)
			if len(list) != 1 || list[0].Author != name || !strings.HasPrefix(list[0].Body, marker+"\n"+strings.TrimSpace(tc.body)) {
				t.Errorf("%s: step %d left %+v", name, i, list)
			}
		}
		if n := s.Comments(repo, 7)[0].Edits; n != 2 {
			t.Errorf("edited %d times, want 2", n)
		}
	}
}

// GitHub does not tell an app's token whose it is; what it has just written does.
func TestCommentOfAnAppIsFoundByWritingOne(t *testing.T) {
	const app = "muster-app[bot]"
	for _, login := range []string{"", app} {
		s := started(t)
		id := s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: app, Body: marker + "\nold"})
		s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: "mallory", Body: marker + "\nold"})
		if login != "" {
			s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: bot, Body: marker + "\nof a job"})
		}
		c, _ := client(t, s, githubtest.AppToken, func(o *github.Options) { o.Login = login })
		for _, body := range []string{"new", "newer"} {
			if _, err := c.Comment(t.Context(), change, "pr", body); err != nil {
				t.Fatal(err)
			}
			ours := slices.DeleteFunc(s.Comments(repo, 7), func(one githubtest.Comment) bool { return one.Author != app })
			if len(ours) != 1 || ours[0].ID != id || ours[0].Body != marker+"\n"+body {
				t.Errorf("login %q: %+v", login, ours)
			}
		}
	}
}

// Anybody can write a marker; a stranger's comment is not ours, whatever it begins with, and must neither be edited nor
// keep ours from being written.
func TestCommentOfAStrangerIsLeftAlone(t *testing.T) {
	s := started(t)
	s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: "mallory", Body: marker + "\nall is well"})
	s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: "github-actions", Body: marker + "\nall is well"})
	s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: bot, Body: "> " + marker + "\nquoted by another workflow"})
	s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: bot, Body: "<!-- muster:pr-2 -->\nof another run"})
	before := s.Comments(repo, 7)
	c, _ := client(t, s, githubtest.JobToken)
	for range 2 {
		if _, err := c.Comment(t.Context(), change, "pr", "ours"); err != nil {
			t.Fatal(err)
		}
	}
	after := s.Comments(repo, 7)
	if len(after) != 5 || after[4].Body != marker+"\nours" || after[4].Author != bot {
		t.Fatalf("want our own as the fifth: %+v", after)
	}
	for i, b := range before {
		if after[i] != b {
			t.Errorf("changed: %+v", after[i])
		}
	}
}

func TestCommentsOfOursBecomeOne(t *testing.T) {
	s := started(t)
	for i := range 250 { // three pages
		author, body := "somebody", fmt.Sprint("talk ", i)
		if i%100 == 60 {
			author, body = bot, marker+"\nold"
		}
		s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: author, Body: body})
	}
	c, _ := client(t, s, githubtest.JobToken)
	got, err := c.Comment(t.Context(), change, "pr", "new")
	if err != nil || got.Deleted != 1 || !got.Edited {
		t.Errorf("%+v, %v", got, err)
	}
	list := s.Comments(repo, 7)
	if len(list) != 249 || list[60].Body != marker+"\nnew" {
		t.Errorf("%d comments, the 61st %q: the oldest stays", len(list), list[60].Body)
	}
}

func TestCommentIsNotDoubledWhenAnswersAreLost(t *testing.T) {
	for _, lost := range []githubtest.Failure{
		{Method: "POST", Times: 1, Obey: true},
		{Method: "POST", Times: 1, Status: 504, Obey: true},
		{Method: "POST", Times: 3, Status: 503},
		{Method: "POST", Times: 1},
		{Method: "GET", Times: 2, Status: 503},
		{Method: "GET", Path: "/user", Times: 1},
	} {
		s := started(t)
		s.Fail(lost)
		c, w := client(t, s, githubtest.JobToken)
		if _, err := c.Comment(t.Context(), change, "pr", "text"); err != nil {
			t.Errorf("%+v: %v", lost, err)
		}
		if n := len(s.Comments(repo, 7)); n != 1 {
			t.Errorf("%+v left %d comments", lost, n)
		}
		if len(w.list) != lost.Times {
			t.Errorf("%+v: waited %v", lost, w.list)
		}
	}
}

func TestCommentIsCutToWhatGitHubTakes(t *testing.T) {
	s := started(t)
	c, _ := client(t, s, githubtest.JobToken)
	for _, body := range []string{
		strings.Repeat("<details>\nörtlich\n</details>\n", 5000),
		strings.Repeat("x", 100_000),
		"````diff\n" + strings.Repeat("+ ```\n", 20_000),
	} {
		if _, err := c.Comment(t.Context(), change, "pr", body); err != nil {
			t.Fatal(err)
		}
		got := s.Comments(repo, 7)[0].Body
		if len(got) > report.CommentLimit || len(got) < 60_000 {
			t.Errorf("the comment has %d bytes", len(got))
		}
		contains(t, got[len(got)-200:], "not shown here")
		if strings.HasPrefix(body, "````") {
			contains(t, got[len(got)-200:], "\n````\n")
		}
	}
}

func TestMarkersAreHarmless(t *testing.T) {
	for id, ok := range map[string]bool{
		"pr": true, "a-b": true, "prod/eu-west-1": true, "a.b_c": true,
		"": false, "-": false, "a--b": false, "--> <script>": false, "a b": false, "a-": false, "a>": false, strings.Repeat("a", 101): false,
	} {
		if _, err := github.Marker(id); (err == nil) != ok {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestCommentErrorsSayWhatToDo(t *testing.T) {
	for _, tc := range []struct {
		name, token string
		change      github.Change
		kind        error
		says        []string
	}{
		{"fork", githubtest.ForkToken, change, github.ErrReadOnly, []string{"cannot comment on pull request 7: 403", "`pull-requests: write`", "docs/pull-requests.md"}},
		{"no such pull request", githubtest.JobToken, github.Change{Repo: change.Repo, Number: 8, HeadSHA: head}, github.ErrNotFound, []string{"pull request 8: 404 Not Found", "does not exist"}},
		{"wrong token", "ghp_wrong", change, github.ErrUnauthorized, []string{"401 Bad credentials"}},
	} {
		s := started(t)
		c, _ := client(t, s, tc.token)
		_, err := c.Comment(t.Context(), tc.change, "pr", "text")
		if !errors.Is(err, tc.kind) {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		contains(t, err.Error(), tc.says...)
		if strings.Contains(err.Error(), tc.token) {
			t.Errorf("the token is in %v", err)
		}
	}
}
