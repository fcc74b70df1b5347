package fleet

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
)

// digestOf loads a fleet with a config.
func digestOf(t *testing.T, dir string) string {
	t.Helper()
	cfg, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Load(t.Context(), Options{Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	return Digest(f)
}

func edit(t *testing.T, file string, change func(string) string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	now := change(string(text))
	if now == string(text) {
		t.Fatalf("%s did not change", file)
	}
	if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDigestFollowsMeaningAndNotForm(t *testing.T) {
	shop := filepath.Join("..", "testdata", "fleets", "shop")
	want := digestOf(t, shop)
	replace := func(old, now string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, now, 1) }
	}
	for _, tc := range []struct {
		name, file string
		change     func(string) string
		same       bool
	}{
		{"a comment", "mesh/cart.yaml", func(s string) string { return "# who cares\n" + s }, true},
		{"documents in another order", "mesh/cart.yaml", func(s string) string {
			docs := strings.Split(s, "\n---\n")
			return docs[len(docs)-1] + "\n---\n" + strings.Join(docs[:len(docs)-1], "\n---\n")
		}, true},
		{"members in another order", "mesh/cart.yaml", replace("  name: cart\n  namespace: storefront\n", "  namespace: storefront\n  name: cart\n"), true},
		{"another notation", "mesh/cart.yaml", replace("  name: cart\n  namespace: storefront\n", "  {\"name\": cart, namespace: 'storefront'}\n"), true},
		{"what the cluster notes", "mesh/cart.yaml", replace("  name: cart\n", "  name: cart\n  resourceVersion: \"17\"\n  managedFields: []\n"), true},
		{"a level of a rule", "muster.yaml", func(s string) string { return s + "\nrules: {DR108: off}\n" }, true},
		{"a value", "mesh/cart.yaml", replace("connectTimeout: 2s", "connectTimeout: 3s"), false},
		{"an annotation", "mesh/cart.yaml", replace("  name: cart\n", "  name: cart\n  annotations: {a: b}\n"), false},
		{"an order that decides", "mesh/cart.yaml", replace("        - from: us-east-1\n          to: us-west-2\n        - from: us-west-2\n          to: us-east-1\n",
			"        - from: us-west-2\n          to: us-east-1\n        - from: us-east-1\n          to: us-west-2\n"), false},
		{"an objective", "muster.yaml", replace("rto: 60s", "rto: 61s"), false},
		{"a region", "muster.yaml", replace("region: eu-west-1", "region: eu-west-2"), false},
		{"a version", "muster.yaml", replace(`version: "1.31"`, `version: "1.30"`), false},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(shop)); err != nil {
			t.Fatal(err)
		}
		edit(t, filepath.Join(dir, filepath.FromSlash(tc.file)), tc.change)
		if got := digestOf(t, dir); (got == want) != tc.same {
			t.Errorf("%s: the digest stays: %v, want %v", tc.name, got == want, tc.same)
		}
	}
}

func TestDigestSurvivesMovedFiles(t *testing.T) {
	shop := filepath.Join("..", "testdata", "fleets", "shop")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(shop)); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "mesh", "cart.yaml"), filepath.Join(dir, "mesh", "a-cart.yaml")); err != nil {
		t.Fatal(err)
	}
	if got, want := digestOf(t, dir), digestOf(t, shop); got != want {
		t.Errorf("%s after a file was moved, %s before", got, want)
	}
}

func TestDigestSeesConsulEntriesAndTerraform(t *testing.T) {
	for _, tc := range []struct{ fleet, kind string }{{"bank", ".hcl"}, {"atlas", ".tf"}} {
		root := filepath.Join("..", "testdata", "fleets", tc.fleet)
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(root)); err != nil {
			t.Fatal(err)
		}
		before := digestOf(t, dir)
		if again := digestOf(t, dir); again != before {
			t.Errorf("%s: two digests of the same files", tc.fleet)
		}
		changed := false
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
			if err != nil || changed || filepath.Ext(path) != tc.kind {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, word := range []string{`"15s"`, `"10s"`, `"30s"`, `"5s"`, "60", "30", "10"} {
				if now := strings.Replace(string(text), word, strings.Replace(word, "0", "1", 1), 1); now != string(text) {
					if err := os.WriteFile(path, []byte(now), 0o644); err != nil {
						return err
					}
					changed = digestOf(t, dir) != before
					return os.WriteFile(path, text, 0o644)
				}
			}
			return nil
		})
		if err != nil || !changed {
			t.Errorf("%s: no value of a file changes the digest (%v)", tc.fleet, err)
		}
	}
}

func TestCanonicalJSON(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{`{"a":1,"b":[1,2]}`, `{ "b" : [1 ,2], "a":1.0 }`, true},
		{`{"a":"<\u0041>"}`, `{"a":"\u003cA>"}`, true},
		{`{"a":{"c":{},"b":null}}`, `{"a":{"b":null,"c":{}}}`, true},
		{`{"a":[1,2]}`, `{"a":[2,1]}`, false},
		{`{"a":"1"}`, `{"a":1}`, false},
		{`{"a":"true"}`, `{"a":true}`, false},
		{`{"a":["x","y"]}`, `{"a":["x\",\"y"]}`, false},
		{`{"a":{"b":1}}`, `{"a":{},"b":1}`, false},
		{`{"metadata":{"uid":"1"},"status":{"c":[{"lastProbeTime":"x","s":1}]}}`, `{"metadata":{"uid":"2"},"status":{"c":[{"s":1,"lastProbeTime":"y"}]}}`, true},
		{`{"spec":{"uid":"1"}}`, `{"spec":{"uid":"2"}}`, false},
		{`{"a":9007199254740993}`, `{"a":9007199254740992}`, false},
	} {
		var c canonical
		a := string(c.of([]byte(tc.a)))
		if b := string(c.of([]byte(tc.b))); (a == b) != tc.same {
			t.Errorf("%s and %s: %q and %q", tc.a, tc.b, a, b)
		}
	}
}

func BenchmarkDigest(b *testing.B) {
	dir := b.TempDir()
	shop := filepath.Join("..", "testdata", "fleets", "shop", "mesh")
	for i := range 100 {
		if err := os.CopyFS(filepath.Join(dir, fmt.Sprint(i)), os.DirFS(shop)); err != nil {
			b.Fatal(err)
		}
	}
	f, err := Load(b.Context(), Options{Inputs: []source.Input{{Path: dir}}})
	if err != nil {
		b.Fatal(err)
	}
	objects := 0
	for _, docs := range f.docs {
		objects += len(docs)
	}
	began := time.Now()
	for b.Loop() {
		Digest(f)
	}
	b.ReportMetric(float64(objects), "objects")
	b.ReportMetric(float64(time.Since(began).Microseconds())/float64(b.N)/float64(objects)*10, "ms/10k-objects")
}
