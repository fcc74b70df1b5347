// Package probe asks services on a fixed schedule, whatever happens to the requests before: an open loop.
// A request that waits for an answer never holds up the next one, latency counts from the moment at which a
// request should have been sent, and ticks without a request are told. What comes back is judged by
// drill/measure.
package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Protocol is how a target is asked.
type Protocol string

// Protocols. HTTP and gRPC are in plaintext where the target has no TLS: HTTP/2 is then h2c.
const (
	HTTP1      Protocol = "http1"
	HTTP2      Protocol = "http2"
	GRPC       Protocol = "grpc"        // a unary method; what the answer holds is left unread
	GRPCHealth Protocol = "grpc-health" // grpc.health.v1: good is SERVING
	TCP        Protocol = "tcp"         // a connection is enough
	Handshake  Protocol = "tls"         // so is a handshake
)

// Target is what is asked, and how often.
type Target struct {
	// Cell and Source are written on every sample.
	Cell   string
	Source string

	Protocol Protocol
	Address  string // host:port
	// Host is sent instead of the address's (HTTP: Host, gRPC: :authority).
	Host string
	// Method and Path are those of an HTTP request (GET, /), or Path that of a gRPC method (/package.Service/Method).
	Method string
	Path   string
	Header http.Header // of each request; gRPC: metadata
	// Message is the encoded request of a unary gRPC method; empty is an empty message.
	Message []byte
	// Service is what grpc-health asks for; empty = the server.
	Service string
	// Statuses are those that are good; nil = 200 to 399. Redirects are answers and not followed.
	Statuses []int

	Echo  Echo
	TLS   *TLS     // nil = plaintext
	Proxy *url.URL // http://host:port, asked to CONNECT; nil = none, whatever the environment says

	// Every is the interval between two requests. Timeout is how long one may take, from when it is sent.
	Every   time.Duration
	Timeout time.Duration
	// Keep lets requests share connections, as most clients do; else each makes its own, so that nothing
	// but the request itself is measured. A kept connection of HTTP/2 or gRPC that is silent for twice the timeout is given up.
	Keep bool
	// MaxInFlight bounds the requests that wait for answers; 0 = as many as the timeout allows, at most 4,096.
	// A tick that would exceed it is dropped and told.
	MaxInFlight int

	// Dial replaces the network, for tests and for tunnels.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Echo names the headers (gRPC: metadata) in which the answer says who it is and what reached it. An empty name is
// not looked for.
type Echo struct {
	Region, Zone, Cluster, Workload string
	TLS, Peer                       string
	Role, Epoch, Attempts           string
}

// TLS is how the prober's own hop is encrypted, and who must be at its other end.
type TLS struct {
	ServerName string // sent, and by default verified; empty = the host of the address
	Roots      *x509.CertPool
	// Certificate is the prober's own, for mTLS; nil = none.
	Certificate *tls.Certificate
	Verify      Verify
	// Peers are the SPIFFE ids that may answer, for VerifySPIFFE: whole ids, or those below one that ends with "/".
	Peers []string
}

// Verify is what is demanded of the other end's certificate. Its identity is recorded in any case.
type Verify int

// Ways to verify.
const (
	VerifyName    Verify = iota // a chain to the roots, and a name as on the web
	VerifySPIFFE                // a chain to the roots, and one of the SPIFFE ids
	VerifyChain                 // a chain to the roots: who answers is only recorded
	VerifyNothing               // nothing: who answers is only recorded, and proves nothing
)

const (
	leastEvery     = 100 * time.Microsecond
	mostInFlight   = 4096
	maxBody        = 1 << 20 // of an answer, read to its end or to here
	maxHeader      = 64 << 10
	maxProxyAnswer = 16 << 10
)

// Check finds mistakes of the target, and fills in what is left open. Run does it, too.
func (t *Target) Check() error {
	host, _, err := net.SplitHostPort(t.Address)
	switch {
	case err != nil:
		return fmt.Errorf("address %q: want host:port", t.Address)
	case t.Cell == "":
		return errors.New("the cell is missing")
	case t.Every < leastEvery:
		return fmt.Errorf("an interval of %s: the least is %s", t.Every, leastEvery)
	case t.Timeout <= 0:
		return errors.New("a request needs a timeout")
	case t.Proxy != nil && t.Proxy.Scheme != "http":
		return fmt.Errorf("proxy %s: want http://host:port", t.Proxy.Redacted())
	case t.Protocol == Handshake && t.TLS == nil:
		return errors.New("a handshake needs TLS")
	case t.Protocol == GRPC && strings.Count(t.Path, "/") != 2:
		return fmt.Errorf("path %q: want /package.Service/Method", t.Path)
	case t.MaxInFlight < 0 || t.MaxInFlight > 1<<16:
		return fmt.Errorf("%d requests in flight: want 0 to 65536", t.MaxInFlight)
	case !slices.Contains([]Protocol{HTTP1, HTTP2, GRPC, GRPCHealth, TCP, Handshake}, t.Protocol):
		return fmt.Errorf("protocol %q is not known", t.Protocol)
	}
	if t.MaxInFlight == 0 {
		t.MaxInFlight = int(min((t.Timeout+t.Every-1)/t.Every+1, mostInFlight))
	}
	if t.TLS != nil {
		own := *t.TLS
		if own.ServerName == "" {
			own.ServerName = host
		}
		if own.Verify == VerifySPIFFE && len(own.Peers) == 0 {
			return errors.New("no SPIFFE id may answer")
		}
		t.TLS = &own
	}
	return nil
}
