package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const recorded = "../../testdata/vectors"

func TestOurAnswersAreThoseOfTheMesh(t *testing.T) {
	vectors, err := find(recorded, "")
	if err != nil || len(vectors) == 0 {
		t.Fatalf("no vectors in %s (%v)", recorded, err)
	}
	for _, v := range vectors {
		name, err := filepath.Rel(recorded, v.dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v.compare()
			for _, d := range v.differences {
				t.Error(d)
			}
		})
	}
}

func TestADifferentAnswerIsShownWithBothValuesAndWhatDecided(t *testing.T) {
	dir := forge(t, "istio", func(expect string) string {
		return strings.Replace(expect, `"maxEjectionPercent":10,`, `"maxEjectionPercent":42,`, 1)
	})
	var out strings.Builder
	ok, err := check(&out, dir, "", false)
	if err != nil || ok {
		t.Fatalf("ok %v, error %v", ok, err)
	}
	for _, want := range []string{"outlierDetection", `"maxEjectionPercent":42`, `"maxEjectionPercent":10`, "mesh.yaml:", "istio: agree 0 of 1"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestTheMeshIsTheNearestFolderNamedAfterOne(t *testing.T) {
	for dir, want := range map[string]string{
		"/a/istio/cases/b":            "istio",
		"/istio/old/consul/random/1":  "consul",
		"/srv/linkerd/istio-notes/x":  "linkerd",
		"/srv/elsewhere/cases/nobody": "unknown",
	} {
		if got := meshOf(dir); got != want {
			t.Errorf("%s: %s, want %s", dir, got, want)
		}
	}
}

// What cannot be read does not agree.
func TestVectorsThatCannotBeReadCountAsNotAgreeing(t *testing.T) {
	dir := forge(t, "unheard-of/terraform", func(expect string) string { return expect })
	var out strings.Builder
	ok, err := check(&out, dir, "", false)
	if err != nil || ok {
		t.Fatalf("ok %v, error %v", ok, err)
	}
	if !strings.Contains(out.String(), "terraform: agree 0 of 1") {
		t.Error(out.String())
	}
}

func TestAFolderWithoutVectorsIsAnError(t *testing.T) {
	if _, err := check(&strings.Builder{}, t.TempDir(), "", false); err == nil {
		t.Error("no error")
	}
}

// forge copies a recorded vector into a folder of its own, and changes what it expects.
func forge(t *testing.T, mesh string, change func(string) string) string {
	t.Helper()
	root := t.TempDir()
	to := filepath.Join(root, mesh, "case")
	if err := os.CopyFS(to, os.DirFS(recorded+"/istio/cases/regional-failover")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(to, "expect.json")
	expect, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(change(string(expect))), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}
