// Package drill holds drills against what muster predicts: from one configuration, both must come to the same.
package drill

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/drill/demo"
	"github.com/passmuster/muster/drill/probe"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// partEnv tells the test binary to be a part of a drill.
const partEnv = "MUSTER_TEST_DRILL_PART"

// shared is why the tests do not run in a network of their own, where packets can be dropped; nil = they do.
var shared error

func TestMain(m *testing.M) {
	if os.Getenv(partEnv) != "" {
		if err := demo.Part(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if address := os.Getenv(webEnv); address != "" {
		if err := serveWeb(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(demo.Isolated) == "" {
		isolated, err := demo.Isolate(context.Background(), os.Args)
		if err == nil {
			code, err := demo.Rerun(context.Background(), isolated, os.Stdout, os.Stderr)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(code)
		}
		shared = err
	}
	// Drills wait most of the time: as many as there are run side by side, however few cores there are.
	if err := flag.Set("test.parallel", "8"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	probe.Hurry()
	os.Exit(m.Run())
}

// predict reads a directory as muster scan does.
func predict(ctx context.Context, dir string) (*mesh.Graph, string, error) {
	c, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
	if err != nil {
		return nil, "", err
	}
	f, err := fleet.Load(ctx, fleet.Options{Config: c, Source: source.Options{Root: dir}})
	if err != nil {
		return nil, "", err
	}
	if len(f.Inputs.Unreadable) > 0 {
		return nil, "", f.Inputs.Unreadable[0]
	}
	return f.Graph, fleet.Digest(f), nil
}
