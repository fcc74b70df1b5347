package action

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// release serves files as a mirror of releases does, by their path below it.
func release(t *testing.T, files map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if text, ok := files[strings.TrimPrefix(r.URL.Path, "/releases/")]; ok {
			fmt.Fprint(w, text)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/releases"
}

// packed is an archive with a program that says a word.
func packed(t *testing.T, word string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	text := "#!/bin/sh\necho " + word + "\n"
	err := w.WriteHeader(&tar.Header{Name: "muster", Mode: 0o644, Size: int64(len(text))})
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err != nil || w.Close() != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sums(names map[string]string) string {
	var b strings.Builder
	for name, data := range names {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256([]byte(data)), name)
	}
	return b.String()
}

// installed is a run of the first step.
type installed struct {
	code        int
	log, binary string
}

// install runs the first step. Tools that the runner does not have are left out of its PATH.
func install(t *testing.T, env map[string]string, without ...string) installed {
	t.Helper()
	dir := t.TempDir()
	output := filepath.Join(dir, "output")
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"bash", "curl", "tar", "gzip", "awk", "cut", "sha256sum", "mktemp", "chmod", "dirname", "basename", "uname", "env", "go", "cat"} {
		if path, err := exec.LookPath(tool); err == nil && !strings.Contains(strings.Join(without, " ")+" ", tool+" ") {
			if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
				t.Fatal(err)
			}
		}
	}
	action, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", readDefinition(t).Runs.Steps[0].Run)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + bin, "HOME=" + dir, "RUNNER_TEMP=" + dir, "GITHUB_OUTPUT=" + output, "RUNNER_OS=Linux", "RUNNER_ARCH=X64",
		"GITHUB_SERVER_URL=https://github.com", "GITHUB_ACTION_PATH=" + action}
	for _, name := range []string{"MUSTER_BINARY_PATH", "MUSTER_VERSION", "MUSTER_MIRROR", "MUSTER_ACTION_REF", "MUSTER_ACTION_REPOSITORY"} {
		if _, ok := env[name]; !ok {
			cmd.Env = append(cmd.Env, name+"=")
		}
	}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	i := installed{code: cmd.ProcessState.ExitCode(), log: string(out)}
	if _, err := os.Stat(output); err == nil {
		i.binary = outputsIn(t, output)["binary"]
	}
	obeyed(t, i.log)
	return i
}

// says runs what was installed.
func (i installed) says(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), i.binary).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, i.log)
	}
	return strings.TrimSpace(string(out))
}

const asset = "muster_linux_amd64.tar.gz"

func TestAReleaseIsInstalledOnlyWithItsChecksum(t *testing.T) {
	good, other := packed(t, "good"), packed(t, "other")
	all := sums(map[string]string{asset: good, "muster_darwin_arm64.tar.gz": other})
	for name, c := range map[string]struct {
		files map[string]string
		env   map[string]string
		says  string // of what was installed, or
		fails string // the error
	}{
		"the one that is named": {files: map[string]string{"download/v1.2.3/checksums.txt": all, "download/v1.2.3/" + asset: good},
			env: map[string]string{"MUSTER_VERSION": "v1.2.3"}, says: "good"},
		"the one that the action is used at": {files: map[string]string{"download/v1.2.3/checksums.txt": all, "download/v1.2.3/" + asset: good},
			env: map[string]string{"MUSTER_ACTION_REF": "v1.2.3"}, says: "good"},
		"the latest": {files: map[string]string{"latest/download/checksums.txt": all, "latest/download/" + asset: good},
			env: map[string]string{"MUSTER_ACTION_REF": "main"}, says: "good"},
		"checksums of a binary mode": {files: map[string]string{"latest/download/checksums.txt": strings.ReplaceAll(all, "  ", " *"), "latest/download/" + asset: good}, says: "good"},
		"altered": {files: map[string]string{"latest/download/checksums.txt": all, "latest/download/" + asset: other},
			fails: asset + " does not have the checksum that the release names"},
		"cut off": {files: map[string]string{"latest/download/checksums.txt": all, "latest/download/" + asset: good[:len(good)/2]},
			fails: asset + " does not have the checksum"},
		"named and not there": {files: map[string]string{"latest/download/checksums.txt": all}, fails: asset + " is named in checksums.txt of the release, and is not there"},
		"not for this runner": {files: map[string]string{"latest/download/checksums.txt": all}, env: map[string]string{"RUNNER_ARCH": "ARM64"},
			fails: "latest: there is no such release for this runner (muster_linux_arm64.tar.gz)"},
		"a page to log in": {files: map[string]string{"latest/download/checksums.txt": "<html>" + asset + "</html>"}, fails: "latest: there is no such release"},
		"not there":        {env: map[string]string{"MUSTER_VERSION": "v9.9.9"}, fails: "v9.9.9: there is no such release for this runner"},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"MUSTER_MIRROR": release(t, c.files)}
			for name, value := range c.env {
				env[name] = value
			}
			i := install(t, env)
			if c.fails != "" {
				if i.code != 2 || i.binary != "" || !strings.Contains(i.log, "::error title=muster::"+c.fails) {
					t.Errorf("exit %d, binary %q, want the error %q:\n%s", i.code, i.binary, c.fails, i.log)
				}
				return
			}
			if i.code != 0 || i.says(t) != c.says {
				t.Errorf("exit %d:\n%s", i.code, i.log)
			}
		})
	}
}

