package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer/baseline"
	"github.com/passmuster/muster/fleet"
)

func newBaselineWrite(s streams) *cobra.Command {
	o := &baselineOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "write [PATH…]",
		Short: "Write the findings that count today to a file",
		Long:  "Write the findings that count today to a file, or to stdout.\n" + pathHelp,
		Example: `  muster baseline write -o baseline.json
  muster baseline write -o baseline.json --reason "first audit" --until 2027-06-30 --owner team-mesh`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return runBaselineWrite(cmd.Context(), o)
		},
	}
	o.register(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.File, "output", "o", "-", "the `FILE` to write")
	f.StringVar(&o.Reason, "reason", "", "why these findings are accepted")
	f.StringVar(&o.Until, "until", "", "the last `DATE` on which they are, as 2027-03-31: after it they count again, and S01 says so")
	f.StringVar(&o.Owner, "owner", "", "who answers for them")
	return cmd
}

func runBaselineWrite(ctx context.Context, o *baselineOptions) error {
	if err := o.checkUntil(); err != nil {
		return err
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	f, _, findings, err := o.judge(ctx)
	if err != nil {
		return stopped(ctx, err)
	}
	b := &baseline.File{Schema: baseline.Schema, Reason: o.Reason, Until: o.Until, Owner: o.Owner, Findings: baseline.Known(findings)}
	if err := o.save(b); err != nil {
		return err
	}
	fmt.Fprintf(o.err, "muster: the baseline has %s\n", plural(len(b.Findings), "finding"))
	o.warnUnread(f)
	return errors.Join(o.incomplete(f), o.unjudged(f.Config))
}

func (o *baselineOptions) checkUntil() error {
	day, err := o.day()
	if err != nil || o.Until == "" {
		return err
	}
	until, err := time.Parse(time.DateOnly, o.Until)
	if err != nil {
		return usagef("--until %q: want a date such as 2027-03-31", o.Until)
	}
	if until.Before(day.Truncate(24 * time.Hour)) {
		return usagef("--until %s: that day is over", o.Until)
	}
	return nil
}

// save writes the baseline. A file is replaced at once: a run that is stopped leaves the old one.
func (o *baselineOptions) save(b *baseline.File) error {
	data, err := b.Bytes()
	if err != nil {
		return err
	}
	if o.File == "-" {
		_, err := o.out.Write(data)
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(o.File), ".baseline-*")
	if err != nil {
		return usagef("%s: cannot write the baseline: %w", o.File, err)
	}
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), o.File)
	}
	if err != nil {
		return usagef("%s: cannot write the baseline: %w", o.File, errors.Join(err, os.Remove(temporary.Name())))
	}
	return nil
}

// warnUnread tells on stderr what could not be read, for verbs whose result has no place for it.
func (o *baselineOptions) warnUnread(f *fleet.Fleet) {
	if len(f.Inputs.Unreadable)+len(f.Inputs.Missing) > 0 {
		o.warn(f)
	}
}
