package fix

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/rules"
)

// repair runs fix in a folder.
func repair(t *testing.T, root string, unsafe bool) *Result {
	t.Helper()
	r, err := tryRepair(t, root, func(o *Options) { o.Unsafe = unsafe })
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tryRepair(t *testing.T, root string, with func(*Options)) (*Result, error) {
	t.Helper()
	files := Files{Dir: root, Roots: []string{"."}}
	o := Options{Read: files.Read, Real: files.Real,
		Load: func(ctx context.Context, overlay map[string][]byte) (*fleet.Fleet, error) {
			return load(ctx, root, overlay)
		},
		Judge: func(ctx context.Context, f *fleet.Fleet) (*failover.Matrix, []*analyzer.Finding, error) {
			m, err := failover.Compute(ctx, f.Graph, analyzer.ForFindings(failover.Options{}))
			if err != nil {
				return nil, nil, err
			}
			suppressions, _ := f.Suppressions()
			findings, _ := analyzer.Suppress(analyzer.Run(f.Graph, m, rules.All(), nil), suppressions, rules.All(), nil,
				analyzer.Suppressing{AsOf: time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC)})
			return m, findings, nil
		},
	}
	with(&o)
	return Run(t.Context(), o)
}

func load(ctx context.Context, root string, overlay map[string][]byte) (*fleet.Fleet, error) {
	cfg, err := config.Load(filepath.Join(root, "muster.yaml"), root)
	if err != nil {
		return nil, err
	}
	return fleet.Load(ctx, fleet.Options{Config: cfg, Source: source.Options{Root: root, Overlay: overlay}})
}

// copyOf copies a fleet into a new folder, with edits: old and new texts by file. An old text occurs once.
func copyOf(t *testing.T, name string, edits map[string][2]string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(root, os.DirFS("../testdata/fleets/"+name)); err != nil {
		t.Fatal(err)
	}
	for file, e := range edits {
		text := readFile(t, root, file)
		if strings.Count(text, e[0]) != 1 {
			t.Fatalf("%s: %q is not once in it", file, e[0])
		}
		writeFile(t, root, file, strings.Replace(text, e[0], e[1], 1))
	}
	return root
}

func readFile(t *testing.T, root, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func writeFile(t *testing.T, root, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// written writes a result into its folder.
func written(t *testing.T, root string, r *Result) {
	t.Helper()
	if _, err := (Files{Dir: root, Roots: []string{"."}}).Write(r.Old, r.New); err != nil {
		t.Fatal(err)
	}
}

// applied is what the edits of a result make of a file: all of them, in the order of their places.
func applied(t *testing.T, r *Result, file string) []byte {
	t.Helper()
	out, at := []byte(nil), 0
	for {
		var next *Edit
		for i := range r.Repaired {
			for j := range r.Repaired[i].Edits {
				e := &r.Repaired[i].Edits[j]
				if e.File == file && e.Start >= at && (next == nil || e.Start < next.Start) {
					next = e
				}
			}
		}
		if next == nil {
			return append(out, r.Old[file][at:]...)
		}
		out = append(append(out, r.Old[file][at:next.Start]...), next.New...)
		at = max(next.End, next.Start+1)
		out = append(out, r.Old[file][next.End:at]...)
	}
}

// fault is one entry of a faults.yaml.
type fault struct {
	ID            int
	Rule, Service string
	At            struct{ File, Match string }
}

func faultsOf(t *testing.T, fleet string) []fault {
	t.Helper()
	var list []fault
	if err := yaml.Unmarshal([]byte(readFile(t, "../testdata/fleets/"+fleet, "faults.yaml")), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// planted is the number of the fault that a finding is; 0 = none.
func planted(list []fault, f *analyzer.Finding) int {
	for _, x := range list {
		if x.Rule == f.Rule.ID && f.Service != nil && x.Service == string(f.Service.ID) && strings.HasSuffix(f.Position().File, x.At.File) {
			return x.ID
		}
	}
	return 0
}

// comments are the lines of a text that are blank or hold a comment.
func comments(text []byte) string {
	var out [][]byte
	for line := range bytes.Lines(text) {
		if trimmed := bytes.TrimSpace(line); len(trimmed) == 0 || bytes.Contains(line, []byte("#")) {
			out = append(out, line)
		}
	}
	return string(bytes.Join(out, nil))
}
