package linkerd_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/mesh"
)

// deployment is a Deployment of shop whose pods have annotations and more of a spec.
func deployment(annotations, spec string) string {
	return fmt.Sprintf(`
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: shop}
spec: {template: {metadata: {labels: {app: pay}, annotations: {%s}}, spec: {containers: [{name: app, ports: [{name: http, containerPort: 8080}]}], %s}}}
`, annotations, spec)
}

func namespace(annotations string) string {
	return "\n---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop, annotations: {" + annotations + "}}}\n"
}

func payWorkload() *mesh.Workload {
	return &mesh.Workload{Kind: "Deployment", Namespace: "shop", Name: "pay"}
}

// The rows are the truth table of linkerd2's pkg/inject/report.go, and the selectors of its webhook.
func TestWhichPodsAreMeshed(t *testing.T) {
	enabled, ingress, disabled, misspelt := "linkerd.io/inject: enabled", "linkerd.io/inject: ingress", "linkerd.io/inject: disabled", "linkerd.io/inject: 'true'"
	for _, test := range []struct{ name, input, want, at string }{
		{"namespace enabled", namespace(enabled) + deployment("", ""), "yes", "/metadata/annotations/linkerd.io~1inject"},
		{"pod enabled", namespace("") + deployment(enabled, ""), "yes", "/spec/template/metadata/annotations/linkerd.io~1inject"},
		{"both enabled", namespace(enabled) + deployment(enabled, ""), "yes", "/spec/template/metadata/annotations/linkerd.io~1inject"},
		{"pod disabled", namespace(enabled) + deployment(disabled, ""), "no", "/spec/template/metadata/annotations/linkerd.io~1inject"},
		{"namespace disabled, pod enabled", namespace(disabled) + deployment(enabled, ""), "yes", "/spec/template/metadata/annotations/linkerd.io~1inject"},
		{"namespace disabled", namespace(disabled) + deployment("", ""), "no", "/metadata/annotations/linkerd.io~1inject"},
		{"ingress", namespace("") + deployment(ingress, ""), "yes, ingress", "/spec/template/metadata/annotations/linkerd.io~1inject"},
		{"nobody says anything", namespace("") + deployment("", ""), "no", "/metadata/annotations"},
		{"pod has a value that is none", namespace(enabled) + deployment(misspelt, ""), "no", "/spec/template/metadata/annotations/linkerd.io~1inject"},
		{"namespace has a value that is none", namespace(misspelt) + deployment(enabled, ""), "no", "/metadata/annotations/linkerd.io~1inject"},
		{"the namespace is not in the inputs", deployment("", ""), "?", "/metadata/namespace"},
		{"a pod says so itself", deployment(enabled, ""), "yes", "/spec/template/metadata/annotations/linkerd.io~1inject"},
		{"a pod declines itself", deployment(disabled, ""), "no", "/spec/template/metadata/annotations/linkerd.io~1inject"},
		{"hostNetwork", namespace(enabled) + deployment("", "hostNetwork: true"), "no", "/spec/template/spec/hostNetwork"},
		{"a sidecar of Istio", namespace(enabled) + strings.Replace(deployment("", ""), "[{name: app", "[{name: istio-proxy}, {name: app", 1), "no", "/spec/template/spec/containers/0"},
		{"injected by hand", namespace("") + strings.Replace(deployment("", ""), "[{name: app", "[{name: linkerd-proxy}, {name: app", 1), "yes", "/spec/template/spec/containers/0"},
		{"a native sidecar", namespace("") + deployment("", "initContainers: [{name: linkerd-proxy, restartPolicy: Always}]"), "yes", "/spec/template/spec/initContainers/0"},
		{"no token, but a projected one", namespace(enabled) + deployment("", "automountServiceAccountToken: false"), "yes", "/metadata/annotations/linkerd.io~1inject"},
		{"a namespace that webhooks leave alone", strings.Replace(namespace(enabled), "name: shop,", "name: shop, labels: {config.linkerd.io/admission-webhooks: disabled},", 1) + deployment("", ""), "no", "/metadata/labels/config.linkerd.io~1admission-webhooks"},
		{"pods of the control plane", namespace(enabled) + strings.Replace(deployment("", ""), "app: pay", "linkerd.io/control-plane-component: x", 1), "no", "/spec/template/metadata/labels/linkerd.io~1control-plane-component"},
		{"the annotation on the Deployment itself", namespace("") + strings.Replace(deployment("", ""), "name: pay,", "name: pay, annotations: {"+enabled+"},", 1), "no", "/metadata/annotations"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, _, ok := cluster(t, test.input).MeshingOf(payWorkload())
			if !ok {
				t.Fatal("there is no such workload")
			}
			got := map[mesh.State]string{mesh.Unknown: "?"}[m.Meshed.State]
			if v, known := m.Meshed.Get(); known {
				got = map[bool]string{true: "yes", false: "no"}[v]
			}
			if m.Ingress {
				got += ", ingress"
			}
			expect(t, got+" "+m.Meshed.Origin.Path, test.want+" "+test.at)
		})
	}
}

