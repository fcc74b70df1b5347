package main

import (
	"os"

	"github.com/spf13/cobra"
)

func newGitHub(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "github",
		Short: "What action.yml runs in a workflow of GitHub Actions",
		Long: `What action.yml runs in a workflow of GitHub Actions. The inputs of the action are
variables of the environment here: MUSTER_FAIL_ON is fail-on.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newGitHubRun(s), newGitHubComment(s))
	return cmd
}

func newGitHubRun(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Compare or audit, as the event of the workflow asks for, and tell GitHub",
		Long: `Compare the state that the workflow runs for with the one that its event names as
the base, or audit it as a whole where there is none, and tell of it: annotations,
outputs and summary of the step, reports, and what action.yml is asked for beside
them. The exit code is that of muster diff or muster scan.`,
		Example: `  MUSTER_FAIL_ON=warning muster github run`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a := &action{env: os.Getenv, streams: s, log: &stepLog{w: s.out}}
			return a.log.end(a.run(cmd.Context()))
		},
	}
}

func newGitHubComment(s streams) *cobra.Command {
	o := &commentOptions{env: os.Getenv, streams: s}
	cmd := &cobra.Command{
		Use:   "comment --artifact PATH",
		Short: "Comment on a pull request from the artifact of a run that could not",
		Long: `Comment on the pull request of the run that a workflow_run event is about, from the
artifact that muster github run left there. The artifact is a stranger's, perhaps:
it is read as data and decides nothing but what the comment says. Nothing of the
pull request is checked out or run.`,
		Example: `  muster github comment --artifact muster-artifact`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runComment(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.Artifact, "artifact", "", "the `PATH` of the artifact, or of the folder that it is in")
	return cmd
}
