package fleet_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Callers whose proxy is bypassed for a port of a service are told apart: kube-proxy has the pods of their own cluster for them, in
// plaintext, and neither routes nor breakers nor mirrors.
func TestCallersThatBypassTheirProxy(t *testing.T) {
	const local = "workload=east/shop/Deployment/web"
	bypass := func(ports string) string {
		return strings.Replace(twoLinkerds, "metadata: {labels: {app: front}}", "metadata: {labels: {app: front}, annotations: {config.linkerd.io/skip-outbound-ports: '"+ports+"'}}", 1)
	}
	route := mirrored(flat, both) + routed(backends("web=1", "web-west=1"))
	const here = " policy-discarded east/front.yaml:12"
	for _, tt := range []struct {
		name, manifests, service string
		want                     map[string]string // scenario, fault -> cell of front
	}{
		{"another port", bypass("81,90-99") + route, "web", map[string]string{local + " crash": "survives west 4s", local + " hang": "survives west 7.8s"}},
		{"the port of the Service", bypass("80") + route, "web", map[string]string{local + " crash": "lost" + here, local + " hang": "lost" + here, "cluster=west crash": "-"}},
		{"a range", bypass("1-1000") + route, "web", map[string]string{local + " crash": "lost" + here}},
		{"a mirror has no endpoints for kube-proxy", bypass("80") + mirrored(flat, ""), "web-west", map[string]string{"none crash": "lost" + here}},
		{"the gateway refuses plaintext", bypass("80") + mirrored(exported, ""), "web-west", map[string]string{"none crash": "lost" + here}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := loaded(t, unpack(t, tt.manifests))
			for at, want := range tt.want {
				scenario, fault, _ := strings.Cut(at, " ")
				m := cellsOf(t, f, tt.service, scenario, failover.Fault(fault))
				m.Cells = slices.DeleteFunc(m.Cells, func(c *failover.Cell) bool { return c.Client.Namespace != "front" })
				got := told(m)
				if strings.HasPrefix(got, "lost") && len(m.Cells[0].Causes) > 0 {
					got += causeIn(m.Cells[0])
				}
				if got != want {
					t.Errorf("%s: %s, want %s", at, got, want)
				}
			}
		})
	}
	f := loaded(t, unpack(t, bypass("80")+route))
	web := f.Graph.Service("prod/east/shop/web.shop.svc.cluster.local")
	for _, c := range f.Graph.Clients {
		if c.Cluster != "east" {
			continue
		}
		want := mesh.MeshMTLS
		if c.Namespace == "front" {
			want = mesh.Plaintext
		}
		p := f.Graph.View(web, c).Pool(80, "")
		if p == nil || len(p.Targets) == 0 || p.Targets[0].Endpoints[0].Security != want || (want == mesh.Plaintext) != (p.Targets[0].Detection.Outlier == nil) {
			t.Errorf("%s: %+v", c.ID, p)
		}
	}
}
