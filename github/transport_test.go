package github_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/github/githubtest"
)

func TestRequestsAreRepeatedMoreAndMoreSlowly(t *testing.T) {
	s := started(t)
	s.Fail(githubtest.Failure{Method: "GET", Path: "/issues/7/comments", Times: 3, Status: 503})
	c, w := client(t, s, githubtest.JobToken)
	if _, err := c.Comment(t.Context(), change, "pr", "text"); err != nil {
		t.Fatal(err)
	}
	if len(w.list) != 3 {
		t.Fatalf("waited %v, want three times", w.list)
	}
	for i, d := range w.list {
		if full := time.Second << i; d < full/2 || d >= full*3/2 {
			t.Errorf("wait %d is %s, want %s give or take a half", i+1, d, full)
		}
	}
}

func TestRequestsAreNotRepeatedForEver(t *testing.T) {
	for _, f := range []githubtest.Failure{{Status: 502}, {}, {Status: 500, Method: "POST"}, {Method: "POST"}} {
		s := started(t)
		s.Fail(f)
		c, w := client(t, s, githubtest.JobToken)
		_, err := c.Comment(t.Context(), change, "pr", "text")
		if !errors.Is(err, github.ErrUnavailable) {
			t.Errorf("%+v: %v", f, err)
		}
		if len(w.list) != 3 {
			t.Errorf("%+v: waited %v, want three times", f, w.list)
		}
	}
}

func TestRateLimitsAreWaitedFor(t *testing.T) {
	reset := fmt.Sprint(time.Now().Add(40 * time.Second).Unix())
	for _, tc := range []struct {
		name     string
		f        githubtest.Failure
		from, to time.Duration
	}{
		{"primary", githubtest.Failure{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}}, 30 * time.Second, 41 * time.Second},
		{"primary, 429", githubtest.Failure{Status: 429, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}}, 30 * time.Second, 41 * time.Second},
		{"reset has passed", githubtest.Failure{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000000000"}}, time.Second, time.Second},
		{"secondary, 403", githubtest.Failure{Status: 403, Header: map[string]string{"Retry-After": "30"}}, 30 * time.Second, 30 * time.Second},
		{"secondary, 429", githubtest.Failure{Status: 429, Header: map[string]string{"Retry-After": "7"}}, 7 * time.Second, 7 * time.Second},
		{"secondary, told in words", githubtest.Failure{Status: 403, Body: `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes"}`}, time.Minute, time.Minute},
		{"no word of how long", githubtest.Failure{Status: 429}, time.Minute, time.Minute},
		{"nonsense", githubtest.Failure{Status: 429, Header: map[string]string{"Retry-After": "-5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999999999999"}}, time.Minute, time.Minute},
	} {
		for _, method := range []string{"GET", "POST"} { // a request that a limit refused was not obeyed
			s := started(t)
			tc.f.Method, tc.f.Times, tc.f.Path = method, 1, "/comments"
			s.Fail(tc.f)
			c, w := client(t, s, githubtest.JobToken)
			if _, err := c.Comment(t.Context(), change, "pr", "text"); err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
			if len(w.list) != 1 || w.total() < tc.from || w.total() > tc.to {
				t.Errorf("%s, %s: waited %v, want once from %s to %s", tc.name, method, w.list, tc.from, tc.to)
			}
			if n := len(s.Comments(repo, 7)); n != 1 {
				t.Errorf("%s, %s: %d comments", tc.name, method, n)
			}
		}
	}
}

func TestRateLimitsThatLastAreErrors(t *testing.T) {
	later := time.Now().Add(time.Hour)
	for _, tc := range []struct {
		name  string
		f     githubtest.Failure
		waits int
		says  string
	}{
		{"an hour", githubtest.Failure{Status: 403, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(later.Unix())}}, 0, later.UTC().Format("2006-01-02T15:04")},
		{"half a minute, for ever", githubtest.Failure{Status: 403, Header: map[string]string{"Retry-After": "30"}}, 4, "longer than muster waits (2m0s)"},
		{"a moment, for ever", githubtest.Failure{Status: 429, Header: map[string]string{"Retry-After": "0"}}, 5, "again and again"},
	} {
		s := started(t)
		tc.f.Path = "/comments"
		s.Fail(tc.f)
		c, w := client(t, s, githubtest.JobToken)
		_, err := c.Comment(t.Context(), change, "pr", "text")
		if !errors.Is(err, github.ErrRateLimited) || errors.Is(err, github.ErrReadOnly) {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		contains(t, err.Error(), tc.says)
		if len(w.list) != tc.waits {
			t.Errorf("%s: waited %v, want %d times", tc.name, w.list, tc.waits)
		}
	}
}

// The answer that uses up the limit is a good one; the next request has to wait.
func TestLastRequestOfALimitIsFollowedByAWait(t *testing.T) {
	s := started(t)
	reset := time.Now().Add(50 * time.Second)
	first := true
	c, w := client(t, s, githubtest.JobToken, func(o *github.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err == nil && first {
				resp.Header.Set("X-RateLimit-Remaining", "0")
				resp.Header.Set("X-RateLimit-Reset", fmt.Sprint(reset.Unix()))
				first = false
			}
			return resp, err
		})
	})
	if _, err := c.Check(t.Context(), change, github.Check{Name: "muster", Summary: "s", Conclusion: github.Success}); err != nil {
		t.Fatal(err)
	}
	if len(w.list) != 1 || w.total() < 40*time.Second || w.total() > 51*time.Second {
		t.Errorf("waited %v, want once for 50 s", w.list)
	}
}

