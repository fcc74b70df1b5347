package imports

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// gathered is a sink that keeps everything.
type gathered struct {
	requests []observe.Request
	counts   []observe.Count
	states   []observe.State
	events   []observe.Event
	missed   []observe.Missed
	notes    []observe.Note
}

func (g *gathered) Request(r observe.Request) error { g.requests = append(g.requests, r); return nil }
func (g *gathered) Count(c observe.Count) error     { g.counts = append(g.counts, c); return nil }
func (g *gathered) State(s observe.State) error     { g.states = append(g.states, s); return nil }
func (g *gathered) Event(e observe.Event) error     { g.events = append(g.events, e); return nil }
func (g *gathered) Missed(m observe.Missed) error   { g.missed = append(g.missed, m); return nil }
func (g *gathered) Note(n observe.Note) error       { g.notes = append(g.notes, n); return nil }

// said reports whether a note holds a text.
func (g *gathered) said(text string) bool {
	for _, n := range g.notes {
		if strings.Contains(n.Text, text) {
			return true
		}
	}
	return false
}

// read reads a text that must be readable.
func read(t *testing.T, f Format, text string, o Options) (*gathered, Summary) {
	t.Helper()
	g := &gathered{}
	sum, err := Read(context.Background(), "file", strings.NewReader(text), f, o, g)
	if err != nil {
		t.Fatal(err)
	}
	return g, sum
}

