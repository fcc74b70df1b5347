package main

import (
	"errors"
	"fmt"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/report"
)

// incomplete earns exit codes 3 and 4: inputs that could not be read, and nothing to audit.
func (in *inputs) incomplete(f *fleet.Fleet) error {
	var errs []error
	if n := len(f.Inputs.Unreadable); n > 0 && !in.forgives(f.Config) {
		what := "1 input could not be read"
		if n > 1 {
			what = fmt.Sprintf("%d inputs could not be read", n)
		}
		errs = append(errs, &exitError{code: exitUnreadable, message: what + ", so this is not the whole picture; --unreadable=warn accepts that"})
	}
	if f.Inputs.Resources == 0 && !in.AllowEmpty {
		where := fmt.Sprintf("%d files", f.Inputs.Files)
		if f.Inputs.Files == 1 {
			where = "1 file"
		}
		errs = append(errs, &exitError{code: exitNothing, message: "nothing to audit: no object that muster knows in " + where + "; --allow-empty accepts that"})
	}
	return errors.Join(errs...)
}

// forgives: the flag outweighs the config.
func (in *inputs) forgives(cfg *config.Config) bool {
	if in.Unreadable != "" || cfg == nil {
		return in.Unreadable == "warn"
	}
	return cfg.Inputs.Unreadable == "warn"
}

// warn lists on stderr what could not be read, for verbs whose result has no place for it.
func (in *inputs) warn(f *fleet.Fleet) {
	const most = 20
	list := f.Inputs.Unreadable
	for i, d := range list {
		if i == most {
			fmt.Fprintf(in.err, "muster: and %d more that could not be read\n", len(list)-most)
			return
		}
		fmt.Fprintln(in.err, report.Printable(d.Error()))
	}
}
