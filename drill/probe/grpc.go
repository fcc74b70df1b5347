package probe

import (
	"cmp"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/passmuster/muster/drill/record"
)

type grpcAsker struct {
	*Target
	shared *channel // nil = a new one for each request
}

// channel is a connection of gRPC, and why the last attempt to make it failed: gRPC itself keeps only the text.
type channel struct {
	*grpc.ClientConn
	mu     sync.Mutex
	failed error
	conn   *heard
}

// heard is a connection that knows when it was last read from. gRPC's own keepalive asks no more than every ten seconds,
// which would outlast most of what is measured.
type heard struct {
	net.Conn
	last atomic.Pointer[time.Time]
}

func (h *heard) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	h.hear()
	return n, err
}

func (h *heard) hear() {
	now := time.Now()
	h.last.Store(&now)
}

// connect makes a connection, and notes it or why there is none.
func (c *channel) connect(ctx context.Context, dial func(context.Context) (net.Conn, error)) (net.Conn, error) {
	conn, err := dial(ctx)
	if c.note(err) != nil {
		return nil, err
	}
	h := &heard{Conn: conn}
	h.hear()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = h
	return h, nil
}

// giveUp closes the connection if it has been silent for so long; gRPC makes another.
func (c *channel) giveUp(silent time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil && time.Since(*c.conn.last.Load()) >= silent {
		_ = c.conn.Close()
		c.conn = nil
	}
}

func (c *channel) note(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = err
	return err
}

func (c *channel) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

func newGRPCAsker(t *Target) (*grpcAsker, error) {
	a := &grpcAsker{Target: t}
	c, err := a.channel() // finds mistakes before the first request
	if err != nil {
		return nil, err
	}
	if t.Keep {
		a.shared = c
		return a, nil
	}
	return a, c.Close()
}

func (a *grpcAsker) channel() (*channel, error) {
	c := &channel{}
	secure := insecure.NewCredentials()
	if a.TLS != nil {
		secure = &handshaker{credentials.NewTLS(a.TLS.config()), c}
	}
	conn, err := grpc.NewClient("passthrough:///"+a.Address,
		grpc.WithTransportCredentials(secure),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return c.connect(ctx, a.dial)
		}),
		grpc.WithAuthority(cmp.Or(a.Host, a.Address)),
		grpc.WithNoProxy(), grpc.WithDisableRetry(), grpc.WithDisableServiceConfig(),
		// A prober that waits longer and longer would itself delay the recovery that it measures.
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: 2 * a.Timeout, Backoff: backoff.Config{
			BaseDelay: min(a.Every, 100*time.Millisecond), Multiplier: 1, MaxDelay: 100 * time.Millisecond}}),
		grpc.WithMaxHeaderListSize(maxHeader), grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxBody)),
	)
	if err != nil {
		return nil, err
	}
	c.ClientConn = conn
	return c, nil
}

// handshaker notes why a handshake failed.
type handshaker struct {
	credentials.TransportCredentials
	on *channel
}

func (h *handshaker) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	secure, info, err := h.TransportCredentials.ClientHandshake(ctx, authority, conn)
	if err != nil {
		err = h.on.note(&handshakeError{err})
	}
	return secure, info, err
}

// Info leaves the name out: what the certificate must say and what is sent as :authority are two things here.
func (h *handshaker) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: h.TransportCredentials.Info().SecurityProtocol}
}

func (h *handshaker) Clone() credentials.TransportCredentials {
	return &handshaker{h.TransportCredentials.Clone(), h.on}
}

func (a *grpcAsker) ask(ctx context.Context, s *record.Sample) {
	c := a.shared
	if c == nil {
		var err error
		if c, err = a.channel(); err != nil {
			fail(s, err)
			return
		}
		defer func() { _ = c.Close() }()
	}
	var head, trail metadata.MD
	var other peer.Peer
	ctx = metadata.NewOutgoingContext(ctx, a.metadata())
	serving, err := a.call(ctx, c, grpc.Header(&head), grpc.Trailer(&trail), grpc.Peer(&other))
	s.Attempts = 1
	if other.Addr != nil {
		s.TLS = record.TLSNone
		if a.Proxy == nil {
			s.Dest.Address = clip(other.Addr.String())
		}
	}
	if info, ok := other.AuthInfo.(credentials.TLSInfo); ok {
		a.shook(&info.State, s)
	}
	a.Echo.learn(func(name string) string {
		for _, value := range append(head.Get(name), trail.Get(name)...) {
			return value
		}
		return ""
	}, s)
	switch {
	case err != nil:
		a.failed(ctx, c, err, len(head)+len(trail) > 0, s)
	case !serving:
		s.Err, s.Detail = record.ErrGRPC, "not serving"
	default:
		s.OK = true
	}
}

// call sends the request; serving is true for all answers but those of a health service that says otherwise.
func (a *grpcAsker) call(ctx context.Context, c *channel, opts ...grpc.CallOption) (serving bool, err error) {
	if a.Protocol == GRPCHealth {
		answer, err := grpc_health_v1.NewHealthClient(c).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: a.Service}, opts...)
		return answer.GetStatus() == grpc_health_v1.HealthCheckResponse_SERVING, err
	}
	// An empty message takes any other: what it does not know, it keeps as it is.
	in, out := &emptypb.Empty{}, &emptypb.Empty{}
	in.ProtoReflect().SetUnknown(a.Message)
	return true, c.Invoke(ctx, a.Path, in, out, opts...)
}

func (a *grpcAsker) metadata() metadata.MD {
	md := metadata.MD{}
	for name, values := range a.Header {
		md.Append(name, values...)
	}
	return md
}

// failed tells a server's refusal, which comes with headers or trailers, from a connection that was never made or broke.
func (a *grpcAsker) failed(ctx context.Context, c *channel, err error, answered bool, s *record.Sample) {
	why := c.why()
	switch {
	// A server knows the deadline, and may be a moment faster to tell that it has passed.
	case status.Code(err) == codes.DeadlineExceeded:
		c.giveUp(2 * a.Timeout)
		fail(s, errors.Join(context.DeadlineExceeded, err))
	case answered:
		s.Code, s.Err, s.Detail = int(status.Code(err)), record.ErrGRPC, clip(err.Error())
	case ctx.Err() != nil:
		fail(s, errors.Join(ctx.Err(), err))
	case status.Code(err) == codes.Unavailable && why != nil:
		fail(s, why)
		a.rejected(why, s)
	default:
		fail(s, err)
	}
}

func (a *grpcAsker) close() {
	if a.shared != nil {
		_ = a.shared.Close()
	}
}
