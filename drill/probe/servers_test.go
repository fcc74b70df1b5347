package probe

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

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
