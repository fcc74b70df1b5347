package main

import "github.com/spf13/cobra"

func newDrillSuggest(_ streams) *cobra.Command { return &cobra.Command{Use: "suggest", Short: "x"} }
