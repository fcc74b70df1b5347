package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/passmuster/muster/report"
)

// stepFiles are the files through which a step tells the runner something (docs.github.com: Workflow commands for GitHub
// Actions, environment files). A step adds to them; outside of a runner there are none, and nothing is written.
type stepFiles struct {
	output, summary string // GITHUB_OUTPUT and GITHUB_STEP_SUMMARY
}

// pair is an output of the step.
type pair struct{ name, value string }

// setOutputs writes outputs of the step. A delimiter that nobody can guess keeps values within their output, whatever
// lines they have.
func (f stepFiles) setOutputs(pairs []pair) error {
	if f.output == "" {
		return nil
	}
	delimiter := "muster-" + uuid.NewString()
	var b strings.Builder
	for _, p := range pairs {
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", p.name, delimiter, p.value, delimiter)
	}
	return appendTo(f.output, []byte(b.String()))
}

// addSummary adds a page to the summary of the job. The runner refuses the whole summary of a step above 1 MiB.
func (f stepFiles) addSummary(page []byte) error {
	if f.summary == "" {
		return nil
	}
	if len(page) > report.SummaryLimit {
		page = append(bytes.ToValidUTF8(page[:report.SummaryLimit], nil), "\n\n…\n"...)
	}
	return appendTo(f.summary, page)
}

func appendTo(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot tell the runner: %w", err)
	}
	_, err = f.Write(data)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("cannot tell the runner: %w", err)
	}
	return nil
}

// extension is what files of a format are called.
var extension = map[string]string{
	"text": "txt", "json": "json", "markdown": "md", "html": "html", "sarif": "sarif", "junit": "xml", "gitlab": "json", "csv": "csv", "jsonl": "jsonl",
}

// settlePaths gives every output a path: its own, or one in dir. Paths are absolute then, for other steps work elsewhere.
func settlePaths(outputs []output, dir string) ([]output, error) {
	settled := make([]output, len(outputs))
	for i, o := range outputs {
		if o.path == "" {
			o.path = filepath.Join(dir, o.format+"."+extension[o.format])
		}
		path, err := filepath.Abs(o.path)
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, usagef("output %s=%s: %w", o.format, o.path, err)
		}
		o.path = path
		settled[i] = o
	}
	return settled, nil
}
