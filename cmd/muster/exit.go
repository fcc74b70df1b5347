package main

import (
	"context"
	"errors"
	"fmt"
)

// The exit codes, the same for every verb and format.
const (
	exitClean      = 0
	exitFindings   = 1 // findings at or above --fail-on
	exitUsage      = 2 // a mistake in the command line or the config
	exitUnreadable = 3 // an input could not be read
	exitNothing    = 4 // nothing was audited
	exitStopped    = 5 // timeout, or interrupted
)

// precedence says which code a run ends with that has earned several.
var precedence = [...]int{exitUsage, exitStopped, exitUnreadable, exitNothing, exitFindings}

// exitError is an error that knows its exit code. An empty message is not printed: the report
// has said it.
type exitError struct {
	code    int
	message string
	cause   error
}

func (e *exitError) Error() string { return e.message }
func (e *exitError) Unwrap() error { return e.cause }

// usagef is a mistake in the command line.
func usagef(format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &exitError{exitUsage, err.Error(), errors.Unwrap(err)}
}

// stopped turns the error of a run whose context has ended into exit code 5, with the reason,
// unless the error has a code already.
func stopped(ctx context.Context, err error) error {
	var exit *exitError
	if err == nil || ctx.Err() == nil || errors.As(err, &exit) {
		return err
	}
	return &exitError{exitStopped, "stopped before the end: " + context.Cause(ctx).Error(), err}
}

// exitCode maps an error to the code of the process. An error of no kind is one of the command
// line: cobra's own, and paths that cannot be written to.
func exitCode(err error) int {
	earned := map[int]bool{}
	collect(err, earned)
	for _, code := range precedence {
		if earned[code] {
			return code
		}
	}
	return exitClean
}

func collect(err error, earned map[int]bool) {
	var exit *exitError
	var several interface{ Unwrap() []error }
	switch {
	case err == nil:
	case errors.As(err, &several):
		for _, e := range several.Unwrap() {
			collect(e, earned)
		}
	case errors.As(err, &exit):
		earned[exit.code] = true
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		earned[exitStopped] = true
	default:
		earned[exitUsage] = true
	}
}
