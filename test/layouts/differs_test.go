package layouts

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// known is an oracle for a tree with the folders east and west, the chart app, and the kustomization mesh.
const known = `about: two clusters
init:
  apiVersion: passmuster.dev/v1
  meshes: [{name: m, kind: istio, version: 1.26.1, trustDomain: m.example, clusters: [east, west]}]
  clusters:
    - {name: east, region: us-east-1, zones: [a, b], sources: [{path: east}, {helm: app, values: [app/x.yaml, app/y.yaml], release: app}]}
    - {name: west, network: net, sources: [{path: west}, {kustomize: mesh}]}
  environments: {prod: {clusters: [east, west]}}
free: ["clusters[east].sources[app].release", "clusters[hub]"]
optional: ["clusters[west].network", "environments"]
scan: {duplicates: 0, siblings: false}
`

// proposed is as right as known.
const proposed = `apiVersion: passmuster.dev/v1
meshes: [{name: m, kind: istio, version: "1.26", trustDomain: m.example, clusters: [west, east]}]
clusters:
  - {name: west, network: net, sources: [{kustomize: ./mesh}, {path: west/}]}
  - {name: east, region: us-east-1, zones: [b, a], sources: [{path: east/a.yaml}, {path: east/b.yaml}, {helm: app, values: [app/values.yaml, app/x.yaml, app/y.yaml], release: other}]}
environments: {prod: {clusters: [west, east]}}
`

func TestProposalsAreHeldToTheOracle(t *testing.T) {
	for _, tc := range []struct{ name, old, with, want string }{
		{"the same in other words", "", "", ""},
		{"what is free may be left out", ", release: other", "", ""},
		{"a free cluster", "clusters:\n", "clusters:\n  - {name: hub, sources: [{path: hub}]}\n", ""},
		{"what is optional may be left out", ", network: net", "", ""},
		{"what is optional has to be right", "network: net", "network: lan", `clusters[west].network: got "lan", want "net"`},
		{"optional environments", "environments: {prod: {clusters: [west, east]}}\n", "", ""},
		{"another environment", "prod:", "dev:", "environment dev is not there"},
		{"environment of others", "environments: {prod: {clusters: [west, east]}}", "environments: {prod: {clusters: [west]}}", `environments[prod].clusters: got "west", want "east west"`},
		{"another cluster", "clusters:\n", "clusters:\n  - {name: north, sources: [{path: hub}]}\n", "cluster north is not there"},
		{"wrong region", "us-east-1", "us-east-2", `clusters[east].region: got "us-east-2", want "us-east-1"`},
		{"no region", "region: us-east-1, zones: [b, a], ", "", `clusters[east].region: got "", want "us-east-1"`},
		{"invented region", "network: net", "region: us-west-2, network: net", `clusters[west].region: got "us-west-2", want ""`},
		{"missing zone", "zones: [b, a]", "zones: [b]", `clusters[east].zones: got "b", want "a b"`},
		{"file that nobody reads", "{path: east/a.yaml}, ", "", `got "east/b.yaml", want "east/a.yaml east/b.yaml"`},
		{"missing kustomization", "{kustomize: ./mesh}, ", "", "clusters[west]: no source kustomization mesh"},
		{"part as a source", "{kustomize: ./mesh}, ", "{kustomize: ./mesh}, {kustomize: base}, ", "clusters[west]: source kustomization base is not of it"},
		{"order of values", "app/x.yaml, app/y.yaml", "app/y.yaml, app/x.yaml", "clusters[east].sources[app].values"},
		{"invented namespace", "release: other", "namespace: app", `clusters[east].sources[app].namespace: got "app", want ""`},
		{"another mesh", "name: m,", "name: n,", "no mesh m of [east west]"},
		{"wrong version", `"1.26"`, `"1.2"`, `meshes[m].version: got "1.2", want "1.26.1"`},
		{"torn mesh", "clusters: [west, east]}]", "clusters: [east]}, {name: n, kind: istio, clusters: [west]}]", `meshes[m].clusters: got "east", want "east west"`},
		{"mesh of all without a list", ", clusters: [west, east]}]", "}]", ""},
		{"trust domain", ", trustDomain: m.example", "", `meshes[m].trustDomain: got "", want "m.example"`},
		{"objectives", "environments:", "objectives: [{match: {service: a}, survive: [zone]}]\nenvironments:", "never proposed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "want.yaml", known)
			for _, file := range []string{"east/a.yaml", "east/b.yaml", "west/c.yaml", "hub/d.yaml"} {
				write(t, dir, "tree/"+file, "")
			}
			w, err := readWant(filepath.Join(dir, "want.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(proposed, tc.old) {
				t.Fatalf("%q is not in the proposal", tc.old)
			}
			got := w.differences(t, filepath.Join(dir, "tree"), []byte(strings.Replace(proposed, tc.old, tc.with, 1)))
			if tc.want == "" && len(got) > 0 || tc.want != "" && !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, tc.want) }) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// Names that nobody knows do not hide a difference, and each of several right answers is one.
func TestFreeNamesAndAlternatives(t *testing.T) {
	const oracle = `about: steps
init:
  apiVersion: passmuster.dev/v1
  meshes: [{name: a, kind: istio, clusters: [one]}, {name: b, kind: istio, clusters: [two]}]
  clusters: [{name: one, sources: [{path: one}]}, {name: two, sources: [{path: two}]}]
or:
  - apiVersion: passmuster.dev/v1
    meshes: [{name: m, kind: istio, clusters: [demo]}]
    clusters: [{name: demo, sources: [{path: two}]}]
free: ["meshes[*].name", "clusters[*].name"]
scan: {duplicates: 0, siblings: true}
`
	const version = "apiVersion: passmuster.dev/v1\n"
	for _, tc := range []struct{ name, text, want string }{
		{"first answer", version + "meshes: [{name: x, kind: istio, clusters: [p]}, {name: y, kind: istio, clusters: [q]}]\nclusters: [{name: q, sources: [{path: one}]}, {name: p, sources: [{path: two}]}]\n", ""},
		{"second answer", version + "meshes: [{name: x, kind: istio, clusters: [p]}]\nclusters: [{name: p, sources: [{path: two}]}]\n", ""},
		{"half of each", version + "meshes: [{name: x, kind: istio, clusters: [p]}]\nclusters: [{name: p, sources: [{path: one}]}]\n", "no cluster two"},
		{"one mesh of both", version + "meshes: [{name: x, kind: istio, clusters: [p, q]}]\nclusters: [{name: q, sources: [{path: one}]}, {name: p, sources: [{path: two}]}]\n", "cluster q is not there"},
	} {
		dir := t.TempDir()
		write(t, dir, "want.yaml", oracle)
		write(t, dir, "tree/one/a.yaml", "")
		write(t, dir, "tree/two/a.yaml", "")
		w, err := readWant(filepath.Join(dir, "want.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		got := w.differences(t, filepath.Join(dir, "tree"), []byte(tc.text))
		if tc.want == "" && len(got) > 0 || tc.want != "" && !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, tc.want) }) {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