func TestSlowAnswersAreGivenUp(t *testing.T) {
	s := started(t)
	s.Fail(githubtest.Failure{Method: "GET", Path: "/comments", Times: 1, Hang: true})
	c, w := client(t, s, githubtest.JobToken, func(o *github.Options) { o.Timeout = 50 * time.Millisecond })
	if _, err := c.Comment(t.Context(), change, "pr", "text"); err != nil {
		t.Fatal(err)
	}
	if len(w.list) != 1 {
		t.Errorf("waited %v", w.list)
	}
}

func TestCancelledRequestsEnd(t *testing.T) {
	s := started(t)
	s.Fail(githubtest.Failure{Path: "/check-runs", Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	c, w := client(t, s, githubtest.JobToken, func(o *github.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			cancel()
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	_, err := c.Check(ctx, change, github.Check{Name: "muster", Summary: "s", Conclusion: github.Success})
	if !errors.Is(err, context.Canceled) || len(w.list) != 0 {
		t.Errorf("%v after %v", err, w.list)
	}
	// While it waits.
	s = started(t)
	s.Fail(githubtest.Failure{Status: 503})
	ctx, cancel = context.WithCancel(t.Context())
	c, _ = client(t, s, githubtest.JobToken, func(o *github.Options) {
		o.Wait = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
	})
	if _, err := c.Comment(ctx, change, "pr", "text"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestEnterpriseServers(t *testing.T) {
	s := githubtest.StartEnterprise(t)
	s.AddPull(githubtest.PullRequest{Repo: repo, Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature", BaseRef: "main"})
	for range 150 {
		s.AddComment(githubtest.Comment{Repo: repo, Number: 7, Author: "somebody", Body: "talk"})
	}
	for _, slash := range []string{"", "/"} {
		c, _ := client(t, s, githubtest.JobToken, func(o *github.Options) { o.APIURL += slash })
		if _, err := c.Comment(t.Context(), change, "pr", "text"); err != nil {
			t.Error(err)
		}
		if _, err := c.Check(t.Context(), change, github.Check{Name: "muster", Summary: "s", Conclusion: github.Success}); err != nil {
			t.Error(err)
		}
	}
	if len(s.Comments(repo, 7)) != 151 || len(s.CheckRuns(repo)) != 1 {
		t.Error("the server was told nothing, or twice")
	}
	if !strings.HasSuffix(s.URL, "/api/v3") {
		t.Error(s.URL)
	}
}

func TestTokensAreSentNowhereElse(t *testing.T) {
	var stolen []string
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stolen = append(stolen, r.Header.Get("Authorization"))
	}))
	defer thief.Close()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(thief.URL, "127.0.0.1", "localhost", 1)+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer elsewhere.Close()
	c, err := github.New(github.Options{Token: "ghs_secret", APIURL: elsewhere.URL, Wait: (&waits{}).wait})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Comment(t.Context(), change, "pr", "text"); err == nil {
		t.Error("a redirect to another server is followed")
	}
	if len(stolen) != 0 {
		t.Errorf("another server got %q", stolen)
	}
}

func TestRenamedRepositoriesAreFollowed(t *testing.T) {
	s := started(t)
	old := githubtest.Start(t)
	c, _ := client(t, s, githubtest.JobToken, func(o *github.Options) {
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if strings.HasPrefix(r.URL.Path, "/repos/pay/old/") {
				rec := httptest.NewRecorder()
				http.Redirect(rec, r, strings.Replace(r.URL.String(), "/old/", "/shop/", 1), http.StatusTemporaryRedirect)
				return rec.Result(), nil
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	renamed := change
	renamed.Name = "old"
	if _, err := c.Comment(t.Context(), renamed, "pr", "text"); err != nil {
		t.Fatal(err)
	}
	if len(s.Comments(repo, 7)) != 1 || len(old.Requests()) != 0 {
		t.Error("no comment")
	}
}

func TestOptionsThatWouldLoseTheToken(t *testing.T) {
	for _, tc := range []struct {
		token, url string
		ok         bool
	}{
		{"t", "", true},
		{"t", "https://ghe.example/api/v3", true},
		{"t", "http://127.0.0.1:8080", true},
		{"t", "http://localhost/api/v3/", true},
		{"", "", false},
		{"a\nb", "", false},
		{"a b", "", false},
		{"t", "http://ghe.example/api/v3", false},
		{"t", "http://localhost.example", false},
		{"t", "ftp://localhost", false},
		{"t", "https://user:secret@ghe.example", false},
		{"t", "https://ghe.example/?x=1", false},
		{"t", "ghe.example", false},
		{"t", "https://", false},
		{"t", "%", false},
	} {
		_, err := github.New(github.Options{Token: tc.token, APIURL: tc.url})
		if (err == nil) != tc.ok {
			t.Errorf("%q at %q: %v", tc.token, tc.url, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("a secret is in %v", err)
		}
	}
}

func TestWhatGitHubSaysIsHarmless(t *testing.T) {
	s := started(t)
	s.Fail(githubtest.Failure{Status: 422, Body: `{"message":"\u001b[31m::error::x\n::set-output name=a::b","errors":["` + strings.Repeat("y", 5000) + `"]}`})
	c, _ := client(t, s, githubtest.JobToken)
	_, err := c.Check(t.Context(), change, github.Check{Name: "muster", Summary: "s", Conclusion: github.Success})
	if !errors.Is(err, github.ErrInvalid) || strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 1000 {
		t.Errorf("%.1500v", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
