package probe

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/passmuster/muster/drill/record"
)

// pipes is a network of one service, whose first connections are never answered.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	made   atomic.Int64
	silent int64
}

func newPipes(silent int64) *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{}), silent: silent}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	if p.made.Add(1) <= p.silent {
		go func() {
			_, _ = io.Copy(io.Discard, server)
			_ = server.Close()
		}()
		return client, nil
	}
	select {
	case p.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// serve runs a server of the protocol until the end.
func (p *pipes) serve(protocol Protocol) (stop func()) {
	if protocol == GRPCHealth {
		s := grpc.NewServer()
		grpc_health_v1.RegisterHealthServer(s, health.NewServer())
		go func() { _ = s.Serve(p) }()
		return s.Stop
	}
	s := &http.Server{Handler: http.HandlerFunc(echo), Protocols: new(http.Protocols), ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Hour}
	s.Protocols.SetHTTP1(protocol == HTTP1)
	s.Protocols.SetUnencryptedHTTP2(protocol == HTTP2)
	go func() { _ = s.Serve(p) }()
	return func() { _ = s.Close() }
}

// A bubble fails if a goroutine is left at its end: what was given up is cleaned up, too.
func TestConnectionsThatHang(t *testing.T) {
	for _, tc := range []struct {
		protocol Protocol
		keep     bool
		recovers time.Duration // by when a request is sent that is answered
	}{
		{TCP, false, 0},
		{HTTP1, false, 300 * time.Millisecond}, {HTTP2, false, 300 * time.Millisecond}, {GRPCHealth, false, 300 * time.Millisecond},
		{HTTP1, true, 300 * time.Millisecond}, {HTTP2, true, 700 * time.Millisecond}, {GRPCHealth, true, 700 * time.Millisecond},
	} {
		t.Run(string(tc.protocol)+map[bool]string{true: ", kept"}[tc.keep], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, got := newPipes(3), &seen{}
				if tc.keep && tc.protocol != HTTP1 {
					p.silent = 1 // which all requests share
				}
				stop := p.serve(tc.protocol)
				to := Target{Cell: "cell", Protocol: tc.protocol, Address: "10.0.0.1:80", Every: 100 * time.Millisecond, Timeout: 290 * time.Millisecond, Keep: tc.keep, Dial: p.dial}
				if err := Run(t.Context(), []Target{to}, got, Options{Ticks: 20, Wait: ByTimer}); err != nil {
					t.Fatal(err)
				}
				stop()
				for _, s := range got.sorted() {
					at := s.Sched.Duration()
					if !s.OK && s.Err != record.ErrTimeout && at < tc.recovers || s.OK && at < tc.recovers && tc.recovers <= 300*time.Millisecond || !s.OK && at >= tc.recovers {
						t.Errorf("at %s: ok %v, %s %s", at, s.OK, s.Err, s.Detail)
					}
				}
			})
		})
	}
}

// fading is a connection that goes silent at a moment: what is written is lost, and nothing comes any more.
type fading struct {
	net.Conn
	until time.Time
}

func (f *fading) Read(b []byte) (int, error) {
	for {
		n, err := f.Conn.Read(b)
		if err != nil || time.Now().Before(f.until) {
			return n, err
		}
	}
}

func (f *fading) Write(b []byte) (int, error) {
	if time.Now().Before(f.until) {
		return f.Conn.Write(b)
	}
	return len(b), nil
}

func TestAKeptConnectionThatGoesSilentIsGivenUp(t *testing.T) {
	for _, protocol := range []Protocol{HTTP1, HTTP2, GRPCHealth} {
		t.Run(string(protocol), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, got := newPipes(0), &seen{}
				stop := p.serve(protocol)
				silent := time.Now().Add(time.Second)
				to := Target{Cell: "cell", Protocol: protocol, Address: "10.0.0.1:80", Every: 100 * time.Millisecond, Timeout: 290 * time.Millisecond, Keep: true}
				to.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := p.dial(ctx, network, address)
					if err != nil || !time.Now().Before(silent) {
						return conn, err
					}
					return &fading{conn, silent}, nil
				}
				if err := Run(t.Context(), []Target{to}, got, Options{Ticks: 40, Wait: ByTimer}); err != nil {
					t.Fatal(err)
				}
				stop()
				for _, s := range got.sorted() {
					at, silence := s.Sched.Duration(), s.Sched.Duration()-time.Second
					// Twice the timeout, one more for the request that notices, and a tick.
					if wrong := silence >= 0 && silence < 3*to.Timeout+to.Every; !s.OK && (!wrong || s.Err != record.ErrTimeout) {
						t.Errorf("at %s: %s %s", at, s.Err, s.Detail)
					}
				}
				if first := got.samples[10]; first.OK {
					t.Errorf("the connection did not go silent: %+v", first)
				}
			})
		})
	}
}

func TestAttemptsToConnectAreGivenUp(t *testing.T) {
	for _, protocol := range []Protocol{HTTP1, HTTP2, GRPCHealth} {
		t.Run(string(protocol), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, got := newPipes(0), &seen{}
				stop := p.serve(protocol)
				start := time.Now()
				to := Target{Cell: "cell", Protocol: protocol, Address: "10.0.0.1:80", Every: 100 * time.Millisecond, Timeout: 290 * time.Millisecond, Keep: true}
				to.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					if time.Since(start) < 500*time.Millisecond { // packets are dropped
						<-ctx.Done()
						return nil, ctx.Err()
					}
					return p.dial(ctx, network, address)
				}
				if err := Run(t.Context(), []Target{to}, got, Options{Ticks: 30, Wait: ByTimer}); err != nil {
					t.Fatal(err)
				}
				stop()
				for _, s := range got.sorted() {
					if at := s.Sched.Duration(); s.OK && at < 200*time.Millisecond || !s.OK && (at >= 500*time.Millisecond+2*to.Timeout || s.Err != record.ErrTimeout) {
						t.Errorf("at %s: ok %v %s %s", at, s.OK, s.Err, s.Detail)
					}
				}
			})
		})
	}
}
