package githubtest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// recorder notes what a server holds against a client.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func ask(t *testing.T, s *Server, token, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func TestRequestsThatBreakTheContractFailTheTest(t *testing.T) {
	sha := strings.Repeat("1", 40)
	note := func(level, path string) string {
		return fmt.Sprintf(`{"path":%s,"start_line":1,"end_line":1,"annotation_level":%q,"message":"m"}`, path, level)
	}
	run := func(output string) string {
		return fmt.Sprintf(`{"name":"muster","head_sha":%q,"status":"completed","conclusion":"failure","output":%s}`, sha, output)
	}
	list := func(n int, one string) string {
		return `{"title":"t","summary":"s","annotations":[` + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + `]}`
	}
	good := note("failure", `"a.yaml"`)
	for _, tc := range []struct{ name, method, path, body, says string }{
		{"fifty annotations", "POST", "/repos/pay/shop/check-runs", run(list(50, good)), ""},
		{"fifty-one", "POST", "/repos/pay/shop/check-runs", run(list(51, good)), "maximum"},
		{"a level of ours", "POST", "/repos/pay/shop/check-runs", run(list(1, note("error", `"a.yaml"`))), "not one of the allowed values"},
		{"a path that is none", "POST", "/repos/pay/shop/check-runs", run(list(1, note("failure", `7`))), "string"},
		{"no summary", "POST", "/repos/pay/shop/check-runs", run(`{"title":"t"}`), "summary"},
		{"an unknown call", "GET", "/repos/pay/shop/branches", "", "no matching operation"},
		{"an unknown parameter", "GET", "/repos/pay/shop/pulls?sate=open", "", `unknown parameter "sate"`},
		{"a number that is none", "GET", "/repos/pay/shop/pulls/x/files", "", "pull_number"},
		{"a comment without text", "POST", "/repos/pay/shop/issues/7/comments", `{}`, "body"},
		{"a short commit", "POST", "/repos/pay/shop/code-scanning/sarifs", `{"commit_sha":"abc","ref":"refs/heads/main","sarif":"x"}`, "commit_sha"},
		{"a short reference", "POST", "/repos/pay/shop/code-scanning/sarifs", fmt.Sprintf(`{"commit_sha":%q,"ref":"main","sarif":"x"}`, sha), "ref"},
		{"an event that is none", "POST", "/repos/pay/shop/pulls/7/reviews", `{"event":"MERGE","body":"b"}`, "allowed values"},
	} {
		rec := &recorder{TB: t}
		s := Start(rec)
		s.AddPull(PullRequest{Repo: "pay/shop", Number: 7, HeadSHA: sha})
		status, _ := ask(t, s, JobToken, tc.method, tc.path, tc.body)
		got := strings.Join(rec.errors, "\n")
		if (tc.says == "") != (got == "") || !strings.Contains(got, tc.says) || (tc.says == "") != (status < 300) {
			t.Errorf("%s: %d, %q, want %q", tc.name, status, got, tc.says)
		}
	}
}

func TestServersKnowWhoAsks(t *testing.T) {
	s := Start(t)
	s.AddPull(PullRequest{Repo: "pay/shop", Number: 7})
	for _, tc := range []struct {
		token, method, path, body string
		status                    int
		says                      string
	}{
		{JobToken, "GET", "/user", "", 403, "not accessible by integration"},
		{UserToken, "GET", "/user", "", 200, `"login":"octo-dev"`},
		{"nonsense", "GET", "/user", "", 401, "Bad credentials"},
		{ForkToken, "GET", "/repos/pay/shop/issues/7/comments", "", 200, "[]"},
		{ForkToken, "POST", "/repos/pay/shop/issues/7/comments", `{"body":"x"}`, 403, "not accessible by integration"},
		{JobToken, "POST", "/repos/pay/shop/issues/7/comments", `{"body":"x"}`, 201, `"login":"github-actions[bot]"`},
		{JobToken, "POST", "/repos/pay/shop/check-runs", `{"name":"m","head_sha":"x","status":"completed"}`, 422, "completed without a conclusion"},
		{JobToken, "GET", "/repos/pay/none/issues/7/comments", "", 404, "Not Found"},
	} {
		if status, body := ask(t, s, tc.token, tc.method, tc.path, tc.body); status != tc.status || !strings.Contains(body, tc.says) {
			t.Errorf("%s %s as %s: %d %.300s", tc.method, tc.path, tc.token, status, body)
		}
	}
}

func TestClientsThatChangeWhatIsNotTheirsFailTheTest(t *testing.T) {
	rec := &recorder{TB: t}
	s := Start(rec)
	s.AddPull(PullRequest{Repo: "pay/shop", Number: 7})
	id := s.AddComment(Comment{Repo: "pay/shop", Number: 7, Author: "mallory", Body: "x"})
	if status, _ := ask(t, s, JobToken, "PATCH", fmt.Sprintf("/repos/pay/shop/issues/comments/%d", id), `{"body":"y"}`); status != 403 || len(rec.errors) != 1 {
		t.Errorf("%d, %q", status, rec.errors)
	}
}

func TestEnterpriseServersAnswerBelowTheirPrefixAlone(t *testing.T) {
	s := StartEnterprise(t)
	s.AddPull(PullRequest{Repo: "pay/shop", Number: 7})
	if status, _ := ask(t, s, JobToken, "GET", "/repos/pay/shop/pulls", ""); status != 200 {
		t.Error(status)
	}
	s.URL = strings.TrimSuffix(s.URL, "/api/v3")
	if status, _ := ask(t, s, JobToken, "GET", "/repos/pay/shop/pulls", ""); status != 404 {
		t.Error(status)
	}
}
