package main

import "github.com/spf13/cobra"

func newDrillPlanExport(_ streams) *cobra.Command { return &cobra.Command{Use: "export", Short: "x"} }
