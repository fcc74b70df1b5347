//go:build unix

package demo

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// confine keeps the terminal's Ctrl-C from the child: the drill ends it in its own order. The group of its own also lets the kernel end
// it when it is stopped and its parent is gone.
func confine(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// pause stops the child, so that it accepts connections (the kernel does) and answers nothing.
// It returns once all of it is stopped, where the system tells.
func (c *child) pause() error {
	if err := c.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return stopped(c.cmd.Process.Pid)
}

func (c *child) resume() error { return c.signal(syscall.SIGCONT) }

func (c *child) signal(s syscall.Signal) error {
	if err := c.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("a child takes no signal: %w", err)
	}
	return nil
}
