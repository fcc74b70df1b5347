package html

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every file that is embedded is part of the page, and every part is small enough to read.
func TestAssetsAreAllUsedAndSmall(t *testing.T) {
	entries, err := fs.ReadDir(files, "assets")
	if err != nil {
		t.Fatal(err)
	}
	used := append(slices.Clone(order), sheetOrder...)
	for _, e := range entries {
		name := path.Join("assets", e.Name())
		if !slices.Contains(used, name) {
			t.Errorf("%s is no part of the page", name)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(text, []byte{'\n'}); lines > 300 {
			t.Errorf("%s has %d lines, want at most 300", name, lines)
		}
	}
}

// Text of the inputs reaches the page as text, never as markup or code.
func TestAssetsMakeNoMarkupOfText(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|createContextualFragment|parseFromString|fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bimport\(`)
	for _, name := range order {
		if strings.HasPrefix(name, "vendor/") {
			continue // has them for uses that the page does not make; the policy of the page refuses them
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := forbidden.Find(text); found != nil {
			t.Errorf("%s holds %s", name, found)
		}
	}
}

// The vendored library is the published one: its digest stands in vendor/README.md, and the script that refreshes it writes both.
func TestVendorIsWhatItsRecordSays(t *testing.T) {
	record, err := os.ReadFile("vendor/README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?m)^\\| `([^`]+)` .* `([0-9a-f]{64})` \\|$").FindAllSubmatch(record, -1)
	if len(found) == 0 {
		t.Fatal("vendor/README.md names no file")
	}
	size := 0
	for _, f := range found {
		text, err := os.ReadFile(path.Join("vendor", string(f[1])))
		if err != nil {
			t.Fatal(err)
		}
		size += len(text)
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != string(f[2]) {
			t.Errorf("%s has another digest than its record", f[1])
		}
	}
	if size > 1_500_000 {
		t.Errorf("libraries take %d bytes, want at most 1,500,000", size)
	}
}
