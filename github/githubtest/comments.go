package githubtest

import (
	"net/http"
	"slices"
	"strings"
)

func listComments(s *Server, c *call) (int, any) {
	if s.state.pull(c.repo(), c.number("issue_number")) == nil {
		return notFound()
	}
	var list []*Comment
	for _, one := range s.state.comments {
		if one.Repo == c.repo() && int64(one.Number) == c.number("issue_number") && one.Path == "" {
			list = append(list, one)
		}
	}
	out := []any{}
	for _, one := range page(s, c, list) {
		out = append(out, s.comment(c, one))
	}
	return http.StatusOK, out
}

func createComment(s *Server, c *call) (int, any) {
	if s.state.pull(c.repo(), c.number("issue_number")) == nil {
		return notFound()
	}
	if tooLong(c, "body") || strings.TrimSpace(c.text("body")) == "" {
		return http.StatusUnprocessableEntity, refusal("Validation Failed", "body is too long (maximum is 65536 characters)")
	}
	one := &Comment{ID: s.state.next(), Repo: c.repo(), Number: int(c.number("issue_number")), Author: c.who.login, Body: c.text("body")}
	s.state.comments = append(s.state.comments, one)
	return http.StatusCreated, s.comment(c, one)
}

// find is a comment that the token's owner may change; only tests give out tokens that may change those of others.
func (s *Server) find(c *call) (*Comment, int) {
	i := slices.IndexFunc(s.state.comments, func(one *Comment) bool { return one.ID == c.number("comment_id") && one.Repo == c.repo() })
	if i < 0 {
		return nil, http.StatusNotFound
	}
	if s.state.comments[i].Author != c.who.login {
		s.tb.Errorf("%s changes comment %d of %s", c.who.login, s.state.comments[i].ID, s.state.comments[i].Author)
		return nil, http.StatusForbidden
	}
	return s.state.comments[i], http.StatusOK
}

func updateComment(s *Server, c *call) (int, any) {
	one, status := s.find(c)
	if one == nil {
		return status, refusal(http.StatusText(status))
	}
	if tooLong(c, "body") {
		return http.StatusUnprocessableEntity, refusal("Validation Failed", "body is too long (maximum is 65536 characters)")
	}
	one.Body = c.text("body")
	one.Edits++
	if one.Path != "" {
		return http.StatusOK, s.lineComment(c, one)
	}
	return http.StatusOK, s.comment(c, one)
}

func deleteComment(s *Server, c *call) (int, any) {
	one, status := s.find(c)
	if one == nil {
		return status, refusal(http.StatusText(status))
	}
	s.state.comments = slices.DeleteFunc(s.state.comments, func(x *Comment) bool { return x == one })
	return http.StatusNoContent, nil
}

func (s *Server) comment(c *call, one *Comment) map[string]any {
	return s.contract.object("issue-comment", map[string]any{
		"id": one.ID, "body": one.Body, "user": s.user(one.Author), "author_association": "NONE", "html_url": s.html(c, "comments", one.ID),
	})
}

func (s *Server) lineComment(c *call, one *Comment) map[string]any {
	out := map[string]any{
		"id": one.ID, "body": one.Body, "user": s.user(one.Author), "author_association": "NONE", "html_url": s.html(c, "comments", one.ID),
		"path": one.Path, "line": one.Line, "pull_request_review_id": one.Review,
	}
	if one.ReplyTo != 0 {
		out["in_reply_to_id"] = one.ReplyTo
	}
	return s.contract.object("pull-request-review-comment", out)
}

func listLineComments(s *Server, c *call) (int, any) {
	var list []*Comment
	for _, one := range s.state.comments {
		if one.Repo == c.repo() && int64(one.Number) == c.number("pull_number") && one.Path != "" {
			list = append(list, one)
		}
	}
	out := []any{}
	for _, one := range page(s, c, list) {
		out = append(out, s.lineComment(c, one))
	}
	return http.StatusOK, out
}
