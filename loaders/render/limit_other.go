//go:build !linux

package render

import "runtime/debug"

// limitProcess can only ask the garbage collector for restraint here; the parent's deadline holds.
func limitProcess(memoryBytes int64, _ uint64) error {
	debug.SetMemoryLimit(memoryBytes * 8 / 10)
	return nil
}
