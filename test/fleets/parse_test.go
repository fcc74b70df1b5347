package fleets

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
)

// parse reads every file of a tree as its loader does, and reports what cannot be read.
func parse(t *testing.T, tree map[string]string) {
	t.Helper()
	for name, text := range tree {
		if parseTerraform(t, name, text) {
			continue
		}
		var diags []source.Diagnostic
		switch path.Ext(name) {
		case ".yaml", ".json":
			_, _, diags = source.Parse(name, []byte(text), source.Options{})
		case ".hcl":
			var content *consul.Content
			content, diags = consul.Parse(name, []byte(text), source.Options{})
			if len(content.Entries)+len(content.Services) == 0 {
				t.Errorf("%s holds nothing of Consul", name)
			}
		}
		for _, d := range diags {
			t.Errorf("unreadable: %s", d)
		}
	}
}

// Broken trees, their twins, and what lies between them: a fault is nothing that a parser finds.
func TestTreesParse(t *testing.T) {
	for tree, faults := range tables(t) {
		t.Run(tree, func(t *testing.T) {
			broken := files(t, tree)
			parse(t, broken)
			parse(t, reverted(t, broken, faults...))
			if twin := twins[tree]; twin != "" {
				parse(t, files(t, twin))
			}
		})
	}
}

func TestConfigsLoad(t *testing.T) {
	trees := tables(t)
	for _, twin := range twins {
		trees[twin] = nil
	}
	for tree := range trees {
		root, err := filepath.Abs(filepath.Join(fleetsDir, tree))
		if err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(filepath.Join(root, "muster.yaml"), root)
		if err != nil {
			t.Errorf("%s: %v", tree, err)
			continue
		}
		for _, cluster := range c.Clusters {
			for _, s := range cluster.Sources {
				if _, err := os.Stat(c.Resolve(s.Path)); err != nil {
					t.Errorf("%s: %s: %v", tree, cluster.Name, err)
				}
			}
		}
	}
}
