// Package drillreport renders what an audit of a failover drill found (audit.Report): as JSON, which Parse reads back, as text for
// terminals, as the after-action report that auditors ask for (Markdown), as one page for a browser, and for other programs as
// JUnit, SARIF and OSCAL assessment results.
package drillreport

import (
	"io"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/report"
)

// Options are what formats want to know beside the report. The zero value serves.
type Options struct {
	// Base is the working directory as seen from the root of the repository, slash-separated; "" is the root itself.
	Base string
	// Category tells apart the SARIF reports of several runs in one workflow; "" is muster-drill.
	Category string
	// SecuritySeverity makes security alerts of SARIF results.
	SecuritySeverity bool
	// Read returns a file of the configuration, relative to the working directory, so that SARIF can hash its lines; nil = they
	// stay without a hash of their own.
	Read func(file string) ([]byte, error)
}

// Format is one way to write a report.
type Format struct {
	Name  string
	Write func(w io.Writer, r *audit.Report, t report.Terminal) error
}

// Names are those of the formats, in the order in which help texts list them.
var Names = []string{"text", "json", "markdown", "html", "junit", "sarif", "oscal"}

// Formats are all formats, in the order of Names. The terminal concerns text alone.
func Formats(o Options) []Format {
	plain := func(write func(io.Writer, *audit.Report) error) func(io.Writer, *audit.Report, report.Terminal) error {
		return func(w io.Writer, r *audit.Report, _ report.Terminal) error { return write(w, r) }
	}
	return []Format{
		{"text", Text},
		{"json", plain(JSON)},
		{"markdown", plain(Markdown)},
		{"html", plain(HTML)},
		{"junit", plain(JUnit)},
		{"sarif", plain(func(w io.Writer, r *audit.Report) error { return SARIF(w, r, o) })},
		{"oscal", plain(OSCAL)},
	}
}
