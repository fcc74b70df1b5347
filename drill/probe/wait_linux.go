package probe

import (
	"context"
	"syscall"
	"time"
)

// coarse is how early the runtime's timer is left: it may be late by a millisecond, because it waits for the
// network in whole milliseconds. The rest is slept by the kernel.
const coarse = 1500 * time.Microsecond

func wait(ctx context.Context, until func() time.Duration) error {
	if d := until(); d > 2*coarse {
		if err := ByTimer(ctx, func() time.Duration { return d - coarse }); err != nil {
			return err
		}
	}
	for d := until(); d > 0; d = until() {
		rest := syscall.NsecToTimespec(int64(d))
		_ = syscall.Nanosleep(&rest, nil) // a signal wakes it early, and it sleeps again
	}
	return ctx.Err()
}
