//go:build unix

package hostile

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/loaders/render"
)

// A template may ask for any amount of memory and time. It gets what the renderer may have, and
// costs one line; what stands beside it is audited.
func TestEndlessTemplatesAreStopped(t *testing.T) {
	const loop = "{{ range until 10000 }}"
	for _, tc := range []struct {
		name, template, message string
		cpu                     time.Duration
		memory                  int64
	}{
		{"memory", "{{ range until 200000000 }}x{{ end }}\n", "rendering needed more than 600 MB and was stopped", mostCPU, render.DefaultMemoryBytes + mostMemory},
		{"output", "a: |\n{{ range until 100000 }}  {{ repeat 100000 \"x\" }}\n{{ end }}", "and was stopped", 10 * mostCPU, render.DefaultMemoryBytes + mostMemory},
		{"time", strings.Repeat(loop, 4) + strings.Repeat("{{ end }}", 4) + "\n", "rendering took more than " + render.DefaultDeadline.String() + " and was stopped", 3 * render.DefaultDeadline, mostMemory},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			sound(t, dir)
			write(t, dir, "endless/Chart.yaml", chartYAML)
			write(t, dir, "endless/templates/a.yaml", tc.template)
			got := run(t, dir, "scan", "--config", "none", "-o", "json")
			got.bounded(t, tc.cpu, tc.memory)
			var r report
			if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.code != 3 {
				t.Fatalf("exit %d: %v\n%s", got.code, err, got.stderr)
			}
			if r.Inputs.Resources != soundObjects || len(r.Services) != soundServices {
				t.Errorf("%d objects and %d services audited, want %d and %d", r.Inputs.Resources, len(r.Services), soundObjects, soundServices)
			}
			for _, u := range r.Inputs.Unreadable {
				if u.File == "broken.yaml" {
					continue
				}
				if u.File != "endless/Chart.yaml" || u.Line != 1 || !strings.Contains(u.Message, tc.message) || !strings.Contains(u.Message, "(render it beforehand: helm template endless | muster scan -)") {
					t.Errorf("%+v", u)
				}
			}
			if len(r.Inputs.Unreadable) != 2 || len(r.Inputs.Missing) != 1 || len(r.Inputs.Rendered) != 0 {
				t.Errorf("%+v", r.Inputs)
			}
		})
	}
}
