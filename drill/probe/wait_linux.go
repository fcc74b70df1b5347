package probe

import (
	"context"
	"syscall"
	"time"
)

// coarse is how early the runtime's timer is left: it may be late by a millisecond, because it waits for the
// network in whole milliseconds. The rest is slept by the kernel.
const coarse = 1500 * time.Microsecond

// waiter waits until a moment. The kernel wakes a thread some 60 µs late, and on a loaded machine later: spin is how long before the
// moment it is awake and looks at the clock.
func waiter(spin time.Duration) func(ctx context.Context, until func() time.Duration) error {
	return func(ctx context.Context, until func() time.Duration) error {
		if d := until(); d > 2*coarse {
			if err := ByTimer(ctx, func() time.Duration { return d - coarse }); err != nil {
				return err
			}
		}
		for d := until(); d > 0; d = until() {
			if d > spin {
				rest := syscall.NsecToTimespec(int64(d - spin))
				_ = syscall.Nanosleep(&rest, nil) // a signal wakes it early, and it sleeps again
			}
		}
		return ctx.Err()
	}
}
