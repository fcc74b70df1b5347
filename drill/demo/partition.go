package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Isolated is set in the environment of a drill that runs in a network of its own, where packets may be dropped.
const Isolated = "MUSTER_DEMO_ISOLATED"

// errShared keeps a drill from dropping packets of others.
var errShared = errors.New("packets are dropped in a network of one's own only")

// Isolate is the command line that runs another in a user and network namespace of its own, with loopback up and Isolated set; an error
// says why there is none here.
func Isolate(ctx context.Context, command []string) ([]string, error) {
	if runtime.GOOS != "linux" {
		return nil, errors.New("there are no network namespaces on " + runtime.GOOS)
	}
	tools := map[string]string{}
	for _, name := range []string{"unshare", "env", "sh", "ip", "nft"} {
		path, err := Tool(name)
		if err != nil {
			return nil, err
		}
		tools[name] = path
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, tools["unshare"], "-rn", tools["nft"], "add", "table", "ip", "drill").CombinedOutput(); err != nil { //nolint:gosec // found by their names
		return nil, fmt.Errorf("no namespace in which packets may be dropped: %s", strings.TrimSpace(string(out)))
	}
	script := `"$0" link set lo up && exec "$@"`
	return append([]string{tools["unshare"], "-rn", tools["env"], Isolated + "=1", tools["sh"], "-c", script, tools["ip"]}, command...), nil
}

// blackhole drops what is sent to an address and by it, or lets it pass again.
func blackhole(ctx context.Context, address string, on bool) error {
	if os.Getenv(Isolated) == "" {
		return errShared
	}
	ip := net.ParseIP(address)
	if ip == nil {
		return fmt.Errorf("%q is no address", address)
	}
	table := "drill_" + strings.NewReplacer(".", "_", ":", "_").Replace(ip.String())
	script := "delete table ip " + table + "\n"
	if on {
		script = fmt.Sprintf("add table ip %[1]s\nadd chain ip %[1]s out { type filter hook output priority 0; }\n"+
			"add rule ip %[1]s out ip daddr %[2]s drop\nadd rule ip %[1]s out ip saddr %[2]s drop\n", table, ip)
	}
	nft, err := Tool("nft")
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, nft, "-f", "-") //nolint:gosec // found by its name
	c.Stdin = bytes.NewReader([]byte(script))
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Rerun runs a command line that Isolate gave, with the streams of this program, and returns its exit code. When the context ends it is
// told to end, as by Ctrl-C.
func Rerun(ctx context.Context, command []string, out, complaints io.Writer) (int, error) {
	c := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // muster itself, in a namespace
	c.Stdout, c.Stderr = out, complaints
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	err := c.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 0, fmt.Errorf("the drill did not run: %w", err)
	}
	return 0, nil
}

// Tool finds a program, also where administrators' programs are and users' paths do not lead.
func Tool(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not installed", name)
}
