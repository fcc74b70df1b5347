package proposal

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

func TestNamesTellEnvironmentsPlacesAndClusters(t *testing.T) {
	for _, tc := range []struct {
		name string
		want scope
		pure bool
	}{
		{"prod", scope{env: "prod"}, true},
		{"Production", scope{env: "prod"}, true},
		{"pre-prod", scope{env: "preprod"}, true},
		{"us-east-1", scope{geo: "us-east-1"}, true},
		{"eastus2", scope{geo: "eastus2"}, true},
		{"europe-west1", scope{geo: "europe-west1"}, true},
		{"us-east", scope{geo: "us-east"}, true},
		{"use1", scope{geo: "use1"}, true},
		{"prod-us-east-1", scope{env: "prod", geo: "us-east-1"}, true},
		{"us-east-1-prod-blue", scope{env: "prod", geo: "us-east-1", rest: "blue"}, true},
		{"eks-eu-west-1", scope{geo: "eu-west-1"}, true},
		{"prod-cluster", scope{env: "prod"}, true},
		{"cluster-1", scope{rest: "cluster-1"}, true},
		{"cluster-a", scope{rest: "cluster-a"}, true},
		{"hub-blue", scope{rest: "hub-blue"}, true},
		{"nrt-eastwest", scope{geo: "nrt"}, true},
		{"payments-prod", scope{env: "prod", rest: "payments"}, false},
		{"test-runner", scope{env: "test", rest: "runner"}, false},
		{"payments", scope{rest: "payments"}, false},
		{"east-west", scope{}, false},
		{"a", scope{rest: "a"}, false},
		{"", scope{}, false},
	} {
		if got := classify(tc.name); got.scope != tc.want || got.pure != tc.pure {
			t.Errorf("%q: %+v, want %+v, pure %v", tc.name, got, tc.want, tc.pure)
		}
	}
}

func TestRegionsAreThoseOfClouds(t *testing.T) {
	for name, want := range map[string]string{
		"us-east-1": "us-east-1", "prod_us-east-1.blue": "us-east-1", "gke-europe-west4-a": "europe-west4", "westeurope": "westeurope",
		"us-east": "", "us-east-9": "", "europe": "", "eu-payments-1": "", "eu-frankfurt-1": "eu-frankfurt-1",
	} {
		if got := regionIn(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestClustersAreCalledAfterTheirAddress(t *testing.T) {
	for server, want := range map[string]string{
		"https://kubernetes.default.svc": "", "https://api.prod-east.example.com:6443": "prod-east", "https://10.1.2.3:6443": "10.1.2.3",
		"https://east.example.com": "east", "https://api": "api", "": "", "::": "", "https://[::1]:6443": "::1",
	} {
		if got := hostName(server); got != want {
			t.Errorf("%s: %q, want %q", server, got, want)
		}
	}
}

func TestParametersAreSubstituted(t *testing.T) {
	p := pathParams("apps/cart")
	p["metadata.labels.region"] = "us-east-1"
	for text, want := range map[string]string{
		"{{path}}": "apps/cart", "{{ .path.path }}": "apps/cart", "{{path.basename}}-x": "cart-x", "{{path[0]}}": "apps",
		"{{ index .path.segments 1 }}": "cart", `{{ index .metadata.labels "region" }}`: "us-east-1", "{{metadata.labels.region}}": "us-east-1",
		"{{ .unknown }}": "{{ .unknown }}", "{{ range 9999999999 }}": "{{ range 9999999999 }}", "plain": "plain",
	} {
		if got := substitute(text, p); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestPathsMatchAsInArgo(t *testing.T) {
	for _, tc := range []struct {
		pattern, path string
		want          bool
	}{
		{"apps/*", "apps/cart", true}, {"apps/*", "apps/cart/base", false}, {"apps/**", "apps/a/b", true}, {"**/config.json", "x/y/config.json", true},
		{"clusters/*/config.yaml", "clusters/east/config.yaml", true}, {"apps/[", "apps/a", false}, {"**/**/**/**/a", "a", false},
	} {
		if got := matchPath(tc.pattern, tc.path); got != tc.want {
			t.Errorf("%s %s: %v", tc.pattern, tc.path, got)
		}
	}
}

// Definitions may name what they like: no path leads out of the folder.
func TestPathsOfDefinitionsStayInside(t *testing.T) {
	tree := &tree{dirs: map[string]*dir{".": {path: "."}}, files: map[string]*file{}}
	for _, p := range []string{"..", "../x", "a/../../x", "/../etc"} {
		if got, ok := tree.inTree(p); ok {
			t.Errorf("%s: %s", p, got)
		}
	}
}

// A symlink is no way out, neither for manifests nor for what is read beside them.
func TestSymlinksAreNotFollowedOut(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"a.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: secret}\n", "Chart.yaml": "name: secret\n", "kustomization.yaml": "resources: [a.yaml]\n",
	} {
		if err := os.WriteFile(filepath.Join(outside, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(outside, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "clusters")); err != nil {
		t.Fatal(err)
	}
	p, err := Find(context.Background(), dir, Options{})
	if err != nil || !p.Empty() {
		t.Errorf("proposed %s (%v)", p.YAML(), err)
	}
}
