// Package githubtest is a GitHub for tests: a server that keeps check runs, comments, reviews and analyses, holds every
// request and every answer of its own to GitHub's OpenAPI description, and fails when it is told to.
//
// It also refuses what GitHub is known to refuse without describing it: texts that are too long, comments on lines that
// a pull request does not show, edits of what somebody else wrote.
package githubtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// TB is the part of testing.TB that a server needs.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Cleanup(f func())
}

// Tokens that a server knows.
const (
	JobToken  = "ghs_job"  // of a job: writes as github-actions[bot], and is not told whose it is
	ForkToken = "ghs_fork" // of a job for a pull request from a fork: may only read
	UserToken = "ghp_user" // of a person, octo-dev
	AppToken  = "ghs_app"  // of an app's installation: writes as muster-app[bot], and is not told whose it is
)

// who is whose token a request has.
type who struct {
	id              int64
	login, kind     string
	readOnly, isApp bool
}

var tokens = map[string]who{
	JobToken:  {id: 41898282, login: "github-actions[bot]", kind: "Bot", isApp: true},
	ForkToken: {id: 41898282, login: "github-actions[bot]", kind: "Bot", isApp: true, readOnly: true},
	AppToken:  {id: 5050, login: "muster-app[bot]", kind: "Bot", isApp: true},
	UserToken: {id: 4711, login: "octo-dev", kind: "User"},
}

// Server is one GitHub. Its methods may be called while it answers.
type Server struct {
	// URL is that of the API, as GITHUB_API_URL has it.
	URL string

	tb       TB
	contract *contract
	prefix   string
	mu       sync.Mutex
	state    state
	failures []*Failure
	requests []string
}

// Start starts a server like github.com, which ends with the test. Violations of the contract fail the test.
func Start(tb TB) *Server { return start(tb, "") }

// StartEnterprise starts one whose API is below /api/v3, as that of a GitHub Enterprise Server.
func StartEnterprise(tb TB) *Server { return start(tb, "/api/v3") }

func start(tb TB, prefix string) *Server {
	tb.Helper()
	k, err := theContract()
	if err != nil {
		tb.Fatal("GitHub's description:", err)
	}
	s := &Server{tb: tb, contract: k, prefix: prefix, state: newState()}
	h := httptest.NewServer(s)
	tb.Cleanup(h.Close)
	s.URL = h.URL + prefix
	return s
}

// Failure is what goes wrong with requests.
type Failure struct {
	Method string // "" = any
	Path   string // a part of it; "" = any
	Times  int    // how often; 0 = always
	Status int    // of the answer; 0 = the connection breaks
	Header map[string]string
	Body   string // JSON; "" is a message
	// Obey: the request is obeyed nevertheless, as when an answer is lost.
	Obey bool
	// Hang: no answer before the client gives up.
	Hang bool
}

// Fail makes requests fail from now on.
func (s *Server) Fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, &f)
}

// Requests are the requests so far: "GET /repos/pay/shop/pulls", without query.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// Count is how many requests began like that: "POST /repos/pay/shop/check-runs".
func (s *Server) Count(prefix string) int {
	n := 0
	for _, r := range s.Requests() {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

// call is a request that fits the contract.
type call struct {
	path   map[string]string
	query  url.Values
	body   map[string]any
	who    who
	header http.Header // of the answer
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := strings.CutPrefix(r.URL.Path, s.prefix)
	if !ok {
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
		return
	}
	r.URL.Path, r.URL.RawPath = path, ""
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+path)
	f := s.failure(r.Method, path)
	s.mu.Unlock()
	if f != nil && !f.Obey {
		f.answer(w, r)
		return
	}
	status, header, answer := s.obey(r, body)
	if f != nil {
		f.answer(w, r)
		return
	}
	for name := range header {
		w.Header().Set(name, header.Get(name))
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

func (s *Server) failure(method, path string) *Failure {
	for i, f := range s.failures {
		if f.Method != "" && f.Method != method || !strings.Contains(path, f.Path) {
			continue
		}
		if f.Times--; f.Times == 0 {
			s.failures = append(s.failures[:i:i], s.failures[i+1:]...)
		}
		return f
	}
	return nil
}

func (f *Failure) answer(w http.ResponseWriter, r *http.Request) {
	if f.Hang {
		<-r.Context().Done()
		return
	}
	if f.Status == 0 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
		return
	}
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(f.Status)
	if f.Body == "" {
		f.Body = fmt.Sprintf(`{"message":%q}`, http.StatusText(f.Status))
	}
	_, _ = io.WriteString(w, f.Body)
}

// obey holds a request to the contract, does what it says, and holds the answer to the contract.
func (s *Server) obey(r *http.Request, body []byte) (int, http.Header, []byte) {
	in, err := s.contract.request(r, body)
	if err != nil {
		s.tb.Errorf("%s %s breaks GitHub's contract: %v", r.Method, r.URL.Path, err)
		return plain(http.StatusUnprocessableEntity, "Invalid request")
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	me, known := tokens[token]
	if !known {
		return plain(http.StatusUnauthorized, "Bad credentials")
	}
	if me.readOnly && r.Method != http.MethodGet {
		return plain(http.StatusForbidden, "Resource not accessible by integration")
	}
	c := &call{path: in.PathParams, query: r.URL.Query(), who: me, header: http.Header{}}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &c.body); err != nil {
			return plain(http.StatusBadRequest, "Problems parsing JSON")
		}
	}
	handler := handlers[in.Route.Operation.OperationID]
	if handler == nil {
		s.tb.Errorf("%s %s (%s): the server does not know how", r.Method, r.URL.Path, in.Route.Operation.OperationID)
		return plain(http.StatusNotImplemented, "Not implemented")
	}
	s.mu.Lock()
	status, value := handler(s, c)
	s.mu.Unlock()
	return s.answer(in.Route.Operation.OperationID, status, c.header, value, func(status int, header http.Header, data []byte) error {
		return s.contract.response(in, status, header, data)
	})
}

func (s *Server) answer(operation string, status int, header http.Header, value any, check func(int, http.Header, []byte) error) (int, http.Header, []byte) {
	var data []byte
	if value != nil {
		header.Set("Content-Type", "application/json; charset=utf-8")
		var err error
		if data, err = json.Marshal(value); err != nil {
			s.tb.Errorf("%s: %v", operation, err)
		}
	}
	if err := check(status, header, data); err != nil {
		s.tb.Errorf("the server's own answer %d to %s breaks GitHub's contract: %v", status, operation, err)
	}
	return status, header, data
}

func plain(status int, message string) (int, http.Header, []byte) {
	return status, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, fmt.Appendf(nil, `{"message":%q,"documentation_url":"https://docs.github.com/rest"}`, message)
}

// refusal is an answer with a message.
func refusal(message string, details ...string) map[string]any {
	out := map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest"}
	if len(details) > 0 {
		out["errors"] = details
	}
	return out
}

func notFound() (int, any) { return http.StatusNotFound, refusal("Not Found") }

// page is a page of a list, and says in the header where the next one is.
func page[T any](s *Server, c *call, list []T) []T {
	number, _ := strconv.Atoi(c.query.Get("page"))
	size, _ := strconv.Atoi(c.query.Get("per_page"))
	if number < 1 {
		number = 1
	}
	if size < 1 || size > 100 {
		size = 30
	}
	from, to := min((number-1)*size, len(list)), min(number*size, len(list))
	if to < len(list) {
		c.header.Set("Link", fmt.Sprintf(`<%s/next?per_page=%d&page=%d>; rel="next"`, s.URL, size, number+1))
	}
	return list[from:to]
}
