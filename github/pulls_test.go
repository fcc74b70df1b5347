package github_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/github/githubtest"
)

func TestPullRequestsOfForksAreFound(t *testing.T) {
	other := strings.Repeat("3", 40)
	fork := github.Repo{Owner: "mallory", Name: "shop"}
	pull := func(n int, headRepo, ref, sha string, changes ...func(*githubtest.PullRequest)) githubtest.PullRequest {
		p := githubtest.PullRequest{Repo: repo, HeadRepo: headRepo, Number: n, HeadSHA: sha, BaseSHA: base, HeadRef: ref, BaseRef: "main"}
		for _, f := range changes {
			f(&p)
		}
		return p
	}
	closed := func(p *githubtest.PullRequest) { p.Closed = true }
	for _, tc := range []struct {
		name  string
		pulls []githubtest.PullRequest
		want  int
		kind  error
	}{
		{"the one", []githubtest.PullRequest{pull(3, "pay/shop", "feature", head), pull(4, "mallory/shop", "other", head), pull(5, "mallory/shop", "feature", head)}, 5, nil},
		{"it has moved on", []githubtest.PullRequest{pull(5, "mallory/shop", "feature", other)}, 0, github.ErrNotFound},
		{"it is closed", []githubtest.PullRequest{pull(5, "mallory/shop", "feature", head, closed)}, 0, github.ErrNotFound},
		{"another repository of the owner", []githubtest.PullRequest{pull(5, "mallory/shop-2", "feature", head)}, 0, github.ErrNotFound},
		{"none", []githubtest.PullRequest{pull(3, "pay/shop", "feature", other)}, 0, github.ErrNotFound},
		{"two bases", []githubtest.PullRequest{pull(5, "mallory/shop", "feature", head), pull(6, "mallory/shop", "feature", head, func(p *githubtest.PullRequest) { p.BaseRef = "release" })}, 0, github.ErrAmbiguous},
	} {
		s := githubtest.Start(t)
		for _, p := range tc.pulls {
			s.AddPull(p)
		}
		c, _ := client(t, s, githubtest.JobToken)
		got, err := c.FindPullRequest(t.Context(), change.Repo, head, fork, "feature")
		if got.Number != tc.want || !errors.Is(err, tc.kind) || tc.kind == nil && (err != nil || got.BaseSHA != base) {
			t.Errorf("%s: %+v, %v", tc.name, got, err)
		}
	}
}

// A branch can be called as one likes; what is no filter for GitHub lists everything.
func TestHostileBranchesFindNothing(t *testing.T) {
	s := started(t)
	for i := range 120 {
		s.AddPull(githubtest.PullRequest{Repo: repo, Number: 10 + i, HeadSHA: head, BaseSHA: base, HeadRef: fmt.Sprint("b", i), BaseRef: "main"})
	}
	c, _ := client(t, s, githubtest.JobToken)
	for _, ref := range []string{"", "x&head=pay:feature", "x?state=all", "../feature", "feature\n", strings.Repeat("x", 900)} {
		if got, err := c.FindPullRequest(t.Context(), change.Repo, head, github.Repo{Owner: "mallory", Name: "shop"}, ref); !errors.Is(err, github.ErrNotFound) || got.Number != 0 {
			t.Errorf("%q: %+v, %v", ref, got, err)
		}
	}
}

func TestSARIFIsUploaded(t *testing.T) {
	s := started(t)
	s.Fail(githubtest.Failure{Method: "POST", Times: 1, Status: 503})
	c, _ := client(t, s, githubtest.JobToken)
	data := `{"version":"2.1.0","runs":[]}`
	id, err := c.UploadSARIF(t.Context(), change.Repo, github.SARIF{Commit: head, Ref: "refs/pull/7/merge", Data: []byte(data)})
	if err != nil || id != "sarif-1" {
		t.Fatal(id, err)
	}
	if list := s.SARIFs(repo); len(list) != 1 || string(list[0].Data) != data || list[0].Commit != head || list[0].Ref != "refs/pull/7/merge" {
		t.Errorf("%+v", list)
	}
}

func TestSARIFThatIsRefused(t *testing.T) {
	s := started(t)
	c, _ := client(t, s, githubtest.ForkToken)
	noise := make([]byte, 15<<20) // that does not compress well
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = base64[random.IntN(len(base64))]
	}
	for _, tc := range []struct {
		name  string
		sarif github.SARIF
		says  string
		kind  error
		asked bool
	}{
		{"too large", github.SARIF{Commit: head, Ref: "refs/heads/main", Data: []byte(`"` + string(noise) + `"`)}, "code scanning takes 10485760", nil, false},
		{"no JSON", github.SARIF{Commit: head, Ref: "refs/heads/main", Data: []byte(`{`)}, "no JSON", nil, false},
		{"no reference", github.SARIF{Commit: head, Ref: "main", Data: []byte(`{}`)}, "no full reference", nil, false},
		{"no commit", github.SARIF{Commit: "main", Ref: "refs/heads/main", Data: []byte(`{}`)}, "no full object name", nil, false},
		{"from a fork", github.SARIF{Commit: head, Ref: "refs/pull/7/head", Data: []byte(`{}`)}, "`security-events: write`", github.ErrReadOnly, true},
	} {
		before := len(s.Requests())
		_, err := c.UploadSARIF(t.Context(), change.Repo, tc.sarif)
		if err == nil || !strings.Contains(err.Error(), tc.says) || tc.kind != nil && !errors.Is(err, tc.kind) {
			t.Errorf("%s: %v", tc.name, err)
		}
		if asked := len(s.Requests()) > before; asked != tc.asked {
			t.Errorf("%s: was GitHub asked? %v", tc.name, asked)
		}
	}
}

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