func TestTokensThatAreNotProjectedKeepTheProxyOut(t *testing.T) {
	c := cluster(t, namespace("linkerd.io/inject: enabled")+deployment("", "automountServiceAccountToken: false"))
	c.Settings.NoTokenProjection = true
	if m, _, _ := c.MeshingOf(payWorkload()); m.Meshed.Or(true) || m.Meshed.Origin.Path != "/spec/template/spec/automountServiceAccountToken" {
		t.Errorf("%+v", m.Meshed)
	}
}

// A pod that runs has what it has, whatever its template and its namespace say now.
func TestRunningPodsCountMoreThanTemplates(t *testing.T) {
	bare := "\n---\n{apiVersion: v1, kind: Pod, metadata: {name: pay-1, namespace: shop}, spec: {containers: [{name: app}]}, status: {podIP: 10.0.0.1}}\n"
	meshed := strings.Replace(bare, "[{name: app}]", "[{name: app}, {name: linkerd-proxy}]", 1)
	key := kubernetes.Key{Namespace: "shop", Name: "pay-1"}
	for _, test := range []struct {
		name, pod, policy string
		meshed            bool
	}{{"without a proxy", bare, "all-unauthenticated", false}, {"with a proxy", meshed, "all-unauthenticated", true}, {"none runs", "", "deny", true}} {
		t.Run(test.name, func(t *testing.T) {
			c := cluster(t, namespace("linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: deny")+deployment("", "")+test.pod)
			m, _, ok := c.MeshingOf(payWorkload(), key)
			if !ok || m.Meshed.Or(!test.meshed) != test.meshed || m.DefaultPolicy.V != test.policy {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestWhatAProxyIsTold(t *testing.T) {
	m, _, _ := cluster(t, namespace("linkerd.io/inject: enabled, config.linkerd.io/skip-outbound-ports: '9000', config.linkerd.io/skip-subnets: 10.9.0.0/16")+
		deployment("config.linkerd.io/opaque-ports: 'http,7000-7001'", "serviceAccountName: payer")).MeshingOf(payWorkload())
	expect(t, fmt.Sprintf("%v | %v | %v | %v | %s | %s", m.SkipInbound, m.SkipOutbound, m.Opaque, m.SkipSubnets, m.Identity, m.ControlPlane),
		"4567-4568 | 9000 | 8080,7000-7001 | [10.9.0.0/16] | payer.shop.serviceaccount.identity.linkerd.cluster.local | linkerd")
	m, _, _ = cluster(t, namespace("")+deployment("", "")).MeshingOf(payWorkload())
	if m.Identity != "" || !m.Opaque.Has(3306) || m.Opaque.Has(8080) {
		t.Errorf("%+v", m)
	}
}

func TestTemplatesOfAllKinds(t *testing.T) {
	template := "template: {metadata: {annotations: {linkerd.io/inject: enabled}}, spec: {containers: [{name: app}]}}"
	for kind, spec := range map[string]string{
		"apps/v1 StatefulSet": template, "apps/v1 DaemonSet": template, "apps/v1 ReplicaSet": template, "batch/v1 Job": template,
		"batch/v1 CronJob": "jobTemplate: {spec: {" + template + "}}", "v1 ReplicationController": template, "argoproj.io/v1alpha1 Rollout": template,
	} {
		api, name, _ := strings.Cut(kind, " ")
		c := cluster(t, "{apiVersion: "+api+", kind: "+name+", metadata: {name: pay, namespace: shop}, spec: {"+spec+"}}")
		if m, _, ok := c.MeshingOf(&mesh.Workload{Kind: name, Namespace: "shop", Name: "pay"}); !ok || !m.Meshed.Or(false) {
			t.Errorf("%s: %+v", kind, m)
		}
	}
	c := cluster(t, deployment("linkerd.io/inject: enabled", "")+"\n---\n{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: roll, namespace: shop}, spec: {workloadRef: {kind: Deployment, name: pay}}}\n")
	if m, s, ok := c.MeshingOf(&mesh.Workload{Kind: "Rollout", Namespace: "shop", Name: "roll"}); !ok || !m.Meshed.Or(false) || s.Name != "roll" {
		t.Errorf("a borrowed template: %+v", m)
	}
	if _, _, ok := c.MeshingOf(&mesh.Workload{Kind: "Deployment", Namespace: "shop", Name: "absent"}); ok {
		t.Error("a workload without a manifest was found")
	}
}

const config = `
apiVersion: v1
kind: ConfigMap
metadata: {name: linkerd-config, namespace: mesh-system}
data:
  values: |
    linkerdVersion: edge-26.8.3
    clusterDomain: corp.local
    clusterNetworks: 10.0.0.0/8,192.168.0.0/16
    webhookFailurePolicy: Fail
    identityTrustAnchorsPEM: PEM
    destinationController: {additionalArgs: ["-ext-endpoint-zone-weights"]}
    identity: {serviceAccountTokenProjection: false}
    proxy:
      opaquePorts: "25,7000-7002"
      defaultInboundPolicy: all-authenticated
    proxyInit: {ignoreInboundPorts: "22", ignoreOutboundPorts: "", skipSubnets: 10.8.0.0/16}
`

func TestSettingsOfAControlPlane(t *testing.T) {
	p, ok := parse(t, config).ControlPlane("")
	if !ok {
		t.Fatal("there is no control plane")
	}
	s := p.Settings
	expect(t, strings.TrimSpace(fmt.Sprintln(p.Version, s.Namespace, s.ClusterDomain, s.TrustDomain, s.OpaquePorts, s.ClusterNetworks, s.SkipInbound, s.SkipOutbound.Set, s.SkipOutbound.Has(4567), s.SkipSubnets,
		s.NoTokenProjection, s.ZoneWeights, s.NoSlices, s.FailurePolicy.V, s.TrustAnchors.V, s.DefaultPolicy.V, s.DefaultPolicy.Origin.Position().Line)),
		"edge-26.8.3 mesh-system corp.local corp.local [25 7000 7001 7002] [10.0.0.0/8 192.168.0.0/16] 22 true false [10.8.0.0/16] true true false Fail PEM all-authenticated 16")

	c := cluster(t, config+deployment("linkerd.io/inject: enabled", ""))
	c.Settings = s
	m, subject, _ := c.MeshingOf(payWorkload())
	expect(t, m.Identity+" "+shown(c.InboundOf(subject), 8080), "default.shop.serviceaccount.identity.mesh-system.corp.local STRICT -+++")
	if in := c.InboundOf(subject); in.Mode(22).Mode != mesh.DisableMTLS || in.TrustDomain != "corp.local" {
		t.Errorf("%+v", in)
	}
}

func TestSettingsThatAreNone(t *testing.T) {
	for _, test := range []struct {
		name, values    string
		problems, facts int
		found           bool
		policy          mesh.State
	}{
		{"nothing", "{}", 0, 0, true, mesh.Absent},
		{"a policy that is none", "{proxy: {defaultInboundPolicy: none}}", 0, 1, true, mesh.Unknown},
		{"no YAML", "{", 1, 0, false, mesh.Absent},
		{"a wrong type", "{proxy: 7}", 1, 0, true, mesh.Absent},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, diags := tryParse(t, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: linkerd-config, namespace: linkerd}\ndata:\n  values: |\n    "+test.values+"\n")
			p, found := o.ControlPlane("")
			if len(diags) != test.problems || len(o.Refused) != test.facts || found != test.found {
				t.Errorf("%v, %v, %v", diags, o.Refused, found)
			}
			if found && p.Settings.DefaultPolicy.State != test.policy {
				t.Errorf("%+v", p.Settings.DefaultPolicy)
			}
		})
	}
	if _, ok := parse(t, strings.Replace(config, "linkerd-config", "other", 1)).ControlPlane(""); ok {
		t.Error("any ConfigMap is taken for the settings")
	}
}

// What a control plane's default is, nobody knows if it is none.
func TestAnUnknownDefaultMakesVerdictsUnknown(t *testing.T) {
	c := cluster(t, pay("")+serverOf("http", "http", ""))
	c.Settings.DefaultPolicy = mesh.UnknownOf[string]("values are not in the inputs", mesh.Origin{})
	in := c.Inbound(c.Pods[kubernetes.Key{Namespace: "shop", Name: "pay"}])
	expect(t, shown(in, 8080)+" "+shown(in, 9090), "STRICT ---- PERMISSIVE ????")
}

func TestTrustRoots(t *testing.T) {
	o := parse(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: linkerd-identity-trust-roots, namespace: linkerd}, data: {ca-bundle.crt: PEM}}")
	if v := o.TrustRoots["linkerd"]; v.V != "PEM" || v.Origin.Path != "/data/ca-bundle.crt" || len(o.ControlPlanes) > 0 {
		t.Errorf("%+v", o.TrustRoots)
	}
}

// What the injector wrote of a proxy counts before what asked for it.
func TestVersionsAndSkippedPorts(t *testing.T) {
	c := cluster(t, namespace("linkerd.io/inject: enabled, config.linkerd.io/proxy-version: edge-1")+deployment("config.linkerd.io/skip-inbound-ports: '1-65535'", "")+
		pay("linkerd.io/proxy-version: edge-2, config.linkerd.io/proxy-version: edge-3, config.linkerd.io/skip-inbound-ports: '22,80-82'"))
	m, s, _ := c.MeshingOf(payWorkload())
	expect(t, fmt.Sprint(m.ProxyVersion, m.SkipPorts(s)), "edge-1[8080]")
	p := c.Subjects[linkerd.SubjectKey{Kind: "Pod", Key: kubernetes.Key{Namespace: "shop", Name: "pay"}}]
	expect(t, fmt.Sprint(c.Meshing(p).ProxyVersion, c.Meshing(p).SkipPorts(p)), "edge-2[22 80 81 82]")
}

// The label without the container: clients are not even told of such a pod.
func TestALabelWithoutAProxy(t *testing.T) {
	c := cluster(t, namespace("linkerd.io/inject: enabled")+podWith("pay", "linkerd", "", "containers: [{name: app}]"))
	m := c.Meshing(c.Subjects[linkerd.SubjectKey{Kind: "Pod", Key: kubernetes.Key{Namespace: "shop", Name: "pay"}}])
	if m.Meshed.Or(true) || m.Meshed.Origin.Path != "/metadata/labels/linkerd.io~1control-plane-ns" {
		t.Errorf("%+v", m.Meshed)
	}
	in := c.Inbound(c.Pods[kubernetes.Key{Namespace: "shop", Name: "pay"}])
	if in.Mode(80).Mode != mesh.DisableMTLS || in.Authorization != nil {
		t.Errorf("%+v", in)
	}
}

func TestWhichControlPlane(t *testing.T) {
	two := config + "\n---\n" + strings.Replace(config, "mesh-system", "other", 1)
	if _, ok := parse(t, two).ControlPlane(""); ok {
		t.Error("one of two control planes was chosen")
	}
	if p, ok := parse(t, two).ControlPlane("other"); !ok || p.Settings.Namespace != "other" {
		t.Error("the control plane that was named is another")
	}
	if p, ok := parse(t, two+"\n---\n"+strings.Replace(config, "mesh-system", "linkerd", 1)).ControlPlane(""); !ok || p.Namespace != "linkerd" {
		t.Error("linkerd is not the usual one")
	}
}
