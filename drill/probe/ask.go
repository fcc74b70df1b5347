package probe

import (
	"context"
	"net"
	"strconv"

	"github.com/passmuster/muster/drill/record"
)

// asker sends single requests of a target. It is used by many goroutines at once.
type asker interface {
	// ask fills in what became of a request: OK or Err, and who answered. The context ends it.
	ask(ctx context.Context, s *record.Sample)
	close()
}

func newAsker(t *Target) (asker, error) {
	switch t.Protocol {
	case HTTP1, HTTP2:
		return newHTTPAsker(t)
	case GRPC, GRPCHealth:
		return newGRPCAsker(t)
	}
	return &connAsker{t}, nil
}

// connAsker asks for a connection, and for a handshake where the target has TLS.
type connAsker struct{ *Target }

func (a *connAsker) ask(ctx context.Context, s *record.Sample) {
	s.Attempts = 1
	if a.TLS == nil {
		conn, err := a.dial(ctx)
		if err != nil {
			fail(s, err)
			return
		}
		s.OK, s.TLS, s.Dest.Address = true, record.TLSNone, a.remote(conn)
		_ = conn.Close()
		return
	}
	conn, err := a.dialTLS(ctx)
	if err != nil {
		fail(s, err)
		a.rejected(err, s)
		return
	}
	state := conn.ConnectionState()
	s.OK, s.Dest.Address = true, a.remote(conn)
	a.shook(&state, s)
	_ = conn.Close()
}

func (a *connAsker) close() {}

// remote is the other end of a connection; behind a proxy nobody knows it.
func (t *Target) remote(conn net.Conn) string {
	if t.Proxy != nil || conn == nil || conn.RemoteAddr() == nil {
		return ""
	}
	return clip(conn.RemoteAddr().String())
}

// learn reads who answered from what the answer echoes.
func (e *Echo) learn(get func(name string) string, s *record.Sample) {
	text := func(name string) string {
		if name == "" {
			return ""
		}
		return clip(get(name))
	}
	d := &s.Dest
	d.Region, d.Zone, d.Cluster, d.Workload = text(e.Region), text(e.Zone), text(e.Cluster), text(e.Workload)
	d.TLS, d.Peer, s.Role = text(e.TLS), text(e.Peer), text(e.Role)
	if n, err := strconv.ParseInt(text(e.Epoch), 10, 64); err == nil {
		s.Epoch = n
	}
	if n, err := strconv.Atoi(text(e.Attempts)); err == nil && n > 0 {
		s.Attempts = n
	}
}
