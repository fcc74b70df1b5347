package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/report"
)

// output is one -o FORMAT[=PATH]; no path is stdout.
type output struct{ format, path string }

// format renders a result; text asks what it may look like.
type format struct {
	name   string
	render func(io.Writer, report.Terminal) error
}

// outputFlags are the flags of verbs that write a result.
type outputFlags struct {
	Outputs []string
	Color   string
	Width   int
}

func (f *outputFlags) register(cmd *cobra.Command, formats ...string) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.Outputs, "output", "o", nil, "`FORMAT[=PATH]`, repeatable: "+strings.Join(formats, ", ")+" (default text)")
	flags.StringVar(&f.Color, "color", "auto", "auto, always or never; auto heeds NO_COLOR")
	flags.IntVar(&f.Width, "width", 0, "columns of text (default: those of the terminal, else 80)")
	complete(cmd, "output", formats...)
	complete(cmd, "color", "auto", "always", "never")
}

// complete offers the words that a flag takes.
func complete(cmd *cobra.Command, flag string, words ...string) {
	// The only error is a flag that does not exist; tests run every verb.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// parse reads the flags, so that a mistake shows before a long run.
func (f *outputFlags) parse(formats ...string) ([]output, error) {
	if !slices.Contains([]string{"auto", "always", "never"}, f.Color) {
		return nil, usagef("--color %q: want auto, always or never", f.Color)
	}
	if f.Width < 0 {
		return nil, usagef("--width %d: want a number of columns", f.Width)
	}
	list := f.Outputs
	if len(list) == 0 {
		list = []string{"text"}
	}
	var outputs []output
	for _, text := range list {
		var o output
		o.format, o.path, _ = strings.Cut(text, "=")
		if o.path == "-" {
			o.path = ""
		}
		if !slices.Contains(formats, o.format) {
			return nil, usagef("--output %q: want one of %s, with =PATH to write a file", text, strings.Join(formats, ", "))
		}
		for _, other := range outputs {
			if other.path != o.path {
				continue
			}
			if o.path == "" {
				return nil, usagef("--output: %s and %s would both go to stdout, give one a path: -o %s=FILE", other.format, o.format, o.format)
			}
			return nil, usagef("--output: %s and %s would both go to %s", other.format, o.format, o.path)
		}
		outputs = append(outputs, o)
	}
	return outputs, nil
}

// write renders each output to where it goes.
func (f *outputFlags) write(stdout io.Writer, outputs []output, formats ...format) error {
	for _, o := range outputs {
		i := slices.IndexFunc(formats, func(x format) bool { return x.name == o.format })
		if err := f.writeOne(stdout, o, formats[i].render); err != nil {
			return err
		}
	}
	return nil
}

func (f *outputFlags) writeOne(stdout io.Writer, o output, render func(io.Writer, report.Terminal) error) error {
	if o.path == "" {
		if err := render(stdout, f.terminal(stdout)); err != nil {
			return fmt.Errorf("cannot write the report to stdout: %w", err)
		}
		return nil
	}
	file, err := os.Create(o.path)
	if err != nil {
		return usagef("--output %s=%s: %w", o.format, o.path, err)
	}
	err = render(file, f.terminal(nil))
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return usagef("--output %s=%s: %w", o.format, o.path, err)
	}
	return nil
}
