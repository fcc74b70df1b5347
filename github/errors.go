package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	api "github.com/google/go-github/v60/github"

	"github.com/passmuster/muster/report"
)

// What can be the matter, for errors.Is.
var (
	// ErrReadOnly: the token may not do it. The message names the permission that is lacking.
	ErrReadOnly = errors.New("the token has no permission")
	// ErrUnauthorized: GitHub does not know the token.
	ErrUnauthorized = errors.New("the token is not valid")
	// ErrRateLimited: GitHub wants fewer requests, and the wait would be longer than MaxWait.
	ErrRateLimited = errors.New("rate limited")
	// ErrNotFound: there is no such thing, or the token may not see it.
	ErrNotFound = errors.New("not found")
	// ErrInvalid: GitHub refuses what was sent.
	ErrInvalid = errors.New("refused")
	// ErrUnavailable: GitHub did not answer, or with an error of its own, each time that it was asked.
	ErrUnavailable = errors.New("GitHub is not available")
	// ErrAmbiguous: several things are meant, and nothing says which.
	ErrAmbiguous = errors.New("ambiguous")
	// ErrPrivileged: the job has rights that the change must not get hold of.
	ErrPrivileged = errors.New("the job has rights that a stranger's change must not get")
)

// Error is a call that failed.
type Error struct {
	Doing   string    // "list the comments of pull request 7"
	Status  int       // of HTTP; 0 if there was no answer
	Message string    // what GitHub says, on one line
	Needs   string    // the permission that the call needs: "checks: write"
	Reset   time.Time // when a rate limit ends, or zero
	Kind    error     // one of the errors above
	Cause   error     // below HTTP, or nil
	unsure  bool      // the request may have been obeyed nevertheless
}

// forkHelp is where the way for forks is described.
const forkHelp = "a pull request from a fork has a read-only token: see docs/pull-requests.md"

// Error is one line that says what failed, why, and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("GitHub: cannot " + e.Doing + ": ")
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d ", e.Status)
	}
	switch {
	case e.Message != "":
		b.WriteString(e.Message)
	case e.Cause != nil:
		b.WriteString(shown(e.Cause.Error()))
	default:
		b.WriteString(e.Kind.Error())
	}
	switch {
	case errors.Is(e.Kind, ErrReadOnly):
		fmt.Fprintf(&b, "; needs `%s`; %s", e.Needs, forkHelp)
	case errors.Is(e.Kind, ErrUnauthorized):
		b.WriteString("; the token is wrong or has expired")
	case errors.Is(e.Kind, ErrNotFound):
		fmt.Fprintf(&b, "; it does not exist, or the token lacks `%s`", e.Needs)
	case errors.Is(e.Kind, ErrRateLimited):
		if !e.Reset.IsZero() {
			fmt.Fprintf(&b, "; the limit ends at %s", e.Reset.UTC().Format(time.RFC3339))
		}
	}
	return b.String()
}

// Unwrap gives the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// failed describes why a call failed. doing completes "cannot …"; needs is the permission for it.
func failed(err error, needs, doing string, args ...any) error {
	if err == nil {
		return nil
	}
	doing = fmt.Sprintf(doing, args...)
	if e, ok := errors.AsType[*Error](err); ok { // of the transport
		e.Doing, e.Needs = doing, needs
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("GitHub: cannot %s: %w", doing, err)
	}
	e := &Error{Doing: doing, Needs: needs, Kind: ErrUnavailable, Cause: err, unsure: true}
	if r, ok := errors.AsType[*api.ErrorResponse](err); ok && r.Response != nil {
		e.Cause, e.Status, e.Message = nil, r.Response.StatusCode, said(r)
		e.Kind = kindOf(e.Status)
		e.unsure = e.Status >= 500 && (r.Response.Request == nil || !isRepeatable(r.Response.Request.Method))
	}
	return e
}

func kindOf(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrReadOnly
	case http.StatusNotFound, http.StatusGone:
		return ErrNotFound
	}
	if status >= 500 {
		return ErrUnavailable
	}
	return ErrInvalid
}

// said is GitHub's own message with its details.
func said(r *api.ErrorResponse) string {
	parts := []string{r.Message}
	for _, d := range r.Errors {
		switch {
		case d.Message != "":
			parts = append(parts, d.Message)
		case d.Field != "":
			parts = append(parts, strings.TrimSpace(d.Field+" "+d.Code))
		}
	}
	if r.Message == "" {
		parts[0] = http.StatusText(r.Response.StatusCode)
	}
	return shown(strings.Join(parts, "; "))
}

// shown is text from elsewhere on one line of a message.
func shown(text string) string {
	const most = 500
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return report.Printable(text)
}

// unlessGone is err, or nil if what was to be removed is not there any more.
func unlessGone(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
