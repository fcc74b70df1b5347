//go:build unix

package render

import (
	"errors"
	"os/exec"
	"syscall"
)

// outOfTime reports whether the kernel ended the child for the processor time it used.
func outOfTime(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGXCPU
}
