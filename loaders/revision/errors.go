package revision

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The kinds of errors of Open, for errors.Is. None has anything to do with what a revision says about a fleet.
var (
	ErrNoGit           = errors.New("git is not installed")
	ErrNoRepository    = errors.New("not in a git repository")
	ErrBadRevision     = errors.New("not the name of one revision")
	ErrUnknownRevision = errors.New("unknown revision")
	ErrAmbiguous       = errors.New("ambiguous revision")
	ErrShallow         = errors.New("the clone is shallow")
	ErrIncomplete      = errors.New("objects are missing from the clone")
	ErrUnrelated       = errors.New("unrelated histories")
	ErrManyMergeBases  = errors.New("several merge bases")
	ErrUnsafe          = errors.New("the tree cannot be written safely")
	ErrTooLarge        = errors.New("the tree is too large")
)

// failure is an error of a kind, whose message says what happened and what to do.
type failure struct {
	kind    error
	message string
}

func (f *failure) Error() string { return f.message }
func (f *failure) Unwrap() error { return f.kind }

func fail(kind error, format string, args ...any) error {
	return &failure{kind, fmt.Sprintf(format, args...)}
}

// shown is a name from elsewhere as a message may have it: quoted where a terminal or a log would obey it.
func shown(name string) string {
	if len(name) > 300 {
		name = name[:300] + "…"
	}
	if quoted := strconv.QuoteToGraphic(name); quoted != `"`+name+`"` || strings.ContainsAny(name, " ") || name == "" {
		return quoted
	}
	return name
}

// fetchAll is what to do about a shallow clone.
const fetchAll = "fetch the whole history: `fetch-depth: 0` of actions/checkout, GIT_DEPTH: 0 in GitLab, or `git fetch --unshallow`"

// fetchBlobs is what to do about a partial clone.
const fetchBlobs = "a clone with --filter has only part of the objects, and muster fetches nothing: clone without a filter (actions/checkout sets one " +
	"for `sparse-checkout` and `filter`)"
