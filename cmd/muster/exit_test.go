package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// trio copies the fleet of the scripts into the working directory, and adds files; an empty one
// is removed.
func trio(t *testing.T, files map[string]string) {
	t.Helper()
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.CopyFS(".", os.DirFS(filepath.Join(home, "testdata/fleets/trio"))); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if content == "" {
			err = os.RemoveAll(name)
		} else {
			err = os.WriteFile(name, []byte(content), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

const (
	// hang makes the trio break a promise once cart.yaml is gone.
	hang = `apiVersion: passmuster.dev/v1
clusters:
  - {name: east, region: us-east-1, zones: [us-east-1a], sources: [{path: east}, {path: all}]}
  - {name: west, region: us-west-2, zones: [us-west-2a], sources: [{path: west}, {path: all}]}
  - {name: eu, region: eu-west-1, zones: [eu-west-1a], sources: [{path: eu}, {path: all}]}
meshes: [{name: shop, kind: istio, version: "1.31"}]
objectives: [{match: {namespace: shop, service: cart}, survive: [region], faults: [hang]}]
`
	// nothing has a source without a single object.
	nothing = `apiVersion: passmuster.dev/v1
clusters: [{name: east, region: us-east-1, sources: [{path: empty.yaml}]}]
`
	unclosed = "a: [unclosed\n"
	secret   = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n"
	filter   = "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: lua, namespace: shop}\n"
	misspelt = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec: {host: web.shop.svc.cluster.local, colour: red}
`
)

func TestExitCodes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		args  string
		want  int
	}{
		{"clean", nil, "", 0},
		{"findings", map[string]string{"muster.yaml": hang, "all/cart.yaml": ""}, "", 1},
		{"findings below the threshold", map[string]string{"muster.yaml": hang, "all/cart.yaml": ""}, "--fail-on none", 0},
		{"a warning below the threshold", map[string]string{"all/web.yaml": misspelt}, "", 0},
		{"a warning at the threshold", map[string]string{"all/web.yaml": misspelt}, "--fail-on warning", 1},
		{"a warning above the threshold", map[string]string{"all/web.yaml": misspelt}, "--fail-on note", 1},
		{"a warning that the config makes an error", map[string]string{"all/web.yaml": misspelt, "muster.yaml": hang + "rules: {DR601: error}\n"}, "", 1},
		{"a warning that the config turns off", map[string]string{"all/web.yaml": misspelt, "muster.yaml": hang + "rules: {DR601: off}\n"}, "--fail-on note", 0},
		{"unknown flag", nil, "--bogus", 2},
		{"unknown level", nil, "--fail-on loud", 2},
		{"broken config", map[string]string{"muster.yaml": "apiVersion: v7\n"}, "", 2},
		{"missing path", nil, "missing", 2},
		{"malformed glob", nil, "--exclude [", 2},
		{"unreadable", map[string]string{"all/bad.yaml": unclosed}, "", 3},
		{"unreadable, forgiven", map[string]string{"all/bad.yaml": unclosed}, "--unreadable warn", 0},
		{"unreadable, forgiven by the config", map[string]string{"east/bad.yaml": unclosed, "muster.yaml": hang + "inputs: {unreadable: warn}\n"}, "", 0},
		{"unreadable, forgiven by the config, not by the flag", map[string]string{"east/bad.yaml": unclosed, "muster.yaml": hang + "inputs: {unreadable: warn}\n"}, "--unreadable error", 3},
		{"nothing", map[string]string{"muster.yaml": nothing, "empty.yaml": "# nothing\n"}, "", 4},
		{"nothing, allowed", map[string]string{"muster.yaml": nothing, "empty.yaml": "# nothing\n"}, "--allow-empty", 0},
		{"nothing but ignored files", map[string]string{"muster.yaml": nothing, "empty.yaml": "- hosts: all\n  tasks: []\n"}, "", 4},
		{"nothing but what is not modelled", map[string]string{"muster.yaml": nothing, "empty.yaml": secret}, "", 4},
		{"nothing but what is not modelled, allowed", map[string]string{"muster.yaml": nothing, "empty.yaml": secret}, "--allow-empty", 0},
		{"nothing but what is not understood", map[string]string{"muster.yaml": nothing, "empty.yaml": filter}, "", 4},
		{"unreadable and nothing, only the latter allowed", map[string]string{"muster.yaml": nothing, "empty.yaml": unclosed}, "--allow-empty", 3},
		{"unreadable and nothing, only the former forgiven", map[string]string{"muster.yaml": nothing, "empty.yaml": unclosed}, "--unreadable warn", 4},
		{"unreadable and nothing, both put up with", map[string]string{"muster.yaml": nothing, "empty.yaml": unclosed}, "--unreadable warn --allow-empty", 0},
		{"strict, all understood", nil, "--strict", 0},
		{"not understood", map[string]string{"all/filter.yaml": filter}, "", 0},
		{"strict, not understood", map[string]string{"all/filter.yaml": filter}, "--strict", 1},
		{"strict, skipped", map[string]string{"all/secret.yaml": secret}, "--strict", 0},
		{"strict, not rendered", map[string]string{"all/template.yaml": "kind: {{ x }}\n"}, "--strict", 1},
		{"strict, unreadable", map[string]string{"all/bad.yaml": unclosed}, "--strict", 3},
		{"strict, unreadable, forgiven", map[string]string{"all/bad.yaml": unclosed}, "--strict --unreadable warn", 1},
		{"timeout", nil, "--timeout 1ns", 5},
		// Precedence: 2, 5, 3, 4, 1.
		{"usage before timeout", nil, "--timeout 1ns --fail-on loud", 2},
		{"config before timeout", map[string]string{"muster.yaml": "apiVersion: v7\n"}, "--timeout 1ns", 2},
		{"timeout before unreadable and findings", map[string]string{"muster.yaml": hang, "all/cart.yaml": "", "all/bad.yaml": unclosed}, "--timeout 1ns", 5},
		{"unreadable before nothing", map[string]string{"muster.yaml": nothing, "empty.yaml": unclosed}, "", 3},
		{"unreadable before findings", map[string]string{"muster.yaml": hang, "all/cart.yaml": "", "all/bad.yaml": unclosed}, "", 3},
	} {
		for _, format := range []string{"", "-o text", "-o json", "-o json -o text=report.txt"} {
			t.Run(tc.name+format, func(t *testing.T) {
				trio(t, tc.files)
				var out, errs bytes.Buffer
				got := run(append([]string{"scan"}, strings.Fields(tc.args+" "+format)...), strings.NewReader(""), &out, &errs)
				if got != tc.want {
					t.Errorf("exit %d, want %d\n%s%s", got, tc.want, out.String(), errs.String())
				}
				// A run that ends early has no report, and says why; the others have one.
				if early := tc.want == 2 || tc.want == 5; early != (out.Len() == 0) || early && errs.Len() == 0 {
					t.Errorf("stdout %q, stderr %q", out.String(), errs.String())
				}
				if strings.Contains(errs.String(), "goroutine") || strings.Contains(errs.String(), "*fs.PathError") {
					t.Errorf("stderr speaks Go: %s", errs.String())
				}
			})
		}
	}
}

// TestExitPrecedence holds the precedence for every set of codes that a run can earn.
func TestExitPrecedence(t *testing.T) {
	order := []int{2, 5, 3, 4, 1}
	for set := range 1 << len(order) {
		want := 0
		var errs []error
		for i := len(order) - 1; i >= 0; i-- {
			if set&(1<<i) != 0 {
				errs = append(errs, &exitError{code: order[i]})
				want = order[i]
			}
		}
		if got := exitCode(errors.Join(errs...)); got != want {
			t.Errorf("%v: exit %d, want %d", errs, got, want)
		}
	}
}

func TestErrorsOfOthersHaveACode(t *testing.T) {
	for err, want := range map[error]int{
		errors.New("unknown command"):                                     2,
		fmt.Errorf("reading: %w", context.Canceled):                       5,
		fmt.Errorf("reading: %w", context.DeadlineExceeded):               5,
		fmt.Errorf("in: %w", &exitError{code: 3}):                         3,
		errors.Join(&exitError{code: 1}, errors.New("cannot be written")): 2,
	} {
		if got := exitCode(err); got != want {
			t.Errorf("%v: exit %d, want %d", err, got, want)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A report that nobody received must not look like a clean one.
func TestAReportThatCannotBeWrittenIsNoSuccess(t *testing.T) {
	for _, args := range []string{"scan", "scan -o json", "matrix", "graph", "graph -o json", "resolve --client shop --cluster east", "scan -o json=missing/report.json"} {
		t.Run(args, func(t *testing.T) {
			trio(t, nil)
			var out io.Writer = full{}
			if strings.Contains(args, "missing/") {
				out = io.Discard
			}
			var errs bytes.Buffer
			if got := run(strings.Fields(args), strings.NewReader(""), out, &errs); got != 2 || errs.Len() == 0 {
				t.Errorf("exit %d, stderr %q", got, errs.String())
			}
		})
	}
}

func TestAnEmptyDirectoryIsNothingToAudit(t *testing.T) {
	t.Chdir(t.TempDir())
	for args, want := range map[string]int{"scan --config none": 4, "scan --config none --allow-empty": 0, "scan --config none --strict": 4} {
		var out, errs bytes.Buffer
		if got := run(strings.Fields(args), strings.NewReader(""), &out, &errs); got != want {
			t.Errorf("%s: exit %d, want %d\n%s", args, got, want, errs.String())
		}
	}
}

// A step that does not look at its context does not keep a run that was told to stop.
func TestWhatDoesNotStopIsNotWaitedFor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	block := make(chan struct{})
	defer close(block)
	_, err := orStop(ctx, func() (int, error) {
		cancel()
		<-block
		return 1, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n, err := orStop(t.Context(), func() (int, error) { return 1, nil }); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestAnInterruptedRunSaysWhy(t *testing.T) {
	trio(t, nil)
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("interrupt signal received"))
	for _, args := range []string{"scan", "matrix", "graph", "resolve --client shop --cluster east"} {
		var out, errs bytes.Buffer
		root := newRoot(streams{strings.NewReader(""), &out, &errs})
		root.SetArgs(strings.Fields(args))
		err := root.ExecuteContext(ctx)
		if code := exitCode(err); code != exitStopped || out.Len() > 0 || !strings.Contains(fmt.Sprint(err), "interrupt signal received") {
			t.Errorf("%s: exit %d, %v, stdout %q", args, code, err, out.String())
		}
	}
}
