package fix

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/fleet"
)

// The planted faults that are repaired without a guess, and what is left of the tree is byte for byte what it was.
func TestPlantedFaultsAreRepaired(t *testing.T) {
	for _, tc := range []struct {
		fleet string
		want  []int
	}{
		{"shop-broken", []int{1, 2, 3, 4, 5, 6, 10, 11, 15, 16}},
		{"shop-alt", []int{1, 2, 3, 4, 5, 6, 11, 15}},
	} {
		t.Run(tc.fleet, func(t *testing.T) {
			root := copyOf(t, tc.fleet, nil)
			faults := faultsOf(t, tc.fleet)
			r := repair(t, root, false)
			var got []int
			for _, f := range r.Repaired {
				if f.Safety != Safe || len(f.Edits) == 0 {
					t.Errorf("%s: %s, %d edits", f.Finding.Position(), f.Safety, len(f.Edits))
				}
				got = append(got, planted(faults, f.Finding))
			}
			slices.Sort(got)
			if !slices.Equal(got, tc.want) {
				t.Errorf("repaired %v, want %v", got, tc.want)
			}
			if len(r.Repaired)+len(r.Left) != len(faults) {
				t.Errorf("%d repaired and %d left, of %d", len(r.Repaired), len(r.Left), len(faults))
			}
			for file := range r.New {
				if got := applied(t, r, file); string(got) != string(r.New[file]) {
					t.Errorf("%s: the edits make\n%s\nwant\n%s", file, got, r.New[file])
				}
				if comments(r.Old[file]) != comments(r.New[file]) {
					t.Errorf("%s: comments and blank lines change:\n%s", file, r.New[file])
				}
			}
			written(t, root, r)
			var left []int
			again := repair(t, root, false)
			for _, f := range again.Left {
				left = append(left, planted(faults, f.Finding))
			}
			if len(again.Repaired) > 0 || len(left) != len(faults)-len(tc.want) || slices.ContainsFunc(left, func(id int) bool { return slices.Contains(tc.want, id) }) {
				t.Errorf("a second run repairs %d, and %v are left", len(again.Repaired), left)
			}
		})
	}
}

// Clean fleets have nothing to repair.
func TestCleanFleetsStay(t *testing.T) {
	if r := repair(t, copyOf(t, "shop", nil), true); len(r.New)+len(r.Repaired)+len(r.Left) > 0 {
		t.Errorf("%d files change, %d repaired, %d left", len(r.New), len(r.Repaired), len(r.Left))
	}
}

