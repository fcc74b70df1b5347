package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

// dial connects to the target's address, through its proxy if it has one.
func (t *Target) dial(ctx context.Context) (net.Conn, error) {
	connect := t.Dial
	if connect == nil {
		connect = (&net.Dialer{KeepAlive: -1}).DialContext
	}
	if t.Proxy == nil {
		return connect(ctx, "tcp", t.Address)
	}
	conn, err := connect(ctx, "tcp", t.Proxy.Host)
	if err != nil {
		return nil, &proxyError{err: err}
	}
	tunnel, err := t.tunnel(ctx, conn)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return tunnel, nil
}

// proxyError is what went wrong before there was a tunnel.
type proxyError struct {
	code int // of the proxy's answer; 0 = there was none
	err  error
}

func (e *proxyError) Error() string { return "proxy: " + e.err.Error() }
func (e *proxyError) Unwrap() error { return e.err }

// tunnel asks a proxy to CONNECT. RFC 9110, 9.3.6.
func (t *Target) tunnel(ctx context.Context, conn net.Conn) (net.Conn, error) {
	defer closeWhenDone(ctx, conn)()
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: t.Address}, Host: t.Address, Header: http.Header{}}
	if user := t.Proxy.User; user != nil {
		password, _ := user.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return nil, &proxyError{err: cause(ctx, err)}
	}
	in := bufio.NewReader(io.LimitReader(conn, maxProxyAnswer))
	resp, err := http.ReadResponse(in, req)
	if err != nil {
		return nil, &proxyError{err: cause(ctx, err)}
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &proxyError{code: resp.StatusCode, err: fmt.Errorf("CONNECT: %s", resp.Status)}
	}
	if n := in.Buffered(); n > 0 {
		rest, _ := in.Peek(n)
		return &prefixed{Conn: conn, prefix: rest}, nil
	}
	return conn, nil
}

// prefixed is a connection of which some bytes were read too early.
type prefixed struct {
	net.Conn
	prefix []byte
}

func (c *prefixed) Read(b []byte) (int, error) {
	if len(c.prefix) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.prefix)
	c.prefix = c.prefix[n:]
	return n, nil
}

// closeWhenDone ends what a connection is doing when the context ends. The returned function ends the watch.
func closeWhenDone(ctx context.Context, conn net.Conn) func() bool {
	return context.AfterFunc(ctx, func() { _ = conn.Close() })
}

// cause prefers why a connection was closed to the fact that it was.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// dialTLS connects and shakes hands.
func (t *Target) dialTLS(ctx context.Context, protocols ...string) (*tls.Conn, error) {
	conn, err := t.dial(ctx)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, t.TLS.config(protocols...))
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, &handshakeError{cause(ctx, err)}
	}
	return secure, nil
}

// handshakeError is what went wrong after there was a connection.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "TLS: " + e.err.Error() }
func (e *handshakeError) Unwrap() error { return e.err }
