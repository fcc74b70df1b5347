package kubernetes

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// TestInjectionFollowsIstiosWebhooks is the table of who gets a proxy, and which line decides.
func TestInjectionFollowsIstiosWebhooks(t *testing.T) {
	const absent = "-"
	tests := []struct {
		name      string
		namespace string // labels of the namespace; absent = not in the inputs
		pod       string // labels of the pod template
		notes     string // annotations of the pod template
		spec      string
		want      string // true, false, or the cause of the unknown
		line      string // part of the line that decides
		ambient   bool
	}{
		{name: "nothing said", want: "false", line: "no injection label"},
		{name: "namespace enabled", namespace: "istio-injection: enabled", want: "true", line: "istio-injection"},
		{name: "namespace disabled", namespace: "istio-injection: disabled", want: "false", line: "istio-injection"},
		{name: "namespace revision", namespace: "istio.io/rev: stable", want: "true", line: "istio.io/rev: stable"},
		{name: "the injection label beats the revision", namespace: "istio-injection: disabled, istio.io/rev: stable",
			want: "false", line: "istio-injection"},
		{name: "pod opts out", namespace: "istio-injection: enabled", pod: `sidecar.istio.io/inject: "false"`,
			want: "false", line: "sidecar.istio.io/inject"},
		{name: "pod opts out of a revision", namespace: "istio.io/rev: stable", pod: `sidecar.istio.io/inject: "false"`,
			want: "false", line: "sidecar.istio.io/inject"},
		{name: "pod opts out by annotation", namespace: "istio-injection: enabled", notes: `sidecar.istio.io/inject: "false"`,
			want: "false", line: "sidecar.istio.io/inject"},
		{name: "label wins over annotation", namespace: "istio-injection: enabled", pod: `sidecar.istio.io/inject: "true"`,
			notes: `sidecar.istio.io/inject: "false"`, want: "true", line: "istio-injection"},
		{name: "pod opts in", pod: `sidecar.istio.io/inject: "true"`, want: "true", line: "sidecar.istio.io/inject"},
		{name: "pod opts in by revision", pod: `istio.io/rev: canary`, want: "true", line: "istio.io/rev: canary"},
		{name: "an annotation alone does not opt in", notes: `sidecar.istio.io/inject: "true"`, want: "false", line: "no injection label"},
		{name: "pod cannot opt in where the namespace is disabled", namespace: "istio-injection: disabled",
			pod: `sidecar.istio.io/inject: "true"`, want: "false", line: "istio-injection"},
		{name: "host network", namespace: "istio-injection: enabled", spec: "hostNetwork: true, ", want: "false", line: "hostNetwork"},
		{name: "ambient namespace", namespace: "istio.io/dataplane-mode: ambient", want: "true", line: "dataplane-mode", ambient: true},
		{name: "pod leaves ambient", namespace: "istio.io/dataplane-mode: ambient", pod: "istio.io/dataplane-mode: none",
			want: "false", line: "no injection label"},
		{name: "pod joins ambient", pod: "istio.io/dataplane-mode: ambient", want: "true", line: "dataplane-mode", ambient: true},
		{name: "a sidecar beats ambient", namespace: "istio.io/dataplane-mode: ambient, istio-injection: enabled",
			want: "true", line: "istio-injection"},
		{name: "opting out of the sidecar leaves ambient", namespace: "istio.io/dataplane-mode: ambient, istio-injection: enabled",
			pod: `sidecar.istio.io/inject: "false"`, want: "true", line: "dataplane-mode", ambient: true},
		{name: "host network is not in ambient either", namespace: "istio.io/dataplane-mode: ambient", spec: "hostNetwork: true, ",
			want: "false", line: "hostNetwork"},
		{name: "namespace missing", namespace: absent, want: "namespace shop is not in the inputs", line: "namespace: shop"},
		{name: "namespace missing, annotation alone", namespace: absent, notes: `sidecar.istio.io/inject: "true"`,
			want: "namespace shop is not in the inputs", line: "namespace: shop"},
		{name: "namespace missing, pod opts in", namespace: absent, pod: `sidecar.istio.io/inject: "true"`,
			want: "true", line: "sidecar.istio.io/inject"},
		{name: "namespace missing, pod opts out", namespace: absent, notes: `sidecar.istio.io/inject: "false"`,
			want: "false", line: "sidecar.istio.io/inject"},
		{name: "namespace missing, proxy label", namespace: absent, pod: "security.istio.io/tlsMode: istio",
			want: "true", line: "tlsMode"},
		{name: "a proxy that is written out", namespace: absent, pod: `sidecar.istio.io/inject: "false"`,
			spec: "initContainers: [{name: istio-proxy}], ", want: "true", line: "istio-proxy"},
		{name: "namespace missing, host network", namespace: absent, spec: "hostNetwork: true, ", want: "false", line: "hostNetwork"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			yaml := `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
spec:
  template:
    metadata:
      labels:
        {` + tc.pod + `}
      annotations:
        {` + tc.notes + `}
    spec:
      {` + tc.spec + `containers: []}
`
			if tc.namespace != absent {
				yaml += "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    {" + tc.namespace + "}\n"
			}
			inv := build(t, east, yaml)
			w := workloadOf(t, inv, "Deployment/cart")
			if got := verdict(w.Meshed); got != tc.want {
				t.Errorf("meshed: %s, want %s", got, tc.want)
			}
			if got := line(yaml, w.Meshed.Origin) + w.Meshed.Origin.Note; !strings.Contains(got, tc.line) {
				t.Errorf("decided by %q, want the line with %q", got, tc.line)
			}
			if p := inv.Pods[0]; verdict(p.Meshed) != tc.want || p.Ambient != tc.ambient {
				t.Errorf("its pod: meshed %s, ambient %t", verdict(p.Meshed), p.Ambient)
			}
		})
	}
}

