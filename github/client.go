// Package github tells GitHub what a report says: a check run, one comment that stays, suggestions in a review, and code
// scanning. It also reads what an event of GitHub Actions is about.
//
// Everything that GitHub answers and everything in an event is data from elsewhere: names are checked before they become
// parts of a path, and texts are made harmless before they are shown.
package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	api "github.com/google/go-github/v60/github"
)

// DefaultAPI is where github.com answers; a GitHub Enterprise Server answers at https://HOST/api/v3.
const DefaultAPI = "https://api.github.com"

// Options say whom to ask and how patiently.
type Options struct {
	// Token is what authorizes calls: the GITHUB_TOKEN of a job, a personal access token, or that of an app.
	Token string
	// APIURL is GITHUB_API_URL; "" is DefaultAPI.
	APIURL string
	// Login is who the token belongs to, as GitHub shows it beside comments: "my-app[bot]". "" asks GitHub, and where
	// the token is an app's and GitHub does not tell, takes it to be that of a job: "github-actions[bot]". Set it for an app of your own:
	// Comment finds out by writing, Review does not.
	Login string
	// Transport makes the connections; nil is one with ordinary limits of time, which obeys HTTPS_PROXY.
	Transport http.RoundTripper
	// Wait waits between attempts, or returns the error of ctx; nil waits by the clock.
	Wait func(ctx context.Context, d time.Duration) error
	// Timeout is how long one attempt may take, its answer included; 0 is 30 seconds.
	Timeout time.Duration
	// MaxWait is how long one request may wait for a rate limit to end, all attempts together; 0 is two minutes.
	MaxWait time.Duration
	// Log is told of waits and repetitions; nil = nobody is.
	Log *slog.Logger
}

// Client talks to one GitHub with one token. It may be used from several goroutines.
type Client struct {
	api   *api.Client
	wait  func(ctx context.Context, d time.Duration) error
	log   *slog.Logger
	login string // as Options have it

	mu sync.Mutex
	me *identity // nil = not asked yet
}

// New returns a client. It asks nothing yet; the error is one of the options.
func New(o Options) (*Client, error) {
	base, err := baseURL(cmp.Or(o.APIURL, DefaultAPI))
	if err != nil {
		return nil, err
	}
	if o.Token == "" || strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the token for GitHub is empty or no token: set GITHUB_TOKEN")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Wait == nil {
		o.Wait = waitByClock
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	t := &transport{
		base: o.Transport, host: base.Host, token: o.Token, wait: o.Wait, log: o.Log,
		timeout: cmp.Or(o.Timeout, 30*time.Second), maxWait: cmp.Or(o.MaxWait, 2*time.Minute),
	}
	client := api.NewClient(&http.Client{Transport: t, CheckRedirect: sameHost})
	client.BaseURL = base
	client.UserAgent = "muster"
	return &Client{api: client, wait: o.Wait, log: o.Log, login: o.Login}, nil
}

// baseURL is the address of an API. The token is sent there, so it has to be HTTPS; a server on this machine is for tests.
func baseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the address of GitHub's API is no address: want https://api.github.com or https://HOST/api/v3")
	}
	local := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, fmt.Errorf("the address of GitHub's API begins with %s://: the token is sent by https alone", u.Scheme)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/"
	return u, nil
}

// sameHost follows redirects (a repository that was renamed) as long as they neither leave the server nor change what is
// asked.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 5 || req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme || req.Method != first.Method {
		return http.ErrUseLastResponse
	}
	return nil
}

func waitByClock(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Repo is a repository by its owner and name.
type Repo struct {
	Owner string `json:"owner"`
	Name  string `json:"name"`
}

// String is owner/name.
func (r Repo) String() string { return r.Owner + "/" + r.Name }

// Letters that GitHub allows; "_" is in the names of users whom an enterprise manages.
var (
	ownerPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)
	namePattern  = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)
	shaPattern   = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// ParseRepo reads owner/name, as GITHUB_REPOSITORY has it.
func ParseRepo(text string) (Repo, error) {
	owner, name, _ := strings.Cut(text, "/")
	r := Repo{owner, name}
	return r, r.check()
}

func (r Repo) check() error {
	if !ownerPattern.MatchString(r.Owner) || !namePattern.MatchString(r.Name) || r.Name == "." || r.Name == ".." {
		return fmt.Errorf("%q is no repository: want owner/name", shown(r.String()))
	}
	return nil
}

// Change is what is told about: a commit of a repository, and the pull request that it is the head of.
type Change struct {
	Repo
	Number  int    // of the pull request; 0 where there is none, which suffices for Check
	HeadSHA string // 40 hexadecimal digits, or 64
	BaseSHA string // may be ""
}

func (ch Change) check(pullRequest bool) error {
	switch {
	case ch.Repo.check() != nil:
		return ch.Repo.check()
	case !shaPattern.MatchString(ch.HeadSHA):
		return fmt.Errorf("the head commit %q is no full object name of git", shown(ch.HeadSHA))
	case pullRequest && ch.Number <= 0:
		return fmt.Errorf("%s at %.12s: there is no pull request to tell", ch.Repo, ch.HeadSHA)
	}
	return nil
}
