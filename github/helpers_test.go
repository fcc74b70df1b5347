package github_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/github/githubtest"
)

const (
	repo = "pay/shop"
	head = "1111111111111111111111111111111111111111"
	base = "2222222222222222222222222222222222222222"
)

var change = github.Change{Repo: github.Repo{Owner: "pay", Name: "shop"}, Number: 7, HeadSHA: head, BaseSHA: base}

// waits notes how long a client would have waited, and lets no time pass.
type waits struct {
	mu   sync.Mutex
	list []time.Duration
}

func (w *waits) wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, d)
	return ctx.Err()
}

func (w *waits) total() (sum time.Duration) {
	for _, d := range w.list {
		sum += d
	}
	return sum
}

// started is a server with a pull request.
func started(t *testing.T) *githubtest.Server {
	s := githubtest.Start(t)
	s.AddPull(githubtest.PullRequest{Repo: repo, Number: 7, HeadSHA: head, BaseSHA: base, HeadRef: "feature", BaseRef: "main"})
	return s
}

// client is a client of a server that waits by no clock. Changes set further options.
func client(t *testing.T, s *githubtest.Server, token string, changes ...func(*github.Options)) (*github.Client, *waits) {
	t.Helper()
	w := &waits{}
	o := github.Options{Token: token, APIURL: s.URL, Wait: w.wait}
	for _, f := range changes {
		f(&o)
	}
	c, err := github.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c, w
}

func annotations(n int) []github.Annotation {
	list := make([]github.Annotation, n)
	for i := range list {
		list[i] = github.Annotation{Path: "apps/pay.yaml", StartLine: i + 1, EndLine: i + 1, StartColumn: 3, EndColumn: 3, Level: "error",
			Title: "DR103 needs-outlier-detection", Message: fmt.Sprintf("finding %d", i)}
	}
	return list
}

// contains fails unless a text has all parts.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in:\n%.2000s", p, text)
		}
	}
}
