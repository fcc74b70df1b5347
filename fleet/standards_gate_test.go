package fleet_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules"
)

// edit is one edit of a tree: a text of a file replaced, or the whole file written, moved to a new name or removed.
type edit struct{ file, old, new, move string }

const removed = "\x00"

func (e edit) apply(t *testing.T, root string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(e.file))
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case e.move != "":
		to := filepath.Join(root, filepath.FromSlash(e.move))
		fail(os.MkdirAll(filepath.Dir(to), 0o755))
		fail(os.Rename(path, to))
	case e.new == removed:
		fail(os.RemoveAll(path))
	case e.old == "":
		fail(os.MkdirAll(filepath.Dir(path), 0o755))
		fail(os.WriteFile(path, []byte(e.new), 0o644))
	default:
		data, err := os.ReadFile(path)
		fail(err)
		if n := strings.Count(string(data), e.old); n != 1 {
			t.Fatalf("%s has %q %d times", e.file, e.old, n)
		}
		fail(os.WriteFile(path, []byte(strings.Replace(string(data), e.old, e.new, 1)), 0o644))
	}
}

func edited(t *testing.T, tree string, edits ...[]edit) string {
	t.Helper()
	root := t.TempDir()
	if tree != "" {
		if err := os.CopyFS(root, os.DirFS(filepath.Join(fleetsDir, tree))); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range slices.Concat(edits...) {
		e.apply(t, root)
	}
	return root
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

func loadTree(t *testing.T, root string, cfg *config.Config, by *fleet.Standards) *fleet.Fleet {
	t.Helper()
	f, err := fleet.Load(context.Background(), fleet.Options{Config: cfg, Standards: by, Source: source.Options{Root: root}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func configOf(t *testing.T, root string) *config.Config {
	t.Helper()
	cfg, err := config.Load(filepath.Join(root, "muster.yaml"), root)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// judged are the findings of a fleet that count, as rule, level and subject.
func judged(t *testing.T, f *fleet.Fleet) []string {
	t.Helper()
	m, err := failover.Compute(context.Background(), f.Graph, analyzer.ForFindings(failover.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]analyzer.Setting{}
	covers := f.Covers()
	for id, s := range f.Config.Rules {
		one := analyzer.Setting{Level: string(s.Level), Params: s.Params}
		for i := range s.Scopes {
			one.Scopes = append(one.Scopes, analyzer.Scope{Level: string(s.Scopes[i].Level), Covers: func(x *mesh.Subject) bool { return covers(&s.Scopes[i].Match, x) }})
		}
		settings[id] = one
	}
	list, _ := f.Suppressions()
	findings, _ := analyzer.Suppress(analyzer.Run(f.Graph, m, rules.All(), settings), list, rules.All(), settings,
		analyzer.Suppressing{AsOf: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)})
	var out []string
	for _, x := range findings {
		if x.Suppressed == nil && !strings.HasPrefix(x.Rule.ID, "S") {
			out = append(out, string(x.Level)+" "+x.Rule.ID+" "+subject(x))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func known(name string) (config.KnownRule, bool) {
	for _, r := range rules.All() {
		if name == r.ID || name == r.Slug {
			return config.KnownRule{ID: r.ID, OptIn: r.OptIn}, true
		}
	}
	return config.KnownRule{}, false
}

// compared are two trees of which the second is judged by the first.
type compared struct {
	base, head *fleet.Fleet
	own        *fleet.Fleet // the second, judged by itself
	changes    []config.Change
}

func compareTrees(t *testing.T, tree string, before, after []edit) *compared {
	t.Helper()
	return compareWith(t, loadEdited(t, tree, before), edited(t, tree, before, after))
}

func loadEdited(t *testing.T, tree string, before []edit) *fleet.Fleet {
	t.Helper()
	root := edited(t, tree, before)
	return loadTree(t, root, configOf(t, root), nil)
}

func compareWith(t *testing.T, base *fleet.Fleet, headRoot string) *compared {
	t.Helper()
	c := &compared{base: base}
	baseConfig, headConfig := base.Config, configOf(t, headRoot)
	by := fleet.StandardsOf(c.base)
	by.Rules = known
	c.head = loadTree(t, headRoot, baseConfig.At(headRoot), by)
	c.own = loadTree(t, headRoot, headConfig, nil)
	c.changes = append(config.Rules(known).Changes(baseConfig, headConfig), by.Changes(c.head)...)
	again := append(config.Rules(known).Changes(baseConfig, headConfig), by.Changes(c.own)...)
	if got, want := toldOf(c.changes), toldOf(again); headConfig.Inputs.Ignore == nil && len(headConfig.Clusters) == len(baseConfig.Clusters) && len(c.head.Inputs.Missing) == 0 && !slices.Equal(got, want) {
		t.Errorf("a fleet that is judged by standards tells\n%s\nand by itself\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return c
}

func toldOf(changes []config.Change) []string {
	var out []string
	for _, c := range changes {
		mark := ""
		if c.Weakens {
			mark = "! "
		}
		out = append(out, mark+c.Kind+" "+c.Change+": "+c.What)
	}
	return out
}

const (
	stock     = "mesh/stock.yaml"
	search    = "mesh/search.yaml"
	ofStock   = "error DR104 shop/shop/fulfilment/stock.fulfilment.svc.cluster.local"
	ofSearch  = "error DR103 shop/shop/catalog/search.catalog.svc.cluster.local"
	parcelsOf = "error DR102 shop/shop/fulfilment/parcels.fulfilment.svc.cluster.local"
)

// Each edit takes a finding away from a scan of the head alone. Judged by the base the finding stays, and the edit is told.
func TestNoChangeDisarmsItsOwnGate(t *testing.T) {
	const stockHead, stockNoted = "kind: DestinationRule\nmetadata:\n  name: stock\n  namespace: fulfilment\nspec:\n  host", "kind: DestinationRule\nmetadata:\n  name: stock\n  namespace: fulfilment\n  annotations: {passmuster.dev/ignore: DR104 reason=old}\nspec:\n  host"
	plain := loadEdited(t, "shop-broken", nil)
	found := judged(t, plain)
	for _, tc := range []struct {
		name         string
		before, edit []edit
		loses        string // the finding that a scan of the head alone has no more
		want         string // a piece of the change that tells
	}{
		{name: "config: an objective removed", loses: "error DR202 shop/shop/fulfilment/quotes.fulfilment.svc.cluster.local",
			edit: []edit{{file: "muster.yaml", old: "  - match: {namespace: fulfilment, service: quotes}\n    survive: [region]\n    faults: [crash, hang, partition, error]\n    rto: 60s\n", new: ""}},
			want: "! objective removed: There is no objective for service quotes and namespace fulfilment any more"},
		{name: "config: fewer faults", loses: "error DR202 shop/shop/fulfilment/quotes.fulfilment.svc.cluster.local",
			edit: []edit{{file: "muster.yaml", old: "service: quotes}\n    survive: [region]\n    faults: [crash, hang, partition, error]", new: "service: quotes}\n    survive: [region]\n    faults: [partition]"}},
			want: "! objective changed: The objective for service quotes and namespace fulfilment no longer lists crash, hang, error."},
		{name: "config: a rule off", loses: ofStock, edit: []edit{{file: "muster.yaml", old: "\nobjectives:", new: "\nrules: {DR104: off}\nobjectives:"}},
			want: "! rule changed: The level of rule DR104 is off now"},
		{name: "config: a rule off in one place", loses: ofStock, edit: []edit{{file: "muster.yaml", old: "\nobjectives:", new: "\nrules: {DR104: {scopes: [{match: {namespace: fulfilment}, level: off}]}}\nobjectives:"}},
			want: "! rule added: Rule DR104 has the level off for namespace fulfilment now."},
		{name: "config: a suppression", loses: ofStock, edit: []edit{{file: "muster.yaml", old: "\nobjectives:", new: "\nsuppress: [{rule: policy-discarded, reason: old}]\nobjectives:"}},
			want: "! suppression added"},
		{name: "config: files ignored", loses: ofStock, edit: []edit{{file: "muster.yaml", old: "\nobjectives:", new: "\ninputs: {ignore: [stock.yaml]}\nobjectives:"}},
			want: "! inputs added: Files that match stock.yaml are ignored now."},
		{name: "config: a source less", loses: ofStock, edit: []edit{
			{file: "muster.yaml", old: "      - {path: clusters/eu}\n      - {path: mesh}\n", new: "      - {path: clusters/eu}\n"}},
			want: "! cluster changed: Cluster eu no longer reads mesh."},
		{name: "annotation: an objective that asks for less than the config", loses: "error DR202 shop/shop/fulfilment/quotes.fulfilment.svc.cluster.local",
			edit: annotate("quotes", "us-east", `{passmuster.dev/survive: "zone=us-east-1/us-east-1a", passmuster.dev/faults: crash}`),
			want: "! objective changed: The objective of the service shop/shop/fulfilment/quotes.fulfilment.svc.cluster.local no longer lists region."},
		{name: "label: an objective that matches no more", loses: "error DR202 shop/shop/fulfilment/quotes.fulfilment.svc.cluster.local",
			before: []edit{{file: "muster.yaml", old: "match: {namespace: fulfilment, service: quotes}", new: "match: {labels: {app: quotes}}"}},
			edit:   slices.Concat(unlabel("quotes", "us-east"), unlabel("quotes", "us-west"), unlabel("quotes", "eu")),
			want:   "! objective removed: The service shop/shop/fulfilment/quotes.fulfilment.svc.cluster.local has no objective any more"},
		{name: "comment: a suppression", loses: ofSearch, edit: []edit{{file: search, old: "      localityLbSetting:\n", new: "      localityLbSetting: # muster:ignore DR103 reason=old\n"}},
			want: "! suppression added: DR103 in mesh/search.yaml is suppressed now for ever."},
		{name: "comment: a longer time", loses: ofSearch,
			before: []edit{{file: search, old: "      localityLbSetting:\n", new: "      localityLbSetting: # muster:ignore DR103 reason=old until=2026-12-31\n"}},
			edit:   []edit{{file: search, old: "until=2026-12-31", new: "until=2028-12-31"}},
			want:   "! suppression changed: DR103 in mesh/search.yaml is suppressed until 2028-12-31 now, and was until 2026-12-31."},
		{name: "comment: moved to another object", loses: ofStock,
			before: []edit{{file: stock, old: "kind: VirtualService\n", new: "kind: VirtualService\n# muster:ignore DR104 reason=old\n"}},
			edit: []edit{{file: stock, old: "kind: VirtualService\n# muster:ignore DR104 reason=old\n", new: "kind: VirtualService\n"},
				{file: stock, old: "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n", new: "# muster:ignore DR104 reason=old\napiVersion: networking.istio.io/v1\nkind: DestinationRule\n"}},
			want: "! suppression added: DR104 in mesh/stock.yaml is suppressed now for ever."},
		{name: "comment: widened", loses: ofStock,
			before: []edit{{file: stock, old: "    connectionPool:\n      tcp:", new: "    # muster:ignore DR104 reason=old\n    connectionPool:\n      tcp:"}},
			edit: []edit{{file: stock, old: "    # muster:ignore DR104 reason=old\n", new: ""},
				{file: stock, old: "  trafficPolicy:\n", new: "  # muster:ignore DR104 reason=old\n  trafficPolicy:\n"}},
			want: "! suppression added: DR104 in mesh/stock.yaml is suppressed now for ever."},
		{name: "comment: another rule", loses: ofStock,
			before: []edit{{file: stock, old: "  trafficPolicy:\n", new: "  # muster:ignore DR103 reason=old\n  trafficPolicy:\n"}},
			edit:   []edit{{file: stock, old: "ignore DR103 ", new: "ignore DR103,DR104 "}},
			want:   "! suppression added: DR104 in mesh/stock.yaml is suppressed now for ever."},
		{name: "annotation: a suppression", loses: ofStock, edit: []edit{{file: stock, old: stockHead, new: stockNoted}},
			want: "! suppression added: DR104 of DestinationRule fulfilment/stock is suppressed now for ever."},
		{name: "files: .gitignore", loses: ofStock, edit: []edit{{file: "mesh/.gitignore", new: "st*.yaml\n"}},
			want: "! ignore changed: mesh/stock.yaml is hidden from muster by mesh/.gitignore, and holds DestinationRule fulfilment/stock, VirtualService fulfilment/stock, AuthorizationPolicy fulfilment/stock."},
		{name: "files: the name of Helm's values", loses: ofStock, edit: []edit{{file: stock, move: "mesh/values.yaml"}},
			want: "! inputs changed: mesh/values.yaml is hidden from muster by its name or its place, and holds DestinationRule fulfilment/stock"},
		{name: "files: a folder that is passed over", loses: ofStock, edit: []edit{{file: stock, move: "mesh/vendor/stock.yml"}},
			want: "! inputs changed: mesh/vendor/stock.yml is hidden from muster by its name or its place"},
		{name: "files: beside a new chart", loses: ofStock, edit: []edit{{file: stock, move: "mesh/values-old.yaml"}, {file: "mesh/Chart.yaml", new: "apiVersion: v2\nname: x\nversion: 1.0.0\n"}},
			want: "! inputs changed: mesh/values-old.yaml is hidden from muster by its name or its place"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base, before := plain, found
			if tc.before != nil {
				base = loadEdited(t, "shop-broken", tc.before)
				before = judged(t, base)
			}
			c := compareWith(t, base, edited(t, "shop-broken", tc.before, tc.edit))
			after, alone := judged(t, c.head), judged(t, c.own)
			if !slices.Contains(before, tc.loses) {
				t.Fatalf("the base does not have the finding that the edit is about:\n%s", strings.Join(before, "\n"))
			}
			if slices.Contains(alone, tc.loses) {
				t.Error("a scan of the head alone still has the finding: the edit disarms nothing")
			}
			for _, f := range before {
				if !slices.Contains(after, f) {
					t.Errorf("judged by the base, the head has no %s", f)
				}
			}
			got := toldOf(c.changes)
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, tc.want) }) {
				t.Errorf("got\n%s\nwant one with\n%s", strings.Join(got, "\n"), tc.want)
			}
			for _, x := range c.changes {
				if at := x.Head; at.IsZero() && x.Base.IsZero() || filepath.IsAbs(at.File) {
					t.Errorf("%s stands nowhere, or outside of the tree: %v", x.What, at)
				}
			}
		})
	}
}

// annotate gives the Service of a file annotations.
func annotate(name, cluster, annotations string) []edit {
	return []edit{{file: "clusters/" + cluster + "/fulfilment/" + name + ".yaml", old: "kind: Service\nmetadata:\n", new: "kind: Service\nmetadata:\n  annotations: " + annotations + "\n"}}
}

// unlabel takes the labels of the Service of a file away.
func unlabel(name, cluster string) []edit {
	const head = "kind: Service\nmetadata:\n  name: %\n  namespace: fulfilment\n"
	return []edit{{file: "clusters/" + cluster + "/fulfilment/" + name + ".yaml",
		old: strings.ReplaceAll(head+"  labels:\n    app: %\n", "%", name), new: strings.ReplaceAll(head, "%", name)}}
}
