package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
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
	for _, tool := range []string{"unshare", "ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%s is not installed", tool)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "unshare", "-rn", "nft", "add", "table", "ip", "drill").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("no namespace in which packets may be dropped: %s", strings.TrimSpace(string(out)))
	}
	script := `ip link set lo up && exec "$@"`
	return append([]string{"unshare", "-rn", "env", Isolated + "=1", "sh", "-c", script, "drill"}, command...), nil
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
	script := "delete table ip drill\n"
	if on {
		script = fmt.Sprintf("add table ip drill\nadd chain ip drill out { type filter hook output priority 0; }\n"+
			"add rule ip drill out ip daddr %s drop\nadd rule ip drill out ip saddr %s drop\n", ip, ip)
	}
	c := exec.CommandContext(ctx, "nft", "-f", "-")
	c.Stdin = bytes.NewReader([]byte(script))
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
