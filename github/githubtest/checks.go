package githubtest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
)

func createRun(s *Server, c *call) (int, any) {
	if !s.state.repos[c.repo()] {
		return notFound()
	}
	r := &CheckRun{Repo: c.repo(), SHA: c.text("head_sha"), Name: c.text("name"), Status: "queued", app: c.who.login}
	if why := r.take(c); why != "" {
		return http.StatusUnprocessableEntity, refusal("Invalid request.", why)
	}
	r.ID = s.state.next()
	s.state.runs = append(s.state.runs, r)
	return http.StatusCreated, s.run(c, r)
}

func updateRun(s *Server, c *call) (int, any) {
	i := slices.IndexFunc(s.state.runs, func(r *CheckRun) bool { return r.ID == c.number("check_run_id") && r.Repo == c.repo() })
	if i < 0 {
		return notFound()
	}
	r := s.state.runs[i]
	if r.app != c.who.login {
		return http.StatusForbidden, refusal("Invalid app_id `15368` - check run can only be modified by the GitHub App that created it.")
	}
	if why := r.take(c); why != "" {
		return http.StatusUnprocessableEntity, refusal("Invalid request.", why)
	}
	r.Updates++
	return http.StatusOK, s.run(c, r)
}

// take sets what a request has; GitHub adds annotations to those that are there.
func (r *CheckRun) take(c *call) string {
	output, _ := c.body["output"].(map[string]any)
	for _, name := range []string{"summary", "text"} {
		if len([]rune(text(output[name]))) > 65_535 {
			return "Only 65535 characters are allowed; " + name
		}
	}
	list, _ := output["annotations"].([]any)
	for _, one := range list {
		a, _ := one.(map[string]any)
		_, column := a["start_column"]
		if column && a["start_line"] != a["end_line"] {
			return "columns of several lines"
		}
		if len(text(a["message"])) > 64<<10 || len([]rune(text(a["title"]))) > 255 {
			return "annotation too long"
		}
	}
	for _, one := range list {
		r.Annotations = append(r.Annotations, one.(map[string]any))
	}
	set(&r.Title, output["title"])
	set(&r.Summary, output["summary"])
	set(&r.Text, output["text"])
	set(&r.Name, c.body["name"])
	set(&r.ExternalID, c.body["external_id"])
	set(&r.Status, c.body["status"])
	if c.text("conclusion") != "" {
		r.Status, r.Conclusion = "completed", c.text("conclusion")
	} else if r.Status == "completed" && r.Conclusion == "" {
		return "completed without a conclusion"
	} else if r.Status != "completed" {
		r.Conclusion = ""
	}
	return ""
}

func set(into *string, value any) {
	if s, ok := value.(string); ok {
		*into = s
	}
}

func (s *Server) run(c *call, r *CheckRun) map[string]any {
	var conclusion, completed any
	if r.Conclusion != "" {
		conclusion, completed = r.Conclusion, "2027-01-15T12:00:01Z"
	}
	return s.contract.object("check-run", map[string]any{
		"id": r.ID, "head_sha": r.SHA, "name": r.Name, "external_id": r.ExternalID, "status": r.Status, "conclusion": conclusion, "completed_at": completed,
		"html_url": s.html(c, "runs", r.ID),
		"output":   map[string]any{"title": r.Title, "summary": r.Summary, "text": r.Text, "annotations_count": len(r.Annotations)},
	})
}

func listRuns(s *Server, c *call) (int, any) {
	if !s.state.repos[c.repo()] {
		return notFound()
	}
	var list []any
	for _, r := range slices.Backward(s.state.runs) {
		name := c.query.Get("check_name")
		if r.Repo == c.repo() && r.SHA == c.path["ref"] && (name == "" || name == r.Name) {
			list = append(list, s.run(c, r))
		}
	}
	return http.StatusOK, map[string]any{"total_count": len(list), "check_runs": append([]any{}, page(s, c, list)...)}
}

func listAnnotations(s *Server, c *call) (int, any) {
	i := slices.IndexFunc(s.state.runs, func(r *CheckRun) bool { return r.ID == c.number("check_run_id") && r.Repo == c.repo() })
	if i < 0 {
		return notFound()
	}
	list := []any{}
	for _, a := range page(s, c, s.state.runs[i].Annotations) {
		list = append(list, s.contract.object("check-annotation", a))
	}
	return http.StatusOK, list
}

func uploadSARIF(s *Server, c *call) (int, any) {
	if !s.state.repos[c.repo()] {
		return notFound()
	}
	data, err := unpack(c.text("sarif"))
	if err != nil {
		return http.StatusBadRequest, refusal("Invalid request. " + err.Error())
	}
	s.state.sarifs = append(s.state.sarifs, SARIF{c.repo(), c.text("commit_sha"), c.text("ref"), data})
	return http.StatusAccepted, s.contract.object("code-scanning-sarifs-receipt", map[string]any{"id": fmt.Sprintf("sarif-%d", len(s.state.sarifs))})
}

func unpack(packed string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, err
	}
	if len(raw) > 10<<20 {
		return nil, fmt.Errorf("%d bytes are too large", len(raw))
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	if err == nil && !json.Valid(data) {
		err = fmt.Errorf("no JSON")
	}
	return data, err
}
