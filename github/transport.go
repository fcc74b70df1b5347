package github

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	mostAttempts = 4           // of one request
	mostLimits   = 5           // waits of one request for rate limits
	mostAnswer   = 32 << 20    // bytes of one answer
	unknownLimit = time.Minute // GitHub's advice where a secondary limit does not say how long it holds
	firstBackoff = time.Second // doubles with each attempt
)

// transport sends requests with the token, reads whole answers, and repeats what may be repeated.
//
// Requests that change nothing, or the same however often they are obeyed (GET, PUT, DELETE), are repeated after errors
// of the server and of the network. POST and PATCH are not: whoever sends them has to look whether they were obeyed
// (Client.persist). A request that a rate limit refused, and one that never left this machine, is repeated whatever it is.
type transport struct {
	base             http.RoundTripper
	host, token      string
	wait             func(context.Context, time.Duration) error
	log              *slog.Logger
	timeout, maxWait time.Duration

	mu    sync.Mutex
	until time.Time // no request before: the primary limit is used up
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	var waited time.Duration // for limits
	for attempt, limits := 1, 0; ; {
		if d := t.exhausted(); d > 0 {
			if err := t.pause(ctx, d, &waited, "the rate limit is used up"); err != nil {
				return nil, err
			}
			t.mu.Lock()
			t.until = time.Time{} // whoever has waited goes on, whatever the clock says
			t.mu.Unlock()
		}
		resp, err := t.attempt(req)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			sure := isRepeatable(req.Method) || isDial(err)
			if !sure || attempt == mostAttempts {
				return nil, &Error{Kind: ErrUnavailable, Cause: err, unsure: !sure}
			}
		case isLimit(resp):
			if limits++; limits > mostLimits {
				return nil, &Error{Kind: ErrRateLimited, Status: resp.StatusCode, Message: "GitHub limits the rate again and again"}
			}
			if err := t.pause(ctx, holds(resp), &waited, "GitHub limits the rate"); err != nil {
				return nil, err
			}
			continue
		case resp.StatusCode < 500 || !isRepeatable(req.Method) || attempt == mostAttempts:
			t.note(resp)
			return resp, nil
		}
		d := backoff(attempt)
		attempt++
		t.log.Info("GitHub is asked again", "method", req.Method, "path", req.URL.Path, "in", d)
		if err := t.wait(ctx, d); err != nil {
			return nil, err
		}
	}
}

// attempt sends a request once and reads the answer.
func (t *transport) attempt(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	defer cancel()
	out := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		out.Body = body
	}
	out.Header.Set("Accept", "application/vnd.github+json") // the library asks for previews, which have long become the API
	out.Header.Del("Authorization")
	if req.URL.Host == t.host {
		out.Header.Set("Authorization", "Bearer "+t.token)
	}
	resp, err := t.base.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(data) > mostAnswer {
		return nil, fmt.Errorf("an answer is longer than %d MB", mostAnswer>>20)
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	resp.Request = req
	return resp, nil
}

// pause waits for a limit, unless that would be longer than one request may wait.
func (t *transport) pause(ctx context.Context, d time.Duration, waited *time.Duration, why string) error {
	if *waited+d > t.maxWait {
		return &Error{Kind: ErrRateLimited, Status: http.StatusForbidden, Reset: time.Now().Add(d),
			Message: fmt.Sprintf("%s for %s, longer than muster waits (%s)", why, d.Round(time.Second), t.maxWait)}
	}
	*waited += d
	t.log.Warn("waiting for GitHub", "why", why, "for", d)
	return t.wait(ctx, d)
}

// note remembers when the next request may be sent, and takes the limit out of the answer: the library above refuses
// requests by the clock otherwise, before they reach those who wait.
func (t *transport) note(resp *http.Response) {
	if resp.Header.Get("X-RateLimit-Remaining") == "0" {
		if reset, ok := resetOf(resp); ok {
			t.mu.Lock()
			t.until = reset
			t.mu.Unlock()
		}
	}
	resp.Header.Del("X-RateLimit-Remaining")
	resp.Header.Del("X-RateLimit-Reset")
}

// exhausted is how long the primary limit holds; 0 or less = it does not.
func (t *transport) exhausted() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return time.Until(t.until)
}

// isLimit tells a rate limit from a lack of rights; both may be 403 (docs.github.com: Rate limits for the REST API).
func isLimit(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
	default:
		return false
	}
	if resp.Header.Get("X-RateLimit-Remaining") == "0" || resp.Header.Get("Retry-After") != "" {
		return true
	}
	data, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return err == nil && bytes.Contains(bytes.ToLower(data[:min(len(data), 4096)]), []byte("secondary rate limit"))
}

// holds is how long a limit holds: what Retry-After says, else until the reset, else a minute.
func holds(resp *http.Response) time.Duration {
	if seconds, err := strconv.ParseInt(strings.TrimSpace(resp.Header.Get("Retry-After")), 10, 32); err == nil && seconds >= 0 {
		return max(time.Duration(seconds)*time.Second, time.Second)
	}
	if reset, ok := resetOf(resp); ok && resp.Header.Get("X-RateLimit-Remaining") == "0" {
		return max(time.Until(reset), time.Second)
	}
	return unknownLimit
}

func resetOf(resp *http.Response) (time.Time, bool) {
	seconds, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0), true
}

func isRepeatable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// isDial reports whether no connection came about, so that nothing can have been obeyed.
func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// backoff is how long to wait after an attempt, from 1: a second, then twice as long each time, give or take a half.
func backoff(attempt int) time.Duration {
	d := firstBackoff << (attempt - 1)
	return d/2 + rand.N(d)
}

// persist does a step until it succeeds or fails for good. A step that sends what must not be obeyed twice looks first
// whether that has happened already.
func (c *Client) persist(ctx context.Context, step func() error) error {
	for attempt := 1; ; attempt++ {
		err := step()
		e, ok := errors.AsType[*Error](err)
		if err == nil || !ok || !e.unsure || attempt == mostAttempts {
			return err
		}
		c.log.Info("GitHub may have obeyed; looking", "doing", e.Doing, "attempt", attempt)
		if err := c.wait(ctx, backoff(attempt)); err != nil {
			return err
		}
	}
}
