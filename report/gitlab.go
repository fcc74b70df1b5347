package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// GitLab writes the report for GitLab's Code Quality (https://docs.gitlab.com/ci/testing/code_quality/): findings that
// nobody accepted, the most severe first.
func (r *Report) GitLab(w io.Writer, o Options) error {
	list := []gitlabIssue{}
	seen := map[string]bool{}
	for _, f := range r.shown() {
		p := o.placeOf(f)
		issue := gitlabIssue{
			Description: f.Rule + ": " + oneLine(f.described(p), longestText),
			CheckName:   f.Rule, Fingerprint: f.Fingerprint, Severity: gitlabSeverity[f.Level],
			Location: gitlabLocation{Path: oneLine(p.file, longestText), Lines: gitlabLines{p.line}},
		}
		for n := 1; seen[issue.Fingerprint] || issue.Fingerprint == ""; n++ { // GitLab shows one issue per fingerprint
			sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", f.Fingerprint, n))
			issue.Fingerprint = hex.EncodeToString(sum[:16])
		}
		seen[issue.Fingerprint] = true
		list = append(list, issue)
	}
	return writeJSON(w, list)
}

var gitlabSeverity = map[string]string{"error": "critical", "warning": "major", "note": "info"}

type (
	gitlabIssue struct {
		Description string         `json:"description"`
		CheckName   string         `json:"check_name"`
		Fingerprint string         `json:"fingerprint"`
		Severity    string         `json:"severity"`
		Location    gitlabLocation `json:"location"`
	}
	gitlabLocation struct {
		Path  string      `json:"path"`
		Lines gitlabLines `json:"lines"`
	}
	gitlabLines struct {
		Begin int `json:"begin"`
	}
)
