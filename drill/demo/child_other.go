//go:build !unix

package demo

import (
	"errors"
	"os/exec"
)

func confine(*exec.Cmd) {}

var errNoSignals = errors.New("processes cannot be stopped and continued on this system")

func (c *child) pause() error { return errNoSignals }

func (c *child) resume() error { return errNoSignals }