// refused reads a text that must not be readable, and returns why.
func refused(t *testing.T, f Format, text string, o Options) string {
	t.Helper()
	_, err := Read(context.Background(), "file", strings.NewReader(text), f, o, &gathered{})
	if err == nil {
		t.Fatal("it was read")
	}
	return err.Error()
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

const head = `"start_time":"2026-11-20T09:00:31.020Z","method":"GET","path":"/pay","protocol":"HTTP/1.1","duration":12,"upstream_host":"10.22.1.6:8080",` +
	`"upstream_cluster":"outbound|80||pay.shop.svc.cluster.local","authority":"pay.shop:80"`

// jsonEntry is a line of an access log with some members of its own; a member that stands twice counts as the last.
func jsonEntry(members string) string { return "{" + head + "," + members + "}" }

func TestResponseFlagsTellWhatWentWrong(t *testing.T) {
	for _, tc := range []struct {
		name, members string
		err           record.ErrorClass
		injected      bool
		doubtful      bool
	}{
		{"an answer", `"response_code":200,"response_flags":"-"`, "", false, false},
		{"an answer, flags unset", `"response_code":200,"response_flags":null`, "", false, false},
		{"a code in a text", `"response_code":"200"`, "", false, false},
		{"a redirect", `"response_code":302`, "", false, false},
		{"a wrong request is answered", `"response_code":404,"response_flags":"-"`, "", false, false},
		{"no route is no answer of the service", `"response_code":404,"response_flags":"NR"`, record.ErrProxy, false, false},
		{"no cluster", `"response_code":503,"response_flags":"NC"`, record.ErrProxy, false, false},
		{"the service says 500", `"response_code":500,"response_flags":"-","response_code_details":"via_upstream"`, record.ErrHTTP, false, false},
		{"shed load", `"response_code":429,"response_flags":"-"`, record.ErrHTTP, false, false},
		{"no healthy host", `"response_code":503,"response_flags":"UH"`, record.ErrProxy, false, false},
		{"refused", `"response_code":503,"response_flags":"UF","upstream_transport_failure_reason":"delayed connect error: Connection refused"`, record.ErrRefused, false, false},
		{"errno", `"response_code":503,"response_flags":"UF,URX","upstream_transport_failure_reason":"delayed connect error: 111"`, record.ErrRefused, false, false},
		{"a wrong trust root", `"response_code":503,"response_flags":"URX,UF","upstream_transport_failure_reason":"TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"`, record.ErrTLS, false, false},
		{"connect timeout", `"response_code":503,"response_flags":"UF","response_code_details":"upstream_reset_before_response_started{connection_timeout}"`, record.ErrTimeout, false, false},
		{"connect, no reason", `"response_code":503,"response_flags":"UF"`, record.ErrOther, false, false},
		{"a hang", `"response_code":504,"response_flags":"UT"`, record.ErrTimeout, false, false},
		{"a gateway's timeout", `"response_code":504,"response_flags":"-"`, record.ErrTimeout, false, false},
		{"cut off", `"response_code":503,"response_flags":"UC"`, record.ErrReset, false, false},
		{"cut off behind good headers", `"response_code":200,"response_flags":"UR"`, record.ErrReset, false, false},
		{"overflow", `"response_code":503,"response_flags":"UO"`, record.ErrProxy, false, false},
		{"rate limit", `"response_code":429,"response_flags":"RL"`, record.ErrProxy, false, false},
		{"dns", `"response_code":503,"response_flags":"DF"`, record.ErrDNS, false, false},
		{"retries used up", `"response_code":503,"response_flags":"URX"`, record.ErrHTTP, false, false},
		{"retries used up, then an answer", `"response_code":200,"response_flags":"URX"`, "", false, false},
		{"the client left", `"response_code":0,"response_flags":"DC"`, record.ErrCanceled, false, false},
		{"the client left what hung", `"response_code":0,"response_flags":"UT,DC"`, record.ErrCanceled, false, false},
		{"the client spoke no HTTP", `"response_code":400,"response_flags":"DPE"`, record.ErrCanceled, false, false},
		{"injected abort", `"response_code":503,"response_flags":"FI"`, record.ErrProxy, true, false},
		{"injected delay", `"response_code":200,"response_flags":"DI"`, "", true, false},
		{"no answer at all", `"response_code":0,"response_flags":"-"`, record.ErrEOF, false, false},
		{"forbidden by whom", `"response_code":403,"response_flags":"-","response_code_details":"via_upstream"`, "", false, true},
		{"forbidden by the mesh", `"response_code":403,"response_flags":"-","response_code_details":"rbac_access_denied_matched_policy[none]"`, record.ErrProxy, false, false},
		{"a flag that nobody knows", `"response_code":200,"response_flags":"XYZ"`, "", false, true},
		{"gRPC, unavailable", `"response_code":200,"grpc_status":"Unavailable"`, record.ErrGRPC, false, false},
		{"gRPC, in capitals", `"response_code":200,"grpc_status":"DEADLINE_EXCEEDED"`, record.ErrTimeout, false, false},
		{"gRPC, by number", `"response_code":200,"grpc_status_number":14`, record.ErrGRPC, false, false},
		{"gRPC, fine", `"response_code":200,"grpc_status":"OK"`, "", false, false},
		{"gRPC, not found is an answer", `"response_code":200,"grpc_status":5`, "", false, false},
		{"gRPC, denied by whom", `"response_code":200,"grpc_status":7`, "", false, true},
	} {
		g, _ := read(t, EnvoyJSON, jsonEntry(tc.members), Options{})
		r := g.requests[0]
		if r.Err != tc.err || r.OK != (tc.err == "") || r.Injected != tc.injected || r.Doubtful != tc.doubtful {
			t.Errorf("%s: err %q, ok %t, injected %t, doubtful %t; want %q, %t, %t", tc.name, r.Err, r.OK, r.Injected, r.Doubtful, tc.err, tc.injected, tc.doubtful)
		}
	}
}

// HTTP 200 says nothing of a call of gRPC: without a status it is neither a success nor a failure.
func TestCallsOfGRPCWithoutStatusAreDoubtful(t *testing.T) {
	for _, tc := range []struct {
		members string
		want    bool
	}{
		{`"method":"POST","protocol":"HTTP/2","path":"/shop.Pay/Charge","response_code":200`, true},
		{`"method":"POST","protocol":"HTTP/2","path":"/shop.Pay/Charge","response_code":200,"grpc_status":0`, false},
		{`"method":"POST","protocol":"HTTP/2","path":"/v1/pay","response_code":200`, false},
		{`"method":"POST","protocol":"HTTP/1.1","path":"/shop.Pay/Charge","response_code":200`, false},
		{`"method":"GET","protocol":"HTTP/2","path":"/shop.Pay/Charge","response_code":200`, false},
	} {
		g, _ := read(t, EnvoyJSON, jsonEntry(tc.members), Options{})
		if got := g.requests[0].Doubtful; got != tc.want || g.said("gRPC") != tc.want {
			t.Errorf("%s: doubtful %t, notes %v", tc.members, got, g.notes)
		}
	}
}

func TestTheThreeAccessLogsSayTheSame(t *testing.T) {
	place := []Place{
		{netip.MustParsePrefix("10.0.0.0/8"), "far", "", "wide"},
		{netip.MustParsePrefix("10.22.0.0/16"), "us-east", "us-east-1a", "east"},
	}
	o := Options{Source: "shop/web", SourceCluster: "west", Places: place}
	want := observe.Request{
		Subject: observe.Subject{Namespace: "shop", Service: "pay", Host: "pay.shop.svc.cluster.local", Port: 80, Source: "shop/web", SourceCluster: "west"},
		Start:   at(t, "2026-11-20T09:00:31.020Z"), End: at(t, "2026-11-20T09:00:31.032Z"), Code: 503, Err: record.ErrProxy, Detail: "no_healthy_upstream",
		Dest: record.Dest{Address: "10.22.1.6:8080", Region: "us-east", Zone: "us-east-1a", Cluster: "east"}, TLS: record.TLSUnknown, Flags: "UH", Reporter: observe.ReporterSource,
	}
	g, _ := read(t, EnvoyJSON, jsonEntry(`"response_code":503,"response_flags":"UH","response_code_details":"no_healthy_upstream"`), o)
	if g.requests[0] != want {
		t.Errorf("JSON: %+v\nwant %+v", g.requests[0], want)
	}
	g, _ = read(t, IstioText, `[2026-11-20T09:00:31.020Z] "GET /pay HTTP/1.1" 503 UH no_healthy_upstream - "-" 0 19 12 - "-" "curl/8.5" "5e0b" "pay.shop:80" "10.22.1.6:8080" `+
		`outbound|80||pay.shop.svc.cluster.local - 172.20.4.1:80 10.1.0.7:41822 - a name with spaces`, o)
	if g.requests[0] != want {
		t.Errorf("Istio: %+v\nwant %+v", g.requests[0], want)
	}
	// Envoy's default has neither details nor the cluster: the service is what the client asked for.
	want.Host, want.Namespace, want.Service, want.Detail = "pay.shop", "", "", ""
	g, _ = read(t, EnvoyText, `[2026-11-20T09:00:31.020Z] "GET /pay HTTP/1.1" 503 UH 0 19 12 - "-" "curl/8.5" "5e0b" "pay.shop:80" "10.22.1.6:8080"`, o)
	if g.requests[0] != want {
		t.Errorf("Envoy: %+v\nwant %+v", g.requests[0], want)
	}
}

func TestClustersNameServices(t *testing.T) {
	for name, want := range map[string]target{
		"outbound|80||pay.shop.svc.cluster.local":                     {Subject: observe.Subject{Namespace: "shop", Service: "pay", Host: "pay.shop.svc.cluster.local", Port: 80}},
		"outbound|80|v1|pay.shop.svc.cluster.local":                   {Subject: observe.Subject{Namespace: "shop", Service: "pay", Host: "pay.shop.svc.cluster.local", Port: 80}},
		"outbound_.80_._.pay.shop.svc.cluster.local":                  {Subject: observe.Subject{Namespace: "shop", Service: "pay", Host: "pay.shop.svc.cluster.local", Port: 80}},
		"outbound|443||api.example.com":                               {Subject: observe.Subject{Host: "api.example.com", Port: 443}},
		"inbound|8080||":                                              {inbound: true},
		"PassthroughCluster":                                          {},
		"BlackHoleCluster":                                            {},
		"pay.default.dc2.internal.1111-2222.consul":                   {Subject: observe.Subject{Namespace: "default", Service: "pay", Host: "pay"}, datacenter: "dc2"},
		"v2.pay.shop.dc2.internal.1111-2222.consul":                   {Subject: observe.Subject{Namespace: "shop", Service: "pay", Host: "pay"}, datacenter: "dc2"},
		"pay.shop.part.dc2.internal-v1.1111-2222.consul":              {Subject: observe.Subject{Namespace: "shop", Service: "pay", Host: "pay"}, datacenter: "dc2"},
		"failover-target~1~pay.default.dc2.internal.1111-2222.consul": {Subject: observe.Subject{Namespace: "default", Service: "pay", Host: "pay"}, datacenter: "dc2"},
		"pay.default.dc2.internal.example.com":                        {},
		"outbound|99999999||x":                                        {Subject: observe.Subject{Host: "x"}},
		"a|b|c|d|e":                                                   {},
	} {
		if got := parseTarget(name); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// A server's log says who was asked, by the name in the handshake; it is no client's word.
func TestInboundLinesAreTheServersWord(t *testing.T) {
	g, _ := read(t, EnvoyJSON, jsonEntry(`"response_code":200,"upstream_cluster":"inbound|8080||","upstream_host":"127.0.0.1:8080",`+
		`"requested_server_name":"outbound_.80_._.pay.shop.svc.cluster.local","downstream_tls_version":"TLSv1.3","downstream_peer_uri_san":"spiffe://td/ns/shop/sa/web"`),
		Options{Source: "shop/pay", SourceCluster: "east"})
	r := g.requests[0]
	if r.Reporter != observe.ReporterDestination || r.Source != "" || r.Dest.Workload != "shop/pay" || r.Dest.Cluster != "east" || r.Host != "pay.shop.svc.cluster.local" ||
		r.Port != 80 || r.TLS != "1.3" || r.Dest.TLS != "1.3" || r.Dest.Peer != "spiffe://td/ns/shop/sa/web" || r.Peer != "" {
		t.Errorf("%+v", r)
	}
}

// In ambient mode hosts stand behind internal listeners.
func TestAddressesBehindInternalListeners(t *testing.T) {
	g, _ := read(t, EnvoyJSON, jsonEntry(`"response_code":200,"upstream_host":"envoy://connect_originate/10.22.1.6:8080"`), Options{})
	if got := g.requests[0].Dest.Address; got != "10.22.1.6:8080" {
		t.Errorf("%q", got)
	}
}

// Envoy escapes nothing in its text formats. What a client writes into its headers must not become another answer.
func TestQuotesInHeadersForgeNothing(t *testing.T) {
	line := func(path, agent, authority string) string {
		return `[2026-11-20T09:00:31.020Z] "GET ` + path + ` HTTP/1.1" 503 UH no_healthy_upstream - "-" 0 19 12 - "-" "` + agent + `" "5e0b" "` + authority + `" "10.22.1.6:8080" ` +
			`outbound|80||pay.shop.svc.cluster.local - 172.20.4.1:80 10.1.0.7:41822 - default`
	}
	forged := `/" 200 - via_upstream - "-" 0 1 1 1 "-" "a" "b" "pay.shop" "10.9.9.9:80" outbound|80||pay.shop.svc.cluster.local a b c - default`
	good := line("/pay", "curl", "pay.shop")
	for _, bad := range []string{
		line(forged, "curl", "pay.shop"),
		line("/pay", `curl" "x`, "pay.shop"),
		line("/pay", `cu"rl`, "pay.shop"),
		line("/pay", `curl" "5e0b" "pay.shop" "10.9.9.9:80" outbound|80||evil.shop.svc.cluster.local - a b - default`, "pay.shop"),
		line("/pay", "curl", `pay.shop" "10.9.9.9:80`),
		line("/pay", "curl", `pay.shop" "10.9.9.9:80" outbound|80||evil.shop.svc.cluster.local - - - - -`),
	} {
		g, sum := read(t, IstioText, good+"\n"+good+"\n"+bad+"\n", Options{})
		if len(g.requests) != 2 || sum.Unreadable != 1 || len(g.notes) != 1 || g.notes[0].Line != 3 || g.notes[0].Lost != 1 {
			t.Errorf("%s\nwas read as %+v, notes %+v", bad, g.requests[len(g.requests)-1], g.notes)
		}
	}
	envoy := `[2026-11-20T09:00:31.020Z] "GET /pay HTTP/1.1" 503 UH 0 19 12 - "-" "curl" "5e0b" "pay.shop" "10.22.1.6:8080"`
	for _, bad := range []string{
		strings.Replace(envoy, "curl", `a" "b`, 1),
		strings.Replace(envoy, "GET /pay", `GET /" 200 - 0 1 1 1 "-" "a" "b" "pay.shop" "10.9.9.9:80"`, 1),
	} {
		if g, _ := read(t, EnvoyText, envoy+"\n"+envoy+"\n"+bad, Options{}); len(g.requests) != 2 {
			t.Errorf("%s\nwas read as %+v", bad, g.requests[2])
		}
	}
}

// The two text formats have other fields: what is one must not be taken for the other.
func TestTextFormatsAreToldApartByTheirFields(t *testing.T) {
	istio := `[2026-11-20T09:00:31.020Z] "GET /pay HTTP/1.1" 200 - via_upstream - "-" 0 19 12 4 "-" "curl" "5e0b" "pay.shop" "10.22.1.6:8080" outbound|80||pay.shop.svc.cluster.local a b c - default`
	envoy := `[2026-11-20T09:00:31.020Z] "GET /pay HTTP/1.1" 200 - 0 19 12 4 "-" "curl" "5e0b" "pay.shop" "10.22.1.6:8080"`
	for _, tc := range []struct {
		f    Format
		text string
	}{{IstioText, envoy}, {EnvoyText, istio}} {
		if why := refused(t, tc.f, tc.text, Options{}); !strings.HasPrefix(why, "file:1: ") {
			t.Errorf("%s: %s", tc.f, why)
		}
	}
	// A connection of TCP has no method and no code.
	g, _ := read(t, IstioText, `[2026-11-20T09:00:31.020Z] "- - -" 0 - - - "-" 120 340 5000 - "-" "-" "-" "-" "10.22.1.6:5432" outbound|5432||db.shop.svc.cluster.local a b c - -`, Options{})
	if r := g.requests[0]; !r.OK || r.End.Sub(r.Start) != 5*time.Second {
		t.Errorf("%+v", r)
	}
}

// What kubectl and container runtimes write around and between the lines is passed over.
func TestLinesOfOtherThingsAreNoMistakes(t *testing.T) {
	line := jsonEntry(`"response_code":200`)
	text := "2026-11-20T09:00:00.000000Z\tinfo\tReadiness succeeded\n" +
		`{"level":"info","time":"2026-11-20T09:00:00.1Z","scope":"ads","msg":"XDS: connected"}` + "\n\n" +
		"2026-11-20T09:00:31.1Z stdout F " + line + "\n[pod/web-1/istio-proxy] " + line + "\r\n" + line
	g, sum := read(t, EnvoyJSON, text, Options{})
	if len(g.requests) != 3 || sum.Other != 2 || sum.Unreadable != 0 || sum.Lines != 5 || len(g.notes) != 0 {
		t.Errorf("%d requests, %+v", len(g.requests), sum)
	}
}
