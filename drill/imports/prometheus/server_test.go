package prometheus

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/imports"
	"github.com/passmuster/muster/drill/observe"
)

var begin = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

// counts is a sink that adds up gains.
type counts struct {
	gained float64
	notes  []string
}

func (c *counts) Count(n observe.Count) error { c.gained += n.Delta; return nil }
func (*counts) Request(observe.Request) error { return nil }
func (*counts) State(observe.State) error     { return nil }
func (*counts) Event(observe.Event) error     { return nil }
func (*counts) Missed(observe.Missed) error   { return nil }
func (c *counts) Note(n observe.Note) error   { c.notes = append(c.notes, n.Text); return nil }
func (c *counts) String() string              { return fmt.Sprintf("%g %q", c.gained, c.notes) }
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A day at a step of two seconds is 43,201 points: it is asked for in parts, and no gain is lost between them.
func TestLongRangesAreAskedForInParts(t *testing.T) {
	parts := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/tenant/api/v1/query_range" || r.Header.Get("Authorization") != "Bearer secret" || r.FormValue("query") != "istio_requests_total" || r.FormValue("step") != "2" {
			http.Error(w, "what", http.StatusTeapot)
			return
		}
		parts++
		var from, to float64
		_, _ = fmt.Sscan(r.FormValue("start"), &from)
		_, _ = fmt.Sscan(r.FormValue("end"), &to)
		if (to-from)/2+1 > 11_000 {
			http.Error(w, `{"status":"error","error":"exceeded maximum resolution of 11,000 points per timeseries"}`, http.StatusBadRequest)
			return
		}
		var values []string
		for at := from; at <= to; at += 2 {
			values = append(values, fmt.Sprintf(`[%.0f,"%.0f"]`, at, (at-float64(begin.Unix()))/2))
		}
		fmt.Fprintf(w, "{\n\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"__name__\":\"istio_requests_total\",\"destination_service\":\"pay.shop\"},\n\"values\":[%s]}]}}\n", strings.Join(values, ","))
	}))
	defer server.Close()
	ca := file(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	s := Server{URL: server.URL + "/tenant/", TokenFile: file(t, "secret\n"), CAFile: ca}
	var saved bytes.Buffer
	if err := s.Range(t.Context(), "istio_requests_total", begin, begin.Add(24*time.Hour), 2*time.Second, &saved); err != nil {
		t.Fatal(err)
	}
	if parts != 5 || bytes.Count(saved.Bytes(), []byte("\n")) != 5 {
		t.Errorf("%d parts", parts)
	}
	var c counts
	if _, err := imports.Read(t.Context(), "saved", &saved, imports.Prometheus, imports.Options{}, &c); err != nil || c.gained != 43_200 {
		t.Errorf("%v, %v", err, &c)
	}
}

func TestWhatAServerMayNotDo(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	for _, tc := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"an error", "the server answers 422: too many series", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"status":"error","errorType":"execution","error":"too many series"}`, http.StatusUnprocessableEntity)
		}},
		{"a page", "this is no answer of Prometheus", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>log in</html>") }},
		{"a redirect", "the server answers 302", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.com/", http.StatusFound)
		}},
		{"silence", "", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		}},
		{"terminal codes", "the server answers 500: \uFFFD[31m", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"error":"\u001b[31m"}`, http.StatusInternalServerError)
		}},
	} {
		server := httptest.NewServer(tc.answer)
		s := Server{URL: server.URL, Timeout: 200 * time.Millisecond}
		err := s.Range(context.Background(), "up", begin, begin.Add(time.Minute), time.Second, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
		server.CloseClientConnections()
		server.Close()
	}
}

func TestAnswersAreBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[`)
		space := bytes.Repeat([]byte(" "), 1<<20)
		for range imports.MaxDocument>>20 + 1 {
			if _, err := w.Write(space); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	err := (&Server{URL: server.URL}).Range(t.Context(), "up", begin, begin.Add(time.Minute), time.Second, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Error(err)
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	token := file(t, "secret")
	for _, tc := range []struct {
		want string
		s    Server
		step time.Duration
	}{
		{"http(s)://", Server{URL: "prometheus:9090"}, time.Second},
		{"http(s)://", Server{URL: "file:///etc/passwd"}, time.Second},
		{"without TLS", Server{URL: "http://prometheus.example", TokenFile: token}, time.Second},
		{"cannot read the token", Server{URL: "https://prometheus.example", TokenFile: token + "x"}, time.Second},
		{"no certificate", Server{URL: "https://prometheus.example", CAFile: token}, time.Second},
		{"a step", Server{URL: "https://prometheus.example"}, 0},
	} {
		if err := tc.s.Range(t.Context(), "up", begin, begin.Add(time.Minute), tc.step, io.Discard); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v, want %s", err, tc.want)
		}
	}
}

// Names come from manifests of strangers: they are quoted, for the expression and for the text around it.
func TestSelectorsHoldNamesAndNothingElse(t *testing.T) {
	services := []Service{{"shop", "pay", "pay.shop.svc.cluster.local"}, {"shop", `x"} or up{a=~"`, ""}, {"", "", "api.example.com"}, {"shop", "pay", ""}}
	for kind, want := range map[string][]string{
		"istio": {
			`istio_requests_total{destination_service=~"(api\\.example\\.com|pay\\.shop\\.svc(\\..*)?|x\"\\} or up\\{a=~\"\\.shop\\.svc(\\..*)?)"}`,
			`istio_tcp_connections_opened_total{destination_service=~"(api\\.example\\.com|pay\\.shop\\.svc(\\..*)?|x\"\\} or up\\{a=~\"\\.shop\\.svc(\\..*)?)"}`,
		},
		"linkerd": {`response_total{target_port!="4191",authority=~"(api\\.example\\.com|pay\\.shop\\.svc(\\..*)?|x\"\\} or up\\{a=~\"\\.shop\\.svc(\\..*)?)(:[0-9]+)?"}`},
		"kuma":    nil,
	} {
		if got := Selectors(kind, services); !slices.Equal(got, want) {
			t.Errorf("%s: %s\nwant %s", kind, got, want)
		}
	}
	if got, want := Selectors("consul", services[:1]), `envoy_cluster_upstream_rq{consul_destination_service=~"(pay)"}`; len(got) != 2 || got[0] != want {
		t.Errorf("%s", got)
	}
	if got := Selectors("istio", nil); got != nil {
		t.Errorf("%s", got)
	}
}
