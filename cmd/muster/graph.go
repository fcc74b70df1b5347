package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/report"
)

// graphOptions are the arguments and flags of muster graph.
type graphOptions struct {
	inputs
	outputFlags
}

func newGraph(s streams) *cobra.Command {
	o := &graphOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "graph [PATH…]",
		Short: "Show the fleet as muster sees it: clusters, services, workloads, gateways, calls",
		Long: `Show the fleet as muster sees it: clusters with what runs in them, services with
where their endpoints are and what pattern they run, and who calls whom. Dashed arrows are weak evidence:
a name in an environment variable. JSON also has what Terraform builds around clusters: environments,
records, load balancers and stores.
` + pathHelp,
		Example: `  muster graph
  muster graph -o dot | dot -Tsvg > fleet.svg
  muster graph -o mermaid=fleet.mmd -o json=fleet.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return runGraph(cmd.Context(), o)
		},
	}
	o.inputs.register(cmd)
	o.live.register(cmd)
	o.registerCluster(cmd)
	o.outputFlags.register(cmd, "text", "dot", "mermaid", "json")
	return cmd
}

func runGraph(ctx context.Context, o *graphOptions) error {
	outputs, err := o.parse("text", "dot", "mermaid", "json")
	if err != nil {
		return err
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	p := startProgress(o.err)
	p.at("reading the inputs")
	f, err := o.load(ctx)
	p.end()
	if err != nil {
		return err
	}
	g := report.GraphOf(f.Graph, pattern.New(failover.NewModel(f.Graph)).Of)
	err = o.write(o.out, outputs,
		format{"text", func(w io.Writer, t report.Terminal) error { return g.Text(w, t) }},
		format{"dot", func(w io.Writer, _ report.Terminal) error { return g.DOT(w) }},
		format{"mermaid", func(w io.Writer, _ report.Terminal) error { return g.Mermaid(w) }},
		format{"json", func(w io.Writer, _ report.Terminal) error { return g.JSON(w, version()) }})
	if err != nil {
		return err
	}
	o.warn(f)
	return o.incomplete(f)
}
