package render

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/loaders/render/kustomize"
	"github.com/passmuster/muster/loaders/source"
)

func write(t *testing.T, files string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range txtar.Parse([]byte(files)).Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const small = `
-- k/kustomization.yaml --
resources: [a.yaml, ../b, https://example.com/c]
-- k/a.yaml --
apiVersion: v1
kind: Service
metadata:
  name: a
---
apiVersion: v1
kind: Namespace
metadata:
  name: ns
-- b/kustomization.yaml --
namespace: fixed
resources: [b.yaml]
-- b/b.yaml --
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: b
spec:
  host: b
`

func TestRenderAKustomization(t *testing.T) {
	dir := write(t, small)
	res, err := Render(t.Context(), Source{Dir: "k", Cluster: "east", Namespace: "shop"}, Options{Source: source.Options{Root: dir}, Child: child(Verb)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range res.Docs {
		got = append(got, strings.Join([]string{d.Cluster, d.Kind, d.Namespace, d.Name, d.Locate("/metadata/name").String()}, " "))
	}
	want := "east Service shop a k/a.yaml:4:3|east Namespace  ns k/a.yaml:9:3|east DestinationRule fixed b b/b.yaml:4:3"
	if strings.Join(got, "|") != want {
		t.Errorf("got %s", strings.Join(got, "|"))
	}
	if strings.Contains(string(res.Docs[0].JSON), "shop") || res.Docs[1].Index != 1 || res.Docs[1].Root != "k" {
		t.Errorf("%+v", res.Docs[0])
	}
	if len(res.Diagnostics) != 1 || res.Diagnostics[0].Position.String() != "k/kustomization.yaml:1:27" {
		t.Errorf("%v", res.Diagnostics)
	}
	if len(res.Missing) != 1 || res.Missing[0].What != "remote resource https://example.com/c" || res.Missing[0].Help != "kustomize localize k" {
		t.Errorf("%+v", res.Missing)
	}
	if got := strings.Join(res.Owned, " "); got != "b/b.yaml b/kustomization.yaml k/a.yaml k/kustomization.yaml" || res.Bytes == 0 {
		t.Errorf("owned %s, %d bytes", got, res.Bytes)
	}
}

func TestRootsConfineWhatIsRead(t *testing.T) {
	dir := write(t, small)
	for _, tc := range []struct{ src, roots, want string }{
		{"k", "k", "k/kustomization.yaml:1:21: resource ../b leads out of the directory that was given as input and is not read"},
		{"k", "b", "k: leads out of the directory that was given as input"},
		{"gone", "", "gone: is not there"},
	} {
		opts := Options{Source: source.Options{Root: dir}, Child: child(Verb)}
		if tc.roots != "" {
			opts.Roots = []string{tc.roots}
		}
		res, err := Render(t.Context(), Source{Dir: tc.src}, opts)
		if err != nil || len(res.Diagnostics) == 0 || !strings.HasPrefix(res.Diagnostics[0].Error(), tc.want) || len(res.Missing) == 0 {
			t.Errorf("%v: %v, %+v", tc, err, res)
		}
	}
}

func TestAChildThatMisbehavesIsOneLine(t *testing.T) {
	dir := write(t, "-- k/kustomization.yaml --\nresources: [a.yaml]\n-- k/a.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n")
	for _, tc := range []struct {
		child    string
		deadline time.Duration
		want     string
	}{
		{"child-hangs", 300 * time.Millisecond, "rendering took more than 300ms and was stopped"},
		{"child-computes", time.Second, "rendering took more than 1s and was stopped"},
		{"child-eats", time.Minute, "rendering needed more than 100 MB and was stopped"},
		{"child-floods", time.Minute, "it renders to more than 64 MiB"},
		{"child-lies", time.Minute, "the renderer ended without an answer"},
		{"child-speaks", time.Minute, "the renderer ended without an answer"},
		{"child-fails", time.Minute, "the renderer failed: unexpected EOF"},
	} {
		res, err := Render(t.Context(), Source{Dir: "k"}, Options{
			Source: source.Options{Root: dir}, Child: child(tc.child), Deadline: tc.deadline, MemoryBytes: 100_000_000,
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Docs) > 0 || len(res.Diagnostics) != 1 || len(res.Missing) != 1 ||
			!strings.HasPrefix(res.Diagnostics[0].Error(), "k/kustomization.yaml:1:1: "+tc.want) {
			t.Errorf("%s: %v, %+v", tc.child, res.Diagnostics, res.Missing)
		}
		if len(res.Owned) != 2 {
			t.Errorf("%s: owned %v", tc.child, res.Owned)
		}
	}
}

func TestACancelledRenderingIsNoResult(t *testing.T) {
	dir := write(t, small)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := Render(ctx, Source{Dir: "k"}, Options{Source: source.Options{Root: dir}, Child: child("child-hangs")})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestAChildThatIsNotThereIsAnError(t *testing.T) {
	dir := write(t, small)
	if _, err := Render(t.Context(), Source{Dir: "k"}, Options{Source: source.Options{Root: dir}, Child: []string{dir + "/none"}}); err == nil {
		t.Error("rendered without a renderer")
	}
}

// A request that the parent would never send, to see what is left to the child.
func TestTheChildHasNeitherNetworkNorFilesNorPrograms(t *testing.T) {
	opts := Options{Child: child("child-explores")}.orDefault()
	got, stopped, err := opts.render(t.Context(), request{})
	if err != nil || stopped != "" || got.Error != "" {
		t.Errorf("the child could %s (%s, %v)", got.Error, stopped, err)
	}
	opts.Child = child(Verb)
	for _, entry := range []string{"http://127.0.0.1:1/a.yaml", "https://127.0.0.1:1/org/repo//dir?ref=main", "git@127.0.0.1:org/repo", "/etc/hostname"} {
		got, stopped, err := opts.render(t.Context(), request{Kustomize: &kustomize.Input{Files: []kustomize.File{
			{Name: "/k/0/kustomization.yaml", Data: []byte("resources: ['" + entry + "']\n")},
		}}})
		if err != nil || stopped != "" {
			t.Fatal(stopped, err)
		}
		if why := got.Kustomize.Error; !strings.Contains(why, "fetches nothing") && !strings.Contains(why, "no 'git' program") && !strings.Contains(why, "absolute") {
			t.Errorf("%s: %s", entry, why)
		}
	}
}
