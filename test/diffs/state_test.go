package diffs

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules"
)

const fleetsDir = "../../testdata/fleets"

// Fleets of which there is nothing to say, and those with planted faults.
var (
	clean  = []string{"shop", "video", "bank", "mixed", "atlas", "shop-helm", "shop-kustomize", "shop-argocd", "demo-books", "demo-boutique"}
	broken = []string{"shop-broken", "shop-alt", "video-broken", "bank-broken", "mixed-broken", "atlas-broken"}
)

// tree is the files of a state by their paths.
type tree map[string]string

// treeOf reads the files of a fleet.
func treeOf(t testing.TB, name string) tree {
	t.Helper()
	files := tree{}
	dir := filepath.Join(fleetsDir, name)
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// write puts files into a new folder.
func (files tree) write(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// state is a fleet, judged.
type state struct {
	root     string
	fleet    *fleet.Fleet
	matrix   *failover.Matrix
	findings []*analyzer.Finding
}

// load reads a folder, and judges it by itself.
func load(t testing.TB, root string) *state {
	t.Helper()
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	o := fleet.Options{RenderWithin: 5 * time.Minute, Source: source.Options{Root: root}}
	if path := filepath.Join(root, "muster.yaml"); exists(path) {
		if o.Config, err = config.Load(path, root); err != nil {
			t.Fatal(err)
		}
	} else {
		o.Inputs = []source.Input{{Path: root}}
	}
	s := &state{root: root}
	if s.fleet, err = fleet.Load(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	s.judge(t)
	return s
}

func (s *state) judge(t testing.TB) {
	t.Helper()
	for _, d := range s.fleet.Inputs.Unreadable {
		t.Errorf("unreadable: %s", d)
	}
	var err error
	if s.matrix, err = failover.Compute(context.Background(), s.fleet.Graph, analyzer.ForFindings(failover.Options{})); err != nil {
		t.Fatal(err)
	}
	s.findings = analyzer.Run(s.fleet.Graph, s.matrix, rules.All(), nil)
	list, _ := s.fleet.Suppressions()
	s.findings, _ = analyzer.Suppress(s.findings, list, rules.All(), nil, analyzer.Suppressing{})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (s *state) side() diff.Side {
	return diff.Side{Graph: s.fleet.Graph, Model: s.matrix.Model, Findings: s.findings}
}

// compare is what muster diff tells of two states of one fleet.
func compare(t testing.TB, base, head *state) (*diff.Result, *report.Diff) {
	t.Helper()
	r, err := diff.Compare(context.Background(), base.side(), head.side())
	if err != nil {
		t.Fatal(err)
	}
	changes := config.Rules(known).Changes(base.fleet.Config, head.fleet.Config)
	standards := fleet.StandardsOf(base.fleet)
	standards.Rules = known
	in := report.DiffInput{Version: "v0.0.0", Result: r}
	for _, c := range append(changes, standards.Changes(head.fleet)...) {
		in.Config = append(in.Config, report.ConfigChange{Kind: c.Kind, Change: c.Change, What: c.What, Weakens: c.Weakens,
			Base: report.PositionAt(c.Base), Head: report.PositionAt(c.Head)})
	}
	return r, report.NewDiff(in)
}

// known finds a rule.
func known(name string) (config.KnownRule, bool) {
	for _, r := range rules.All() {
		if r.ID == name || r.Slug == name {
			return config.KnownRule{ID: r.ID, OptIn: r.OptIn, Params: r.Values}, true
		}
	}
	return config.KnownRule{}, false
}

// render is a finding in a line.
func render(f *analyzer.Finding) string {
	p := f.Position()
	return fmt.Sprintf("%s %s %s:%d %s", f.Level, f.Rule.ID, p.File, p.Line, subject(f))
}

// subject is what a finding is about, as the tables of faults name it: a service of a mesh, else the object.
func subject(f *analyzer.Finding) string {
	switch {
	case f.Service != nil && f.Service.Mesh != "dns":
		return string(f.Service.ID)
	case f.Resource.Name != "":
		return f.Resource.Name
	}
	return "-"
}

// fresh are the findings of a diff that the base does not have, or not as severe.
func fresh(r *diff.Result) []*analyzer.Finding {
	list := slices.Clone(r.New)
	for _, f := range r.Raised {
		list = append(list, f.Head)
	}
	return list
}

// tell is a diff in short, for messages of tests.
func tell(d *report.Diff, r *diff.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s %+v", d.Verdict, r.Cells)
	for _, c := range d.Config {
		fmt.Fprintf(&b, "\n  config: %s (weakens: %t)", c.What, c.Weakens)
	}
	for _, g := range d.Cells {
		fmt.Fprintf(&b, "\n  %s %s: %s", g.Change, g.Level, g.Message)
	}
	for _, f := range fresh(r) {
		fmt.Fprintf(&b, "\n  new: %s: %s", render(f), f.Message)
	}
	for _, f := range r.Gone {
		fmt.Fprintf(&b, "\n  gone: %s", render(f))
	}
	for _, e := range r.EdgesAdded {
		fmt.Fprintf(&b, "\n  edge added: %s %s", e.From, e.To)
	}
	for _, e := range r.EdgesRemoved {
		fmt.Fprintf(&b, "\n  edge removed: %s %s", e.From, e.To)
	}
	for _, s := range slices.Concat(r.ServicesAdded, r.ServicesRemoved) {
		fmt.Fprintf(&b, "\n  service: %s", s.ID)
	}
	return b.String()
}
