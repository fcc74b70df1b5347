package probe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/passmuster/muster/drill/record"
)

func TestClassify(t *testing.T) {
	sys := func(n syscall.Errno) error {
		return fmt.Errorf("wrapped: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", n)})
	}
	for _, tc := range []struct {
		err  error
		want record.ErrorClass
	}{
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}, record.ErrDNS},
		{&net.DNSError{Err: "slow", IsTimeout: true}, record.ErrDNS},
		{sys(syscall.EHOSTUNREACH), record.ErrUnreachable},
		{sys(syscall.EMFILE), record.ErrLocal},
		{sys(syscall.EADDRNOTAVAIL), record.ErrLocal},
		{sys(syscall.ETIMEDOUT), record.ErrTimeout},
		{&handshakeError{sys(syscall.ECONNRESET)}, record.ErrReset},
		{&handshakeError{context.DeadlineExceeded}, record.ErrTimeout},
		{&handshakeError{errors.New("bad record")}, record.ErrTLS},
		{&proxyError{err: sys(syscall.ECONNREFUSED)}, record.ErrProxy},
		{&proxyError{err: sys(syscall.EMFILE)}, record.ErrLocal},
		{&proxyError{err: os.ErrDeadlineExceeded}, record.ErrTimeout},
		{context.Canceled, record.ErrCanceled},
		{errors.New("http2: server sent GOAWAY and closed the connection"), record.ErrReset},
		{errors.New("something else"), record.ErrOther},
	} {
		if got := classify(tc.err); got != tc.want {
			t.Errorf("%v: %s, want %s", tc.err, got, tc.want)
		}
	}
}
