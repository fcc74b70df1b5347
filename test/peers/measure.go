//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// program is what is timed.
type program struct {
	name, path, does string
	args             []string
	codes            []int
	runs             []cost
}

// cost is what one run took.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // bytes resident
}

// once runs the program in dir. A program that does not do its work is an error, however fast it was.
func (p *program) once(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, p.path, p.args...)
	cmd.Dir = dir
	var told bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &told
	began := time.Now()
	err := cmd.Run()
	took := time.Since(began)
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || !slices.Contains(p.codes, exit.ExitCode())) {
		return fmt.Errorf("%s %s: %w\n%s", p.name, strings.Join(p.args[:min(len(p.args), 4)], " "), err, told.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return fmt.Errorf("%s: this system does not tell what a process used", p.name)
	}
	p.runs = append(p.runs, cost{wall: took, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak: usage.Maxrss << 10})
	return nil
}

// median of one figure of all runs.
func (p *program) median(of func(cost) float64) float64 {
	list := make([]float64, len(p.runs))
	for i, c := range p.runs {
		list[i] = of(c)
	}
	slices.Sort(list)
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[len(list)/2]
}

func wall(c cost) float64 { return c.wall.Seconds() }
func cpu(c cost) float64  { return c.cpu.Seconds() }
func peak(c cost) float64 { return float64(c.peak) / 1e6 }

// load is the machine's load average, for whoever reads the figures later.
func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(data)); err == nil && len(fields) > 0 {
		return fields[0]
	}
	return "not known"
}
