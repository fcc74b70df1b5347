package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/muster/drill/probe"
)

// child is a part of the drill in a process of its own, so that it can be killed and stopped.
type child struct {
	cmd     *exec.Cmd
	stdin   io.Closer
	address string
	ended   chan struct{}
	stderr  tail
}

// startWait bounds how long a child takes to listen, on a machine that is busy.
const startWait = 30 * time.Second

// start runs a part and waits until it listens.
func start(ctx context.Context, command []string, dir string, env []string, p part) (*child, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("no child: %w", err)
	}
	c := &child{ended: make(chan struct{})}
	c.cmd = exec.Command(command[0], command[1:]...) //nolint:gosec,noctx // muster itself; ended by kill, whatever becomes of the context
	c.cmd.Env = append(os.Environ(), env...)
	c.cmd.Stderr, c.cmd.Dir = &c.stderr, dir
	confine(c.cmd)
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("no child: %w", err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("no child: %w", err)
	}
	if err := probe.Calmly(c.cmd.Start); err != nil {
		return nil, fmt.Errorf("no child: %w", err)
	}
	c.stdin = in
	said := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n') // without a line it did not start
		said <- strings.TrimSpace(line)
		_, _ = io.Copy(io.Discard, out) // it says nothing more
		_ = c.cmd.Wait()                // that it was killed is known
		close(c.ended)
	}()
	if _, err := in.Write(append(data, '\n')); err != nil {
		c.kill()
		return nil, fmt.Errorf("no child: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	select {
	case c.address = <-said:
	case <-ctx.Done():
	}
	if c.address == "" {
		c.kill()
		return nil, fmt.Errorf("a child did not start: %s", c.stderr.text())
	}
	return c, nil
}

// kill ends the child at once, stopped or not, and waits until it is gone.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may be gone
	_ = c.stdin.Close()      // it may be gone
	<-c.ended
}

// tail keeps the end of what a child complains about.
type tail struct {
	mu   sync.Mutex
	data []byte
}

const mostTail = 2048

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if len(t.data) > mostTail {
		t.data = t.data[len(t.data)-mostTail:]
	}
	return len(p), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.data))
}
