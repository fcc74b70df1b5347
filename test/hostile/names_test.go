//go:build unix

package hostile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// Neither a terminal nor the log of a pipeline takes an instruction from a name or a value.
func TestHostileNamesAreNotObeyed(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"esc\x1b[2J.yaml", "line\n::error::x.yaml", "::add-mask::shop.yaml", "##[error]x.yaml", "c1\u009b2J.yaml", "bidi\u202e.yaml", "\xff.yaml"} {
		write(t, dir, "in/"+name, "a: [\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n"+
			"metadata: {name: \"x\\e[2J\\n::error::\\x9b\\u202e\", namespace: shop}\nspec: {host: \"h\\e[31m\\n##[group]\", \"\\e[2J\": 1}\n")
	}
	write(t, dir, "muster.yaml", "apiVersion: passmuster.dev/v1\n\"::error::\\e[2J\": 1\n")
	orders := regexp.MustCompile(`(?m)^\s*::|##[a-z]*\[`)
	for _, args := range [][]string{
		{"scan", "in", "--config", "none"}, {"scan", "in", "--config", "none", "--strict", "-v"}, {"scan", "in", "--config", "none", "-o", "json"},
		{"matrix", "in", "--config", "none", "--all-services"}, {"graph", "in", "--config", "none"}, {"graph", "in", "--config", "none", "-o", "dot"},
		{"graph", "in", "--config", "none", "-o", "mermaid"}, {"resolve", "in", "--config", "none", "--client", "shop"}, {"scan", "in"},
	} {
		got := run(t, dir, args...)
		for stream, text := range map[string]string{"stdout": got.stdout, "stderr": got.stderr} {
			for _, r := range text {
				if r != '\n' && r != unicode.ReplacementChar && !unicode.IsPrint(r) {
					t.Errorf("%v: %U on %s", args, r, stream)
				}
			}
			if !slices.Contains(args, "json") && orders.MatchString(text) {
				t.Errorf("%v: a pipeline obeys %s: %q", args, stream, orders.FindString(text))
			}
		}
		if len(got.stdout)+len(got.stderr) == 0 {
			t.Errorf("%v: says nothing", args)
		}
	}
}

func TestHundredThousandFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "many"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 100_000 {
		name := filepath.Join(dir, "many", "f"+string(rune('a'+i%26))+"-"+time.Duration(i).String())
		if i%1000 == 0 {
			name += ".yaml"
		}
		file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	write(t, dir, "many/.gitignore", strings.Repeat("**/a/**/b/**/c/**/d*x\n", 20_000))
	write(t, dir, "many/ok.yaml", service("web"))
	got := run(t, dir, "scan", "many", "--config", "none", "-o", "json")
	var r report
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.code != 0 {
		t.Fatalf("exit %d: %v\n%s", got.code, err, got.stderr)
	}
	if r.Inputs.Files != 101 || r.Inputs.Resources != 1 {
		t.Errorf("%d files and %d objects, want 101 and 1", r.Inputs.Files, r.Inputs.Resources)
	}
	t.Logf("%v of processor time, %d MiB", got.cpu, got.memory>>20)
	if got.cpu > 10*mostCPU || got.memory > mostMemory {
		t.Errorf("took %v of processor time and %d MiB", got.cpu, got.memory>>20)
	}
}
