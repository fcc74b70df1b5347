package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Contents of an overlay are read in place of those of files; a path that is no file of the inputs adds none.
func TestOverlayStandsInForFiles(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{"a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", "b.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: b}\n"} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	res, err := Load(t.Context(), []Input{{Path: "."}}, Options{Root: root, Overlay: map[string][]byte{
		"b.yaml":   []byte("apiVersion: v1\nkind: Service\nmetadata: {name: other}\n"),
		"new.yaml": []byte("apiVersion: v1\nkind: Service\nmetadata: {name: new}\n"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range res.Docs {
		names = append(names, d.Name)
	}
	if got := strings.Join(names, " "); got != "a other" {
		t.Errorf("%s, want a other", got)
	}
	res, err = Load(t.Context(), []Input{{Path: "."}}, Options{Root: root, Limits: Limits{FileBytes: 60}, Overlay: map[string][]byte{"b.yaml": make([]byte, 61)}})
	if err != nil || len(res.Diagnostics) != 1 || !strings.Contains(res.Diagnostics[0].Message, "larger") {
		t.Errorf("%v, %v: an overlay is held to the limits of files", res.Diagnostics, err)
	}
}

// Whoever edits a document finds its bytes where it says.
func TestStretchesStandInTheirFiles(t *testing.T) {
	const file = "\ufeff# head\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: ü}\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n---\n" +
		"{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"j\"}}\n"
	docs, _, diags := Parse("a.yaml", []byte(file), Options{})
	if len(docs) != 3 || len(diags) > 0 {
		t.Fatalf("%d documents, %v", len(docs), diags)
	}
	lines := strings.SplitAfter(file, "\n")
	for i, want := range []string{"Service", "Secret", "\"j\""} {
		s, ok := docs[i].Stretch()
		if !ok || s.JSON != (i == 2) || s.Odd || !strings.Contains(string(s.Raw), want) {
			t.Errorf("%d: %+v", i, s)
		}
		rest := strings.Join(lines[s.Line-1:], "")[s.Column-1:]
		if !strings.HasPrefix(rest, string(s.Raw)) {
			t.Errorf("%d: line %d, column %d begins with %q, not %q", i, s.Line, s.Column, rest, s.Raw)
		}
	}
	rendered, _, _ := Rendered([]byte(file), shifted{}, Options{})
	if _, ok := rendered[0].Stretch(); ok {
		t.Error("a rendered object stands in a file")
	}
}
