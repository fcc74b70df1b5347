package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/demo"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/probe"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// drillDemoOptions are the flags of muster drill demo.
type drillDemoOptions struct {
	dir  string
	rate float64
	streams
}

func newDrillDemo(s streams) *cobra.Command {
	o := &drillDemoOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Predict a failover, drill it on this machine, and compare",
		Long: `Start a service in two regions on this machine's loopback, behind mutual TLS; a
control plane that announces them by xDS from a file; and a gRPC client that
obeys it. Predict from that file what becomes of requests when the first region
crashes, hangs or is cut off. Then kill it, stop it and drop its packets, probe
50 times a second, and hold what was seen against what was predicted.

Two drills run side by side. Their files differ in one block: outlier_detection.

It takes about a minute, without containers and without root. Packets are
dropped only in a network namespace of the drill's own: on Linux, with nft and
ip installed. Where there is none that fault is left out, and the end says so.

Exit code 1 says that some prediction did not hold.`,
		Example: `  muster drill demo
  muster drill demo --dir drill    keep what is announced, the plans and records`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return stopped(cmd.Context(), runDrillDemo(cmd.Context(), o))
		},
	}
	cmd.Flags().StringVar(&o.dir, "dir", "", "keep all files of the drill in `DIR`, which must not exist")
	cmd.Flags().Float64Var(&o.rate, "rate", 50, "requests a second to each of the two drills")
	return cmd
}

// demoPart is the verb under which muster starts itself as a part of the demo.
const demoPart = "demo-part"

func newDrillDemoPart(s streams) *cobra.Command {
	return &cobra.Command{
		Use:    demoPart,
		Short:  "Be a part of muster drill demo (muster starts this itself)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(cmd *cobra.Command, _ []string) error { return demo.Part(cmd.Context(), s.in, s.out) },
	}
}

func runDrillDemo(ctx context.Context, o *drillDemoOptions) error {
	if o.rate < 10 || o.rate > 200 {
		return usagef("--rate %g: want 10 to 200", o.rate)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("muster does not find itself: %w", err)
	}
	why := error(nil)
	if os.Getenv(demo.Isolated) == "" {
		command := []string{self, "drill", "demo", "--rate", fmt.Sprint(o.rate), "--dir", o.dir}
		isolated, err := demo.Isolate(ctx, command)
		if err == nil {
			code, err := demo.Rerun(ctx, isolated, o.out, o.err)
			if err != nil || code == 0 {
				return err
			}
			return &exitError{code: code}
		}
		why = err
	}
	dir := o.dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "muster-drill-"); err != nil {
			return fmt.Errorf("no directory for the drill: %w", err)
		}
		defer os.RemoveAll(dir) //nolint:errcheck // the system clears what is left
	} else if err := os.Mkdir(dir, 0o750); err != nil {
		return usagef("--dir: %v", err)
	}
	calm, _ := probe.Hurry()
	defer calm()
	drills := []demoDrill{{name: "with outlier detection", settings: demo.Settings{Outlier: true}}, {name: "without"}}
	if err := o.drillAll(ctx, dir, self, drills); err != nil {
		return err
	}
	return o.tellDemo(drills, why)
}

// demoDrill is one of the two.
type demoDrill struct {
	name     string
	settings demo.Settings
	*demo.Outcome
}

