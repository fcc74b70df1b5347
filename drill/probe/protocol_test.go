package probe

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// at is a target that is asked twice, so that kept connections are kept.
func at(p Protocol, address string, secure *TLS) Target {
	return Target{Cell: "cell", Protocol: p, Address: address, TLS: secure, Every: 10 * time.Millisecond, Timeout: 5 * time.Second,
		Echo: Echo{Region: "X-Region", TLS: "X-Tls", Peer: "X-Peer", Role: "X-Role", Epoch: "X-Epoch"}}
}

func ask(t testing.TB, to Target) record.Sample {
	t.Helper()
	got := &seen{}
	must(t, Run(t.Context(), []Target{to}, got, Options{Ticks: 2}))
	if len(got.samples) != 2 {
		t.Fatalf("%d samples", len(got.samples))
	}
	w, err := record.NewWriter(io.Discard, record.Header{Run: "r", Prober: record.Prober{ID: "p", Mode: record.Open}, WallAnchor: time.Now()}, record.SyncNever)
	must(t, err)
	for _, s := range got.samples {
		must(t, w.Sample(s)) // whatever was seen can be recorded
	}
	return got.sorted()[1]
}

func TestProtocols(t *testing.T) {
	m := newMesh(t)
	for name, tc := range map[string]struct {
		protocol Protocol
		server   func(testing.TB, *tls.Config) string
		path     string
		echoes   bool
	}{
		"http1":  {HTTP1, serve, "", true},
		"http2":  {HTTP2, serve, "", true},
		"grpc":   {GRPC, serveGRPC, "/test.Echo/Say", true},
		"health": {GRPCHealth, serveGRPC, "", false},
		"tcp":    {TCP, serve, "", false},
	} {
		for _, keep := range []bool{false, true} {
			for _, secure := range []bool{false, true} {
				t.Run(name+map[bool]string{true: ", kept"}[keep]+map[bool]string{true: ", mTLS"}[secure], func(t *testing.T) {
					var address string
					to := at(tc.protocol, "", nil)
					if secure {
						address, to.TLS = tc.server(t, m.server), &m.client
					} else {
						address = tc.server(t, nil)
					}
					to.Address, to.Path, to.Keep = address, tc.path, keep
					s := ask(t, to)
					want := record.Sample{OK: true, Attempts: 1, TLS: "none"}
					want.Dest.Address = address
					if tc.protocol == HTTP1 || tc.protocol == HTTP2 {
						want.Code, want.Role, want.Epoch = 200, "primary", 7
					}
					if tc.echoes {
						want.Dest.Region, want.Dest.TLS = "eu-north", "none"
					}
					if secure {
						want.TLS = "1.3"
						want.Identity = record.Identity{SPIFFE: payID, DNS: []string{"pay.shop"}, Issuer: "CN=mesh root", Root: m.ca.fingerprint()}
						if tc.echoes {
							want.Dest.TLS, want.Dest.Peer = "1.3", webID
						}
					}
					same(t, s, want)
				})
			}
		}
	}
}

// same compares what does not depend on time.
func same(t *testing.T, got, want record.Sample) {
	t.Helper()
	if got.OK != want.OK || got.Code != want.Code || got.Err != want.Err || got.Dest != want.Dest || got.TLS != want.TLS || got.Role != want.Role || got.Epoch != want.Epoch ||
		got.Attempts != want.Attempts || got.Identity.SPIFFE != want.Identity.SPIFFE || got.Identity.Issuer != want.Identity.Issuer || got.Identity.Root != want.Identity.Root ||
		!slices.Equal(got.Identity.DNS, want.Identity.DNS) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestHTTPSpeaksTheVersionThatWasAskedFor(t *testing.T) {
	m := newMesh(t)
	for _, secure := range []bool{false, true} {
		for protocol, version := range map[Protocol]string{HTTP1: "HTTP/1.1", HTTP2: "HTTP/2.0"} {
			to := at(protocol, "", nil)
			to.Echo.Role = "X-Proto"
			if secure {
				to.Address, to.TLS = serve(t, m.server), &m.client
			} else {
				to.Address = serve(t, nil)
			}
			if s := ask(t, to); s.Role != version {
				t.Errorf("%s, TLS %v: the server saw %q (%+v)", protocol, secure, s.Role, s)
			}
		}
	}
}

func TestAnSVIDHasOneURI(t *testing.T) {
	id, err := url.Parse(payID)
	must(t, err)
	other, err := url.Parse("https://pay.shop/")
	must(t, err)
	for want, uris := range map[string][]*url.URL{payID: {id}, "": {id, id}} {
		if got := spiffe(&x509.Certificate{URIs: uris}); got != want {
			t.Errorf("%v: %q", uris, got)
		}
	}
	if got := spiffe(&x509.Certificate{URIs: []*url.URL{other}}) + spiffe(&x509.Certificate{}); got != "" {
		t.Errorf("%q", got)
	}
}

func TestRedirectsAreAnswersAndTextsAreClean(t *testing.T) {
	address := serve(t, nil)
	to := at(HTTP1, address, nil)
	to.Path = "/moved"
	if s := ask(t, to); !s.OK || s.Code != http.StatusFound {
		t.Errorf("%+v", s)
	}
	dirty := raw(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1024))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Region: eu\x7f"+strings.Repeat("é", 400)+"\r\nContent-Length: 0\r\n\r\n")
	})
	to.Path, to.Address = "/", dirty
	if s := ask(t, to); s.OK && (len(s.Dest.Region) > 256 || contains(s.Dest.Region, "\x7f")) {
		t.Errorf("%q", s.Dest.Region)
	}
}

func TestAKeptConnectionIsKeptAndTheOthersAreNot(t *testing.T) {
	var conns int
	mark := func(keep bool, p Protocol) int {
		s := httptest.NewUnstartedServer(http.HandlerFunc(echo))
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetHTTP1(true)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		made := make(chan struct{}, 100)
		s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				made <- struct{}{}
			}
		}
		s.Start()
		defer s.Close()
		to := at(p, s.Listener.Addr().String(), nil)
		to.Keep, to.Every, to.MaxInFlight = keep, 30*time.Millisecond, 1
		got := &seen{}
		must(t, Run(t.Context(), []Target{to}, got, Options{Ticks: 5}))
		conns = len(made)
		return len(got.samples)
	}
	for _, p := range []Protocol{HTTP1, HTTP2} {
		if n := mark(false, p); conns != n {
			t.Errorf("%s: %d requests made %d connections", p, n, conns)
		}
		if n := mark(true, p); conns != 1 {
			t.Errorf("%s, kept: %d requests made %d connections", p, n, conns)
		}
	}
}
