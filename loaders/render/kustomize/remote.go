package kustomize

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	schemed = regexp.MustCompile(`^(?i:git::|[a-z][a-z0-9+.-]*://)`)
	// user matches the start of "git@host:path", which kustomize takes for a repository whatever
	// the user is called.
	user = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*@[^/:]*[/:]`)
)

// IsRemote reports whether kustomize could take an entry for something to fetch: a URL, or the
// address of a repository (kustomize: api/internal/git/repospec.go, api/internal/loader). It
// rather says yes once too often: what it says no to is read from the disk.
func IsRemote(entry string) bool {
	for _, e := range []string{entry, strings.TrimSpace(entry)} {
		lower := strings.ToLower(e)
		if u, err := url.Parse(e); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
			return true
		}
		if schemed.MatchString(e) || user.MatchString(e) ||
			strings.HasPrefix(lower, "github.com/") || strings.HasPrefix(lower, "github.com:") {
			return true
		}
		if !strings.Contains(e, "\n") && (strings.Contains(e, "?ref=") || strings.Contains(e, "?version=")) {
			return true
		}
	}
	return false
}
