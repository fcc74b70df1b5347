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
func (c *child) pause() error { return c.signal(syscall.SIGSTOP) }

func (c *child) resume() error { return c.signal(syscall.SIGCONT) }

func (c *child) signal(s syscall.Signal) error {
	if err := c.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("a child takes no signal: %w", err)
	}
	return nil
}
