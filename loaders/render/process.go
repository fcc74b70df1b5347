package render

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"time"
)

// maxOutput bounds what a source may render to.
const maxOutput = 64 << 20

var (
	errUnexpected = errors.New("the renderer ended without an answer")
	errTooMuch    = errors.New("too much output")
)

// limited keeps what is written to it, up to a limit, and then refuses or forgets the rest. The
// buffer is no embedded one: its ReadFrom would read past the limit.
type limited struct {
	kept   bytes.Buffer
	most   int
	forget bool
	over   func()
}

func (l *limited) Write(p []byte) (int, error) {
	if room := l.most - l.kept.Len(); len(p) > room {
		l.kept.Write(p[:max(room, 0)])
		if l.forget {
			return len(p), nil
		}
		l.over()
		return 0, errTooMuch
	}
	return l.kept.Write(p)
}

// render has a child render what is asked for. stopped says in one clause why there is no answer.
func (o Options) render(ctx context.Context, req request) (got *response, stopped string, err error) {
	if o.inProcess != nil {
		return o.inProcess(ctx, req), "", nil
	}
	child := o.Child
	if len(child) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, "", err
		}
		child = []string{self, Verb}
	}
	req.MemoryBytes = o.MemoryBytes
	req.CPUSeconds = uint64(math.Ceil(2*o.Deadline.Seconds())) + 2
	question, err := json.Marshal(req)
	if err != nil {
		return nil, "", err
	}
	inTime, cancel := context.WithTimeout(ctx, o.Deadline)
	defer cancel()
	tooMuch := false
	out := &limited{most: maxOutput, over: func() { tooMuch = true; cancel() }}
	said := &limited{most: 64 << 10, forget: true}
	cmd := exec.CommandContext(inTime, child[0], child[1:]...) //nolint:gosec // our own program, or what a test put in its place
	cmd.Env = []string{"GOMAXPROCS=2", "GOTRACEBACK=none"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(question), out, said
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, "", ctx.Err()
	case tooMuch:
		return nil, fmt.Sprintf("it renders to more than %d MiB; the rendering was stopped", maxOutput>>20), nil
	case inTime.Err() != nil, outOfTime(err):
		return nil, fmt.Sprintf("rendering took more than %v and was stopped", o.Deadline), nil
	case err != nil && !isExit(err):
		return nil, "", fmt.Errorf("the renderer cannot be started: %w", err)
	case err != nil && outOfMemory(said.kept.String()):
		return nil, fmt.Sprintf("rendering needed more than %d MB and was stopped", o.MemoryBytes/1_000_000), nil
	case err != nil:
		return nil, "the renderer failed: " + firstLine(said.kept.String(), err), nil
	}
	got = &response{}
	if json.Unmarshal(out.kept.Bytes(), got) != nil {
		return nil, errUnexpected.Error(), nil
	}
	return got, "", nil
}

func isExit(err error) bool {
	_, ok := errors.AsType[*exec.ExitError](err)
	return ok
}

func outOfMemory(said string) bool {
	for _, sign := range []string{"out of memory", "cannot allocate memory", "failed to reserve", "failed to commit", "failed to allocate", "failed to create new OS thread", "pthread_create failed"} {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}

func firstLine(said string, err error) string {
	line := ""
	for l := range strings.Lines(said) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "# Warning") {
			line = l
			break
		}
	}
	if line = strings.Join(strings.Fields(line), " "); line == "" {
		return err.Error()
	}
	if r := []rune(line); len(r) > 200 {
		line = string(r[:200]) + "…"
	}
	return line
}
