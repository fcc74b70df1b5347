package main

import (
	"github.com/spf13/cobra"

	"github.com/passmuster/muster/loaders/render"
)

// newRenderChild is the verb under which muster starts itself to render a kustomization or a chart:
// in a process of its own that can be killed. It is for muster, not for people.
func newRenderChild(s streams) *cobra.Command {
	return &cobra.Command{
		Use:    render.Verb,
		Short:  "Render what standard input holds (muster starts this itself)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return render.Child(cmd.Context(), s.in, s.out)
		},
	}
}
