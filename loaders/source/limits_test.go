package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func parseWith(limits Limits, text string) []string {
	return summary(Parse("f.yaml", []byte(text), Options{Limits: limits}))
}

func TestLimits(t *testing.T) {
	nested := func(n int) string {
		return "apiVersion: v1\nkind: A\nx: " + strings.Repeat("[", n) + strings.Repeat("]", n) + "\n"
	}
	var block strings.Builder
	block.WriteString("apiVersion: v1\nkind: A\n")
	for i := range 300 {
		fmt.Fprintf(&block, "%sa:\n", strings.Repeat(" ", i))
	}
	a := object("a")
	for _, tt := range []struct {
		name   string
		limits Limits
		text   string
		want   []string
	}{
		{"nesting within", Limits{Depth: 10}, nested(9), []string{"1 A/"}},
		{"nesting beyond", Limits{Depth: 10}, a + "---\n" + nested(10), []string{"1 A/a", "f.yaml:3:1: nested more than 10 levels deep; the document is left out"}},
		{"deep block", Limits{}, block.String(), []string{"f.yaml:1:1: nested more than 200 levels deep; the document is left out"}},
		{"deep JSON", Limits{}, `{"apiVersion":"v1","kind":"A","x":` + strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 301), []string{"f.yaml:1:1: nested more than 200 levels deep; the document is left out"}},
		{"beyond the parser's depth", Limits{}, nested(20_000) + "---\n" + a, []string{"5 A/a", "f.yaml:3:1: nested thousands of levels deep; the document is left out"}},
		{"documents within", Limits{Documents: 2}, a + "---\n" + a, []string{"1 A/a", "3 A/a"}},
		{"documents beyond", Limits{Documents: 2}, a + "---\n" + a + "---\n" + a + "---\n" + a, []string{"1 A/a", "3 A/a",
			"f.yaml:5:1: more than 2 documents; the rest of the file is not read. Split it into several files"}},
		{"items beyond", Limits{Documents: 1}, "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A}\n- {apiVersion: v1, kind: B}\n", []string{"4 A/",
			"f.yaml:5:3: more than 1 documents; the rest of the file is not read. Split it into several files"}},
		{"aliases within", Limits{Aliases: 30}, bomb(1), []string{"1 A/"}},
		{"aliases beyond", Limits{Aliases: 10}, bomb(1), []string{"f.yaml:4:30: up to here, aliases repeat more than 10 values; write them out"}},
		{"alias bomb", Limits{}, bomb(30) + "---\n" + a, []string{"35 A/a", "f.yaml:8:22: up to here, aliases repeat more than 100000 values; write them out"}},
		{"merge bomb", Limits{}, mergeBomb(30), []string{"f.yaml:8:19: up to here, aliases repeat more than 100000 values; write them out"}},
		{"size", Limits{FileBytes: 10}, a, []string{"f.yaml:1:1: larger than 10 bytes; it is not read. Split it into several files"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, parseWith(tt.limits, tt.text), tt.want...)
		})
	}
}

func TestHugeFilesAreNotRead(t *testing.T) {
	dir := tree(t, "a.yaml")
	f, err := os.Create(filepath.Join(dir, "huge.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(1 << 40); err != nil { // sparse
		t.Skip("no sparse files here: ", err)
	}
	f.Close()
	expect(t, load(t, dir, Options{}, Input{Path: "."}), "a.yaml:1 A/a.yaml",
		"huge.yaml:1:1: larger than 16 MiB; it is not read. Split it into several files")
	expect(t, load(t, dir, Options{Stdin: zeros{}}, Input{Path: "-"}),
		"-:1:1: larger than 16 MiB; it is not read. Split it into several files")
}

// mergeBomb is bomb with merge keys.
func mergeBomb(n int) string {
	text := strings.ReplaceAll(bomb(n), "[*", "{<<: [*")
	text = strings.ReplaceAll(text, "]\n", "]}\n")
	return strings.Replace(text, "[x]}", "{x: 1}", 1)
}

// zeros is an input without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
