package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/report"
	drillreport "github.com/passmuster/muster/report/drill"
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
		Long: `Write what muster scan -o json or muster drill audit -o json wrote in other formats; - reads it from standard
input. The manifests are not read again, so text and html show no lines of them; all else is what the scan would have written.
The report of a drill has the formats ` + strings.Join(drillreport.Names, ", ") + `.
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
	o.registerWith(cmd, convertFormats()...)
	return cmd
}

func runConvert(ctx context.Context, o *convertOptions) error {
	outputs, err := o.parse(convertFormats()...)
	if err != nil {
		return err
	}
	formats, err := orStop(ctx, func() ([]format, error) { return o.read(outputs) })
	if err != nil {
		return stopped(ctx, err)
	}
	for _, out := range outputs {
		if !slices.ContainsFunc(formats, func(f format) bool { return f.name == out.format }) {
			return usagef("--output %s: %s is of a kind that has no such format", out.format, o.File)
		}
	}
	return o.write(o.out, outputs, formats...)
}

// convertFormats are those of all kinds of reports.
func convertFormats() []string {
	names := slices.Clone(reportFormats)
	for _, name := range drillreport.Names {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// headBytes is how much of a report tells of which kind it is.
const headBytes = 512

// read reads the report, whatever its kind, and returns the formats that it has.
func (o *convertOptions) read(outputs []output) ([]format, error) {
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
	text := bufio.NewReaderSize(in, 1<<16)
	head, _ := text.Peek(headBytes) // what is wrong with the file shows when it is read
	if drillreport.IsReport(head) {
		r, err := drillreport.Parse(text)
		if err != nil {
			return nil, &exitError{exitUnreadable, o.File + ": " + err.Error(), err}
		}
		return o.drillFormats(r), nil
	}
	r, err := report.Parse(text, showsCells(outputs))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("the report ends too early: %w", err)
	}
	if err != nil {
		return nil, &exitError{exitUnreadable, o.File + ": " + err.Error(), err}
	}
	return o.formats(r, nil), nil
}

// drillFormats render the report of a drill.
func (f *reportFlags) drillFormats(r *audit.Report) []format {
	category := f.Category
	if category == defaultCategory {
		category = ""
	}
	var list []format
	for _, d := range drillreport.Formats(drillreport.Options{Base: base(), Category: category, SecuritySeverity: f.SecuritySeverity}) {
		list = append(list, format{d.Name, func(w io.Writer, t report.Terminal) error { return d.Write(w, r, t) }})
	}
	return list
}
