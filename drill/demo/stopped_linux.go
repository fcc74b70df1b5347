package demo

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// stopped waits until all threads of a child are: on a busy machine some answer requests for a while after the signal was sent.
func stopped(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("a child does not stop: %w", err)
		}
		return nil
	}
}
