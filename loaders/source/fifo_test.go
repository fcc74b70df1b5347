//go:build unix

package source

import (
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOnlyRegularFilesAreOpened(t *testing.T) {
	dir := tree(t, "a.yaml")
	fifo := filepath.Join(dir, "fifo.yaml")
	if err := syscall.Mkfifo(fifo, 0o666); err != nil {
		t.Skip("no FIFOs here: ", err)
	}
	symlink(t, "fifo.yaml", filepath.Join(dir, "link.yaml"))
	const reason = "cannot be read: not a regular file; pipe its content to the input -"
	expect(t, load(t, dir, Options{}, Input{Path: "."}), "a.yaml:1 A/a.yaml", "fifo.yaml: "+reason, "link.yaml: "+reason)
	expect(t, load(t, dir, Options{}, Input{Path: "fifo.yaml"}), "fifo.yaml: "+reason)
	expect(t, load(t, dir, Options{}, Input{Path: "/dev/null"}), path.Join(up(dir), "dev/null")+": "+reason)
	// Even if it becomes one between discovery and reading.
	if _, diag := (File{Path: "fifo.yaml", dir: dir, name: "fifo.yaml"}).Read(t.Context(), Limits{}); diag == nil || diag.Error() != "fifo.yaml: "+reason {
		t.Errorf("reading a FIFO: %v", diag)
	}
}

// up is the way from a directory to the root of the file system.
func up(dir string) string { return strings.Repeat("../", strings.Count(dir, "/")) }
