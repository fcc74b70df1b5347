package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/drill/evidence"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/report"
)

// evidencing is the flag that says where drills are told of.
type evidencing struct{ Evidence string }

func (e *evidencing) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&e.Evidence, "evidence", "", "the `DIR` with drift reports of drills (default: evidence of muster.yaml)")
	_ = cmd.MarkFlagDirname("evidence") // the only error is a flag that does not exist
}

// readEvidence reads the folder that the flag names, else that of the config; nil = there is none. What is wrong in it is added
// to what could not be read, since nobody knows what a report that cannot be read would say; what is no evidence is told on
// stderr.
func (in *inputs) readEvidence(e *evidencing, f *fleet.Fleet, day time.Time) (*drilled.Index, error) {
	dir, mistake := e.Evidence, func(err error) error { return usagef("--evidence %s: %w", e.Evidence, err) }
	if cfg := f.Config; dir == "" && cfg != nil && cfg.Evidence != "" {
		dir = shortest(cfg.Resolve(cfg.Evidence))
		mistake = func(err error) error {
			err = &config.Error{Problems: []config.Problem{{Position: cfg.Locate("/evidence"), Message: "evidence: " + err.Error()}}}
			return &exitError{exitUsage, err.Error(), err}
		}
		if !under(real(dir), real(cfg.Dir)) && !under(real(dir), real(in.at("."))) {
			return nil, mistake(fmt.Errorf("%s leads out of the folder of the config", cfg.Evidence))
		}
	}
	if dir == "" {
		return nil, nil
	}
	x, err := evidence.Load(dir, evidence.Options{AsOf: day, Shown: filepath.ToSlash(filepath.Clean(dir))})
	if err != nil {
		return nil, mistake(err)
	}
	f.Inputs.Unreadable = slices.Clip(f.Inputs.Unreadable)
	for _, p := range x.Problems {
		f.Inputs.Unreadable = append(f.Inputs.Unreadable, source.Diagnostic{Position: p.Position, Message: p.Message})
	}
	const most = 5
	for i, note := range x.Notes {
		if i == most {
			fmt.Fprintf(in.err, "muster: and %d more that are no evidence\n", len(x.Notes)-most)
			break
		}
		fmt.Fprintln(in.err, report.Printable("muster: "+note))
	}
	return x.Index, nil
}

// gather holds what drills have shown against what is promised; nil = nobody says where drills are told of.
func (o *scanOptions) gather(ctx context.Context, f *fleet.Fleet, m *failover.Model) (*analyzer.Evidence, error) {
	day, err := o.day()
	if err != nil {
		return nil, err
	}
	x, err := o.readEvidence(&o.evidencing, f, day)
	if err != nil {
		return nil, err
	}
	return analyzer.Gather(ctx, m, x)
}
