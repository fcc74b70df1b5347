package fleet

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// inMemory assembles a fleet of files, each "cluster/name" of its own.
func inMemory(t *testing.T, o Options, files ...[2]string) *Fleet {
	t.Helper()
	read := &source.Result{}
	for _, f := range files {
		cluster, name, _ := strings.Cut(f[0], "/")
		docs, ignored, diags := source.Parse(name, []byte(f[1]), source.Options{})
		for _, d := range docs {
			d.Cluster = cluster
		}
		read.Docs = append(read.Docs, docs...)
		read.Ignored = append(read.Ignored, ignored...)
		read.Diagnostics = append(read.Diagnostics, diags...)
	}
	return assemble(o, &reading{Result: read})
}

func object(apiVersion, kind string) string {
	return "apiVersion: " + apiVersion + "\nkind: " + kind + "\nmetadata: {name: a, namespace: shop}\n"
}

func TestWhatIsNotUnderstoodIsTold(t *testing.T) {
	for _, tt := range []struct{ apiVersion, kind, skipped, message string }{
		{"v1", "Service", "", ""},
		{"apps/v1", "Deployment", "", ""},
		{"networking.istio.io/v1alpha3", "VirtualService", "", ""},
		{"gateway.networking.k8s.io/v1", "HTTPRoute", "", ""},
		{"v1", "Secret", "Secret", ""},
		{"rbac.authorization.k8s.io/v1", "Role", "Role.rbac.authorization.k8s.io", ""},
		{"argoproj.io/v1alpha1", "Application", "", ""},
		{"argoproj.io/v1alpha1", "AppProject", "AppProject.argoproj.io", ""},
		{"flagger.app/v1beta1", "Canary", "", ""},
		{"flagger.app/v1beta1", "MetricTemplate", "MetricTemplate.flagger.app", ""},
		{"helm.toolkit.fluxcd.io/v2", "HelmRelease", "", ""},
		{"kustomize.toolkit.fluxcd.io/v1", "Kustomization", "", ""},
		{"flagger.app/v9", "Canary", "", "Canary shop/a: muster knows no version v9"},
		{"telemetry.istio.io/v1", "Telemetry", "", ""},
		{"notistio.io/v1", "VirtualService", "VirtualService.notistio.io", ""},
		{"networking.istio.io/v1alpha3", "EnvoyFilter", "", "EnvoyFilter shop/a: it rewrites what Envoy is told"},
		{"security.istio.io/v1", "RequestAuthentication", "", "RequestAuthentication shop/a: predictions take every request"},
		{"networking.k8s.io/v1", "NetworkPolicy", "", "NetworkPolicy shop/a: predictions take it to let"},
		{"gateway.networking.k8s.io/v1", "UDPRoute", "", "UDPRoute shop/a: its routes are not part"},
		{"gateway.networking.k8s.io/v1", "GRPCRoute", "", ""},
		{"networking.istio.io/v1", "DestinationRules", "", "DestinationRules shop/a: muster knows no such kind in networking.istio.io/v1"},
		{"apps/v1", "Deploymnet", "", "Deploymnet shop/a: muster knows no such kind in apps/v1"},
		{"future.istio.io/v1", "Thing", "", "Thing shop/a: Istio has no API group future.istio.io"},
		{"networking.istio.io/v9", "DestinationRule", "", "DestinationRule shop/a: muster knows no version v9"},
		{"apps/v9", "Deployment", "", "Deployment shop/a: muster knows no version v9"},
		{"policy.linkerd.io/v1beta3", "Server", "", ""},
	} {
		text := object(tt.apiVersion, tt.kind)
		in := inMemory(t, Options{}, [2]string{"east/f.yaml", "# a comment\n" + text}).Inputs
		var skipped, message string
		for _, s := range in.Skipped {
			skipped += s.Kind
			if s.Reason != notModelled || len(s.Places) != 1 || s.Places[0].String() != "f.yaml:2:1" {
				t.Errorf("%s %s: skipped %+v", tt.apiVersion, tt.kind, s)
			}
		}
		for _, n := range in.NotUnderstood {
			message += n.Message
			if at := n.Origin.Position(); at.File != "f.yaml" || at.Line != 2 {
				t.Errorf("%s %s: at %v", tt.apiVersion, tt.kind, at)
			}
		}
		if skipped != tt.skipped || !strings.HasPrefix(message, tt.message) || (message == "") != (tt.message == "") {
			t.Errorf("%s %s: skipped %q, not understood %q; want %q and %q", tt.apiVersion, tt.kind, skipped, message, tt.skipped, tt.message)
		}
		if known := in.Resources == 1; known != (tt.skipped == "" && (tt.message == "" || strings.Contains(tt.message, "version"))) {
			t.Errorf("%s %s: %d resources", tt.apiVersion, tt.kind, in.Resources)
		}
	}
}

