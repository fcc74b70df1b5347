package main

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/report"
)

// matrixOptions are the arguments and flags of muster matrix.
type matrixOptions struct {
	inputs
	outputFlags
	filters
	evidencing
	AsOf     string
	Explain  string
	explains bool // --explain was given, perhaps empty
}

func newMatrix(s streams) *cobra.Command {
	o := &matrixOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "matrix [PATH…]",
		Short: "Show what each service survives, failure by failure",
		Long: `Show the survival matrix: what each service survives, failure by failure. The
table has a mark for each fault (crash, hang, partition, error), the worst over
all classes of callers. Cells that a failure cannot touch are not in the matrix.

--explain prints all that is known of one cell: where requests went and go, how
long recovery takes and by which settings, and the steps of the prediction. It
takes a cell's id, or any part of it that no other cell has; filters narrow the
choice, and with one cell left the part may be empty: --explain ''.
` + pathHelp,
		Example: `  muster matrix
  muster matrix --service 'payments/*' --outcome lost,degraded
  muster matrix --scenario region=us-east-1+gateway=west/istio-system/eastwest
  muster matrix --service cart --scenario region=us-east-1 --fault hang --explain eu/
  muster matrix --all-services -o json=matrix.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths, o.explains = args, cmd.Flags().Changed("explain")
			return runMatrix(cmd.Context(), o)
		},
	}
	o.inputs.register(cmd)
	o.live.register(cmd)
	o.registerCluster(cmd)
	o.outputFlags.register(cmd, "text", "json")
	o.filters.register(cmd)
	o.evidencing.register(cmd)
	cmd.Flags().StringVar(&o.AsOf, "as-of", "", "the `DATE` at which the age of evidence is taken, as 2027-03-31 (default today, UTC)")
	cmd.Flags().StringVar(&o.Explain, "explain", "", "explain the one `CELL` with this id, or part of an id")
	return cmd
}

func runMatrix(ctx context.Context, o *matrixOptions) error {
	outputs, err := o.parse("text", "json")
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	day, err := (&accepting{AsOf: o.AsOf}).day()
	if err != nil {
		return err
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	f, cells, err := o.compute(ctx, o.explains || showsCells(outputs))
	if err != nil {
		return stopped(ctx, err)
	}
	drills, err := o.readEvidence(&o.evidencing, f, day)
	if err != nil {
		return err
	}
	text := func(w io.Writer, t report.Terminal) error {
		return report.MatrixText(w, t, cells, len(o.Outcomes) > 0, drills)
	}
	if o.explains {
		if cells, err = o.only(cells); err != nil {
			return err
		}
		text = func(w io.Writer, t report.Terminal) error { return report.Explain(w, t, cells[0], drills) }
	}
	err = o.write(o.out, outputs,
		format{"text", text},
		format{"json", func(w io.Writer, _ report.Terminal) error { return report.MatrixJSON(w, version(), cells, drills) }})
	if err != nil {
		return err
	}
	o.warn(f)
	return o.incomplete(f)
}

func (o *matrixOptions) compute(ctx context.Context, traces bool) (*fleet.Fleet, []*failover.Cell, error) {
	p := startProgress(o.err)
	defer p.end()
	p.at("reading the inputs")
	f, err := o.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	forced := o.explains && o.narrow(o.Explain)
	options, err := o.options(f.Graph)
	if err != nil {
		return nil, nil, err
	}
	options.Traces, options.Forced = traces, forced
	p.at("predicting what survives")
	m, err := failover.Compute(ctx, f.Graph, options)
	if err != nil {
		return nil, nil, err
	}
	return f, slices.DeleteFunc(m.Cells, func(c *failover.Cell) bool { return !o.keeps(c) }), nil
}

// only finds the one cell that --explain names.
func (o *matrixOptions) only(cells []*failover.Cell) ([]*failover.Cell, error) {
	var found []*failover.Cell
	for _, c := range cells {
		switch id := c.ID(); {
		case id == o.Explain:
			return []*failover.Cell{c}, nil
		case strings.Contains(id, o.Explain):
			found = append(found, c)
		}
	}
	const most = 10
	switch {
	case len(found) == 1:
		return found, nil
	case len(found) == 0 && len(cells) == 0:
		return nil, usagef("--explain: the filters leave no cell; a cell that a failure cannot touch is not in the matrix")
	case len(found) == 0:
		return nil, usagef("--explain %q: no cell has this in its id; there are\n%s", o.Explain, report.Candidates(cells, most))
	}
	return nil, usagef("--explain %q: %d cells have this in their id; narrow it with --service, --scenario, --fault or --client\n%s",
		o.Explain, len(found), report.Candidates(found, most))
}
