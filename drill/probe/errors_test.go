package probe

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

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
