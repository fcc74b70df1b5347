package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/passmuster/muster/drill/record"
)

// fail writes an error and its class.
func fail(s *record.Sample, err error) {
	s.OK, s.Err, s.Detail = false, classify(err), clip(err.Error())
	if refused, ok := errors.AsType[*proxyError](err); ok && refused.code != 0 {
		s.Code = refused.code
	}
}

// classes of system errors. Those of the prober's own host say nothing about the service.
var classes = map[syscall.Errno]record.ErrorClass{
	syscall.ECONNREFUSED: record.ErrRefused,
	syscall.ECONNRESET:   record.ErrReset, syscall.EPIPE: record.ErrReset, syscall.ECONNABORTED: record.ErrReset,
	syscall.EHOSTUNREACH: record.ErrUnreachable, syscall.ENETUNREACH: record.ErrUnreachable, syscall.ENETDOWN: record.ErrUnreachable,
	syscall.ETIMEDOUT: record.ErrTimeout,
	syscall.EMFILE:    record.ErrLocal, syscall.ENFILE: record.ErrLocal, syscall.EADDRNOTAVAIL: record.ErrLocal,
	syscall.ENOBUFS: record.ErrLocal, syscall.ENOMEM: record.ErrLocal, syscall.EPERM: record.ErrLocal, syscall.EACCES: record.ErrLocal,
}

// texts of errors that net/http and its HTTP/2 do not export.
var texts = []struct {
	part  string
	class record.ErrorClass
}{
	{"server closed idle connection", record.ErrEOF},
	{"client connection lost", record.ErrTimeout}, // its ping was not answered
	{"use of closed network connection", record.ErrTimeout},
	{"read/write on closed pipe", record.ErrTimeout},
	{"client connection force closed", record.ErrEOF},
	{"server sent GOAWAY", record.ErrReset},
	{"stream error:", record.ErrReset},
	{"error reading server preface: EOF", record.ErrEOF},
	{"connection reset by peer", record.ErrReset},
	{"broken pipe", record.ErrReset},
}

func classify(err error) record.ErrorClass {
	if p, ok := errors.AsType[*proxyError](err); ok {
		if c := classify(p.err); c == record.ErrTimeout || c == record.ErrLocal {
			return c
		}
		return record.ErrProxy
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return record.ErrDNS
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok && classes[errno] != "" {
		return classes[errno]
	}
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	// A connection that this side has closed is one that it had given up.
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed), ok && timeout.Timeout():
		return record.ErrTimeout
	case errors.Is(err, context.Canceled):
		return record.ErrCanceled
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return record.ErrEOF
	case ofTLS(err):
		return record.ErrTLS
	}
	for _, t := range texts {
		if strings.Contains(err.Error(), t.part) {
			return t.class
		}
	}
	return record.ErrOther
}

// ofTLS: a handshake that ended otherwise than by silence or the end of its connection, or an alert later: TLS 1.3
// tells a client only with the first answer that its certificate is not wanted. (If the client is still writing then,
// it may see a reset instead.)
func ofTLS(err error) bool {
	_, handshake := errors.AsType[*handshakeError](err)
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	return handshake || verification || alert || strings.Contains(err.Error(), "remote error: tls:")
}
