package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules/scaffold"
)

func newPolicy(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Write, check, test and document rules of your own, and fetch those of others",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPolicyNew(s), newPolicyCheck(s), newPolicyTest(s), newPolicyPull(s), newPolicyDocs(s))
	return cmd
}

// policyNewOptions are the arguments and flags of muster policy new.
type policyNewOptions struct {
	streams
	Dir, ID string
	Builtin string
}

func newPolicyNew(s streams) *cobra.Command {
	o := &policyNewOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "new DIR/SLUG | new --builtin CATEGORY/SLUG",
		Short: "Write a new policy, with an example that compiles and whose tests pass",
		Long: `Write the folder of a new policy in Rego: the policy and its test. They hold a plain
example for you to replace; muster policy check and muster policy test hold it.

With --builtin, write the folder of a new built-in rule into a checkout of muster:
what it does, what it is, its page, its fixtures and its mutations. CONTRIBUTING.md
goes on from there.`,
		Example: `  muster policy new policies/no-owner --id ACME_001
  muster policy new --builtin failover/slow-detection`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.Dir = args[0]
			}
			return runPolicyNew(o)
		},
	}
	cmd.Flags().StringVar(&o.Builtin, "builtin", "", "a built-in rule's folder below rules/: `CATEGORY/SLUG`")
	cmd.Flags().StringVar(&o.ID, "id", "", "the policy's `ID`, with an underscore such as ACME_001 (default: made of the slug)")
	return cmd
}

func runPolicyNew(o *policyNewOptions) error {
	switch {
	case (o.Builtin == "") == (o.Dir == ""):
		return usagef("policy new: want DIR/SLUG for a policy of your own, or --builtin CATEGORY/SLUG")
	case o.Builtin != "":
		return newBuiltin(o)
	}
	id, files, err := policy.New(o.Dir, o.ID)
	if err != nil {
		return usagef("policy new %s: %w", o.Dir, err)
	}
	fmt.Fprintf(o.out, "%s is a new policy. Its example is yours to replace:\n", id)
	for _, f := range files {
		fmt.Fprintln(o.out, "  "+report.Printable(f))
	}
	dir := filepath.ToSlash(filepath.Dir(filepath.Clean(o.Dir)))
	fmt.Fprintf(o.out, "Then check it, test it and use it:\n  muster policy check %s\n  muster policy test %s\n  muster scan --policy %s\n", dir, dir, dir)
	return nil
}

func newBuiltin(o *policyNewOptions) error {
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

// policyOptions are the arguments of verbs that read policies.
type policyOptions struct {
	streams
	Paths []string
}

// read loads and compiles the policies of the paths, apart from the built-in ones. What is wrong is told on stderr, and
// counted.
func (o *policyOptions) read() (*policy.Set, []policy.Source, int, error) {
	var sources []policy.Source
	var problems []policy.Problem
	for _, path := range o.Paths {
		more, wrong, err := policy.Load(path)
		if err != nil {
			return nil, nil, 0, usagef("%w", err)
		}
		sources, problems = append(sources, more...), append(problems, wrong...)
	}
	set := policy.Compile(sources)
	problems = append(problems, set.Refused...)
	o.tell(problems)
	return set, sources, len(problems), nil
}

func (o *policyOptions) tell(problems []policy.Problem) {
	for _, p := range problems {
		fmt.Fprintln(o.err, report.Printable(p.Error()))
	}
}

func newPolicyCheck(s streams) *cobra.Command {
	o := &policyOptions{streams: s}
	return &cobra.Command{
		Use:   "check PATH…",
		Short: "Compile policies with what they see, and lint them",
		Long: `Compile policies with the types of input and data.graph, so that a misspelt field is
an error at its line, hold their METADATA against what it must say, and lint them.
A PATH is a file, a folder, a bundle (.tar.gz) or an OCI image layout.`,
		Example: `  muster policy check policies/`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.Paths = args
			set, _, wrong, err := o.read()
			if err != nil {
				return err
			}
			if wrong > 0 {
				return &exitError{code: exitFindings, message: fmt.Sprintf("%s wrong", things(wrong, "thing is", "things are"))}
			}
			return o.counted(set)
		},
	}
}

// counted tells how many policies are right; none at all is no success.
func (o *policyOptions) counted(set *policy.Set) error {
	if len(set.Policies) == 0 {
		return &exitError{code: exitNothing, message: "there is no policy: want .rego files with a package muster.rules.<ID>"}
	}
	fmt.Fprintf(o.out, "%s in order\n", things(len(set.Policies), "policy is", "policies are"))
	return nil
}

func things(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func newPolicyDocs(s streams) *cobra.Command {
	o := &policyOptions{streams: s}
	dir := ""
	cmd := &cobra.Command{
		Use:   "docs PATH…",
		Short: "Write Markdown pages from the METADATA of policies",
		Example: `  muster policy docs policies/
  muster policy docs policies/ --dir docs/policies`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.Paths = args
			return runPolicyDocs(o, dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write a page for each policy and an index into this `FOLDER`, in place of stdout")
	return cmd
}

func runPolicyDocs(o *policyOptions, dir string) error {
	set, _, wrong, err := o.read()
	if err != nil {
		return err
	}
	if wrong > 0 {
		return &exitError{code: exitFindings, message: fmt.Sprintf("%s wrong, so there are no pages", things(wrong, "thing is", "things are"))}
	}
	if dir == "" {
		for i, p := range set.Policies {
			if i > 0 {
				fmt.Fprintln(o.out)
			}
			fmt.Fprint(o.out, p.Markdown())
		}
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usagef("--dir: %w", err)
	}
	pages := map[string]string{"README.md": policy.Index(set.Policies)}
	for _, p := range set.Policies {
		pages[p.ID+".md"] = p.Markdown()
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return usagef("--dir: %w", err)
		}
	}
	return o.counted(set)
}
