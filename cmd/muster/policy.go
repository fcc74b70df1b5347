package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/rules/scaffold"
)

func newPolicy(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Write rules",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPolicyNew(s))
	return cmd
}

// policyNewOptions are the flags of muster policy new.
type policyNewOptions struct {
	streams
	Builtin string
}

func newPolicyNew(s streams) *cobra.Command {
	o := &policyNewOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "new --builtin CATEGORY/SLUG",
		Short: "Write the folder of a new rule, with an example that compiles and whose tests pass",
		Long: `Write the folder of a new built-in rule into a checkout of muster: what it does, what
it is, its page, its fixtures and its mutations. They hold a plain example, which
compiles and whose tests pass, for you to replace. CONTRIBUTING.md goes on from
there.`,
		Example: `  muster policy new --builtin failover/slow-detection`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return runPolicyNew(o) },
	}
	cmd.Flags().StringVar(&o.Builtin, "builtin", "", "the rule's folder below rules/: `CATEGORY/SLUG`")
	return cmd
}

func runPolicyNew(o *policyNewOptions) error {
	if o.Builtin == "" {
		return usagef("policy new: want --builtin CATEGORY/SLUG; policies of your own are not there yet")
	}
	root, ok := scaffold.Root(".")
	if !ok {
		return usagef("policy new --builtin: this is no checkout of muster")
	}
	rule, files, err := scaffold.New(root, o.Builtin)
	if err != nil {
		return usagef("policy new --builtin %s: %w", o.Builtin, err)
	}
	fmt.Fprintf(o.out, "%s is a new rule. Its example is yours to replace:\n", rule.ID)
	for _, f := range files {
		fmt.Fprintln(o.out, "  "+f)
	}
	fmt.Fprintf(o.out, "Then register it and run its tests:\n  go generate ./rules\n  go test ./rules/...\n")
	return nil
}
