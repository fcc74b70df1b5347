package record

// ErrorClass is what kept a request from being answered well. The list is closed: detail is text.
type ErrorClass string

// Classes of errors.
const (
	ErrTimeout     ErrorClass = "timeout"     // no answer in time
	ErrRefused     ErrorClass = "refused"     // nobody listens
	ErrReset       ErrorClass = "reset"       // the connection was reset
	ErrUnreachable ErrorClass = "unreachable" // no route to the host or network
	ErrEOF         ErrorClass = "eof"         // the connection was closed before the answer was complete
	ErrTLS         ErrorClass = "tls"         // no handshake, or not with whom it should be
	ErrDNS         ErrorClass = "dns"         // the name did not resolve
	ErrProxy       ErrorClass = "proxy"       // the proxy on the way refused; the code is the proxy's
	ErrHTTP        ErrorClass = "http"        // an answer with another status than was asked for
	ErrGRPC        ErrorClass = "grpc"        // an answer with another status than OK, or not serving
	ErrCanceled    ErrorClass = "canceled"    // the prober stopped; says nothing about the service
	ErrLocal       ErrorClass = "local"       // the prober's own host lacked something; says nothing about the service
	ErrOther       ErrorClass = "other"
)

var errorClasses = map[ErrorClass]bool{
	ErrTimeout: true, ErrRefused: true, ErrReset: true, ErrUnreachable: true, ErrEOF: true, ErrTLS: true, ErrDNS: true,
	ErrProxy: true, ErrHTTP: true, ErrGRPC: true, ErrCanceled: true, ErrLocal: true, ErrOther: true,
}

// OfProber reports whether the error is the prober's own, so that it tells nothing about the service.
func (c ErrorClass) OfProber() bool { return c == ErrCanceled || c == ErrLocal }
