package main

import "github.com/spf13/cobra"

// baselineOptions are the arguments and flags of the verbs below muster baseline.
type baselineOptions struct {
	scanOptions
	File                 string
	Reason, Until, Owner string
}

func newBaseline(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Record the findings of today, so that only new ones count",
		Long: `Record the findings of today, so that only new ones count: muster scan --baseline FILE
takes what the file has for known.

A finding is known by its rule, its object, its service and what in the object it is
about. Neither lines nor files matter, so it stays known when somebody moves it.`,
		Example: `  muster baseline write -o baseline.json --reason "before the mesh team took over"
  muster scan --baseline baseline.json
  muster baseline diff baseline.json
  muster baseline prune baseline.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBaselineWrite(s), newBaselineDiff(s), newBaselinePrune(s))
	return cmd
}

func (o *baselineOptions) register(cmd *cobra.Command) {
	o.inputs.register(cmd)
	o.registerCluster(cmd)
	o.accepting.register(cmd)
	o.registerJudging(cmd)
}
