package consul_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/loaders/consul"
)

// bankFault is one entry of the table of bank-broken; testdata/fleets/README.md says what it means.
type bankFault struct {
	ID                         int
	Title, Service, Rule, Slug string
	Level, Scenario, Expect    string
	At                         struct{ File, Match string }
	Revert                     []struct{ File, Old, New string }
}

func bankFaults(t *testing.T) []bankFault {
	t.Helper()
	data, err := os.ReadFile(bankDir + "-broken/faults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []bankFault
	if err := yaml.UnmarshalStrict(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 12 {
		t.Fatalf("%d faults", len(list))
	}
	return list
}

// line is the number of the only line of a file that contains a text.
func line(t *testing.T, file, text string) int {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, l := range strings.Split(string(data), "\n") {
		if strings.Contains(l, text) {
			if found > 0 {
				t.Errorf("%s: %q stands on lines %d and %d", file, text, found, i+1)
			}
			found = i + 1
		}
	}
	if found == 0 {
		t.Errorf("%s: no line with %q", file, text)
	}
	return found
}

// mended is a copy of bank-broken in which faults are changed back, in the order given.
func mended(t *testing.T, faults ...bankFault) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bank")
	if err := os.CopyFS(dir, os.DirFS(bankDir+"-broken")); err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		for _, r := range f.Revert {
			file := filepath.Join(dir, r.File)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(data), r.Old); n != 1 || r.Old == r.New {
				t.Errorf("fault %d: %q occurs %d times in %s", f.ID, r.Old, n, r.File)
			}
			if err := os.WriteFile(file, []byte(strings.Replace(string(data), r.Old, r.New, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestBankTable(t *testing.T) {
	services := map[string]bool{}
	for i, f := range bankFaults(t) {
		if f.ID != i+1 || f.Title == "" || f.Rule == "" || f.Level != "error" || f.Scenario == "" || f.Expect == "" || len(f.Revert) == 0 {
			t.Errorf("fault %d is not complete: %+v", i+1, f)
		}
		if services[f.Service] {
			t.Errorf("two faults of %s", f.Service)
		}
		services[f.Service] = true
		line(t, filepath.Join(bankDir+"-broken", f.At.File), f.At.Match)
		if _, err := os.Stat(filepath.Join("../../docs/rules", f.Rule+".md")); err != nil && (f.Rule != "new" || f.Slug == "") {
			t.Errorf("fault %d: no rule %s", f.ID, f.Rule)
		}
	}
}

// All faults changed back, in either order, leave the clean tree, byte for byte.
func TestBankRevertedIsTheCleanTree(t *testing.T) {
	faults := bankFaults(t)
	backwards := slices.Clone(faults)
	slices.Reverse(backwards)
	for _, order := range [][]bankFault{faults, backwards} {
		got, want := files(t, mended(t, order...)), files(t, bankDir)
		delete(got, "faults.yaml")
		for name := range maps.Keys(want) {
			if got[name] != want[name] {
				t.Errorf("%s is not that of the clean tree", name)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d files, want %d", len(got), len(want))
		}
	}
}

func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// called is what is called, and from where: the upstreams in the registrations.
var called = []string{
	"payments/east", "payments/west", "accounts/east", "accounts/west", "auth/east", "auth/west", "cards/west", "hsm/west", "tokens/west",
	"limits/west", "ledger/west", "settlement/west", "scoring/west", "rates/west", "disputes/west", "fraud/east", "sanctions/east", "sanctions/west",
}

// views are what callers see of everything that is called, while all is well and while nothing of
// the name's own instances is.
func views(t *testing.T, dir string) map[string]string {
	t.Helper()
	in := bank(t, dir)
	f, out := consul.Build(in), map[string]string{}
	for _, c := range called {
		service, datacenter, _ := strings.Cut(c, "/")
		var own []string
		for _, r := range in.Services[datacenter] {
			if r.Name == service {
				own = append(own, r.ID)
			}
		}
		out[c] = seen(t, f, service, datacenter) + " | " + seen(t, f, service, datacenter, own...)
	}
	return out
}

// Each fault changes what callers see of its own service, and of no other. Four of them are not in
// the chains: detection, authorization and timeouts.
func TestBankFaultsTouchOneServiceEach(t *testing.T) {
	clean, broken := views(t, bankDir), views(t, bankDir+"-broken")
	want := map[string]string{
		"scoring/west":  "(scoring.west) scoring.east (scoring-backup.west) | (scoring.west) scoring.east (scoring-backup.west)",
		"accounts/east": "green.accounts.east | (green.accounts.east)",
		"disputes/west": "disputes.west (disputes.esat) | (disputes.west) (disputes.esat)",
		"fraud/east":    "fraud.east (fraud-screening@partner) | (fraud.east) (fraud-screening@partner)",
		"rates/west":    "live.rates.west (rates@partner) | (live.rates.west) (rates@partner)",
		"cards/west":    "v1.card-auth.east v1.card-auth.west; v2.card-auth.east | v1.card-auth.east v1.card-auth.west; v2.card-auth.east",
		"auth/east":     "auth.east auth.west | auth.east auth.west",
		"tokens/west":   "tokens.west | (tokens.west)",
	}
	for _, c := range called {
		if w, faulty := want[c]; faulty && broken[c] != w || !faulty && broken[c] != clean[c] || faulty && clean[c] == w {
			t.Errorf("%s: %s, want %s; the clean tree has %s", c, broken[c], w, clean[c])
		}
	}
	for _, f := range bankFaults(t) {
		parts := strings.Split(f.Service, "/")
		own := parts[3] + "/" + parts[1]
		if !slices.Contains(called, own) {
			t.Errorf("fault %d: nobody calls %s", f.ID, own)
		}
		got := views(t, mended(t, f))
		for _, c := range called {
			if c == own && got[c] != clean[c] || c != own && got[c] != broken[c] {
				t.Errorf("without fault %d, %s is %s", f.ID, c, got[c])
			}
		}
	}
}

// Consul refuses one entry of the broken tree, for what stands at the line of the table.
func TestBankBrokenRefusals(t *testing.T) {
	rejected := consul.Build(bank(t, bankDir+"-broken")).Rejected()
	if len(rejected) != 1 {
		t.Fatalf("%d entries are refused: %v", len(rejected), rejected)
	}
	r, fault := rejected[0], bankFaults(t)[10]
	if r.Entry.Kind != "service-resolver" || r.Entry.Name != "tokens" || r.Reason != "protocol-mismatch" {
		t.Errorf("%s %s: %s", r.Entry.Kind, r.Entry.Name, r.Reason)
	}
	at, want := r.Problem.Origin.Position(), line(t, filepath.Join(bankDir+"-broken", fault.At.File), fault.At.Match)
	if at.File != fault.At.File || at.Line != want {
		t.Errorf("refused for %s:%d, want %s:%d", at.File, at.Line, fault.At.File, want)
	}
}
