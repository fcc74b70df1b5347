package render

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// limitProcess bounds this process: memory beyond what it has now, processor time, and no further
// open files, so that it can neither read, nor connect, nor start a program.
func limitProcess(memoryBytes int64, cpuSeconds uint64) error {
	debug.SetMemoryLimit(memoryBytes * 8 / 10) // collect garbage harder before giving up
	// The runtime opens its poller with the first timer, and could not do so later.
	time.NewTimer(time.Hour).Stop()
	limits := []struct {
		resource int
		most     uint64
	}{
		{syscall.RLIMIT_DATA, dataBytes() + uint64(memoryBytes)},
		{syscall.RLIMIT_CPU, cpuSeconds},
		{syscall.RLIMIT_CORE, 0},
		{syscall.RLIMIT_NOFILE, 0},
	}
	for _, l := range limits {
		if err := syscall.Setrlimit(l.resource, &syscall.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return os.NewSyscallError("setrlimit", err)
		}
	}
	return nil
}

// dataBytes is the size of the data segment as the kernel counts it against RLIMIT_DATA; 0 if it
// does not say.
func dataBytes() uint64 {
	statm, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(statm))
	if err != nil || len(fields) < 6 {
		return 0
	}
	pages, err := strconv.ParseUint(fields[5], 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
