package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/report"
)

// streams are what a command reads and writes. Stdout gets the report and nothing else.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run executes one command line and returns the process's exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	root := newRoot(streams{stdin, stdout, stderr})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	complain(stderr, err)
	return exitCode(err)
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "muster",
		Short: "Predict which service survives which failure",
		Long: `muster reads a fleet's service-mesh configuration and predicts which service
survives which failure, where its traffic goes, whether it is still encrypted,
and how long that takes.

Exit codes, the same for every format:
  0  clean at the threshold
  1  findings at or above --fail-on
  2  a mistake in the command line or in muster.yaml
  3  an input could not be read, or a policy not evaluated
  4  nothing was audited
  5  timeout or interrupt`,
		Example: `  muster init                      propose a muster.yaml for this repository
  muster scan                      audit the fleet of the nearest muster.yaml
  helm template . | muster scan -  audit what Helm renders
  muster matrix --service cart     what cart survives, failure by failure
  muster graph -o mermaid          draw the fleet`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%v; see %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(newInit(s), newScan(s), newDiff(s), newConvert(s), newMatrix(s), newResolve(s), newBaseline(s), newFix(s), newGraph(s), newExplain(s), newRules(s), newPolicy(s), newGitHub(s), newDrill(s), newVersion(s), newRenderChild(s))
	return root
}

// complain tells what went wrong. What a report says already is not said again.
func complain(w io.Writer, err error) {
	var several interface{ Unwrap() []error }
	var bad *config.Error
	var exit *exitError
	switch {
	case err == nil:
	case errors.As(err, &bad):
		for _, p := range bad.Problems { // each line begins with its place
			fmt.Fprintln(w, report.Printable(p.String()))
		}
	case errors.As(err, &several):
		for _, e := range several.Unwrap() {
			complain(w, e)
		}
	case errors.As(err, &exit) && exit.message == "":
	default:
		for line := range strings.SplitSeq("muster: "+strings.TrimSpace(err.Error()), "\n") {
			fmt.Fprintln(w, report.Printable(line))
		}
	}
}
