package githubtest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func listPulls(s *Server, c *call) (int, any) {
	if !s.state.repos[c.repo()] {
		return notFound()
	}
	var list []*PullRequest
	for _, p := range s.state.pulls {
		owner, _, _ := strings.Cut(p.HeadRepo, "/")
		head, state := c.query.Get("head"), c.query.Get("state")
		if p.Repo != c.repo() || state != "all" && (state == "closed") != p.Closed {
			continue
		}
		// GitHub lists all where the filter is no owner:branch.
		if strings.Contains(head, ":") && !strings.EqualFold(head, owner+":"+p.HeadRef) {
			continue
		}
		list = append(list, p)
	}
	out := []any{}
	for _, p := range page(s, c, list) {
		out = append(out, s.pull(p))
	}
	return http.StatusOK, out
}

func (s *Server) pull(p *PullRequest) map[string]any {
	state := "open"
	if p.Closed {
		state = "closed"
	}
	side := func(repo, ref, sha string) map[string]any {
		owner, name, _ := strings.Cut(repo, "/")
		return map[string]any{
			"label": owner + ":" + ref, "ref": ref, "sha": sha, "user": s.user(owner),
			"repo": s.contract.object("repository", map[string]any{"name": name, "full_name": repo, "owner": s.user(owner)}),
		}
	}
	return s.contract.object("pull-request-simple", map[string]any{
		"number": p.Number, "state": state, "user": s.user("somebody"), "author_association": "NONE",
		"head": side(p.HeadRepo, p.HeadRef, p.HeadSHA), "base": side(p.Repo, p.BaseRef, p.BaseSHA),
	})
}

func listFiles(s *Server, c *call) (int, any) {
	p := s.state.pull(c.repo(), c.number("pull_number"))
	if p == nil {
		return http.StatusUnprocessableEntity, refusal("Not Found")
	}
	out := []any{}
	for _, f := range page(s, c, p.Files) {
		status := f.Status
		if status == "" {
			status = "modified"
		}
		entry := map[string]any{"filename": f.Path, "status": status, "sha": strings.Repeat("a", 40)}
		if f.Patch != "" {
			entry["patch"] = f.Patch
		}
		out = append(out, s.contract.object("diff-entry", entry))
	}
	return http.StatusOK, out
}

func listReviews(s *Server, c *call) (int, any) {
	var list []*Review
	for _, r := range s.state.reviews {
		if r.Repo == c.repo() && int64(r.Number) == c.number("pull_number") {
			list = append(list, r)
		}
	}
	out := []any{}
	for _, r := range page(s, c, list) {
		out = append(out, s.review(c, r))
	}
	return http.StatusOK, out
}

func (s *Server) review(c *call, r *Review) map[string]any {
	return s.contract.object("pull-request-review", map[string]any{
		"id": r.ID, "body": r.Body, "state": r.State, "user": s.user(r.Author), "author_association": "NONE", "commit_id": r.Commit,
		"html_url": s.html(c, "reviews", r.ID), "pull_request_url": fmt.Sprintf("%s/pulls/%d", s.URL, r.Number),
	})
}

var states = map[string]string{"COMMENT": "COMMENTED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "APPROVE": "APPROVED"}

func createReview(s *Server, c *call) (int, any) {
	p := s.state.pull(c.repo(), c.number("pull_number"))
	if p == nil {
		return notFound()
	}
	r := &Review{Repo: c.repo(), Number: p.Number, Author: c.who.login, Body: c.text("body"), State: states[c.text("event")], Commit: c.text("commit_id")}
	list, _ := c.body["comments"].([]any)
	switch {
	case r.Commit != p.HeadSHA:
		return http.StatusUnprocessableEntity, refusal("Unprocessable Entity", "commit_id is not part of the pull request")
	case r.State == "" || r.State != "APPROVED" && r.Body == "":
		return http.StatusUnprocessableEntity, refusal("Unprocessable Entity", "event and body are needed")
	case len(list) > 20:
		return http.StatusBadGateway, refusal("We couldn't respond to your request in time.")
	}
	r.ID = s.state.next()
	var comments []*Comment
	for _, one := range list {
		d, _ := one.(map[string]any)
		line, _ := d["line"].(float64)
		start, several := d["start_line"].(float64)
		if !several {
			start = line
		}
		shown := p.shows(text(d["path"]), int(start), int(line))
		if !shown || text(d["side"]) != "RIGHT" || several && (start >= line || text(d["start_side"]) != "RIGHT") {
			return http.StatusUnprocessableEntity, refusal("Unprocessable Entity", "Line could not be resolved")
		}
		comments = append(comments, &Comment{ID: s.state.next(), Repo: r.Repo, Number: p.Number, Author: c.who.login, Body: text(d["body"]),
			Path: text(d["path"]), Line: int(line), StartLine: int(start), Review: r.ID})
	}
	s.state.reviews = append(s.state.reviews, r)
	s.state.comments = append(s.state.comments, comments...)
	return http.StatusOK, s.review(c, r)
}

var header = regexp.MustCompile(`^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@`)

// shows reports whether lines of the right side stand in one hunk.
func (p *PullRequest) shows(path string, from, to int) bool {
	i := slices.IndexFunc(p.Files, func(f File) bool { return f.Path == path })
	if i < 0 {
		return false
	}
	at, hunk := 0, 0
	where := map[int]int{}
	for _, text := range strings.Split(p.Files[i].Patch, "\n") {
		if m := header.FindStringSubmatch(text); m != nil {
			at, _ = strconv.Atoi(m[1])
			hunk++
		} else if hunk > 0 && !strings.HasPrefix(text, "-") && !strings.HasPrefix(text, `\`) {
			where[at] = hunk
			at++
		}
	}
	return where[from] != 0 && where[from] == where[to]
}

func dismissReview(s *Server, c *call) (int, any) {
	i := slices.IndexFunc(s.state.reviews, func(r *Review) bool { return r.ID == c.number("review_id") && r.Repo == c.repo() })
	if i < 0 {
		return notFound()
	}
	r := s.state.reviews[i]
	if r.State != "APPROVED" && r.State != "CHANGES_REQUESTED" {
		return http.StatusUnprocessableEntity, refusal("Can not dismiss a commented pull request review")
	}
	if r.Author != c.who.login {
		s.tb.Errorf("%s dismisses the review of %s", c.who.login, r.Author)
	}
	r.State = "DISMISSED"
	return http.StatusOK, s.review(c, r)
}
