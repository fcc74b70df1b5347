package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/report"
)

// convertOptions are the arguments and flags of muster convert.
type convertOptions struct {
	streams
	reportFlags
	File string
}

func newConvert(s streams) *cobra.Command {
	o := &convertOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "convert REPORT.json",
		Short: "Write a JSON report in other formats, without another scan",
		Long: `Write what muster scan -o json wrote in other formats; - reads it from standard
input. The manifests are not read again, so text and html show no lines of them; all else is what the scan would have written.
The exit code says whether that succeeded, and nothing about findings.`,
		Example: `  muster convert report.json
  muster convert -o sarif=out.sarif -o junit=junit.xml report.json
  muster scan -o json | muster convert -o markdown - >> "$GITHUB_STEP_SUMMARY"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File = args[0]
			return runConvert(cmd.Context(), o)
		},
	}
	o.register(cmd)
	return cmd
}

func runConvert(ctx context.Context, o *convertOptions) error {
	outputs, err := o.parse(reportFormats...)
	if err != nil {
		return err
	}
	r, err := orStop(ctx, func() (*report.Report, error) { return o.read(showsCells(outputs)) })
	if err != nil {
		return stopped(ctx, err)
	}
	return o.write(o.out, outputs, o.formats(r, nil)...)
}

// read reads the report, with its cells or without.
func (o *convertOptions) read(cells bool) (*report.Report, error) {
	in := o.in
	if o.File != "-" {
		f, err := os.Open(o.File)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, usagef("%s does not exist", o.File)
		case err != nil:
			return nil, &exitError{exitUnreadable, err.Error(), err}
		}
		defer f.Close()
		in = f
	}
	r, err := report.Parse(in, cells)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the report ends too early: %w", err)
	}
	if err != nil {
		return nil, &exitError{exitUnreadable, o.File + ": " + err.Error(), err}
	}
	return r, nil
}
