package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// machineIn is an ExternalWorkload of a cluster that the Service web selects; status is its inside.
func machineIn(cluster, name, labels, status string) string {
	return fmt.Sprintf(`-- %s/%s.yaml --
apiVersion: workload.linkerd.io/v1beta1
kind: ExternalWorkload
metadata: {name: %s, namespace: shop, labels: {app: web%s}}
spec:
  meshTLS: {identity: "spiffe://corp/%s", serverName: %s.corp}
  workloadIPs: [{ip: 192.0.2.%d}]
  ports: [{name: http, port: 80}]
%s`, cluster, name, name, labels, name, name, name[len(name)-1]-'0', status)
}

const ready = "status: {conditions: [{type: Ready, status: 'True'}]}\n"

// Machines outside of a cluster are endpoints of the Services that select them, beside its pods.
func TestMachinesAsEndpointsOfLinkerd(t *testing.T) {
	const pods, machine = "workload=east/shop/Deployment/web", "workload=east/shop/ExternalWorkload/vm-1"
	one := webIn("east", "", both) + webIn("west", "", "") + machineIn("east", "vm-1", ", topology.kubernetes.io/zone: a", ready)
	two := func(status string) string {
		return linkTo + webIn("east", "", "") + webIn("west", flat, "") + machineIn("west", "vm-2", "", status)
	}
	slice := func(conditions string) string {
		return "-- west/slice.yaml --\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: linkerd-external-web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}\naddressType: IPv4\nports: [{name: http, port: 80}]\n" +
			"endpoints: [{addresses: [192.0.2.2], conditions: {" + conditions + "}, targetRef: {kind: ExternalWorkload, name: vm-2, namespace: shop}}]\n"
	}
	policy := "-- east/server.yaml --\napiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: web, namespace: shop}\nspec: {externalWorkloadSelector: {matchLabels: {app: web}}, port: 80, accessPolicy: deny}\n"
	// One machine of three endpoints answers all requests, and has not the capacity of the two that are in use.
	for _, tt := range []struct {
		name, manifests, service string
		want                     map[string]string // scenario, fault -> cell of east
	}{
		{"beside pods, breaker and timeout", one, "web", map[string]string{pods + " crash": "degraded 0.00", machine + " crash": "survives east 1s", machine + " hang": "survives east 4.1s"}},
		{"beside pods, neither", strings.ReplaceAll(one, both, ""), "web", map[string]string{machine + " hang": "degraded 0.33"}},
		{"one that is not ready is no endpoint", strings.Replace(one, "'True'", "'False'", 1), "web", map[string]string{pods + " crash": "lost", machine + " crash": "-"}},
		{"one whose status is not in the inputs", strings.Replace(one, ready, "", 1), "web", map[string]string{pods + " crash": "unknown"}},
		{"one that does not declare the port", strings.Replace(one, "port: 80}]\nstatus", "port: 81}]\nstatus", 1), "web", map[string]string{pods + " crash": "lost"}},
		{"one that is not selected", strings.Replace(one, "labels: {app: web, topo", "labels: {app: other, topo", 1), "web", map[string]string{pods + " crash": "lost"}},
		{"one that refuses everybody", one + policy, "web", map[string]string{pods + " crash": "lost"}},
		{"behind a flat mirror", two(ready), "web-west", map[string]string{"workload=west/shop/Deployment/web crash": "degraded 0.00"}},
		{"behind a flat mirror, without a status", two(""), "web-west", map[string]string{"workload=west/shop/Deployment/web crash": "unknown"}},
		{"behind a gateway, without a status", strings.ReplaceAll(two(""), flat, exported), "web-west", map[string]string{"workload=west/shop/Deployment/web crash": "unknown"}},
		{"a slice that is written", two("") + slice("ready: true"), "web-west", map[string]string{"workload=west/shop/ExternalWorkload/vm-2 crash": "lost"}},
		{"a slice that says that it is not ready", two(ready) + slice("ready: false"), "web-west", map[string]string{"none crash": "lost"}},
		{"a slice that names none", strings.Replace(two("")+slice("ready: true"), "vm-2, namespace: shop}}", "vm-3, namespace: shop}}", 1), "web-west", map[string]string{"none crash": "lost"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := loaded(t, unpack(t, twoLinkerds+tt.manifests))
			for at, want := range tt.want {
				scenario, fault, _ := strings.Cut(at, " ")
				if got := cell(t, f, tt.service, scenario, failover.Fault(fault)); got != want {
					t.Errorf("%s: %s, want %s", at, got, want)
				}
			}
		})
	}
	f := loaded(t, unpack(t, twoLinkerds+one))
	i := slices.IndexFunc(f.Graph.Workloads, func(w *mesh.Workload) bool { return w.Kind == "ExternalWorkload" })
	if i < 0 {
		t.Fatal("no workload")
	}
	w := f.Graph.Workloads[i]
	if w.Identity != "spiffe://corp/vm-1" || !w.Meshed.Or(false) || w.Locality.V.Region != "us-east-1" || w.Origin.Position().File != "east/vm-1.yaml" {
		t.Errorf("%+v", w)
	}
	web := f.Graph.Service("prod/east/shop/web.shop.svc.cluster.local")
	if n := len(web.Endpoints); n != 3 {
		t.Fatalf("%d endpoints", n)
	}
	for _, e := range web.Endpoints {
		if e.Workload == w && (e.Security != mesh.MeshMTLS || !e.MeshAble || e.Address != "192.0.2.1:80" || e.Locality.Zone != "a" || e.Inbound == nil) {
			t.Errorf("%+v", e)
		}
	}
}
