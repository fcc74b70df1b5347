package githubtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// state is what a server keeps; by "owner/name" where it is a repository's.
type state struct {
	last     int64 // id
	repos    map[string]bool
	pulls    []*PullRequest
	runs     []*CheckRun
	comments []*Comment
	reviews  []*Review
	sarifs   []SARIF
}

func newState() state { return state{last: 100, repos: map[string]bool{}} }

// PullRequest is one that the server has.
type PullRequest struct {
	Repo, HeadRepo   string // owner/name; HeadRepo "" is Repo
	Number           int
	HeadSHA, BaseSHA string
	HeadRef, BaseRef string
	Closed           bool
	Files            []File
}

// File is what a pull request changes.
type File struct {
	Path   string
	Status string // "" is modified
	Patch  string // "" = GitHub leaves it out
}

// CheckRun is a check run as it is kept.
type CheckRun struct {
	ID                          int64
	Repo, SHA, Name, ExternalID string
	Status, Conclusion          string
	Title, Summary, Text        string
	Annotations                 []map[string]any
	app                         string
	Updates                     int
}

// Comment is one on a pull request, or, with a path, on its lines.
type Comment struct {
	ID              int64
	Repo            string
	Number          int
	Author          string // github-actions[bot], octo-dev, or a stranger
	Body            string
	Edits           int
	Path            string
	Line, StartLine int
	Review, ReplyTo int64
}

// Review is one of a pull request.
type Review struct {
	ID                  int64
	Repo                string
	Number              int
	Author, Body, State string // State: COMMENTED, CHANGES_REQUESTED, APPROVED or DISMISSED
	Commit              string
}

// SARIF is an analysis that was uploaded, unpacked.
type SARIF struct {
	Repo, Commit, Ref string
	Data              []byte
}

// AddRepo makes a repository.
func (s *Server) AddRepo(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.repos[name] = true
}

// AddPull makes a pull request, and its repository.
func (s *Server) AddPull(p PullRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.HeadRepo == "" {
		p.HeadRepo = p.Repo
	}
	s.state.repos[p.Repo] = true
	s.state.pulls = append(s.state.pulls, &p)
}

// AddComment makes a comment and returns its id. With a path it is one on lines.
func (s *Server) AddComment(c Comment) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.ID = s.state.next()
	s.state.comments = append(s.state.comments, &c)
	return c.ID
}

// AddReview makes a review and returns its id.
func (s *Server) AddReview(r Review) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.ID = s.state.next()
	s.state.reviews = append(s.state.reviews, &r)
	return r.ID
}

// AddCheckRun makes one that another app wrote, and returns its id.
func (s *Server) AddCheckRun(r CheckRun) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.ID, r.app = s.state.next(), "another-app"
	s.state.runs = append(s.state.runs, &r)
	return r.ID
}

// CheckRuns are those of a repository, the oldest first.
func (s *Server) CheckRuns(repo string) []CheckRun {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.state.runs, func(r *CheckRun) bool { return r.Repo == repo })
}

// Comments are those on a pull request, the oldest first; not those on lines.
func (s *Server) Comments(repo string, number int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.state.comments, func(c *Comment) bool { return c.Repo == repo && c.Number == number && c.Path == "" })
}

// LineComments are those on lines of a pull request, the oldest first.
func (s *Server) LineComments(repo string, number int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.state.comments, func(c *Comment) bool { return c.Repo == repo && c.Number == number && c.Path != "" })
}

// Reviews are those of a pull request, the oldest first.
func (s *Server) Reviews(repo string, number int) []Review {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.state.reviews, func(r *Review) bool { return r.Repo == repo && r.Number == number })
}

// SARIFs are the analyses of a repository.
func (s *Server) SARIFs(repo string) []SARIF {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.state.sarifs), func(a SARIF) bool { return a.Repo != repo })
}

func values[T any](list []*T, keep func(*T) bool) []T {
	var out []T
	for _, v := range list {
		if keep(v) {
			out = append(out, *v)
		}
	}
	return out
}

func (st *state) next() int64 { st.last++; return st.last }

func (c *call) repo() string { return c.path["owner"] + "/" + c.path["repo"] }

// number is that of a path parameter.
func (c *call) number(name string) int64 {
	n, _ := strconv.ParseInt(c.path[name], 10, 64)
	return n
}

func (c *call) text(name string) string { return text(c.body[name]) }

func text(value any) string {
	s, _ := value.(string)
	return s
}

func (st *state) pull(repo string, number int64) *PullRequest {
	i := slices.IndexFunc(st.pulls, func(p *PullRequest) bool { return p.Repo == repo && int64(p.Number) == number })
	if i < 0 {
		return nil
	}
	return st.pulls[i]
}

// user is a user as GitHub describes one. Strangers have ids of their own.
func (s *Server) user(login string) map[string]any {
	id, kind := int64(9_000_000), "User"
	for _, r := range login {
		id = id*31%1_000_000_007 + int64(r)
	}
	for _, token := range slices.Sorted(maps.Keys(tokens)) {
		if w := tokens[token]; w.login == login {
			id, kind = w.id, w.kind
		}
	}
	return s.contract.object("simple-user", map[string]any{"login": login, "id": id, "type": kind})
}

// handlers do what the operations of the description say.
var handlers = map[string]func(*Server, *call) (int, any){
	"users/get-authenticated":     getUser,
	"checks/create":               createRun,
	"checks/update":               updateRun,
	"checks/list-for-ref":         listRuns,
	"checks/list-annotations":     listAnnotations,
	"issues/list-comments":        listComments,
	"issues/create-comment":       createComment,
	"issues/update-comment":       updateComment,
	"issues/delete-comment":       deleteComment,
	"pulls/list":                  listPulls,
	"pulls/list-files":            listFiles,
	"pulls/list-reviews":          listReviews,
	"pulls/create-review":         createReview,
	"pulls/dismiss-review":        dismissReview,
	"pulls/list-review-comments":  listLineComments,
	"pulls/update-review-comment": updateComment,
	"pulls/delete-review-comment": deleteComment,
	"code-scanning/upload-sarif":  uploadSARIF,
}

func getUser(s *Server, c *call) (int, any) {
	if c.who.isApp {
		return http.StatusForbidden, refusal("Resource not accessible by integration")
	}
	return http.StatusOK, s.contract.object("public-user", map[string]any{"login": c.who.login, "id": c.who.id, "type": c.who.kind, "user_view_type": "public"})
}

func (s *Server) html(c *call, kind string, id int64) string {
	return fmt.Sprintf("https://github.example/%s/%s/%d", c.repo(), kind, id)
}

func tooLong(c *call, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return len([]rune(c.text(name))) > 65_536 })
}
