//go:build unix

package run

import (
	"os/exec"
	"syscall"
)

// ownGroup lets a hook lead a group of processes, which an interrupt at the terminal does not reach: the drill decides when it ends.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// endGroup ends what a hook that had to be ended has started.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // none is left: that is what is wanted
	}
}
