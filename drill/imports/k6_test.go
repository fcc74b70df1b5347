package imports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// k6Request are the points of one request as k6 writes them.
func k6Request(end string, duration, blocked, connecting, tls float64, tags string) string {
	var b strings.Builder
	for _, p := range []struct {
		metric string
		value  float64
	}{
		{"http_reqs", 1}, {"http_req_duration", duration}, {"http_req_blocked", blocked}, {"http_req_connecting", connecting},
		{"http_req_tls_handshaking", tls}, {"http_req_sending", 0.1}, {"http_req_waiting", duration}, {"http_req_receiving", 0.1}, {"http_req_failed", 0},
	} {
		fmt.Fprintf(&b, `{"metric":%q,"type":"Point","data":{"time":%q,"value":%v,"tags":%s}}`+"\n", p.metric, end, p.value, tags)
	}
	return b.String()
}

const k6OK = `{"expected_response":"true","method":"GET","name":"https://pay.shop/echo","proto":"HTTP/2.0","region":"eu-north","scenario":"probe","status":"200","tls_version":"tls1.3","url":"https://pay.shop/echo?x=1"}`

// A point's time is the end of its request, and the duration holds no connecting. Being blocked ends with the connection, so that
// connecting and the handshake are not added to it once more.
func TestK6RequestsBeginBeforeTheirPoints(t *testing.T) {
	for _, tc := range []struct {
		name                               string
		duration, blocked, connecting, tls float64
		took                               time.Duration
	}{
		{"connection kept", 20, 0.01, 0, 0, 20010 * time.Microsecond},
		{"new connection", 20, 31, 10, 20, 51 * time.Millisecond},
		{"blocked is not told", 20, 0, 10, 20, 50 * time.Millisecond},
	} {
		g, _ := read(t, K6, k6Request("2026-11-20T10:44:03.404+01:00", tc.duration, tc.blocked, tc.connecting, tc.tls, k6OK), Options{})
		r := g.requests[0]
		if end := at(t, "2026-11-20T09:44:03.404Z"); len(g.requests) != 1 || !r.End.Equal(end) || r.End.Sub(r.Start) != tc.took {
			t.Errorf("%s: from %s to %s", tc.name, r.Start, r.End)
		}
		if !r.OK || r.Code != 200 || r.TLS != "1.3" || r.Dest.Region != "eu-north" || r.Service != "" || r.Host != "pay.shop" || r.Port != 443 {
			t.Errorf("%s: %+v", tc.name, r)
		}
	}
}

func TestK6PointsAreJoinedByRequest(t *testing.T) {
	one := k6Request("2026-11-20T09:44:03.404Z", 1, 0, 0, 0, k6OK)
	failed := `{"error":"request timeout","error_code":"1050","expected_response":"false","status":"0","url":"https://pay.shop/echo"}`
	text := `{"type":"Metric","data":{"name":"http_reqs","type":"counter"},"metric":"http_reqs"}` + "\n" +
		one + one + // at one moment, with the same tags
		`{"metric":"vus","type":"Point","data":{"time":"2026-11-20T09:44:03.5Z","value":8,"tags":null}}` + "\n" +
		k6Request("2026-11-20T09:44:04.404Z", 1000.187904, 0.2, 0, 0, failed)
	g, _ := read(t, K6, text, Options{Namespace: "shop", Service: "pay", Port: 8080, Source: "load/k6"})
	if len(g.requests) != 3 || !g.requests[0].OK || !g.requests[1].OK || len(g.notes) != 0 {
		t.Fatalf("%+v, %+v", g.requests, g.notes)
	}
	r := g.requests[2]
	if r.OK || r.Err != record.ErrTimeout || r.Detail != "request timeout" || r.Service != "pay" || r.Namespace != "shop" || r.Port != 8080 || r.Source != "load/k6" {
		t.Errorf("%+v", r)
	}
	// A filtered stream still tells most.
	var only []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, "http_req_duration") {
			only = append(only, line)
		}
	}
	g, _ = read(t, K6, strings.Join(only, ""), Options{})
	if len(g.requests) != 3 || !g.said("http_req_blocked") {
		t.Errorf("%d requests, %+v", len(g.requests), g.notes)
	}
}

func TestK6ErrorCodes(t *testing.T) {
	for code, want := range map[string]record.ErrorClass{
		"1050": record.ErrTimeout, "1101": record.ErrDNS, "1211": record.ErrTimeout, "1212": record.ErrRefused, "1220": record.ErrReset,
		"1310": record.ErrTLS, "1000": record.ErrOther, "": record.ErrOther,
	} {
		g, _ := read(t, K6, k6Request("2026-11-20T09:44:03.404Z", 0, 0, 0, 0, fmt.Sprintf(`{"error_code":%q,"expected_response":"false","status":"0"}`, code)), Options{})
		if g.requests[0].Err != want || !g.said("never got a connection") {
			t.Errorf("%s: %+v", code, g.requests[0])
		}
	}
	g, _ := read(t, K6, k6Request("2026-11-20T09:44:03.404Z", 9, 0, 0, 0, `{"error_code":"1503","expected_response":"false","status":"503"}`), Options{})
	if g.requests[0].Err != record.ErrHTTP || g.requests[0].Code != 503 {
		t.Errorf("%+v", g.requests[0])
	}
}

// A virtual user that was not free sends nothing: that is a probe of which nothing is known.
func TestK6DroppedIterationsAreMissed(t *testing.T) {
	text := k6Request("2026-11-20T09:44:03.404Z", 1, 0, 0, 0, k6OK) +
		`{"metric":"dropped_iterations","type":"Point","data":{"time":"2026-11-20T09:44:04Z","value":3,"tags":{"scenario":"probe"}}}` + "\n" +
		`{"metric":"dropped_iterations","type":"Point","data":{"time":"2026-11-20T09:44:05Z","value":1,"tags":{"scenario":"probe"}}}` + "\n"
	g, sum := read(t, K6, text, Options{})
	if len(g.missed) != 2 || g.missed[0].Count != 3 || !g.missed[1].At.Equal(at(t, "2026-11-20T09:44:05Z")) || sum.Missed != 4 || !g.said("never sent") {
		t.Errorf("%+v, %+v", g.missed, sum)
	}
}

// Summaries count failures under passes and have no times: they are refused, with the reason.
func TestK6SummariesAreRefused(t *testing.T) {
	for _, text := range []string{
		"{\n  \"metrics\": {\"http_req_failed\": {\"passes\": 14, \"fails\": 98, \"value\": 0.125}}\n}",
		`{"metrics":{"http_req_failed":{"passes":14,"fails":98,"value":0.125}}}`,
		`{"config":{},"metadata":{},"results":{"metrics":[]},"version":"1.0.0"}`,
	} {
		if why := refused(t, K6, text, Options{}); !strings.HasPrefix(why, "file:1: a summary of k6 has no times") {
			t.Error(why)
		}
	}
}
