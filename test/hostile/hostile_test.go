//go:build unix

// Package hostile holds the promise that no input stops an audit, steers who reads it, or makes it
// expensive: the real program on one directory of everything that a stranger may put in a pull
// request.
package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// binary is the program, compiled once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "muster")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	binary = filepath.Join(dir, "muster")
	cmd := exec.Command("go", "build", "-o", binary, "github.com/passmuster/muster/cmd/muster")
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// outcome is one run of the program.
type outcome struct {
	code           int
	stdout, stderr string
	cpu            time.Duration
	memory         int64 // peak resident set, in bytes
}

func run(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("no resource usage")
	}
	memory := usage.Maxrss // kilobytes, but on Darwin
	if runtime.GOOS != "darwin" {
		memory <<= 10
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String(),
		cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), memory}
}

// report is the part of the JSON report that is looked at.
type report struct {
	Inputs struct {
		Files, Documents, Resources, Ignored int
		Unreadable                           []unreadable
		Skipped                              []struct {
			Reason, Kind string
			Count        int
			Examples     []string
		}
		NotUnderstood []struct{ Message string }
	}
	Services []struct{ ID string }
	Findings []struct{ Rule, Level, Message string }
	Matrix   []struct{ Service, Outcome string }
}

type unreadable struct {
	File         string
	Line, Column int
	Message      string
}

// unread is what the report has to say of each bad input: one entry each, and no other.
var unread = []unreadable{
	{"bomb.yaml", 8, 45, "aliases repeat more than 100000 values"},
	{"brackets.json", 1, 50001, "nested thousands of levels deep"},
	{"brackets.yaml", 1, 1, "nested thousands of levels deep"},
	{"broken.yaml", 9, 1, "a tab where YAML wants spaces"},
	{"dense.yaml", 1, 1, "more than 1000000 values"},
	{"fifo.yaml", 0, 0, "not a regular file"},
	{"latin1.yaml", 3, 21, "invalid UTF-8"},
	{"leak.yaml", 0, 0, "leads out of . and is not followed"},
	{"log.yaml", 1, 1, "larger than 16 MiB"},
	{"longname.yaml", 3, 12, "metadata.name is longer than Kubernetes takes"},
	{"mapkey.yaml", 5, 4, "a mapping or a list cannot be a key"},
	{"nul.yaml", 3, 18, "a control character"},
	{"star.yaml", 6, 5, "put the value in quotes"},
	{"utf16.yaml", 1, 1, "UTF-16"},
}

// skipped is what the record has to say of files that are no manifests. What charts and
// kustomizations come to is the business of rendering: of them only that they are accounted for.
var skipped = []struct {
	reason, kind, example string
	rendered              bool // may be absent: rendered, or missing with a reason of its own
}{
	{"Ansible playbook", "", "site.yml:1", false},
	{"template, not rendered", "", "template.yaml:1", false},
	{"kinds that muster does not model", "CustomResourceDefinition.apiextensions.k8s.io", "crds/crd.yaml:1", false},
	{"Helm chart, not rendered yet", "", "chart/Chart.yaml:1", true},
	{"kustomization, not rendered yet", "", "remote/kustomization.yaml:1", true},
}

// These bound the whole run; ten times as much as it needs would still be caught.
const (
	mostCPU    = 3 * time.Second
	mostMemory = 300 << 20
)

func TestHostileDirectory(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	sound(t, dir)
	bad(t, dir, outside)

	got := run(t, dir, "scan", "--config", "none", "-o", "json")
	if got.code != 3 {
		t.Errorf("exit code %d, want 3\n%s", got.code, got.stderr)
	}
	if got.cpu > mostCPU || got.memory > mostMemory {
		t.Errorf("took %v of processor time and %d MiB, want at most %v and %d MiB", got.cpu, got.memory>>20, mostCPU, mostMemory>>20)
	}
	t.Logf("%v of processor time, %d MiB", got.cpu, got.memory>>20)
	var r report
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil {
		t.Fatalf("%v\n%s", err, got.stdout)
	}
	checkUnreadable(t, r)
	checkSkipped(t, r)
	if r.Inputs.Resources != soundObjects || len(r.Services) != soundServices {
		t.Errorf("%d objects and %d services audited, want %d and %d", r.Inputs.Resources, len(r.Services), soundObjects, soundServices)
	}
	for _, s := range r.Services {
		if strings.Contains(s.ID, "secret") {
			t.Errorf("%s stands outside of the root", s.ID)
		}
	}
	survives := 0
	for _, c := range r.Matrix {
		if strings.HasSuffix(c.Service, "/cart.shop.svc.cluster.local") && c.Outcome == "survives" {
			survives++
		}
	}
	if survives == 0 {
		t.Error("the sound application was not predicted to survive anything")
	}
	again := run(t, dir, "scan", "--config", "none", "-o", "json")
	if again.stdout != got.stdout {
		t.Error("the same directory gave two different reports")
	}
}

// many.yaml has its first problems told one by one, and the others counted.
func checkUnreadable(t *testing.T, r report) {
	t.Helper()
	const flood = "many.yaml"
	of := map[string][]unreadable{}
	for _, u := range r.Inputs.Unreadable {
		of[u.File] = append(of[u.File], u)
	}
	if n := len(of[flood]); n != 21 || !strings.Contains(of[flood][20].Message, "in 49979 more places") {
		t.Errorf("%s: %d entries, want 20 and one for the rest: %v", flood, n, of[flood][max(0, n-1):])
	}
	delete(of, flood)
	for _, want := range unread {
		list := of[want.File]
		delete(of, want.File)
		if len(list) != 1 || list[0].Line != want.Line || list[0].Column != want.Column || !strings.Contains(list[0].Message, want.Message) {
			t.Errorf("want one entry %v, have %v", want, list)
		}
	}
	for file, list := range of {
		if !strings.HasPrefix(file, "chart/") && !strings.HasPrefix(file, "remote/") {
			t.Errorf("%s: %v", file, list)
		}
	}
}

func checkSkipped(t *testing.T, r report) {
	t.Helper()
	for _, want := range skipped {
		found := false
		for _, s := range r.Inputs.Skipped {
			found = found || s.Reason == want.reason && s.Kind == want.kind && slices.Contains(s.Examples, want.example)
		}
		if !found && !want.rendered {
			t.Errorf("nothing is said of %s (%s %s): %v", want.example, want.reason, want.kind, r.Inputs.Skipped)
		}
	}
}
