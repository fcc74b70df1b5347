package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"

	"github.com/passmuster/muster/drill/record"
)

type httpAsker struct {
	*Target
	request *http.Request // cloned for each
	shared  *http.Transport
}

func newHTTPAsker(t *Target) (*httpAsker, error) {
	scheme := "http"
	if t.TLS != nil {
		scheme = "https"
	}
	path, err := url.ParseRequestURI(cmp.Or(t.Path, "/"))
	if err != nil {
		return nil, fmt.Errorf("path %q: %w", t.Path, err)
	}
	at := &url.URL{Scheme: scheme, Host: t.Address, Path: path.Path, RawPath: path.RawPath, RawQuery: path.RawQuery}
	req, err := http.NewRequest(cmp.Or(t.Method, http.MethodGet), at.String(), nil)
	if err != nil {
		return nil, err
	}
	if t.Header != nil {
		req.Header = t.Header.Clone()
	}
	req.Host = t.Host
	a := &httpAsker{Target: t, request: req}
	if t.Keep {
		a.shared = a.transport(nil)
	}
	return a, nil
}

// transport makes connections of the one wanted protocol; made, if given, hears of each.
func (a *httpAsker) transport(made func(net.Conn)) *http.Transport {
	tr := &http.Transport{
		DisableCompression: true, MaxResponseHeaderBytes: maxHeader, MaxIdleConnsPerHost: a.MaxInFlight,
		// A connection that hangs is noticed by a ping, as HTTP/2 shares it with the requests to come.
		HTTP2:     &http.HTTP2Config{SendPingTimeout: a.Timeout, PingTimeout: a.Timeout},
		Protocols: new(http.Protocols),
	}
	if !a.Keep {
		tr.IdleConnTimeout = a.Timeout // of one that was made after its request had been given up
	}
	note := func(conn net.Conn, err error) (net.Conn, error) {
		if err == nil && made != nil {
			made(conn)
		}
		return conn, err
	}
	alpn := "http/1.1"
	switch {
	case a.Protocol == HTTP1:
		tr.Protocols.SetHTTP1(true)
	case a.TLS == nil:
		tr.Protocols.SetUnencryptedHTTP2(true)
	default:
		alpn = "h2"
		tr.Protocols.SetHTTP2(true)
	}
	tr.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return note(a.dial(ctx)) }
	if a.TLS != nil {
		tr.DialTLSContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := a.dialTLS(ctx, alpn)
			if err != nil {
				return nil, err
			}
			if got := conn.ConnectionState().NegotiatedProtocol; alpn == "h2" && got != alpn {
				_ = conn.Close()
				return nil, &handshakeError{errors.New("the server does not speak HTTP/2")}
			}
			return note(conn, nil)
		}
	}
	return tr
}

func (a *httpAsker) ask(ctx context.Context, s *record.Sample) {
	tr := a.shared
	if tr == nil {
		// A transport of its own: nothing of another request can help or harm this one.
		own := make(chan net.Conn, 4)
		tr = a.transport(func(c net.Conn) {
			select {
			case own <- c:
			default:
			}
		})
		defer func() {
			tr.CloseIdleConnections()
			for len(own) > 0 {
				_ = (<-own).Close()
			}
		}()
	}
	attempts := 0
	var conn net.Conn
	trace := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		attempts++
		conn = got.Conn
	}})
	resp, err := tr.RoundTrip(a.request.Clone(trace))
	if err != nil {
		fail(s, cause(ctx, err))
		a.rejected(err, s)
		return
	}
	defer resp.Body.Close()
	s.Attempts, s.Code, s.Dest.Address, s.TLS = attempts, resp.StatusCode, a.remote(conn), record.TLSNone
	a.Echo.learn(resp.Header.Get, s)
	if resp.TLS != nil {
		a.shook(resp.TLS, s)
	}
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)); err != nil {
		fail(s, cause(ctx, err))
		return
	}
	if s.OK = a.good(resp.StatusCode); !s.OK {
		s.Err = record.ErrHTTP
	}
}

func (a *httpAsker) good(status int) bool {
	if a.Statuses == nil {
		return status >= 200 && status < 400
	}
	return slices.Contains(a.Statuses, status)
}

func (a *httpAsker) close() {
	if a.shared != nil {
		a.shared.CloseIdleConnections()
	}
}
