package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The findings of a service stand in several files by turns: each file is read once, not once a line.
func TestLinesOfFilesByTurnsAreReadOnce(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")
	for _, name := range []string{a, b} {
		if err := os.WriteFile(name, []byte(strings.Repeat("kind: "+filepath.Base(name)+"\r\n", 3)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	line := (&inputs{}).line()
	for _, name := range []string{a, b, a} {
		if text, ok := line(name, 2); !ok || text != "kind: "+filepath.Base(name) {
			t.Errorf("%s: %q, %t", name, text, ok)
		}
		if name == b { // whatever becomes of it now, it has been read
			if err := os.Remove(a); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, ok := line(a, 5); ok {
		t.Error("a line that the file does not have")
	}
}
