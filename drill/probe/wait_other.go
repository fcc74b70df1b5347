//go:build !linux

package probe

import (
	"context"
	"time"
)

func waiter(time.Duration) func(ctx context.Context, until func() time.Duration) error {
	return ByTimer
}
