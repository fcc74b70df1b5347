// Command gen writes the registry of rules and their pages from the folders of the rules: go generate ./rules.
package main

import (
	"log"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := write(".."); err != nil { // go generate runs it in rules/
		log.Fatal(err)
	}
}

// write brings the generated files of a repository up to date.
func write(root string) error {
	files, err := generate(os.DirFS(root))
	if err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	pages, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(docsDir), "*.md"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		if _, ours := files[docsDir+"/"+filepath.Base(page)]; !ours && strings.HasPrefix(filepath.Base(page), "DR") {
			if err := os.Remove(page); err != nil {
				return err
			}
		}
	}
	return nil
}
