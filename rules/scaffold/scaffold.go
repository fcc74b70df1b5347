// Package scaffold writes the folder of a new rule: five files that compile and whose tests pass, with a plain example
// that the author replaces.
package scaffold

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/passmuster/muster/rules/catalogue"
)

//go:embed templates
var templates embed.FS

// Rule is a rule to be.
type Rule struct {
	Category, Slug string
	ID             string // given by New
	Since          string // the version that will have it
}

// Package is the Go package of the rule.
func (r Rule) Package() string { return strings.ReplaceAll(r.Slug, "-", "") }

var slugForm = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`)

// New writes the folder of a rule, "<category>/<slug>", into a checkout of muster, with the next free id of its
// category. It returns the files that it wrote, relative to root.
func New(root, folder string) (Rule, []string, error) {
	category, slug, _ := strings.Cut(folder, "/")
	r := Rule{Category: category, Slug: slug, Since: "0.1.0"}
	c, ok := catalogue.CategoryOf(category)
	switch {
	case !ok:
		return r, nil, fmt.Errorf("there is no category %q, want one of %s", category, strings.Join(categories(), ", "))
	case !slugForm.MatchString(slug):
		return r, nil, fmt.Errorf("%q is no slug, want words of small letters with hyphens, such as slow-detection", slug)
	case token.IsKeyword(r.Package()):
		return r, nil, fmt.Errorf("%q is a word of Go, want a longer slug", slug)
	}
	list, err := catalogue.Read(os.DirFS(filepath.Join(root, "rules")))
	if err != nil {
		return r, nil, err
	}
	if other := catalogue.Find(list, slug); other != nil {
		return r, nil, fmt.Errorf("there is a rule %s already: %s", slug, other.ID)
	}
	if r.ID, err = nextID(c, list); err != nil {
		return r, nil, err
	}
	files, err := render(r)
	if err != nil {
		return r, nil, err
	}
	dir := path.Join("rules", category, slug)
	if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(dir))); !errors.Is(err, fs.ErrNotExist) {
		return r, nil, fmt.Errorf("%s is there already", dir)
	}
	var written []string
	for _, f := range files {
		name := path.Join(dir, f.name)
		at := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return r, written, err
		}
		if err := os.WriteFile(at, f.text, 0o644); err != nil {
			return r, written, err
		}
		written = append(written, name)
	}
	return r, written, nil
}

func categories() []string {
	var names []string
	for _, c := range catalogue.Categories {
		names = append(names, c.Name)
	}
	return names
}

// nextID is the id after the highest one of a category.
func nextID(c catalogue.Category, list []*catalogue.Entry) (string, error) {
	highest := 0
	for _, e := range list {
		if e.Category == c.Name {
			if n, err := strconv.Atoi(strings.TrimPrefix(e.ID, c.Prefix)); err == nil {
				highest = max(highest, n)
			}
		}
	}
	if highest == 99 {
		return "", fmt.Errorf("%s has no id left", c.Name)
	}
	return fmt.Sprintf("%s%02d", c.Prefix, highest+1), nil
}

type file struct {
	name string
	text []byte
}

// render fills in the templates.
func render(r Rule) ([]file, error) {
	var files []file
	err := fs.WalkDir(templates, "templates", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(templates, name)
		if err != nil {
			return err
		}
		t, err := template.New(name).Option("missingkey=error").Parse(string(text))
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := t.Execute(&b, r); err != nil {
			return err
		}
		name = strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".tmpl")
		files = append(files, file{name, b.Bytes()})
		return nil
	})
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files, err
}

// Root returns the checkout of muster that dir is in, or false: the nearest folder with a module of ours and its
// registry of rules.
func Root(dir string) (string, bool) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && slices.Contains(strings.Split(string(text), "\n"), "module github.com/passmuster/muster") {
			_, err := os.Stat(filepath.Join(dir, "rules", "rules.go"))
			return dir, err == nil
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
		dir = filepath.Dir(dir)
	}
}
