package policy

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// New writes the folder of a new policy: an example whose test passes. Its id is made of its slug, the name of the
// folder, unless one is given. It returns the id and the files that it wrote.
func New(dir, id string) (string, []string, error) {
	slug := filepath.Base(dir)
	if !slugForm.MatchString(slug) {
		return "", nil, fmt.Errorf("%q is no slug, want words of small letters with hyphens, such as no-owner", slug)
	}
	if id == "" {
		id = "OWN_" + strings.ToUpper(strings.ReplaceAll(slug, "-", "_"))
	}
	if !IsOwnID(id) {
		return "", nil, fmt.Errorf("%q is no id for a policy of yours, want capitals and digits with an underscore, such as ACME_001", id)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("%s is there already", dir)
	}
	var written []string
	for _, name := range []string{"rule.rego", "rule_test.rego"} {
		t, err := template.ParseFS(templates, "templates/"+name+".tmpl")
		if err != nil {
			return id, written, err
		}
		var b strings.Builder
		if err := t.Execute(&b, struct{ ID, Slug string }{id, slug}); err != nil {
			return id, written, err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return id, written, err
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			return id, written, err
		}
		written = append(written, filepath.ToSlash(path))
	}
	return id, written, nil
}
