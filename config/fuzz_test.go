package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// topLevel is the line end before a section of a config.
var topLevel = regexp.MustCompile(`\n\b`)

func FuzzParse(f *testing.F) {
	// Section by section, since Go spends its time on shrinking what comes of large seeds.
	for _, file := range []string{"fleet/muster.yaml", "broken.yaml"} {
		text, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(file)))
		if err != nil {
			f.Fatal(err)
		}
		for _, section := range topLevel.Split(string(text), -1) {
			f.Add([]byte(header + section))
		}
	}
	for _, text := range []string{"", "---\n---\n", "a: &a [*a]", "a: [1, 2\nb: 3", "? {a: b}\n: c", header + "rules: {DR100: {params: {x: &x [*x]}}}"} {
		f.Add([]byte(text))
	}
	schema := compileSchema(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		c, problems := Parse("dir/muster.yaml", text)
		if c == nil {
			t.Fatal("no config")
		}
		lines := strings.Split(lineEnds.Replace(string(text)), "\n")
		for _, p := range problems {
			at := p.Position
			if at.File != "dir/muster.yaml" || at.Line < 1 || at.Line > len(lines) || at.Column < 1 {
				t.Fatalf("%s: outside of the %d lines of the file", p, len(lines))
			}
			if width := utf8.RuneCountInString(lines[at.Line-1]) + 1; at.Column > width {
				t.Fatalf("%s: outside of the %d columns of the line", p, width)
			}
			if p.Message == "" || strings.Contains(p.Message, "config.") || strings.Contains(p.Message, "yaml.Node") {
				t.Fatalf("%s: not a message for an author", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(jsonValue(t, doc.Content[0])); err != nil {
			t.Fatalf("the decoder has nothing against it, but the schema: %v", err)
		}
	})
}
