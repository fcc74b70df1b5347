package drillreport

import (
	"io"

	"github.com/passmuster/muster/drill/audit"
)

// HTML x.
func HTML(w io.Writer, r *audit.Report) error { return nil }

// OSCAL x.
func OSCAL(w io.Writer, r *audit.Report) error { return nil }