func TestMistakesInInputsOfTheInstallation(t *testing.T) {
	for name, c := range map[string]struct {
		env   map[string]string
		fails string
	}{
		"a version that is none":       {map[string]string{"MUSTER_VERSION": "$(touch pwned)"}, "version: want a tag"},
		"a version that leads away":    {map[string]string{"MUSTER_VERSION": "v1.2.3/../../../x"}, "version: want a tag"},
		"a mirror without a secret":    {map[string]string{"MUSTER_MIRROR": "http://mirror.example/releases"}, "mirror: want an https:// address"},
		"a mirror that is a file":      {map[string]string{"MUSTER_MIRROR": "file:///etc"}, "mirror: want an https:// address"},
		"a mirror with lines":          {map[string]string{"MUSTER_MIRROR": "https://x/\n::error::y"}, "mirror: want an https:// address"},
		"a mirror out of reach":        {map[string]string{"MUSTER_MIRROR": "http://127.0.0.1:1/releases"}, "releases of muster are out of reach of this runner"},
		"a binary that is not there":   {map[string]string{"MUSTER_BINARY_PATH": "nowhere/muster"}, "binary-path: there is no such file"},
		"a binary that is a folder":    {map[string]string{"MUSTER_BINARY_PATH": "."}, "binary-path: there is no such file"},
		"a binary of several lines":    {map[string]string{"MUSTER_BINARY_PATH": "a\nbinary=b"}, "binary-path: want one line"},
		"a processor without releases": {map[string]string{"RUNNER_ARCH": "ARM"}, "there is no release for the processor"},
		"a system without releases":    {map[string]string{"RUNNER_OS": "Plan9"}, "there is no release for the operating system"},
	} {
		t.Run(name, func(t *testing.T) {
			i := install(t, c.env)
			if i.code != 2 || i.binary != "" || !strings.Contains(i.log, "::error title=muster::"+c.fails) {
				t.Errorf("exit %d, binary %q, want the error %q:\n%s", i.code, i.binary, c.fails, i.log)
			}
		})
	}
}

func TestAGivenBinaryNeedsNoTools(t *testing.T) {
	i := install(t, map[string]string{"MUSTER_BINARY_PATH": binary}, "curl", "tar", "go")
	if i.code != 0 || i.binary != binary {
		t.Errorf("exit %d, binary %q:\n%s", i.code, i.binary, i.log)
	}
}

// An action that has no release yet is built from its source; the runner may have no Go.
func TestWithoutAReleaseItIsBuiltFromSource(t *testing.T) {
	i := install(t, map[string]string{"MUSTER_VERSION": "source"}, "go", "curl")
	if want := "version: source, and there is no Go to build it from source. Add actions/setup-go"; i.code != 2 || !strings.Contains(i.log, want) {
		t.Errorf("exit %d, want %q:\n%s", i.code, want, i.log)
	}
	// A stand-in for go: what is asked of it is what is held here; the build itself is what compiled this test's binary.
	dir := t.TempDir()
	said := filepath.Join(dir, "said")
	fake := "#!/bin/sh\necho \"$PWD $GOFLAGS $GOOS $CGO_ENABLED $*\" > " + said + "\nwhile [ \"$1\" != -o ]; do shift; done\nprintf '#!/bin/sh\\necho built\\n' > \"$2\"; chmod +x \"$2\"\n"
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	i = install(t, map[string]string{"MUSTER_VERSION": "source", "GOFLAGS": "-mod=vendor", "GOOS": "plan9", "PATH": dir + ":" + os.Getenv("PATH")})
	if i.code != 0 || i.says(t) != "built" {
		t.Fatalf("exit %d:\n%s", i.code, i.log)
	}
	action, _ := filepath.Abs(root)
	args, err := os.ReadFile(said)
	if err != nil || !strings.HasPrefix(string(args), action+"   0 build -trimpath") || !strings.HasSuffix(string(args), " ./cmd/muster\n") {
		t.Errorf("go was asked for %q (%v)", args, err)
	}
}
