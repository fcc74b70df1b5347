//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// find returns the path of a peer: the one in bin, else the one on PATH, else, if it may be built, a new one in bin.
func find(ctx context.Context, p peer, bin string, build bool) (string, error) {
	path := filepath.Join(bin, p.name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if onPath, err := exec.LookPath(p.name); err == nil {
		return onPath, nil
	}
	if !build {
		return "", fmt.Errorf("it is not installed; -build builds it, which takes minutes")
	}
	if p.mod == "" {
		return path, run(ctx, "", []string{"GOBIN=" + bin, "CGO_ENABLED=0"}, "go", "install", p.module)
	}
	dir, err := os.MkdirTemp("", "peer-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	importing := fmt.Sprintf("//go:build tools\n\npackage peer\n\nimport _ %q\n", p.module)
	for name, text := range map[string]string{"go.mod": p.mod, "tools.go": importing} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return path, run(ctx, dir, []string{"CGO_ENABLED=0"}, "go", "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", path, p.module)
}

func run(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