func (o *drillDemoOptions) drillAll(ctx context.Context, dir, self string, drills []demoDrill) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	timing := demo.DefaultTiming()
	timing.Rate = o.rate
	errs := make([]error, len(drills))
	began := time.Now()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range drills {
		d := &drills[i]
		wg.Go(func() {
			tell := func(what string) {
				mu.Lock()
				defer mu.Unlock()
				fmt.Fprintf(o.err, "%5.1f s  %-24s %s\n", time.Since(began).Seconds(), d.name, what)
			}
			options := demo.Options{Settings: d.settings, Dir: filepath.Join(dir, []string{"on", "off"}[i]), Command: []string{self, "drill", demoPart}, Last: 2 + 2*i, Tell: tell}
			if d.Outcome, errs[i] = demo.Run(ctx, options, predictDemo, timing, version()); errs[i] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// predictDemo reads a directory as muster scan does.
func predictDemo(ctx context.Context, dir string) (*mesh.Graph, string, error) {
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

// tellDemo prints each cell as it was predicted and as it was seen, and what follows.
func (o *drillDemoOptions) tellDemo(drills []demoDrill, why error) error {
	fmt.Fprintln(o.out, "One file, two readings: what muster predicted from it, and what was measured.")
	fmt.Fprintln(o.out)
	w := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CONFIGURATION\tFAULT\tPREDICTED\tMEASURED\tPREDICTION\tPROMISE")
	var refuted, untested, cells int
	var notes []string
	for _, d := range drills {
		for i := range d.Report.Cells {
			c := &d.Report.Cells[i]
			if c.Fault == "" || c.Scenario == "none" {
				continue
			}
			cells++
			switch c.Static {
			case audit.Refuted:
				refuted++
			case audit.Untested:
				untested++
			case audit.Confirmed:
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.name, c.Fault, predictedWords(&c.Expected), measuredWords(c), c.Static, c.Verdict)
			for _, x := range c.Drift {
				notes = append(notes, fmt.Sprintf("%s, %s: %s %s: %s", d.name, c.Fault, x.Class, x.Name, x.Message))
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(o.out)
	for _, n := range notes {
		fmt.Fprintln(o.out, report.Printable(n))
	}
	if left := drills[0].Left; left != nil {
		if why != nil {
			left = why
		}
		fmt.Fprintf(o.out, "\nNot drilled: partition (%v).\n", left)
	}
	lessons(o.out, drills, cells, refuted, untested)
	if refuted > 0 {
		return &exitError{code: exitFindings}
	}
	return nil
}

func predictedWords(e *plan.Expectation) string {
	if e.Recovery == nil {
		return e.Outcome
	}
	return fmt.Sprintf("%s in %s to %s", e.Outcome, e.Recovery.Lower, e.Recovery.Upper)
}

func measuredWords(c *audit.Cell) string {
	if c.Observed.Outcome == string(failover.Survives) && c.Recovery.Upper != nil {
		return fmt.Sprintf("%s in %.2f to %.2f s", c.Observed.Outcome, c.Recovery.Lower.Std().Seconds(), c.Recovery.Upper.Std().Seconds())
	}
	return fmt.Sprintf("%s, %.0f %% of requests failing", c.Observed.Outcome, 100*c.Observed.FailingShare)
}

// lessons are what the measured cells teach, if they do.
func lessons(w io.Writer, drills []demoDrill, cells, refuted, untested int) {
	seen := func(d demoDrill, mode failover.Fault) string {
		i := slices.IndexFunc(d.Report.Cells, func(c audit.Cell) bool { return c.Fault == string(mode) && c.Scenario != "none" })
		if i < 0 {
			return string(failover.Unknown)
		}
		return d.Report.Cells[i].Observed.Outcome
	}
	on, off := drills[0], drills[1]
	fmt.Fprintln(w)
	if s := string(failover.Survives); seen(on, failover.Crash) == s && seen(off, failover.Crash) == s && seen(on, failover.Hang) == s && seen(off, failover.Hang) == string(failover.Lost) {
		fmt.Fprintln(w, "A drill that only kills processes passes both configurations; the one that stops them tells them apart.")
	}
	text := fmt.Sprintf("The file told as much beforehand: %d of %d predictions confirmed, %d refuted", cells-refuted-untested, cells, refuted)
	if untested > 0 {
		text += fmt.Sprintf(", %d in doubt on this machine (a run on one with less to do tells)", untested)
	}
	fmt.Fprintln(w, text+".")
}
