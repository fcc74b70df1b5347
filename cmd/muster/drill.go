package main

import "github.com/spf13/cobra"

func newDrill(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "drill",
		Short: "Plan a failover drill, probe it, and hold what was seen against the prediction",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDrillDemo(s), newDrillDemoPart(s))
	return cmd
}
