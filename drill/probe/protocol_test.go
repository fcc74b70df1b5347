package probe

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/passmuster/muster/drill/record"
)

var contains = strings.Contains

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	return &authority{cert, key}
}

// issue certifies one workload by its SPIFFE id, and by a DNS name as well.
func (a *authority) issue(t testing.TB, id, dns string) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	uri, err := url.Parse(id)
	must(t, err)
	about := &x509.Certificate{SerialNumber: big.NewInt(2), URIs: []*url.URL{uri}, DNSNames: []string{dns}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, about, a.cert, &key.PublicKey, a.key)
	must(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func (a *authority) fingerprint() string {
	sum := sha256.Sum256(a.cert.Raw)
	return hex.EncodeToString(sum[:])
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const (
	payID = "spiffe://mesh/ns/shop/sa/pay"
	webID = "spiffe://mesh/ns/shop/sa/web"
)

// mesh is a CA, the server side of mTLS, and the client side of it.
type mesh struct {
	ca     *authority
	server *tls.Config
	client TLS
}

func newMesh(t testing.TB) *mesh {
	ca := newAuthority(t, "mesh root")
	return &mesh{ca,
		&tls.Config{Certificates: []tls.Certificate{*ca.issue(t, payID, "pay.shop")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(), MinVersion: tls.VersionTLS13},
		TLS{ServerName: "pay.shop", Roots: ca.pool(), Certificate: ca.issue(t, webID, "web.shop"), Verify: VerifySPIFFE, Peers: []string{payID}}}
}

// echo is the service: it says where it is, and what reached it.
func echo(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Region", "eu-north")
	h.Set("X-Role", "primary")
	h.Set("X-Epoch", "7")
	h.Set("X-Proto", r.Proto)
	h.Set("X-Tls", "none")
	if r.TLS != nil {
		h.Set("X-Tls", "1.3")
		h.Set("X-Peer", r.TLS.PeerCertificates[0].URIs[0].String())
	}
	switch r.URL.Path {
	case "/busy":
		w.WriteHeader(http.StatusServiceUnavailable)
	case "/moved":
		http.Redirect(w, r, "/busy", http.StatusFound)
	case "/hang":
		<-r.Context().Done()
	case "/short":
		h.Set("Content-Length", "100")
		_, _ = io.WriteString(w, "short")
	case "/escape":
		h.Set("X-Region", "eu\x1b[31m")
	}
}

// serve starts a server that speaks both HTTPs.
func serve(t testing.TB, secure *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure != nil {
		s.Config.Protocols.SetHTTP2(true)
		s.TLS = secure.Clone()
		s.TLS.NextProtos = []string{"h2", "http/1.1"}
		s.StartTLS()
	} else {
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// serveGRPC starts a server of two services: health, and a method that returns what it is sent.
func serveGRPC(t testing.TB, secure *tls.Config) string {
	t.Helper()
	var opts []grpc.ServerOption
	if secure != nil {
		opts = append(opts, grpc.Creds(credentials.NewTLS(secure)))
	}
	s := grpc.NewServer(opts...)
	h := health.NewServer()
	h.SetServingStatus("down", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	grpc_health_v1.RegisterHealthServer(s, h)
	s.RegisterService(&grpc.ServiceDesc{ServiceName: "test.Echo", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{
		{MethodName: "Say", Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			in := &emptypb.Empty{}
			if err := decode(in); err != nil {
				return nil, err
			}
			md := metadata.Pairs("x-region", "eu-north", "x-tls", "none", "x-role", string(in.ProtoReflect().GetUnknown()))
			if p, _ := peer.FromContext(ctx); p.AuthInfo != nil {
				if info, ok := p.AuthInfo.(credentials.TLSInfo); ok {
					md = metadata.Pairs("x-region", "eu-north", "x-tls", "1.3", "x-peer", info.State.PeerCertificates[0].URIs[0].String())
				}
			}
			return in, grpc.SetHeader(ctx, md)
		}},
		{MethodName: "Refuse", Handler: func(any, context.Context, func(any) error, grpc.UnaryServerInterceptor) (any, error) {
			return nil, status.Error(codes.Unavailable, "upstream: connection reset by peer")
		}},
		{MethodName: "Hang", Handler: func(_ any, ctx context.Context, _ func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
	}}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() { _ = s.Serve(l) }()
	t.Cleanup(s.Stop)
	return l.Addr().String()
}

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

func TestErrors(t *testing.T) {
	m, other := newMesh(t), newMesh(t)
	plain, secure, rpc := serve(t, nil), serve(t, m.server), serveGRPC(t, nil)
	// With TLS 1.3 a server tells only after the handshake that it wants a certificate, and a client that still
	// writes then may see a reset instead.
	old := m.server.Clone()
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	strict, strictRPC := serve(t, old), serveGRPC(t, old)
	gone := closed(t)
	silent := raw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	drops := raw(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 64<<10)) })
	resets := raw(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1))
		_ = c.(*net.TCPConn).SetLinger(0)
	})
	var all []Target
	var want []record.Sample
	expect := func(err record.ErrorClass, code int, to Target, change func(*Target)) {
		to.Timeout = 500 * time.Millisecond
		if err != record.ErrTimeout {
			to.Timeout = 5 * time.Second
		}
		if change != nil {
			change(&to)
		}
		all, want = append(all, to), append(want, record.Sample{Err: err, Code: code})
	}
	path := func(p string) func(*Target) { return func(t *Target) { t.Path = p } }
	for _, p := range []Protocol{HTTP1, HTTP2, GRPCHealth, TCP} {
		expect(record.ErrRefused, 0, at(p, gone, nil), nil)
		expect(record.ErrRefused, 0, at(p, gone, &m.client), nil)
		expect(record.ErrTimeout, 0, at(p, silent, &m.client), nil)
		expect(record.ErrReset, 0, at(p, resets, &m.client), nil)
		expect(record.ErrEOF, 0, at(p, drops, &m.client), nil)
		expect(record.ErrTLS, 0, at(p, secure, &other.client), nil)
	}
	for _, p := range []Protocol{HTTP1, HTTP2} {
		expect(record.ErrHTTP, 503, at(p, plain, nil), path("/busy"))
		expect(record.ErrTimeout, 0, at(p, plain, nil), path("/hang"))
		expect(record.ErrEOF, 200, at(p, plain, nil), path("/short"))
		expect(record.ErrHTTP, 200, at(p, plain, nil), func(t *Target) { t.Statuses = []int{204} })
		expect(record.ErrTLS, 0, at(p, strict, &m.client), func(t *Target) { own := *t.TLS; own.Certificate = nil; t.TLS = &own })
	}
	expect(record.ErrReset, 0, at(HTTP1, resets, nil), nil)
	expect(record.ErrEOF, 0, at(HTTP1, drops, nil), nil)
	expect(record.ErrTimeout, 0, at(GRPCHealth, silent, nil), nil)
	expect(record.ErrGRPC, 14, at(GRPC, rpc, nil), path("/test.Echo/Refuse"))
	expect(record.ErrGRPC, 12, at(GRPC, rpc, nil), path("/test.Echo/Missing"))
	expect(record.ErrTimeout, 0, at(GRPC, rpc, nil), path("/test.Echo/Hang"))
	expect(record.ErrGRPC, 0, at(GRPCHealth, rpc, nil), func(t *Target) { t.Service = "down" })
	expect(record.ErrGRPC, 5, at(GRPCHealth, rpc, nil), func(t *Target) { t.Service = "missing" })
	expect(record.ErrTLS, 0, at(GRPCHealth, strictRPC, &m.client), func(t *Target) { own := *t.TLS; own.Certificate = nil; t.TLS = &own })
	for i := range all {
		all[i].Cell = string(rune('a'+i/26)) + string(rune('a'+i%26))
		all[i].Every = time.Second // of which only the first tick is asked
	}
	got := &seen{}
	must(t, Run(t.Context(), all, got, Options{Ticks: 1}))
	for _, s := range got.samples {
		i := int(s.Cell[0]-'a')*26 + int(s.Cell[1]-'a')
		if s.OK || s.Err != want[i].Err || s.Code != want[i].Code {
			t.Errorf("%s at %s%s (TLS %v): %s %d, want %s %d: %s", all[i].Protocol, all[i].Address, all[i].Path, all[i].TLS != nil, s.Err, s.Code, want[i].Err, want[i].Code, s.Detail)
		}
	}
	if len(got.samples) != len(all) {
		t.Errorf("%d samples of %d", len(got.samples), len(all))
	}
}

// closed is an address where nobody listens.
func closed(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}

// raw serves connections one way and closes them.
func raw(t testing.TB, serve func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				serve(c)
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func TestWhoMayAnswer(t *testing.T) {
	m, rogue := newMesh(t), newMesh(t)
	address := serve(t, m.server)
	for name, tc := range map[string]struct {
		change func(*TLS)
		ok     bool
		root   bool
	}{
		"the id":                  {func(*TLS) {}, true, true},
		"below its namespace":     {func(c *TLS) { c.Peers = []string{"spiffe://mesh/ns/shop/"} }, true, true},
		"another id":              {func(c *TLS) { c.Peers = []string{"spiffe://mesh/ns/shop/sa/pa"} }, false, true},
		"another trust domain":    {func(c *TLS) { c.Peers = []string{"spiffe://mes/"} }, false, true},
		"the name":                {func(c *TLS) { c.Verify = VerifyName }, true, true},
		"another name":            {func(c *TLS) { c.Verify, c.ServerName = VerifyName, "cart.shop" }, false, false},
		"anybody of the roots":    {func(c *TLS) { c.Verify = VerifyChain }, true, true},
		"nobody of other roots":   {func(c *TLS) { c.Verify, c.Roots = VerifyChain, rogue.ca.pool() }, false, false},
		"anybody, proves nothing": {func(c *TLS) { c.Verify, c.Roots = VerifyNothing, rogue.ca.pool() }, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			secure := m.client
			tc.change(&secure)
			s := ask(t, at(Handshake, address, &secure))
			if s.OK != tc.ok || s.OK == (s.Err == record.ErrTLS) {
				t.Errorf("ok %v (%s %s), want %v", s.OK, s.Err, s.Detail, tc.ok)
			}
			// Who was refused is evidence, too.
			if s.Identity.SPIFFE != payID {
				t.Errorf("identity %+v", s.Identity)
			}
			if tc.ok && (s.Identity.Root != "") != tc.root {
				t.Errorf("root %q", s.Identity.Root)
			}
		})
	}
}

func TestProxies(t *testing.T) {
	m := newMesh(t)
	plain, secure, rpc := serve(t, nil), serve(t, m.server), serveGRPC(t, nil)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
		if r.Method != http.MethodConnect || user != "drill" || password != "secret" {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		out, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		in, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		_, _ = io.Copy(in, out)
		_ = in.Close()
	}))
	t.Cleanup(proxy.Close)
	via, err := url.Parse(proxy.URL)
	must(t, err)
	stranger := *via
	via.User = url.UserPassword("drill", "secret")
	for _, to := range []Target{at(HTTP1, plain, nil), at(HTTP2, plain, nil), at(HTTP1, secure, &m.client), at(HTTP2, secure, &m.client), at(GRPCHealth, rpc, nil), at(Handshake, secure, &m.client)} {
		to.Proxy = via
		if s := ask(t, to); !s.OK || s.Dest.Address != "" {
			t.Errorf("%s: %+v", to.Protocol, s)
		}
		to.Proxy = &stranger
		if s := ask(t, to); s.Err != record.ErrProxy || s.Code != http.StatusProxyAuthRequired {
			t.Errorf("%s without a password: %+v", to.Protocol, s)
		}
		to.Proxy, to.Address = via, closed(t)
		if s := ask(t, to); s.Err != record.ErrProxy || s.Code != http.StatusBadGateway {
			t.Errorf("%s to nobody: %+v", to.Protocol, s)
		}
		to.Proxy = &url.URL{Scheme: "http", Host: closed(t)}
		if s := ask(t, to); s.Err != record.ErrProxy || s.Code != 0 {
			t.Errorf("%s through nobody: %+v", to.Protocol, s)
		}
	}
}

func TestATunnelKeepsWhatComesWithItsAnswer(t *testing.T) {
	client, proxy := net.Pipe()
	go func() {
		_, _ = http.ReadRequest(bufio.NewReader(proxy))
		_, _ = io.WriteString(proxy, "HTTP/1.1 200 OK\r\n\r\nearly")
		_, _ = io.WriteString(proxy, " late")
		_ = proxy.Close()
	}()
	to := Target{Address: "10.0.0.1:80", Proxy: &url.URL{Scheme: "http", Host: "proxy:3128"}, Dial: func(context.Context, string, string) (net.Conn, error) { return client, nil }}
	conn, err := to.dial(t.Context())
	must(t, err)
	if text, err := io.ReadAll(conn); string(text) != "early late" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestAProxyThatIsSilent(t *testing.T) {
	to := at(TCP, "10.0.0.1:80", nil)
	to.Proxy = &url.URL{Scheme: "http", Host: raw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })}
	to.Timeout = 200 * time.Millisecond
	if s := ask(t, to); s.Err != record.ErrTimeout {
		t.Errorf("%+v", s)
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
