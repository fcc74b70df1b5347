package probe

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// Policies of sched(7). Round robin is for what must run when it is time to; at the lowest of its priorities it comes after all else
// of that kind.
const (
	schedOther      = 0
	schedRoundRobin = 2
	leastPriority   = 1
	hurriedNice     = -15
)

// raise lets all threads of the process run before those of others; threads that they start later inherit it. Where real time is
// not permitted (CAP_SYS_NICE, RLIMIT_RTPRIO), niceness is tried. how is what was permitted; "" = nothing.
func raise() (how string) {
	switch {
	case threads(func(id int) bool { return policy(id, schedRoundRobin, leastPriority) }):
		return "real-time scheduling"
	case threads(func(id int) bool { return syscall.Setpriority(syscall.PRIO_PROCESS, id, hurriedNice) == nil }):
		return "niceness " + strconv.Itoa(hurriedNice)
	}
	return ""
}

// lower undoes it for all threads.
func lower() {
	threads(calm)
}

func calm(id int) bool {
	return policy(id, schedOther, 0) && syscall.Setpriority(syscall.PRIO_PROCESS, id, 0) == nil
}

func threads(do func(id int) bool) (ok bool) {
	all, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return false
	}
	ok = true
	for _, t := range all {
		id, err := strconv.Atoi(t.Name())
		ok = err == nil && do(id) && ok
	}
	return ok
}

// policy sets policy and priority of a thread; sched_setscheduler(2) takes a struct of one int.
func policy(id, class int, priority int32) bool {
	_, _, errno := syscall.Syscall(syscall.SYS_SCHED_SETSCHEDULER, uintptr(id), uintptr(class), uintptr(unsafe.Pointer(&priority)))
	return errno == 0
}

// Calmly calls what starts a program, so that the program does not inherit that this process runs before others.
func Calmly(start func() error) error {
	done := make(chan error)
	go func() {
		// The thread ends with the goroutine: it is never unlocked.
		runtime.LockOSThread()
		calm(syscall.Gettid())
		done <- start()
	}()
	return <-done
}
