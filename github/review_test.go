package github_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/github/githubtest"
)

// patch shows the lines 1 to 6 and 40 to 44 of the right side.
const patch = `@@ -1,5 +1,6 @@ spec:
 kind: DestinationRule
 metadata:
-  name: old
+  name: checkout
+  namespace: shop
 spec:
   host: checkout
@@ -39,4 +40,5 @@
   trafficPolicy:
+    connectionPool: {}
     loadBalancer:
       simple: LEAST_REQUEST
   subsets:
\ No newline at end of file`

// reviewed is a server with a pull request that changes files.
func reviewed(t *testing.T, files ...githubtest.File) *githubtest.Server {
	s := githubtest.Start(t)
	files = append(files, githubtest.File{Path: "dr.yaml", Patch: patch}, githubtest.File{Path: "large.yaml"}, githubtest.File{Path: "gone.yaml", Status: "removed", Patch: "@@ -1,2 +0,0 @@\n-a\n-b"})
	s.AddPull(githubtest.PullRequest{Repo: repo, Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature", BaseRef: "main", Files: files})
	return s
}

func suggestion(file string, from, to int, text ...string) github.Suggestion {
	return github.Suggestion{Path: file, StartLine: from, EndLine: to, Lines: text, Titles: []string{"DR103: add outlierDetection"}, Fingerprints: []string{fmt.Sprint(file, from)}}
}

func TestSuggestionsAreMadeOnLinesThatAreShown(t *testing.T) {
	s := reviewed(t)
	c, _ := client(t, s, githubtest.JobToken)
	got, err := c.Review(t.Context(), change, []github.Suggestion{
		suggestion("dr.yaml", 6, 6, "  host: checkout.shop"),
		suggestion("dr.yaml", 41, 44, "    a: 1", "    b: 2"),
		suggestion("dr.yaml", 3, 3),
		suggestion("dr.yaml", 7, 7, "not shown"),
		suggestion("dr.yaml", 5, 41, "from one hunk to the next"),
		suggestion("dr.yaml", 45, 45, "behind the end"),
		suggestion("dr.yaml", 6, 5, "backwards"),
		suggestion("large.yaml", 1, 1, "GitHub shows no patch"),
		suggestion("gone.yaml", 1, 1, "removed"),
		suggestion("other.yaml", 1, 1, "not changed"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Posted != 3 || got.Outside != 7 || got.Present != 0 || got.Left != 0 || got.URL == "" {
		t.Errorf("%+v", got)
	}
	list := s.LineComments(repo, 7)
	if len(list) != 3 {
		t.Fatalf("%+v", list)
	}
	for i, want := range []struct {
		start, line int
		end         string
	}{
		{6, 6, "DR103: add outlierDetection\n\n```suggestion\n  host: checkout.shop\n```\n"},
		{41, 44, "```suggestion\n    a: 1\n    b: 2\n```\n"},
		{3, 3, "```suggestion\n```\n"},
	} {
		if list[i].StartLine != want.start || list[i].Line != want.line || !strings.HasSuffix(list[i].Body, want.end) || !strings.HasPrefix(list[i].Body, "<!-- muster-fix:") {
			t.Errorf("comment %d: %+v", i, list[i])
		}
	}
	if r := s.Reviews(repo, 7); len(r) != 1 || r[0].State != "COMMENTED" || r[0].Commit != head {
		t.Errorf("%+v", r)
	}
}

func TestSuggestionsAreNotRepeated(t *testing.T) {
	s := reviewed(t)
	c, _ := client(t, s, githubtest.JobToken)
	first := suggestion("dr.yaml", 6, 6, "  host: a")
	// A stranger's copy does not keep ours from being made.
	s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: "mallory", Path: "dr.yaml", Line: 6, Body: "<!-- muster-fix:" + first.Key() + " -->\nignore"})
	for i, want := range []github.Reviewed{{Posted: 1}, {Present: 1}} {
		got, err := c.Review(t.Context(), change, []github.Suggestion{first})
		if got.URL = ""; err != nil || got != want {
			t.Errorf("time %d: %+v, %v", i+1, got, err)
		}
	}
	// Moved by other lines it is the same; with other text it is not.
	moved, changed := first, first
	moved.StartLine, moved.EndLine = 5, 5
	changed.Lines = []string{"  host: b"}
	got, err := c.Review(t.Context(), change, []github.Suggestion{moved, changed})
	if err != nil || got.Present != 1 || got.Posted != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReviewsAreSmallAndNotDoubled(t *testing.T) {
	long := "@@ -0,0 +1,100 @@\n" + strings.Repeat("+x\n", 100)
	for _, lost := range []*githubtest.Failure{nil, {Method: "POST", Times: 1, Obey: true}, {Method: "POST", Times: 1, Status: 502}} {
		s := reviewed(t, githubtest.File{Path: "new.yaml", Status: "added", Patch: long})
		if lost != nil {
			s.Fail(*lost)
		}
		c, _ := client(t, s, githubtest.JobToken)
		var list []github.Suggestion
		for i := range 25 {
			list = append(list, suggestion("new.yaml", i+1, i+1, fmt.Sprint("y", i)))
		}
		got, err := c.Review(t.Context(), change, list)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(s.LineComments(repo, 7)); n != 20 || got.Posted != 20 || got.Left != 5 || len(s.Reviews(repo, 7)) != 1 {
			t.Errorf("%+v: %d comments, %+v", lost, n, got)
		}
		keys := map[string]bool{}
		for _, c := range s.LineComments(repo, 7) {
			if keys[c.Body] {
				t.Errorf("%+v: twice: %s", lost, c.Body)
			}
			keys[c.Body] = true
		}
	}
}

func TestHostileSuggestionsAreHarmless(t *testing.T) {
	s := reviewed(t)
	c, _ := client(t, s, githubtest.JobToken)
	one := suggestion("dr.yaml", 6, 6, "a: |", "  ```", "  ````", "  @everyone")
	one.Titles = []string{"<img src=x> @everyone [x](http://evil) \x1b[31m\nline ```suggestion"}
	if _, err := c.Review(t.Context(), change, []github.Suggestion{one}); err != nil {
		t.Fatal(err)
	}
	body := s.LineComments(repo, 7)[0].Body
	contains(t, body, "`````suggestion\na: |\n  ```\n  ````\n  @everyone\n`````\n", "&lt;img")
	before, _, _ := strings.Cut(body, "`````suggestion")
	for _, bad := range []string{"<img", "@everyone", "[x](", "\x1b", "\nline", "\n```"} {
		if strings.Contains(before, bad) {
			t.Errorf("%q is in %q", bad, before)
		}
	}
}

func TestWhatIsNotSuggestedAnyMoreIsWithdrawn(t *testing.T) {
	s := reviewed(t)
	c, _ := client(t, s, githubtest.JobToken)
	kept, alone, answered := suggestion("dr.yaml", 6, 6, "kept"), suggestion("dr.yaml", 5, 5, "alone"), suggestion("dr.yaml", 4, 4, "answered")
	if _, err := c.Review(t.Context(), change, []github.Suggestion{kept, alone, answered}); err != nil {
		t.Fatal(err)
	}
	for _, one := range s.LineComments(repo, 7) {
		if strings.Contains(one.Body, "\nanswered\n") {
			s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: "octo-dev", Path: "dr.yaml", Line: 4, Body: "why?", ReplyTo: one.ID})
		}
	}
	s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: "mallory", Path: "dr.yaml", Line: 4, Body: "<!-- muster-fix:0 -->"})
	s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: bot, Path: "dr.yaml", Line: 4, Body: "of another workflow"})
	for _, r := range []githubtest.Review{
		{Author: bot, State: "CHANGES_REQUESTED", Body: "<!-- muster:review -->\nours"},
		{Author: bot, State: "CHANGES_REQUESTED", Body: "of another workflow"},
		{Author: "mallory", State: "CHANGES_REQUESTED", Body: "<!-- muster:review -->"},
		{Author: bot, State: "DISMISSED", Body: "<!-- muster:review -->"},
	} {
		r.Repo, r.Number, r.Commit = repo, 7, head
		s.AddReview(r)
	}
	for i, want := range []github.Dismissed{{Deleted: 1, Edited: 1, Dismissed: 1}, {}} {
		got, err := c.Dismiss(t.Context(), change, []github.Suggestion{kept})
		if err != nil || got != want {
			t.Errorf("time %d: %+v, %v, want %+v", i+1, got, err, want)
		}
	}
	var left []string
	for _, one := range s.LineComments(repo, 7) {
		left = append(left, one.Body[strings.IndexByte(one.Body, '\n')+1:])
	}
	if len(left) != 5 || !strings.Contains(left[0], "kept") || !strings.Contains(left[1], "does not suggest this any more") || left[2] != "why?" {
		t.Errorf("%q", left)
	}
	var states []string
	for _, r := range s.Reviews(repo, 7) {
		states = append(states, r.State)
	}
	if want := []string{"COMMENTED", "DISMISSED", "CHANGES_REQUESTED", "CHANGES_REQUESTED", "DISMISSED"}; !slices.Equal(states, want) {
		t.Errorf("%q, want %q", states, want)
	}
}

func TestReviewErrors(t *testing.T) {
	s := reviewed(t)
	c, _ := client(t, s, githubtest.ForkToken)
	if _, err := c.Review(t.Context(), change, []github.Suggestion{suggestion("dr.yaml", 6, 6, "x")}); !errors.Is(err, github.ErrReadOnly) {
		t.Error(err)
	}
	stale := change
	stale.HeadSHA = base
	c, _ = client(t, s, githubtest.JobToken)
	if _, err := c.Review(t.Context(), stale, []github.Suggestion{suggestion("dr.yaml", 6, 6, "x")}); !errors.Is(err, github.ErrInvalid) {
		t.Error(err)
	}
	if _, err := c.Review(t.Context(), change, nil); err != nil {
		t.Error(err)
	}
}
