package policy

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/test/generate"
)

// twins are rules in Go that are written again in Rego: whatever the fleet, both say the same.
var twins = map[string]string{"TWIN_402": "DR402", "TWIN_403": "DR403"}

func TestTwinsAgree(t *testing.T) {
	sources, problems, err := Load("testdata/twins")
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	set := Compile(sources)
	if text := refused(set); text != "" || len(set.Policies) != len(twins) {
		t.Fatalf("%d policies\n%s", len(set.Policies), text)
	}
	said := map[string]int{}
	for name, f := range fleets(t) {
		settings := map[string]analyzer.Setting{}
		for rego, native := range twins {
			// Most images of fleets have a tag of their own: the more of them move, the more is compared.
			if native == "DR403" {
				settings[native] = analyzer.Setting{Params: map[string]any{"tags": []any{"latest", "1", "v1", "1.0.0", "4.4.1"}}}
				settings[rego] = settings[native]
			}
		}
		r, err := set.Evaluate(t.Context(), Options{Graph: f.Graph, Settings: settings, Most: 100_000})
		if err != nil || len(r.NotEvaluated) > 0 {
			t.Fatal(name, err, r.NotEvaluated)
		}
		var native []*analyzer.Rule
		for _, rule := range rules.All() {
			if slices.ContainsFunc(r.Rules, func(o *analyzer.Rule) bool { return twins[o.ID] == rule.ID }) {
				native = append(native, rule)
			}
		}
		want, got := told(f, native, settings), told(f, r.Rules, settings)
		for rego, id := range twins {
			if w, g := want[id], got[rego]; !slices.Equal(w, g) {
				t.Errorf("%s: %s says\n\t%s\nand %s\n\t%s", name, id, strings.Join(w, "\n\t"), rego, strings.Join(g, "\n\t"))
			}
			said[id] += len(want[id])
		}
	}
	for id, n := range said {
		if n < 10 {
			t.Errorf("%s is compared on %d findings, want at least ten", id, n)
		}
	}
}

// told are the findings of rules, by the id of the rule.
func told(f *fleet.Fleet, list []*analyzer.Rule, settings map[string]analyzer.Setting) map[string][]string {
	out := map[string][]string{}
	for _, x := range analyzer.Run(f.Graph, &failover.Matrix{}, list, settings) {
		service := ""
		if x.Service != nil {
			service = string(x.Service.ID)
		}
		out[x.Rule.ID] = append(out[x.Rule.ID], strings.Join([]string{x.Position().String(), string(x.Level), service, x.Message}, " "))
	}
	return out
}

// fleets are those of the repository that are plain files, edited so that the twins speak, and generated ones.
func fleets(t *testing.T) map[string]*fleet.Fleet {
	t.Helper()
	all := map[string]*fleet.Fleet{}
	for _, name := range []string{"shop", "shop-alt", "shop-broken", "demo-books", "demo-boutique"} {
		root := filepath.Join("../testdata/fleets", name)
		all[name] = load(t, root)
		copied := t.TempDir()
		if err := os.CopyFS(copied, os.DirFS(root)); err != nil {
			t.Fatal(err)
		}
		edit(t, copied)
		all[name+", edited"] = load(t, copied)
	}
	for seed := range uint64(3) {
		root := t.TempDir()
		if err := generate.Write(root, generate.Fleet(generate.Options{Resources: 600, Seed: seed})); err != nil {
			t.Fatal(err)
		}
		edit(t, root)
		all["generated"+string(rune('0'+seed))] = load(t, root)
	}
	return all
}

// edit takes away the history of every other Deployment, and the tag of some images.
func edit(t *testing.T, root string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			trimmed := strings.TrimLeft(line, " -")
			if strings.HasPrefix(line, "  replicas: ") {
				if n++; n%2 == 0 {
					lines[i] = line + "\n  revisionHistoryLimit: 0"
				}
			}
			if strings.HasPrefix(trimmed, "image: ") {
				if n++; n%3 == 0 {
					lines[i] = line[:strings.LastIndexByte(line, ':')]
				}
			}
		}
		return os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
