package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/imports"
	"github.com/passmuster/muster/drill/observe"
)

// sourceFlags are what sources of other formats do not say themselves.
type sourceFlags struct {
	Places     []string
	Workload   string
	Clusters   string
	StateAt    string
	ClockBound time.Duration
}

func (f *sourceFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.Places, "place", nil, "`CIDR=REGION[/ZONE[/CLUSTER]]` of the addresses that sources name endpoints by, repeatable")
	flags.StringVar(&f.Workload, "workload", "", "the `NAMESPACE/NAME` whose proxy or load generator wrote the other sources")
	flags.StringVar(&f.Clusters, "workload-cluster", "", "the `CLUSTER` where it runs")
	flags.StringVar(&f.StateAt, "state-at", "", "the `TIME` (RFC 3339) at which a proxy's /clusters was taken")
	flags.DurationVar(&f.ClockBound, "clock-bound", 0, "by how much clocks of other sources may differ from the prober's; without it no times of theirs carry a verdict")
}

func (f *sourceFlags) options() (imports.Options, error) {
	o := imports.Options{Source: f.Workload, SourceCluster: f.Clusters}
	if f.ClockBound < 0 {
		return o, usagef("--clock-bound %s: want a duration", f.ClockBound)
	}
	if f.StateAt != "" {
		at, err := time.Parse(time.RFC3339, f.StateAt)
		if err != nil {
			return o, usagef("--state-at: %w", err)
		}
		o.At = at
	}
	for _, text := range f.Places {
		cidr, place, ok := strings.Cut(text, "=")
		prefix, err := netip.ParsePrefix(cidr)
		if !ok || err != nil || place == "" {
			return o, usagef("--place %q: want CIDR=REGION, as 10.22.0.0/16=eu-west is", text)
		}
		p := imports.Place{Prefix: prefix}
		p.Region, place, _ = strings.Cut(place, "/")
		p.Zone, p.Cluster, _ = strings.Cut(place, "/")
		o.Places = append(o.Places, p)
	}
	return o, nil
}

// nativeBegin is how every recording of muster's own begins.
const nativeBegin = `{"t":"header"`

// sort tells recordings of muster's from sources of other formats, by how they begin.
func (f *sourceFlags) sort(paths []string, in *audit.Input) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	in.ClockBound = f.ClockBound
	for _, path := range paths {
		first, err := begin(path)
		if err != nil {
			return &exitError{exitUnreadable, err.Error(), err}
		}
		if bytes.HasPrefix(first, []byte(nativeBegin)) || len(first) == 0 || strings.HasPrefix(filepath.Base(path), "results-") {
			in.Files = append(in.Files, opened(path))
			continue
		}
		format, known := imports.Detect(first)
		if !known {
			return &exitError{code: exitUnreadable, message: fmt.Sprintf("%s: it is none of the formats that can be read (docs/drills/sources.md)", path)}
		}
		in.Foreign = append(in.Foreign, foreign(path, format, options))
	}
	return nil
}

// begin is enough of a file to tell its format.
func begin(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	first, err := bufio.NewReaderSize(file, imports.DetectBytes).Peek(imports.DetectBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return first, nil
}

func foreign(path string, format imports.Format, options imports.Options) audit.Foreign {
	name := filepath.Base(path)
	return audit.Foreign{Name: name, Format: string(format), Read: func(ctx context.Context, to observe.Sink) (audit.ForeignSummary, error) {
		file, err := os.Open(path)
		if err != nil {
			return audit.ForeignSummary{}, err
		}
		defer file.Close()
		sum, err := imports.Read(ctx, name, file, format, options, to)
		return audit.ForeignSummary{SHA256: sum.SHA256, Lines: sum.Lines}, err
	}}
}
