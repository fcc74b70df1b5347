package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	drillrun "github.com/passmuster/muster/drill/run"
)

func newDrillMark(s streams) *cobra.Command {
	var within time.Duration
	cmd := &cobra.Command{
		Use:   "mark DIR inject|remove|failback begin|end  or  DIR note|abort TEXT",
		Short: "Tell a running drill what is done, from a script",
		Long: `mark tells the drill that records in DIR that the injection or the removal of a
fault begins or has ended. It returns when that is recorded: a script marks the
begin, acts, and marks the end. It waits until the drill is where it wants to be
told something; another mark than the one that it wants is refused.

failback begin|end records that traffic is sent back by hand, note a remark.
abort ends the drill, after the fault was removed.`,
		Example: `  muster drill mark drills/pay/1 inject begin
  kubectl --context eu-west -n shop scale deploy/pay --replicas 0
  muster drill mark drills/pay/1 inject end`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := drillrun.ParseMark(args[1:])
			if err != nil {
				return usagef("%w", err)
			}
			m.Within = within
			if err := drillrun.Tell(args[0], m); err != nil {
				if refused, ok := errors.AsType[*drillrun.Refused](err); ok {
					return usagef("%s", strings.Join(refused.Reasons, "; "))
				}
				return &exitError{exitUnreadable, err.Error(), err}
			}
			fmt.Fprintln(s.out, strings.TrimSpace(fmt.Sprintf("recorded: %s %s", m.Name, m.Edge)))
			return nil
		},
	}
	cmd.Flags().DurationVar(&within, "within", time.Hour, "how long to wait for the drill to be there")
	return cmd
}
