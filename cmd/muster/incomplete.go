package main

import (
	"errors"
	"fmt"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
)

// incomplete earns exit codes 3 and 4: inputs that could not be read, and nothing to audit.
func (in *inputs) incomplete(f *fleet.Fleet) error {
	var errs []error
	if n := len(unreadable(f.Inputs)); n > 0 && !in.forgives(f.Config) {
		what := "1 input could not be read"
		if n > 1 {
			what = fmt.Sprintf("%d inputs could not be read", n)
		}
		errs = append(errs, &exitError{code: exitUnreadable, message: what + ", so this is not the whole picture; --unreadable=warn accepts that"})
	}
	if f.Inputs.Resources == 0 && !in.AllowEmpty {
		errs = append(errs, &exitError{code: exitNothing, message: fmt.Sprintf(
			"nothing to audit: no object that muster knows in %d files; --allow-empty accepts that", f.Inputs.Files)})
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
	list := unreadable(f.Inputs)
	for i, d := range list {
		if i == most {
			fmt.Fprintf(in.err, "muster: and %d more that could not be read\n", len(list)-most)
			return
		}
		fmt.Fprintln(in.err, d.Error())
	}
}

// unreadable names each place once: a source of several clusters is read for each.
func unreadable(in fleet.Inputs) []source.Diagnostic {
	var list []source.Diagnostic
	seen := map[string]bool{}
	for _, d := range in.Unreadable {
		if text := d.Error(); !seen[text] {
			seen[text] = true
			list = append(list, d)
		}
	}
	return list
}