func TestIstioNeverInjectsIntoSystemNamespaces(t *testing.T) {
	inv := build(t, east, `
apiVersion: v1
kind: Namespace
metadata: {name: kube-system, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: dns, namespace: kube-system}
spec: {template: {spec: {containers: [{name: dns}]}}}
`)
	if got := verdict(workloadOf(t, inv, "Deployment/dns").Meshed); got != "false" {
		t.Errorf("meshed: %s", got)
	}
}

// TestRunningPodsAreJudgedByWhatTheyHave: a pod that has an address will not be injected any more.
func TestRunningPodsAreJudgedByWhatTheyHave(t *testing.T) {
	tests := []struct{ name, namespace, labels, notes, spec, status, want string }{
		{name: "no sign of a proxy", namespace: "istio-injection: enabled", status: "podIP: 10.0.0.1", want: "false"},
		{name: "proxy label", labels: "security.istio.io/tlsMode: istio", status: "podIP: 10.0.0.1", want: "true"},
		{name: "disabled by label", labels: "security.istio.io/tlsMode: disabled", status: "podIP: 10.0.0.1", want: "false"},
		{name: "proxy container", spec: "containers: [{name: app}, {name: istio-proxy}]", status: "podIP: 10.0.0.1", want: "true"},
		{name: "native sidecar", spec: "initContainers: [{name: istio-proxy, restartPolicy: Always}]", status: "podIP: 10.0.0.1", want: "true"},
		{name: "ambient namespace", namespace: "istio.io/dataplane-mode: ambient", status: "podIP: 10.0.0.1", want: "true ambient"},
		{name: "captured", notes: "ambient.istio.io/redirection: enabled", status: "podIP: 10.0.0.1", want: "true ambient"},
		{name: "written by hand", namespace: "istio-injection: enabled", want: "true"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			inv := build(t, east, `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {`+tc.namespace+`}}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-0, namespace: shop, labels: {`+tc.labels+`}, annotations: {`+tc.notes+`}}
spec: {`+tc.spec+`}
status: {`+tc.status+`}
`)
			got := verdict(inv.Pods[0].Meshed)
			if inv.Pods[0].Ambient {
				got += " ambient"
			}
			if got != tc.want {
				t.Errorf("meshed: %s, want %s", got, tc.want)
			}
		})
	}
}

func verdict(v mesh.Value[bool]) string {
	switch meshed, known := v.Get(); {
	case !known:
		return v.Cause
	case meshed:
		return "true"
	}
	return "false"
}
