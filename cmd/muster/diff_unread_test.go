package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// git runs git in the working directory, with no settings of the machine.
func git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// What a change adds where muster cannot read it is not passed over: whoever deploys the repository may well read it.
func TestDiffOfWhatIsNotRead(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
	for _, c := range []struct {
		name        string
		base, head  string // submodules
		pointer     string // a file
		want        int
		wantMessage string
	}{
		{name: "nothing", want: 0},
		{name: "a submodule among the sources", head: "all/more", want: 3, wantMessage: "all/more"},
		{name: "a submodule elsewhere", head: "docs", want: 0},
		{name: "a submodule that the base has", base: "all/more", head: "all/more", want: 0},
		{name: "a pointer of Git LFS", pointer: "all/more.yaml", want: 3, wantMessage: "all/more.yaml:1:1"},
		{name: "a pointer elsewhere", pointer: "docs/more.yaml", want: 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			trio(t, nil)
			git(t, "init", "-q", "-b", "main")
			git(t, "add", ".")
			git(t, "commit", "-q", "-m", "first")
			submodule := func(at string) {
				if at != "" {
					git(t, "update-index", "--add", "--cacheinfo", "160000,"+git(t, "rev-list", "--max-parents=0", "HEAD")+","+at)
				}
			}
			submodule(c.base)
			git(t, "commit", "-q", "--allow-empty", "-m", "base")
			git(t, "tag", "base")
			submodule(c.head)
			if c.pointer != "" {
				if err := os.MkdirAll(filepath.Dir(c.pointer), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(c.pointer, []byte(pointer), 0o644); err != nil {
					t.Fatal(err)
				}
				git(t, "add", c.pointer)
			}
			git(t, "commit", "-q", "--allow-empty", "-m", "head")
			var out, errs bytes.Buffer
			if got := run([]string{"diff", "base", "HEAD"}, strings.NewReader(""), &out, &errs); got != c.want || !strings.Contains(out.String(), c.wantMessage) {
				t.Errorf("exit %d, want %d, and %q in\n%s%s", got, c.want, c.wantMessage, out.String(), errs.String())
			}
		})
	}
}
