package demo

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	xdscreds "google.golang.org/grpc/credentials/xds"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	_ "google.golang.org/grpc/xds" // the resolver of xds:///
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/passmuster/muster/drill/record"
)

// proxy is the data plane: each request over HTTPS becomes one of the service, sent where the control plane says.
type proxy struct {
	Address   string
	Cert, Key string
}

func (p proxy) run(ctx context.Context, ready func(address string)) error {
	creds, err := xdscreds.NewClientCredentials(xdscreds.ClientOptions{FallbackCreds: insecure.NewCredentials()})
	if err != nil {
		return fmt.Errorf("no credentials: %w", err)
	}
	conn, err := grpc.NewClient("xds:///"+Service, grpc.WithTransportCredentials(creds))
	if err != nil {
		return fmt.Errorf("no client: %w", err)
	}
	defer conn.Close() //nolint:errcheck // it ends with the process
	pair, err := tls.LoadX509KeyPair(p.Cert, p.Key)
	if err != nil {
		return fmt.Errorf("no certificate: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.Address)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}
	s := &http.Server{Handler: forward{conn}, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // it ends with the process
	defer stop()
	ready(l.Addr().String())
	if err := s.Serve(tls.NewListener(l, config)); err != nil {
		return fmt.Errorf("the server ended: %w", err)
	}
	return nil
}

type forward struct{ conn *grpc.ClientConn }

// ServeHTTP asks once and says who answered. Only the service's own limit ends a request: that is what is announced.
func (f forward) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var answer metadata.MD
	// The client may go away: its request counts all the same, as in any proxy that has it on its way.
	err := f.conn.Invoke(context.Background(), method, &emptypb.Empty{}, &emptypb.Empty{}, grpc.Header(&answer))
	for _, name := range []string{headerRegion, headerTLS, headerPeer} {
		if v := answer.Get(name); len(v) > 0 {
			w.Header().Set(name, strings.Join(v, ","))
		}
	}
	if err != nil {
		w.Header().Set("x-error", record.Clip(status.Convert(err).Message(), 200))
	}
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
	case status.Code(err) == codes.DeadlineExceeded:
		w.WriteHeader(http.StatusGatewayTimeout)
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}
