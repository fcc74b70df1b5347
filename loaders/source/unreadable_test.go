//go:build unix

package source

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Error(err)
	}
}

// asNobody runs the test that calls it again as a user without rights.
func asNobody(t *testing.T) {
	t.Helper()
	dir, err := os.MkdirTemp("", "nobody") //nolint:usetesting // t.TempDir is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "test")
	if err := os.WriteFile(copied, binary, 0o700); err != nil {
		t.Fatal(err)
	}
	chmod(t, dir, 0o777)
	chmod(t, copied, 0o755)
	cmd := exec.Command(copied, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Dir, cmd.Env = dir, []string{"TMPDIR=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS")) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

func TestUnreadableFilesDoNotStopTheRest(t *testing.T) {
	if os.Getuid() == 0 {
		asNobody(t) // root reads everything
		return
	}
	dir := tree(t, "a.yaml", "b.yaml", "d/c.yaml")
	chmod(t, filepath.Join(dir, "b.yaml"), 0)
	chmod(t, filepath.Join(dir, "d"), 0)
	t.Cleanup(func() { chmod(t, filepath.Join(dir, "d"), 0o700) })
	expect(t, load(t, dir, Options{}, Input{Path: "."}), "a.yaml:1 A/a.yaml", "b.yaml: cannot be read: permission denied", "d: cannot be read: permission denied")
}
