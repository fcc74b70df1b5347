package layouts

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/proposal"
)

// each runs a test on a copy of each tree, far from the configs of this repository.
func each(t *testing.T, test func(t *testing.T, w *want, tree string)) {
	dirs, err := filepath.Glob(filepath.Join(folder, "[0-9][0-9]-*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no layouts (%v)", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			w, err := readWant(filepath.Join(dir, "want.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			tree := t.TempDir()
			if err := os.CopyFS(tree, os.DirFS(filepath.Join(dir, "tree"))); err != nil {
				t.Fatal(err)
			}
			test(t, w, tree)
		})
	}
}

func propose(t *testing.T, tree string) []byte {
	t.Helper()
	p, err := proposal.Find(context.Background(), tree, proposal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range p.Unread {
		t.Error(d.Error())
	}
	return p.YAML()
}

func TestInitProposesWhatAPersonWould(t *testing.T) {
	each(t, func(t *testing.T, w *want, tree string) {
		text := propose(t, tree)
		if list := w.differences(t, tree, text); len(list) > 0 {
			t.Errorf("%s\nproposed was\n%s", strings.Join(list, "\n"), text)
		}
	})
}
