package fleet_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	rendering "github.com/passmuster/muster/loaders/render"
)

var forms = []string{"shop-kustomize", "shop-helm", "shop-argocd"}

// The shop as overlays, as a chart and as a monorepo is predicted as the shop in plain manifests is,
// cell by cell.
func TestEveryFormIsPredictedAsTheShopIs(t *testing.T) {
	renderer := builtRenderer(t)
	_, plain, _ := audit(t, filepath.Join(fleetsDir, "shop"))
	want := inWords(plain.Cells)
	for _, form := range forms {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			_, m, findings := auditBy(t, filepath.Join(fleetsDir, form), renderer)
			if list := loud(findings, analyzer.Note); len(list) > 0 {
				t.Errorf("findings: %v", list)
			}
			got := inWords(m.Cells)
			if len(got) != len(want) {
				t.Errorf("%d cells, want %d", len(got), len(want))
			}
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Fatalf("got  %s\nwant %s", got[i], want[i])
				}
			}
		})
	}
}

// builtRenderer is the child of the program itself: the test binary would do, but with the race
// detector in it kustomize takes ten times as long.
func builtRenderer(t *testing.T) []string {
	t.Helper()
	muster := filepath.Join(t.TempDir(), "muster")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", muster, "github.com/passmuster/muster/cmd/muster").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return []string{muster, rendering.Verb}
}

// inWords writes down what cells say, apart from lines.
func inWords(cells []*failover.Cell) []string {
	list := make([]string, len(cells))
	for i, c := range cells {
		list[i] = fmt.Sprintf("%s %s %q %v %v %v %v %v", c.ID(), c.Outcome, c.Reason, c.FailingShare, c.Before, c.Destinations, c.Capacity, c.Recovery.Upper)
	}
	return list
}

// formFault is an entry of forms.yaml.
type formFault struct {
	Form, Title, Rule string
	Services          []string
	At                struct {
		File         string
		Line, Column int
	}
	Edits []struct{ File, Old, New string }
}

// A fault in a patch, a values file or a template is found where it was written, once for each
// service that it concerns, however many clusters read it.
func TestFaultsOfFormsAreFoundWhereTheyWereWritten(t *testing.T) {
	renderer := builtRenderer(t)
	data, err := os.ReadFile(filepath.Join(fleetsDir, "forms.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var faults []formFault
	if err := yaml.Unmarshal(data, &faults); err != nil {
		t.Fatal(err)
	}
	if len(faults) < len(forms) {
		t.Fatalf("%d faults for %d forms", len(faults), len(forms))
	}
	for _, f := range faults {
		t.Run(f.Form+": "+f.Title, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(fleetsDir, f.Form))); err != nil {
				t.Fatal(err)
			}
			for _, e := range f.Edits {
				name := filepath.Join(dir, filepath.FromSlash(e.File))
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if n := strings.Count(string(text), e.Old); n != 1 {
					t.Fatalf("%s holds %q %d times", e.File, e.Old, n)
				}
				if err := os.WriteFile(name, []byte(strings.Replace(string(text), e.Old, e.New, 1)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, _, findings := auditBy(t, dir, renderer)
			var got, want []string
			for _, x := range findings {
				if x.Level == analyzer.Error {
					got = append(got, fmt.Sprintf("%s %s %s", x.Rule.ID, x.Position(), x.Service.ID))
				}
			}
			for _, s := range f.Services {
				want = append(want, fmt.Sprintf("%s %s:%d:%d %s", f.Rule, f.At.File, f.At.Line, f.At.Column, s))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("errors are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}
