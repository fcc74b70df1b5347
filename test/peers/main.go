//go:build linux

// Command peers times muster and other programs on the same files, in turns, in one run, and prints the ratios of the medians.
//
//	go run ./test/peers -build            build what is not installed, then compare
//	go run ./test/peers -resources 1000 -runs 9
//
// In turns, because a machine is not equally fast all the time; medians, because one run says little; ratios, because seconds
// belong to a machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/passmuster/muster/test/generate"
)

func main() {
	var o options
	flag.IntVar(&o.resources, "resources", 10000, "Istio and Kubernetes objects of the fleet")
	flag.IntVar(&o.runs, "runs", 7, "runs of each program")
	flag.BoolVar(&o.build, "build", false, "build the programs that are not installed")
	flag.StringVar(&o.bin, "bin", filepath.Join("bin", "peers"), "where programs are built")
	flag.Parse()
	if err := compare(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type options struct {
	resources, runs int
	build           bool
	bin             string
}

func compare(ctx context.Context, o options) error {
	bin, err := filepath.Abs(o.bin)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "peers-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := generate.Write(dir, generate.Fleet(generate.Options{
		Resources: o.resources, Clusters: 3, Zones: 3, PolicyShare: 0.3, Dangling: 0.02, PerFile: 50, Seed: 1,
	})); err != nil {
		return err
	}
	muster := filepath.Join(bin, "muster")
	if err := run(ctx, "", []string{"CGO_ENABLED=0"}, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", muster, "github.com/passmuster/muster/cmd/muster"); err != nil {
		return err
	}
	programs := []*program{{name: "muster", path: muster, does: "muster scan, all rules, the whole matrix", args: []string{"scan"}, codes: []int{0, 1}}}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	for _, p := range peers() {
		path, err := find(ctx, p, bin, o.build)
		if err != nil {
			fmt.Printf("%s is left out: %v\n", p.name, err)
			continue
		}
		args, err := p.args(dir)
		if err != nil {
			return err
		}
		programs = append(programs, &program{name: p.name, path: path, does: p.does, args: args, codes: p.codes})
	}
	before := load()
	for turn := range o.runs + 1 {
		for _, p := range programs {
			if err := p.once(ctx, dir); err != nil {
				return err
			}
			if turn == 0 {
				p.runs = nil // the first warms the file cache
			}
		}
	}
	fmt.Printf("%d resources, %d runs each in turns, %d cores, load %s before and %s after\n\n", o.resources, o.runs, runtime.NumCPU(), before, load())
	fmt.Println("| program | wall s | x | CPU s | peak MB | what it did |\n|---|---|---|---|---|---|")
	base := programs[0].median(wall)
	for _, p := range programs {
		fmt.Printf("| %s | %.2f | %.1f | %.2f | %.0f | %s |\n", p.name, p.median(wall), p.median(wall)/base, p.median(cpu), p.median(peak), p.does)
	}
	return nil
}