// JSON is repaired as YAML is: the same manifests, written as JSON in two layouts.
func TestFilesOfJSONAreRepaired(t *testing.T) {
	for _, layout := range []struct {
		name string
		of   func(any) ([]byte, error)
	}{
		{"compact", json.Marshal},
		{"indented", func(v any) ([]byte, error) { return json.MarshalIndent(v, "", "\t") }},
	} {
		t.Run(layout.name, func(t *testing.T) {
			root := copyOf(t, "shop-broken", nil)
			list, err := filepath.Glob(root + "/mesh/*.yaml")
			if err != nil || len(list) == 0 {
				t.Fatal(err)
			}
			for _, file := range list {
				var items []any
				for part := range strings.SplitSeq(readFile(t, "", file), "\n---\n") {
					var v any
					if err := yaml.Unmarshal([]byte(part), &v); err != nil {
						t.Fatal(err)
					}
					items = append(items, v)
				}
				data, err := layout.of(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, "", strings.TrimSuffix(file, ".yaml")+".json", string(data))
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
			r := repair(t, root, false)
			if len(r.Repaired) != 10 {
				for _, l := range r.Left {
					t.Logf("%s: %s", l.Finding.Position(), l.Why)
				}
				t.Errorf("%d repaired, want 10", len(r.Repaired))
			}
			for file, data := range r.New {
				if strings.HasSuffix(file, ".json") && !json.Valid(data) {
					t.Errorf("%s is no JSON any more:\n%s", file, data)
				}
			}
		})
	}
}

// What somebody accepted, and what was not asked for, is left alone.
func TestSuppressedAndUnwantedFindingsStay(t *testing.T) {
	root := copyOf(t, "shop-broken", map[string][2]string{
		"mesh/search.yaml": {"      localityLbSetting:\n", "      # muster:ignore DR103 until=2027-06-30 reason=\"known\"\n      localityLbSetting:\n"},
	})
	r := repair(t, root, false)
	if r.New["mesh/search.yaml"] != nil || len(r.Repaired) != 9 {
		t.Errorf("%d repaired, search: %s", len(r.Repaired), r.New["mesh/search.yaml"])
	}
	r, err := tryRepair(t, root, func(o *Options) {
		o.Wanted = func(f *analyzer.Finding) bool { return f.Rule.ID == "DR601" }
	})
	if err != nil || len(r.Repaired) != 1 || len(r.New) != 1 || r.New["mesh/returns.yaml"] == nil || len(r.Left) != 0 {
		t.Errorf("%v: %d repaired, %d left, %d files", err, len(r.Repaired), len(r.Left), len(r.New))
	}
}

// A file with a comment that suppresses something elsewhere is repaired, and the comment still covers what it covered.
func TestAFileThatSuppressesSomethingIsRepaired(t *testing.T) {
	root := copyOf(t, "shop-broken", map[string][2]string{
		"mesh/surveys.yaml": {"        subset: v3\n", "        # muster:ignore DR105 until=2027-06-30 reason=\"known\"\n        subset: v3\n"},
		"mesh/returns.yaml": {"    outlierDetecton:\n", "    outlierDetecton:\n      # muster:ignore DR999\n"},
	})
	r, err := tryRepair(t, root, func(o *Options) {
		o.Wanted = func(f *analyzer.Finding) bool { return f.Rule.ID == "DR601" || f.Rule.ID == "DR105" }
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Repaired) != 1 || r.New["mesh/returns.yaml"] == nil {
		t.Errorf("%d repaired", len(r.Repaired))
	}
}

// Reasons why a finding that could be repaired elsewhere is left here.
func TestWhatIsNotCertainStays(t *testing.T) {
	for _, tc := range []struct {
		name  string
		edits map[string][2]string
		file  string // where the finding stands
		why   string
	}{
		{"an alias", map[string][2]string{"mesh/routing.yaml": {"    outlierDetection:\n", "    outlierDetection: &od\n"}}, "mesh/routing.yaml", "anchor"},
		{"a bound that somebody chose", map[string][2]string{"mesh/routing.yaml": {"      baseEjectionTime: 30s\n", "      baseEjectionTime: 30s\n      maxEjectionPercent: 20\n"}}, "mesh/routing.yaml", "somebody chose 20"},
		{"TLS that somebody else ends", map[string][2]string{"mesh/playlists.yaml": {"      mode: DISABLE\n", "      mode: DISABLE\n      sni: a.example\n"}}, "mesh/playlists.yaml", "not certain"},
		{"a rule that is hidden from everybody", map[string][2]string{"mesh/feature-flags.yaml": {`exportTo: ["."]`, `exportTo: ["~"]`}}, "mesh/feature-flags.yaml", "not certain"},
		{"a namespace that has such a rule", map[string][2]string{"mesh/carriers.yaml": {"apiVersion: networking.istio.io/v1\n", "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: carriers, namespace: fulfilment}\nspec: {host: nobody.fulfilment.svc.cluster.local}\n---\napiVersion: networking.istio.io/v1\n"}}, "mesh/policies/carriers.yaml", "not certain"},
		{"a gateway of no sort", map[string][2]string{"clusters/ap/istio-system/eastwest-service.yaml": {"    app: istio-eastwestgateway\n    istio: eastwestgateway\nspec:", "    app: gw\nspec:"}}, "clusters/ap/istio-system/eastwest-service.yaml", "not certain"},
		{"two rules that contradict each other", map[string][2]string{"mesh/cart.yaml": {"        http2MaxRequests: 1000\n", "        http2MaxRequests: 1000\n      tcp: {connectTimeout: 1s}\n"}}, "mesh/cart.yaml", "not certain"},
		{"a comment in what would move", map[string][2]string{"mesh/cart.yaml": {"      simple: LEAST_REQUEST\n", "      simple: LEAST_REQUEST # measured\n"}}, "mesh/cart.yaml", "a comment stands at it"},
		{"a name that is far away", map[string][2]string{"mesh/returns.yaml": {"outlierDetecton:", "outlyerDetecton2:"}}, "mesh/returns.yaml", "not certain"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := tryRepair(t, copyOf(t, "shop-broken", tc.edits), func(o *Options) {
				o.Wanted = func(f *analyzer.Finding) bool { return f.Position().File == tc.file }
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.New[tc.file] != nil {
				t.Errorf("it is repaired:\n%s", r.New[tc.file])
			}
			told := false
			for _, l := range r.Left {
				told = told || l.Finding.Position().File == tc.file && strings.Contains(l.Why, tc.why)
			}
			if !told {
				for _, l := range r.Left {
					t.Logf("%s: %s", l.Finding.Position(), l.Why)
				}
				t.Errorf("nobody says %q", tc.why)
			}
		})
	}
}

// Two findings in one block: each repair has edits of its own, and the later one is right about the earlier one's text.
func TestRepairsOfOneBlockStandBesideEachOther(t *testing.T) {
	root := copyOf(t, "shop-broken", map[string][2]string{
		"mesh/routing.yaml": {"      interval: 5s\n      baseEjectionTime: 30s\n", "      intervall: 5s # often\n      baseEjectionTime: 30s\n"},
	})
	r, err := tryRepair(t, root, func(o *Options) {
		o.Wanted = func(f *analyzer.Finding) bool { return f.Position().File == "mesh/routing.yaml" }
	})
	if err != nil {
		t.Fatal(err)
	}
	text := string(r.New["mesh/routing.yaml"])
	if len(r.Repaired) != 2 || !strings.Contains(text, "      interval: 5s # often\n      baseEjectionTime: 30s\n      maxEjectionPercent: 100\n") {
		t.Errorf("%d repaired:\n%s", len(r.Repaired), text)
	}
	if got := applied(t, r, "mesh/routing.yaml"); string(got) != text {
		t.Errorf("the edits make\n%s\nwant\n%s", got, text)
	}
}

// A repair that would bring another finding to light is none.
func TestARepairThatUncoversAnotherFindingIsNone(t *testing.T) {
	root := copyOf(t, "shop-broken", map[string][2]string{
		"mesh/returns.yaml": {"      maxEjectionPercent: 100\n", "      maxEjectonPercent: 100 # all\n"},
	})
	r, err := tryRepair(t, root, func(o *Options) {
		o.Wanted = func(f *analyzer.Finding) bool { return f.Position().File == "mesh/returns.yaml" }
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.New) > 0 || len(r.Left) != 1 || !strings.Contains(r.Left[0].Why, "would come up") {
		t.Errorf("%d files change, left %v", len(r.New), r.Left)
	}
}

// A file that is read under two names is not edited under one of them.
func TestAFileOfTwoNamesStays(t *testing.T) {
	root := copyOf(t, "shop-broken", map[string][2]string{
		"muster.yaml": {"      - {path: clusters/us-east}\n      - {path: mesh}\n", "      - {path: clusters/us-east}\n      - {path: also}\n"},
	})
	if err := os.Symlink("mesh", filepath.Join(root, "also")); err != nil {
		t.Fatal(err)
	}
	r, err := tryRepair(t, root, func(o *Options) {
		o.Wanted = func(f *analyzer.Finding) bool { return f.Rule.ID == "DR103" || f.Rule.ID == "DR601" }
	})
	if err != nil {
		t.Fatal(err)
	}
	for file := range r.New {
		if !strings.HasPrefix(file, "clusters/") {
			t.Errorf("%s is repaired", file)
		}
	}
	if !slices.ContainsFunc(r.Left, func(l Left) bool { return strings.Contains(l.Why, "several names") }) {
		t.Error("nobody says why")
	}
}

// If a load of everything does not agree with what was seen repair by repair, nothing is repaired.
func TestRepairsThatTheLastScanDoesNotProveAreRefused(t *testing.T) {
	root := copyOf(t, "shop-broken", nil)
	loads := 0
	_, err := tryRepair(t, root, func(o *Options) {
		o.Wanted = func(f *analyzer.Finding) bool { return f.Rule.ID == "DR601" }
		honest := o.Load
		o.Load = func(ctx context.Context, overlay map[string][]byte) (*fleet.Fleet, error) {
			if loads++; loads > 1 {
				overlay = nil
			}
			return honest(ctx, overlay)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "not proven") || loads != 2 {
		t.Errorf("%v after %d loads", err, loads)
	}
	failed := errors.New("no")
	_, err = tryRepair(t, root, func(o *Options) {
		o.Load = func(context.Context, map[string][]byte) (*fleet.Fleet, error) { return nil, failed }
	})
	if !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
}
