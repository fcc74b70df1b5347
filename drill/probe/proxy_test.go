package probe

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

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
