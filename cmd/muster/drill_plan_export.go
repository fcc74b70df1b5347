package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/drill/export"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/report"
)

// drillExportOptions are the arguments and flags of muster drill plan export.
type drillExportOptions struct {
	streams
	Plan, As, Dir string
}

func newDrillPlanExport(s streams) *cobra.Command {
	o := &drillExportOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "export PLAN --as TOOL",
		Short: "Write the fault steps of a drill plan for another tool, and run none of them",
		Long: `Write the fault steps of a drill plan for another tool, and run none of them. What
the tool cannot do is told on stderr and in the files.

  istio         VirtualServices with faults: errors and delays for callers, no failover
  chaos-mesh    PodChaos, NetworkChaos, HTTPChaos, and a Workflow
  litmus        ChaosEngines for the experiments of the Litmus hub
  chaostoolkit  experiments that call the hooks of the plan
  kubectl       commands as comments, and NetworkPolicies`,
		Example: `  muster drill plan export drill.yaml --as chaos-mesh -d steps
  muster drill plan export drill.yaml --as kubectl`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.Plan = args[0]
			return runDrillPlanExport(o)
		},
	}
	cmd.Flags().StringVar(&o.As, "as", "", "the `TOOL` to write for: "+strings.Join(export.Tools, ", "))
	cmd.Flags().StringVarP(&o.Dir, "directory", "d", "", "`DIR` to write the files to (default: all of them to stdout)")
	complete(cmd, "as", export.Tools...)
	return cmd
}

func runDrillPlanExport(o *drillExportOptions) error {
	if !slices.Contains(export.Tools, o.As) {
		return usagef("--as %q: want one of %s", o.As, strings.Join(export.Tools, ", "))
	}
	p, err := plan.Load(o.Plan)
	if err != nil {
		return badPlan(err)
	}
	out, err := export.Write(p, o.As)
	if err != nil {
		return usagef("%w", err)
	}
	if o.Dir != "" {
		if err := os.MkdirAll(o.Dir, 0o755); err != nil {
			return usagef("--directory %s: %w", o.Dir, err)
		}
	}
	for i, f := range out.Files {
		if err := o.put(f, i); err != nil {
			return err
		}
	}
	if len(out.Files) == 0 {
		fmt.Fprintln(o.err, "muster: "+o.As+" can do nothing of this plan")
	}
	for _, warning := range out.Warnings {
		fmt.Fprintln(o.err, report.Printable("muster: "+warning))
	}
	return nil
}

// put writes a file to the directory, or to stdout with its name on top.
func (o *drillExportOptions) put(f export.File, i int) error {
	if o.Dir != "" {
		path := filepath.Join(o.Dir, f.Name)
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return usagef("--directory %s: %w", o.Dir, err)
		}
		_, err := fmt.Fprintln(o.out, path)
		return err
	}
	head := ""
	if filepath.Ext(f.Name) != ".json" {
		if i > 0 && filepath.Ext(f.Name) == ".yaml" {
			head = "---\n"
		}
		head += "# file: " + f.Name + "\n"
	}
	_, err := fmt.Fprint(o.out, head, string(f.Data))
	return err
}