func TestUnknownFieldsAndHalfManifestsAreNotUnderstood(t *testing.T) {
	in := inMemory(t, Options{}, [2]string{"east/f.yaml", object("networking.istio.io/v1", "DestinationRule") + "spec:\n  host: a\n  colour: red\n---\nkind: Service\nmetadata: {name: b}\n---\n- hosts: all\n  tasks: []\n"}).Inputs
	var got []string
	for _, n := range in.NotUnderstood {
		got = append(got, n.Origin.Position().String()+" "+n.Kind+": "+n.Message)
	}
	want := []string{
		"f.yaml:6:3 unknown field: spec has no field colour: it is dropped",
		"f.yaml:8:1 half a manifest: no apiVersion, though it looks like a manifest: it is left out",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if fmt.Sprint(in.Skipped) != "[{Ansible playbook  [f.yaml:11:1]}]" {
		t.Errorf("skipped %v", in.Skipped)
	}
}

// A source of several clusters is told once, whatever was wrong with it.
func TestASharedSourceIsRecordedOnce(t *testing.T) {
	text := object("v1", "Secret") + "---\n" + object("networking.istio.io/v1", "EnvoyFilter") + "---\n" + object("networking.istio.io/v1", "DestinationRule") +
		"spec: {host: a, colour: red}\n---\n- hosts: all\n  tasks: []\n---\na: [\n---\n" + object("v1", "Service") + "spec: 1\n"
	once := inMemory(t, Options{Strict: true}, [2]string{"east/f.yaml", text})
	twice := inMemory(t, Options{Strict: true}, [2]string{"east/f.yaml", text}, [2]string{"west/f.yaml", text})
	render := func(f *Fleet) string {
		in, s := f.Inputs, ""
		for _, n := range in.NotUnderstood {
			s += fmt.Sprintln(n.Origin, n.Message)
		}
		return s + fmt.Sprintln(in.Ignored, in.Unreadable, in.Skipped)
	}
	if a, b := render(once), render(twice); a != b || len(once.Inputs.Unreadable) != 2 || len(once.Inputs.NotUnderstood) != 2 || len(once.Inputs.Skipped) != 2 {
		t.Errorf("one cluster:  %s\ntwo clusters: %s", a, b)
	}
	count := func(f *Fleet) (n int) {
		for _, x := range f.Graph.Facts {
			if x.Kind == mesh.FactNotRead || x.Kind == mesh.FactNotUnderstood || x.Kind == mesh.FactNotRendered {
				n++
			}
		}
		return n
	}
	if a, b := count(once), count(twice); a != 4 || b != 4 {
		t.Errorf("%d facts for one cluster, %d for two; want 4", a, b)
	}
}

func TestDocumentsOfNoClusterAreTold(t *testing.T) {
	file := [2]string{"/f.yaml", object("v1", "Service") + "---\n" + object("v1", "Secret")}
	for n, want := range map[int]int{0: 0, 1: 0, 2: 1} {
		cfg := &config.Config{}
		for i := range n {
			cfg.Clusters = append(cfg.Clusters, config.Cluster{Name: fmt.Sprint("c", i)})
		}
		in := inMemory(t, Options{Config: cfg}, file).Inputs
		var told []NotUnderstood
		for _, x := range in.NotUnderstood {
			if x.Kind == "document of no cluster" {
				told = append(told, x)
			}
		}
		if len(told) != want || want == 1 && (told[0].Count != 2 || !strings.Contains(told[0].Message, "--cluster NAME tells")) {
			t.Errorf("%d clusters: %v", n, told)
		}
	}
}

func TestMissingAndUnrenderedInputsAreFactsOfAStrictScanOnly(t *testing.T) {
	in := Inputs{
		Missing: []Missing{{Position: mesh.Position{File: "chart/Chart.yaml"}, What: "no redis", Help: "run helm dependency build"}},
		Ignored: []source.Ignored{
			{File: "a.yaml", Line: 3, Reason: "template, not rendered"}, {File: "c/Chart.yaml", Line: 1, Reason: "Helm chart, not rendered"},
			{File: "c/templates/x.yaml", Line: 1, Reason: "Helm template, of no chart that is rendered"}, {File: "-", Line: 2, Reason: "kustomization, not rendered from standard input"},
			{File: "k.yaml", Line: 1, Reason: "kustomization, not rendered under this name"}, {File: "b.yaml", Line: 1, Reason: "Ansible playbook"},
		},
	}
	var got []string
	for _, f := range in.facts() {
		got = append(got, fmt.Sprintf("%s %s %s", f.Kind, f.Origin, f.Message))
	}
	const why = "Not rendered, and so missing from the audit: "
	want := []string{
		"not-rendered chart/Chart.yaml:1:1 " + why + "no redis; run helm dependency build",
		"not-rendered a.yaml:3:1 " + why + "a document with {{ }} that no chart renders",
		"not-rendered c/Chart.yaml:1:1 " + why + "a Helm chart",
		"not-rendered -:2:1 " + why + "a kustomization on standard input; kustomize build DIR | muster scan -",
		"not-rendered k.yaml:1:1 " + why + "a kustomization in a file that kustomize does not look for; name it kustomization.yaml",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	text := object("networking.istio.io/v1", "EnvoyFilter") + "---\na: [\n"
	for _, f := range inMemory(t, Options{}, [2]string{"east/f.yaml", text}).Graph.Facts {
		t.Errorf("without --strict: %s %s", f.Kind, f.Message)
	}
}
