package consul_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
)

const recorded = "../../testdata/vectors/consul"

// seeds calls add with every recorded file of configuration.
func seeds(f *testing.F, add func(name string, data []byte)) {
	f.Helper()
	n := 0
	err := filepath.WalkDir(recorded+"/cases", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "/input/") {
			return err
		}
		data, err := os.ReadFile(path)
		if n++; err == nil {
			add(path, data)
		}
		return err
	})
	if err != nil || n == 0 {
		f.Fatal("no seeds", err)
	}
}

// FuzzParse reads whatever bytes as each kind of file. Nothing may make it panic, every diagnostic
// and every origin has a place in the file, and what is read can be built and asked.
func FuzzParse(f *testing.F) {
	formats := []string{"a.hcl", "a.json", "a.yaml"}
	seeds(f, func(name string, data []byte) {
		for i, format := range formats {
			if filepath.Ext(name) == filepath.Ext(format) {
				f.Add(i, data)
			}
		}
	})
	f.Fuzz(func(t *testing.T, format int, data []byte) {
		file := formats[max(format, -format)&3%len(formats)]
		content, diags := consul.Parse(file, data, source.Options{Limits: source.Limits{Documents: 50, Depth: 30}})
		for _, d := range diags {
			if d.Position.File != file || d.Message == "" {
				t.Errorf("a diagnostic without a place or message: %v", d)
			}
		}
		for _, e := range content.Entries {
			if at := e.Origin.Position(); at.File != file || at.Line < 1 || at.Column < 1 {
				t.Errorf("%s %q is nowhere: %v", e.Kind, e.Name, at)
			}
		}
		fleet := consul.Build(consul.Input{
			Primary: "dc1", Datacenters: []string{"dc1", "dc2"}, Entries: content.Entries,
			Services: map[string][]*consul.Registration{"dc1": content.Services, "dc2": content.Services},
			Peerings: []consul.Peering{{Name: "eu", KnownThereAs: "us", Entries: content.Entries, Services: content.Services}},
		})
		if len(fleet.Unchecked()) > 0 {
			t.Error("so few entries can be checked")
		}
		for _, e := range content.Entries {
			a, err := fleet.Answer(consul.Query{Service: e.Name + "x", Datacenter: "dc1"})
			if err != nil {
				t.Errorf("a service without entries: %v", err)
				continue
			}
			for _, r := range a.Resolvers {
				a.FirstUsable(r)
			}
			if a, err = fleet.Answer(consul.Query{Service: e.Name, Datacenter: "dc2"}); err != nil && !strings.HasPrefix(err.Error(), "too-large") {
				t.Errorf("%s was accepted, and its chain does not compile: %v", e.Name, err)
			} else if err == nil && a.Start == "" {
				t.Errorf("the chain of %s begins nowhere", e.Name)
			}
		}
	})
}

// FuzzFilter parses and checks whatever text.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		"Service.Meta.version == v1", `"warm" not in Service.Tags and not (a["b"] is not empty or c matches "x.*")`,
		"not not in Service.Tags", "((a==1))", "a contains `b`", `"\n" in Service.Meta`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := consul.ParseFilter(text)
		if err != nil {
			return
		}
		if again, err := consul.ParseFilter("(" + text + ")"); err == nil && (again.Check() == nil) != (filter.Check() == nil) {
			t.Errorf("%q means something else in parentheses", text)
		}
		filter.UsesUnknown()
	})
}
