package github_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/github/githubtest"
)

func TestCheckSendsAnnotationsInPortions(t *testing.T) {
	for _, tc := range []struct {
		findings, sent, creates, updates, left int
	}{
		{findings: 0, sent: 0, creates: 1, updates: 0},
		{findings: 1, sent: 1, creates: 1, updates: 0},
		{findings: 50, sent: 50, creates: 1, updates: 0},
		{findings: 51, sent: 51, creates: 1, updates: 1},
		{findings: 60, sent: 60, creates: 1, updates: 1},
		{findings: 6000, sent: 1000, creates: 1, updates: 19, left: 5000},
	} {
		t.Run(fmt.Sprint(tc.findings), func(t *testing.T) {
			s := started(t)
			c, _ := client(t, s, githubtest.JobToken)
			done, err := c.Check(t.Context(), change, github.Check{Name: "muster", Title: "t", Summary: "s", Conclusion: github.Failure, Annotations: annotations(tc.findings)})
			if err != nil {
				t.Fatal(err)
			}
			runs := s.CheckRuns(repo)
			if len(runs) != 1 {
				t.Fatalf("there are %d check runs, want 1", len(runs))
			}
			run := runs[0]
			if run.Status != "completed" || run.Conclusion != "failure" || run.SHA != head || len(run.Annotations) != tc.sent {
				t.Errorf("the run is %s, %s at %s with %d annotations, want a completed failure with %d", run.Status, run.Conclusion, run.SHA, len(run.Annotations), tc.sent)
			}
			if done.Sent != tc.sent || done.Left != tc.left || !done.Created || done.ID != run.ID {
				t.Errorf("told %+v", done)
			}
			if n, m := s.Count("POST /repos/pay/shop/check-runs"), s.Count("PATCH /repos/pay/shop/check-runs"); n != tc.creates || m != tc.updates {
				t.Errorf("%d creations and %d updates, want %d and %d", n, m, tc.creates, tc.updates)
			}
			if counted := strings.Contains(run.Summary, "5000 findings are not annotated here"); counted != (tc.left > 0) {
				t.Errorf("the summary: %q", run.Summary)
			}
			for i, a := range run.Annotations {
				if a["message"] != fmt.Sprintf("finding %d", i) {
					t.Fatalf("annotation %d is %v", i, a)
				}
			}
		})
	}
}

func TestCheckIsBroughtUpToDateByAnotherRun(t *testing.T) {
	s := started(t)
	c, _ := client(t, s, githubtest.JobToken)
	check := github.Check{Name: "muster", Summary: "s", Conclusion: github.Failure, Annotations: annotations(60)}
	for range 3 {
		if _, err := c.Check(t.Context(), change, check); err != nil {
			t.Fatal(err)
		}
	}
	if runs := s.CheckRuns(repo); len(runs) != 1 || len(runs[0].Annotations) != 60 {
		t.Errorf("three equal runs left %d check runs, the first with %d annotations", len(runs), len(runs[0].Annotations))
	}
	check.Annotations = annotations(70)
	if _, err := c.Check(t.Context(), change, check); err != nil {
		t.Fatal(err)
	}
	if runs := s.CheckRuns(repo); len(runs) != 1 || len(runs[0].Annotations) != 70 {
		t.Errorf("a run that found more left %d check runs, the first with %d annotations", len(runs), len(runs[0].Annotations))
	}
	// What holds no more cannot be removed from a run.
	check.Annotations, check.Conclusion = annotations(2), github.Success
	if _, err := c.Check(t.Context(), change, check); err != nil {
		t.Fatal(err)
	}
	runs := s.CheckRuns(repo)
	if len(runs) != 2 || len(runs[1].Annotations) != 2 || runs[1].Conclusion != "success" {
		t.Errorf("a run that found less left %+v", runs)
	}
}

func TestChecksOfOthersAreLeftAlone(t *testing.T) {
	s := started(t)
	for _, r := range []githubtest.CheckRun{
		{Name: "muster", ExternalID: "another"}, {Name: "lint", ExternalID: "muster"}, {Name: "muster", ExternalID: "muster"}, // the last by another app
	} {
		r.Repo, r.SHA, r.Status, r.Conclusion = repo, head, "completed", "failure"
		s.AddCheckRun(r)
	}
	c, _ := client(t, s, githubtest.JobToken)
	done, err := c.Check(t.Context(), change, github.Check{Name: "muster", Summary: "s", Conclusion: github.Success})
	if err != nil {
		t.Fatal(err)
	}
	runs := s.CheckRuns(repo)
	if len(runs) != 4 || runs[3].ID != done.ID || runs[3].Conclusion != "success" {
		t.Errorf("want a run of our own as the fourth: %+v", runs)
	}
	for _, r := range runs[:3] {
		if r.Conclusion != "failure" || r.Updates != 0 {
			t.Errorf("changed: %+v", r)
		}
	}
}

