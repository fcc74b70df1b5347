package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/record"
)

const (
	defaultHookTimeout = 30 * time.Second
	killAfter          = 2 * time.Second // between asking a hook to end and ending it
	verifyEvery        = 200 * time.Millisecond
)

// command is one hook: a program and its arguments, as the plan lists them. No shell reads them.
type command struct {
	args []string
	dir  string   // of the plan
	env  []string // beside that of muster
	log  string   // takes what it prints
}

// run starts the command and waits for its end. When the context ends, the command and all that it started are ended with it.
// What a command leaves running when it ends by itself is left alone: it may be the fault.
func (c *command) run(ctx context.Context) error {
	out, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	fmt.Fprintf(out, "$ %s\n", strings.Join(c.args, " "))
	from, err := out.Seek(0, 2)
	if err != nil {
		return err
	}
	name := c.args[0]
	if strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		name = filepath.Join(c.dir, name)
	}
	cmd := exec.CommandContext(ctx, name, c.args[1:]...) //nolint:gosec // hooks of a reviewed plan, and only with --inject
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = out, out // a file, so that nobody waits for what inherits it
	ownGroup(cmd)
	cmd.WaitDelay = killAfter
	err = cmd.Run()
	if ctx.Err() != nil {
		endGroup(cmd)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		err = errors.New("it took too long and was ended")
	case ctx.Err() != nil:
		err = errors.New("it was ended with the drill")
	}
	if said := tail(c.log, from); said != "" {
		return fmt.Errorf("%s: %w: %s", c.args[0], err, said)
	}
	return fmt.Errorf("%s: %w", c.args[0], err)
}

// tail is the last line of what a command printed.
func tail(path string, from int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	text := make([]byte, min(4096, max(0, info.Size()-from)))
	n, _ := f.ReadAt(text, info.Size()-int64(len(text))) // what cannot be read is not told
	lines := strings.Split(strings.TrimSpace(string(text[:n])), "\n")
	return record.Clip(lines[len(lines)-1], 300)
}
