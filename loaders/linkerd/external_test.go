package linkerd_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/mesh"
)

const machine = `
apiVersion: workload.linkerd.io/v1beta1
kind: ExternalWorkload
metadata: {name: vm-1, namespace: shop, labels: {app: pay, topology.kubernetes.io/zone: a}}
spec:
  meshTLS: {identity: "spiffe://corp/vm-1", serverName: vm-1.corp}
  workloadIPs: [{ip: 192.0.2.1}]
  ports: [{name: http, port: 8080}, {name: dns, port: 53, protocol: UDP}]
`

func withStatus(text string) string { return machine + "status: {conditions: [" + text + "]}\n" }

func TestReadinessOfExternalWorkloads(t *testing.T) {
	for status, want := range map[string]string{
		"":                               "?",
		"{type: Ready, status: 'True'}":  "true",
		"{type: Ready, status: 'False'}": "false",
		"{type: Ready, status: Unknown}": "false",
		"{type: Other, status: 'True'}":  "false",
		"{type: Ready, status: 'False'}, {type: Ready, status: 'True'}": "true",
	} {
		input := machine
		if status != "" {
			input = withStatus(status)
		}
		w := cluster(t, input).External[kubernetes.Key{Namespace: "shop", Name: "vm-1"}]
		got := "?"
		if v, known := w.Ready.Get(); known {
			got = fmt.Sprint(v)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", status, got, want)
		}
	}
}

func TestServicesSelectExternalWorkloads(t *testing.T) {
	c := cluster(t, machine+"\n---\n"+strings.NewReplacer("vm-1", "vm-2", "workloadIPs: [{ip: 192.0.2.1}]", "workloadIPs: []").Replace(machine)+
		"\n---\n"+strings.NewReplacer("vm-1", "vm-0", "app: pay", "app: other").Replace(machine)+"\n---\n"+strings.ReplaceAll(machine, "namespace: shop", "namespace: jobs"))
	svc := &kubernetes.Service{Key: kubernetes.Key{Namespace: "shop", Name: "pay"}, Selector: map[string]string{"app": "pay"}}
	members := c.ExternalMembers(svc)
	if len(members) != 1 || members[0].Name != "vm-1" || members[0].Namespace != "shop" {
		t.Fatalf("%v", members)
	}
	w := members[0]
	id, at := w.TLSIdentity()
	expect(t, fmt.Sprint(id, at.Path, w.Addresses, w.Zone()), "spiffe://corp/vm-1/spec/meshTLS/identity[192.0.2.1]a")
	for _, test := range []struct {
		port kubernetes.ServicePort
		want int // 0: none
	}{
		{kubernetes.ServicePort{Number: 80, TargetPort: 8080, Protocol: "TCP"}, 8080},
		{kubernetes.ServicePort{Number: 8080}, 8080},
		{kubernetes.ServicePort{Number: 80, TargetName: "http", Protocol: "TCP"}, 8080},
		{kubernetes.ServicePort{Number: 80, TargetPort: 9090, Protocol: "TCP"}, 0}, // not written down
		{kubernetes.ServicePort{Number: 80, TargetName: "dns", Protocol: "TCP"}, 0},
		{kubernetes.ServicePort{Number: 53, TargetName: "dns", Protocol: "UDP"}, 53},
	} {
		if got, ok := w.TargetPort(test.port); got != test.want || ok != (test.want > 0) {
			t.Errorf("%+v leads to %d", test.port, got)
		}
	}
	if got := c.ExternalMembers(&kubernetes.Service{Key: svc.Key}); got != nil {
		t.Errorf("a Service without a selector has %v", got)
	}
}

func TestWhatAnExternalWorkloadAccepts(t *testing.T) {
	server := strings.Replace(serverOf("http", "http", ""), "podSelector", "externalWorkloadSelector", 1)
	for _, test := range []struct{ name, input, want string }{
		{"nothing is written", machine, "PERMISSIVE ++++"},
		{"a Server of ExternalWorkloads", machine + server + policyFor(toServer, account), "STRICT -+--"},
		{"a Server of pods", machine + serverOf("http", "http", ""), "PERMISSIVE ++++"},
		{"an annotation", strings.Replace(machine, "namespace: shop,", "namespace: shop, annotations: {config.linkerd.io/default-inbound-policy: all-authenticated},", 1), "STRICT -+++"},
		{"an annotation of the namespace", machine + namespace("config.linkerd.io/default-inbound-policy: deny"), "PERMISSIVE ++++"},
		{"ports that are skipped in pods", machine + namespace("config.linkerd.io/skip-inbound-ports: '8080'"), "PERMISSIVE ++++"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := cluster(t, test.input)
			w := c.External[kubernetes.Key{Namespace: "shop", Name: "vm-1"}]
			expect(t, shown(c.ExternalInbound(w), 8080), test.want)
			m := c.Meshing(c.Subjects[linkerd.SubjectKey{Kind: "ExternalWorkload", Key: w.Key}])
			if m.Identity != "spiffe://corp/vm-1" || !m.Meshed.Or(false) {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestExternalWorkloadsThatAreRefused(t *testing.T) {
	for name, input := range map[string]string{
		"no identity":         strings.Replace(machine, `identity: "spiffe://corp/vm-1", `, "", 1),
		"no TLS":              strings.Replace(machine, "meshTLS", "meshTls", 1), // the spelling of v1alpha1
		"a port that is none": strings.Replace(machine, "port: 8080", "port: 80800", 1),
	} {
		c := cluster(t, input)
		if f := c.InboundFacts(); len(c.External) > 0 || len(f) != 1 || f[0].Kind != mesh.FactInvalid {
			t.Errorf("%s: %v %v", name, c.External, f)
		}
	}
	old := strings.NewReplacer("meshTLS", "meshTls", "v1beta1", "v1alpha1").Replace(machine)
	w := cluster(t, old).External[kubernetes.Key{Namespace: "shop", Name: "vm-1"}]
	if w == nil || w.ServerName != "vm-1.corp" {
		t.Errorf("%+v", w)
	}
	_, diags := tryParse(t, strings.Replace(machine, "192.0.2.1", "vm.corp", 1))
	if len(diags) != 1 || diags[0].Position.Line != 7 {
		t.Errorf("%v", diags)
	}
}
