package policy

import (
	"github.com/passmuster/muster/rules"
)

// Builtins are the sources of the built-in rules that are written in Rego.
func Builtins() ([]Source, error) {
	var list []Source
	for _, p := range rules.Policies() {
		text, err := p.Source()
		if err != nil {
			return nil, err
		}
		list = append(list, Source{File: "rules/" + p.File, Text: text, Builtin: &p.Rule})
	}
	return list, nil
}
