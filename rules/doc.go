// Package rules is the catalogue. A rule is a folder, rules/<category>/<slug>, and its path is its identity: rule.go
// (or rule.rego) is what it does, rule.yaml what it is, page.md why, and testdata what it finds and where it keeps
// silent. The registry in rules.go and the pages in docs/rules are generated from these folders.
package rules

import (
	"slices"
	"sync"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/rules/catalogue"
)

//go:generate go run ./gen

// All returns the built-in rules that are written in Go, in the order of their ids.
func All() []*analyzer.Rule { return slices.Clone(all) }

// Policy is a built-in rule that is written in Rego.
type Policy struct {
	analyzer.Rule
	File string // of its source, for Source
}

// Policies returns the built-in rules that are written in Rego, in the order of their ids.
func Policies() []Policy { return slices.Clone(policies) }

// Source returns the source of a policy.
func (p Policy) Source() ([]byte, error) { return files.ReadFile(p.File) }

// Catalogue returns what is written about every built-in rule, in the order of their ids. It is read on first use.
func Catalogue() ([]*catalogue.Entry, error) { return read() }

var read = sync.OnceValues(func() ([]*catalogue.Entry, error) {
	list, err := catalogue.Read(files)
	for _, e := range list {
		e.Rego = slices.ContainsFunc(policies, func(p Policy) bool { return p.ID == e.ID })
	}
	return list, err
})
