package main

import (
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/report/html"
	"github.com/passmuster/muster/rules"
)

// reportFormats are the formats of a report, of scan and convert alike.
var reportFormats = []string{"text", "json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "csv", "html"}

// reportFlags are the flags of verbs that write a report.
type reportFlags struct {
	outputFlags
	Category         string
	SecuritySeverity bool
}

func (f *reportFlags) register(cmd *cobra.Command) { f.registerWith(cmd, reportFormats...) }

func (f *reportFlags) registerWith(cmd *cobra.Command, formats ...string) {
	f.outputFlags.register(cmd, formats...)
	f.registerSARIF(cmd)
}

// defaultCategory is the category of SARIF reports unless somebody names one.
const defaultCategory = "muster"

func (f *reportFlags) registerSARIF(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Category, "sarif-category", defaultCategory, "the `NAME` that tells apart the SARIF reports of one workflow")
	flags.BoolVar(&f.SecuritySeverity, "sarif-security-severity", false, "give SARIF results a security severity: code scanning then takes them for security alerts")
}

// formats render a report. line may be nil.
func (f *reportFlags) formats(r *report.Report, line report.Line) []format {
	with := func(render func(io.Writer, report.Options) error) func(io.Writer, report.Terminal) error {
		return func(w io.Writer, _ report.Terminal) error {
			list, err := rules.Catalogue() // which takes a while to read
			if err != nil {
				return err
			}
			return render(w, report.Options{Base: base(), Rules: list, Category: f.Category, SecuritySeverity: f.SecuritySeverity})
		}
	}
	without := func(render func(io.Writer) error) func(io.Writer, report.Terminal) error {
		return func(w io.Writer, _ report.Terminal) error { return render(w) }
	}
	return []format{
		{"text", func(w io.Writer, t report.Terminal) error { return r.Text(w, t, line) }},
		{"json", without(r.JSON)}, {"jsonl", without(r.JSONL)}, {"csv", without(r.CSV)},
		{"sarif", with(r.SARIF)}, {"junit", with(r.JUnit)}, {"github", with(r.GitHub)}, {"gitlab", with(r.GitLab)}, {"markdown", with(r.Markdown)},
		{"html", without(func(w io.Writer) error { return html.Write(w, r, html.Options{Line: line}) })},
	}
}

// base is the working directory as seen from the root of its git repository, or "" outside of one: code hosts show
// files by their path from there.
func base() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	dir = real(dir)
	for root := dir; ; root = filepath.Dir(root) {
		if _, err := os.Lstat(filepath.Join(root, ".git")); err == nil {
			rel, err := filepath.Rel(root, dir)
			if err != nil || rel == "." {
				return ""
			}
			return filepath.ToSlash(rel)
		}
		if root == filepath.Dir(root) {
			return ""
		}
	}
}
