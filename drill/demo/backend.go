package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/types/known/emptypb"
)

// method is the only one of the service.
const method = "/muster.demo.Payments/Pay"

// The metadata in which an answer says who it is and how the request reached it.
const (
	headerRegion = "x-region"
	headerTLS    = "x-tls"
	headerPeer   = "x-peer"
)

// backend is a server of the service in one region.
type backend struct {
	Region, Address string
	Cert, Key, CA   string // files; none = plaintext
}

func (b backend) run(ctx context.Context, ready func(address string)) error {
	var opts []grpc.ServerOption
	if b.Cert != "" {
		config, err := b.mutual()
		if err != nil {
			return err
		}
		opts = append(opts, grpc.Creds(credentials.NewTLS(config)))
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", b.Address)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	s := grpc.NewServer(opts...)
	s.RegisterService(&grpc.ServiceDesc{ServiceName: "muster.demo.Payments", HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{MethodName: "Pay", Handler: b.pay}}}, b)
	stop := context.AfterFunc(ctx, s.Stop)
	defer stop()
	ready(l.Addr().String())
	if err := s.Serve(l); err != nil {
		return fmt.Errorf("the server ended: %w", err)
	}
	return nil
}

// mutual is TLS 1.3 that demands a certificate of the clients.
func (b backend) mutual() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(b.Cert, b.Key)
	if err != nil {
		return nil, fmt.Errorf("no certificate: %w", err)
	}
	pool, err := roots(b.CA)
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}, nil
}

func roots(path string) (*x509.CertPool, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("no roots: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s holds no roots", path)
	}
	return pool, nil
}

func (b backend) pay(_ any, ctx context.Context, //nolint:revive // as gRPC calls it
	decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	if err := decode(&emptypb.Empty{}); err != nil {
		return nil, err
	}
	version, who := "none", ""
	if p, ok := peer.FromContext(ctx); ok {
		if info, ok := p.AuthInfo.(credentials.TLSInfo); ok {
			version = versionOf(info.State.Version)
			if certs := info.State.PeerCertificates; len(certs) > 0 && len(certs[0].URIs) > 0 {
				who = certs[0].URIs[0].String()
			}
		}
	}
	md := metadata.Pairs(headerRegion, b.Region, headerTLS, version, headerPeer, who)
	if err := grpc.SetHeader(ctx, md); err != nil {
		return nil, fmt.Errorf("cannot answer: %w", err)
	}
	return &emptypb.Empty{}, nil
}

func versionOf(v uint16) string {
	switch v {
	case tls.VersionTLS13:
		return "1.3"
	case tls.VersionTLS12:
		return "1.2"
	}
	return "unknown"
}
