package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/rules"
)

func load(t testing.TB, tree string) *Fleet {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("../testdata/fleets", tree))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(root, "muster.yaml"), root)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Load(context.Background(), Options{Config: cfg, Source: source.Options{Root: root}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// rebuilt compiles a fleet's documents from nothing.
func rebuilt(f *Fleet) *Fleet {
	inputs := f.Inputs
	inputs.Unreadable = slices.Clone(f.unread)
	next := &Fleet{Config: f.Config, Inputs: inputs, docs: f.docs, unread: f.unread}
	next.build()
	return next
}

// dump writes down everything that a scan would say of a fleet.
func dump(t *testing.T, f *Fleet) []string {
	t.Helper()
	return dumpBy(t, f, failover.NewModel(f.Graph))
}

// dumpBy asks a model that may have come through updates.
func dumpBy(t *testing.T, f *Fleet, model *failover.Model) []string {
	t.Helper()
	var out []string
	for _, s := range f.Graph.Services {
		out = append(out, fmt.Sprintf("service %s endpoints=%d intent=%v", s.ID, len(s.Endpoints), evidence(s.Intent.Evidence)))
	}
	for _, fact := range f.Graph.Facts {
		out = append(out, fmt.Sprintf("fact %s %s %s", fact.Kind, fact.Origin, fact.Message))
	}
	for _, d := range f.Inputs.Unreadable {
		out = append(out, "unreadable "+d.Error())
	}
	for _, n := range f.Inputs.NotUnderstood {
		out = append(out, fmt.Sprintf("not understood %s %s", n.Origin, n.Message))
	}
	for _, s := range f.Inputs.Skipped {
		out = append(out, fmt.Sprintf("skipped %s %s %d", s.Reason, s.Kind, len(s.Places)))
	}
	m, err := model.Compute(context.Background(), failover.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Cells {
		line := fmt.Sprintf("cell %s %s %.4f %v", c.ID(), c.Outcome, c.FailingShare, c.Destinations)
		for _, x := range c.Causes {
			line += fmt.Sprintf(" [%s %s %s]", x.Kind, x.Origin, x.Detail)
		}
		out = append(out, line)
	}
	for _, x := range analyzer.Run(f.Graph, m, rules.All(), nil) {
		out = append(out, fmt.Sprintf("finding %s %s %s %s", x.Rule.ID, x.Level, x.Origin, x.Message))
	}
	slices.Sort(out)
	return out
}

func evidence[T any](list []T) string { return fmt.Sprint(len(list)) }

func compare(t *testing.T, step string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	shown := 0
	for _, w := range want {
		if _, ok := slices.BinarySearch(got, w); !ok && shown < 5 {
			t.Errorf("%s: update lacks %s", step, w)
			shown++
		}
	}
	for _, g := range got {
		if _, ok := slices.BinarySearch(want, g); !ok && shown < 10 {
			t.Errorf("%s: update has    %s", step, g)
			shown++
		}
	}
	t.FailNow()
}

// An update equals a full rebuild, whatever changes: rules removed, brought back, edited and
// moved between hosts, and objects of other kinds.
func TestUpdateEqualsRebuild(t *testing.T) {
	for _, tree := range []string{"shop-broken", "shop-alt"} {
		t.Run(tree, func(t *testing.T) {
			t.Parallel()
			f := load(t, tree)
			model := failover.NewModel(f.Graph)
			rng := rand.New(rand.NewPCG(7, 11))
			for step := range 12 {
				change := randomChange(t, rng, f)
				next, err := f.Update(context.Background(), []Change{change})
				if err != nil {
					t.Fatal(err)
				}
				model = model.Next(next.Graph)
				if step%3 != 1 { // some updates are asked about only after the next one
					compare(t, fmt.Sprintf("step %d, %s", step, describe(change)), dumpBy(t, next, model), dump(t, rebuilt(next)))
				}
				f = next
			}
		})
	}
}

func describe(c Change) string {
	switch {
	case c.Old == nil:
		return "add " + c.New.Key() + " to " + c.Cluster
	case c.New == nil:
		return "remove " + c.Old.Key() + " from " + c.Cluster
	}
	return "edit " + c.Old.Key() + " in " + c.Cluster
}

// randomChange removes, edits or copies some document; nine times of ten a DestinationRule.
func randomChange(t *testing.T, rng *rand.Rand, f *Fleet) Change {
	t.Helper()
	var rulesOf, others []*source.Document
	for _, c := range f.clusters {
		for _, d := range f.docs[c.Name] {
			if d.Kind == "DestinationRule" {
				rulesOf = append(rulesOf, d)
			} else if understood(d) {
				others = append(others, d)
			}
		}
	}
	pick := rulesOf
	if rng.IntN(10) == 0 {
		pick = others
	}
	old := pick[rng.IntN(len(pick))]
	switch rng.IntN(4) {
	case 0:
		return Change{Cluster: old.Cluster, Old: old}
	case 1:
		return Change{Cluster: old.Cluster, New: edited(t, old, old.Name, old.Name+"-copy")}
	case 2:
		return Change{Cluster: old.Cluster, Old: old, New: edited(t, old, "maxEjectionPercent: 100", "maxEjectionPercent: 20")}
	}
	other := rulesOf[rng.IntN(len(rulesOf))]
	return Change{Cluster: old.Cluster, Old: old, New: edited(t, old, old.Name, other.Name)}
}

// edited reads a document again after a textual change.
func edited(t *testing.T, d *source.Document, from, to string) *source.Document {
	t.Helper()
	raw, _ := d.Raw()
	docs, _, _ := source.Parse(d.File, []byte(strings.ReplaceAll(string(raw), from, to)), source.Options{})
	for _, n := range docs {
		if n.Kind == d.Kind && (n.Name == d.Name || strings.Contains(n.Name, to)) || len(docs) == 1 {
			n.Cluster, n.Root = d.Cluster, d.Root
			return n
		}
	}
	return d // an item of a list that the change made unrecognisable: leave it as it is
}

// The old fleet stays valid, and services that the change does not name are shared.
func TestUpdateSharesWhatDoesNotChange(t *testing.T) {
	f := load(t, "shop")
	before := dump(t, f)
	var rule *source.Document
	for _, d := range f.docs["us-east"] {
		if d.Kind == "DestinationRule" && d.Name == "catalog" {
			rule = d
		}
	}
	next, err := f.Update(context.Background(), []Change{{Cluster: "us-east", Old: rule}})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.Graph.Services {
		shared := next.Graph.Services[i] == s
		if want := s.Name != "catalog"; shared != want {
			t.Errorf("%s: shared is %v, want %v", s.ID, shared, want)
		}
	}
	compare(t, "the old fleet", dump(t, f), before)
}
