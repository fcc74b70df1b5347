//go:build !linux

package probe

import (
	"context"
	"time"
)

func wait(ctx context.Context, until func() time.Duration) error { return ByTimer(ctx, until) }