func TestCheckIsNotDoubledWhenAnswersAreLost(t *testing.T) {
	for _, lost := range []githubtest.Failure{
		{Method: "POST", Path: "/check-runs", Times: 1, Obey: true},
		{Method: "POST", Path: "/check-runs", Times: 1, Status: 502, Obey: true},
		{Method: "POST", Path: "/check-runs", Times: 2, Status: 503},
		{Method: "PATCH", Path: "/check-runs", Times: 1, Obey: true},
		{Method: "PATCH", Path: "/check-runs", Times: 2, Status: 500, Obey: true},
		{Method: "PATCH", Path: "/check-runs", Times: 1},
		{Method: "GET", Path: "/check-runs", Times: 3, Status: 503},
	} {
		s := started(t)
		s.Fail(lost)
		c, _ := client(t, s, githubtest.JobToken)
		_, err := c.Check(t.Context(), change, github.Check{Name: "muster", Summary: "s", Conclusion: github.Failure, Annotations: annotations(160)})
		if err != nil {
			t.Errorf("%+v: %v", lost, err)
			continue
		}
		if runs := s.CheckRuns(repo); len(runs) != 1 || len(runs[0].Annotations) != 160 || runs[0].Status != "completed" {
			t.Errorf("%+v left %d runs, the first with %d annotations, %s", lost, len(runs), len(runs[0].Annotations), runs[0].Status)
		}
	}
}

func TestCheckIsCutToWhatGitHubTakes(t *testing.T) {
	s := started(t)
	c, _ := client(t, s, githubtest.JobToken)
	huge := strings.Repeat("a line of a long report, ü\n", 20_000)
	list := []github.Annotation{
		{Path: "a.yaml", StartLine: 3, EndLine: 5, StartColumn: 2, EndColumn: 4, Level: "warning", Title: strings.Repeat("ü", 600), Message: strings.Repeat("x", 100_000)},
		{Path: "a.yaml", Level: "note", Message: " "},
		{Path: "/etc/passwd", StartLine: 1, Level: "error", Message: "outside"},
		{Path: "../x", StartLine: 1, Level: "error", Message: "outside"},
		{Path: "a/../../x", StartLine: 1, Level: "error", Message: "outside"},
		{Path: "", StartLine: 1, Level: "error", Message: "nowhere"},
		{Path: "a.yaml", StartLine: 1, Level: "fatal", Message: "no level"},
	}
	done, err := c.Check(t.Context(), change, github.Check{Name: "muster", Title: "a\x1b[31m\nb", Summary: "```\n" + huge, Text: "<details>\n" + huge, Conclusion: github.Neutral, Annotations: list})
	if err != nil {
		t.Fatal(err)
	}
	run := s.CheckRuns(repo)[0]
	if done.Sent != 2 || done.Left != 5 || len(run.Annotations) != 2 {
		t.Errorf("sent %d and left %d", done.Sent, done.Left)
	}
	contains(t, run.Summary, "\n```\n", "more lines are not shown here", "5 findings are not annotated here")
	contains(t, run.Text, "\n</details>\n", "more lines are not shown here")
	if strings.ContainsAny(run.Title, "\x1b\n") {
		t.Errorf("the title is %q", run.Title)
	}
	first, second := run.Annotations[0], run.Annotations[1]
	if first["start_column"] != nil || first["annotation_level"] != "warning" || first["end_line"] != 5.0 {
		t.Errorf("the first annotation is %.300v", first)
	}
	if second["start_line"] != 1.0 || second["end_line"] != 1.0 || second["annotation_level"] != "notice" {
		t.Errorf("the second annotation is %v", second)
	}
}

func TestCheckRefusesWhatIsNoChange(t *testing.T) {
	s := started(t)
	c, _ := client(t, s, githubtest.JobToken)
	for _, ch := range []github.Change{
		{},
		{Repo: github.Repo{Owner: "pay", Name: ".."}, HeadSHA: head},
		{Repo: github.Repo{Owner: "pay/shop", Name: "x"}, HeadSHA: head},
		{Repo: github.Repo{Owner: "pay", Name: "shop?x=1"}, HeadSHA: head},
		{Repo: change.Repo, HeadSHA: "main"},
		{Repo: change.Repo, HeadSHA: head + "/../x"},
	} {
		if _, err := c.Check(t.Context(), ch, github.Check{Name: "muster", Conclusion: github.Success}); err == nil {
			t.Errorf("%+v is taken", ch)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests were made", n)
	}
}

func TestCheckTellsForksWhatTheyLack(t *testing.T) {
	s := started(t)
	c, w := client(t, s, githubtest.ForkToken)
	_, err := c.Check(t.Context(), change, github.Check{Name: "muster", Summary: "s", Conclusion: github.Success})
	if !errors.Is(err, github.ErrReadOnly) {
		t.Fatal(err)
	}
	contains(t, err.Error(), "cannot create the check run muster: 403 Resource not accessible by integration", "needs `checks: write`",
		"a pull request from a fork has a read-only token: see docs/pull-requests.md")
	if len(w.list) != 0 {
		t.Errorf("waited %v for a permission", w.list)
	}
}
