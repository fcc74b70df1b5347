package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Entry is one rule's folder. Its path is its identity: rules/<category>/<slug>.
type Entry struct {
	Metadata
	Category, Slug string
	// Rego: the rule is a rule.rego; otherwise it is a rule.go.
	Rego bool
	Page string // Markdown without a title
}

// Dir is the folder of the rule, relative to rules/.
func (e *Entry) Dir() string { return e.Category + "/" + e.Slug }

// Categories are the folders of rules with the prefixes of their ids, in the order of these.
var Categories = []Category{
	{"failover", "DR1", "Failover"},
	{"detection", "DR2", "Detection"},
	{"security", "DR3", "Security on the failover path"},
	{"rollback", "DR4", "Rollback"},
	{"patterns", "DR5", "Patterns, capacity, parity"},
	{"references", "DR6", "References and syntax"},
	{"data", "DR7", "Data and infrastructure"},
	{"drills", "DR8", "Drills and observability"},
	{"drift", "DR9", "Drift"},
	{"inputs", "IN0", "Inputs, under --strict"},
	{"suppressions", "S", "Suppressions"},
}

// Category is a range of ids.
type Category struct {
	Name   string
	Prefix string // of its ids: DR1 of DR101 to DR199
	Title  string
}

// CategoryOf returns a category by its name, or false.
func CategoryOf(name string) (Category, bool) {
	i := slices.IndexFunc(Categories, func(c Category) bool { return c.Name == name })
	if i < 0 {
		return Category{}, false
	}
	return Categories[i], true
}

// Read reads every folder <category>/<slug> with a rule.yaml, in the order of their ids. The error joins all that is
// wrong; entries that could not be read are left out.
func Read(rules fs.FS) ([]*Entry, error) {
	files, err := fs.Glob(rules, "*/*/rule.yaml")
	if err != nil {
		return nil, err
	}
	var list []*Entry
	var problems []error
	for _, file := range files {
		e, err := readEntry(rules, path.Dir(file))
		if err != nil {
			problems = append(problems, err)
			continue
		}
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *Entry) int { return cmp.Compare(a.ID, b.ID) })
	for i := 1; i < len(list); i++ {
		if list[i].ID == list[i-1].ID {
			problems = append(problems, fmt.Errorf("%s and %s have one id, %s", list[i-1].Dir(), list[i].Dir(), list[i].ID))
		}
	}
	for i, e := range list {
		for _, id := range e.Yields {
			if !slices.ContainsFunc(list, func(o *Entry) bool { return o.ID == id }) {
				problems = append(problems, fmt.Errorf("%s/rule.yaml: yields: there is no rule %s", e.Dir(), id))
			}
		}
		if j := slices.IndexFunc(list[:i], func(o *Entry) bool { return o.Slug == e.Slug }); j >= 0 {
			problems = append(problems, fmt.Errorf("%s and %s have one slug", list[j].Dir(), e.Dir()))
		}
	}
	return list, errors.Join(problems...)
}

func readEntry(rules fs.FS, dir string) (*Entry, error) {
	data, err := fs.ReadFile(rules, dir+"/rule.yaml")
	if err != nil {
		return nil, err
	}
	m, err := Parse(dir+"/rule.yaml", data)
	if err != nil {
		return nil, err
	}
	e := &Entry{Metadata: *m, Category: path.Dir(dir), Slug: path.Base(dir)}
	c, ok := CategoryOf(e.Category)
	if !ok {
		return nil, fmt.Errorf("%s: there is no category %s", dir, e.Category)
	}
	if !strings.HasPrefix(e.ID, c.Prefix) {
		return nil, fmt.Errorf("%s/rule.yaml: id: rules of %s are %sxx, got %s", dir, c.Name, c.Prefix, e.ID)
	}
	page, err := fs.ReadFile(rules, dir+"/page.md")
	if err != nil {
		return nil, fmt.Errorf("%s: a rule needs a page: %w", dir, err)
	}
	e.Page = string(page)
	return e, nil
}

// setLanguage sees what a rule is written in. Exactly one of rule.go and rule.rego makes a rule.
func (e *Entry) setLanguage(rules fs.FS) error {
	_, noGo := fs.Stat(rules, e.Dir()+"/rule.go")
	_, noRego := fs.Stat(rules, e.Dir()+"/rule.rego")
	if (noGo == nil) == (noRego == nil) {
		return fmt.Errorf("%s: want exactly one of rule.go and rule.rego", e.Dir())
	}
	e.Rego = noRego == nil
	return nil
}

// ReadTree is Read for the source tree, where the rules themselves stand too.
func ReadTree(rules fs.FS) ([]*Entry, error) {
	list, err := Read(rules)
	problems := []error{err}
	for _, e := range list {
		problems = append(problems, e.setLanguage(rules))
	}
	return list, errors.Join(problems...)
}

// Find returns the rule with an id or a slug, in any case, or nil.
func Find(list []*Entry, name string) *Entry {
	i := slices.IndexFunc(list, func(e *Entry) bool {
		return strings.EqualFold(name, e.ID) || strings.EqualFold(name, e.Slug) || strings.EqualFold(name, e.Dir())
	})
	if i < 0 {
		return nil
	}
	return list[i]
}
