package fleet_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// edged is the federation with an API gateway in one, its listeners, and a route.
func edged(listeners, route string, more map[string]string) federation {
	files := map[string]string{
		"one/edge.hcl":      "service {\n id = \"edge-1\"\n name = \"edge\"\n kind = \"api-gateway\"\n address = \"10.4.0.1\"\n port = 8443\n}\n",
		"entries/edge.hcl":  "Kind = \"api-gateway\"\nName = \"edge\"\nListeners = [\n" + listeners + "\n]\n",
		"entries/route.hcl": route,
	}
	for name, text := range more {
		files[name] = text
	}
	return federation{more: files}
}

const (
	listening  = `{ Name = "web", Port = 80, Protocol = "HTTP" }`
	routeToPay = "Kind = \"http-route\"\nName = \"shop\"\nParents = [\n{ Kind = \"api-gateway\", Name = \"edge\", SectionName = \"%s\" }\n]\nRules = [{ Services = [\n{ Name = \"%s\", Weight = 10 }\n] }]\n"
)

// Whom a route that is bound leads to, the gateway calls as its upstream: the resolver of the service applies.
func TestConsulAPIGatewayCalls(t *testing.T) {
	g := edged(listening, fmt.Sprintf(routeToPay, "web", "pay"), nil).load(t).Graph
	s := g.Service("bank/one/default/pay")
	callers := failover.Callers(g, s)
	i := slices.IndexFunc(callers, func(c *mesh.Client) bool { return c.Kind == mesh.GatewayPod })
	if i < 0 {
		t.Fatalf("the gateway does not call pay: %v", callers)
	}
	sc, err := failover.ParseScenario("workload=one/default/ConsulService/pay")
	if err != nil {
		t.Fatal(err)
	}
	a := failover.Evaluate(g, failover.Question{Service: s, Port: s.Ports[0].Number, Client: callers[i]}, failover.NewBlast(g, sc), failover.Crash)
	if a == nil || a.Outcome != failover.Survives || len(a.Destinations) != 1 || a.Destinations[0].Cluster != "two" {
		t.Errorf("%+v", a)
	}
}

// What is not bound makes nobody a caller, and is told at its line: as harm where the entries show that it breaks requests.
func TestConsulAPIGatewayFacts(t *testing.T) {
	good := fmt.Sprintf(routeToPay, "web", "pay")
	tcp := map[string]string{"entries/tcp.hcl": "Kind = \"service-defaults\"\nName = \"pay\"\nProtocol = \"tcp\"\n", "entries/pay.hcl": ""}
	for _, c := range []struct {
		name  string
		f     federation
		calls bool
		want  string // file, line and harm of a fact
	}{
		{"bound", edged(listening, good, nil), true, ""},
		{"to any listener", edged(listening, strings.Replace(good, `SectionName = "web"`, "", 1), nil), true, ""},
		{"a listener that does not exist", edged(listening, fmt.Sprintf(routeToPay, "wbe", "pay"), nil), false, "entries/route.hcl:4 true"},
		{"a listener for TCP", edged(strings.Replace(listening, "HTTP", "TCP", 1), good, nil), false, "entries/route.hcl:4 true"},
		{"a gateway that is not among the entries", edged(listening, strings.Replace(good, `Name = "edge"`, `Name = "rim"`, 1), nil), false, "entries/route.hcl:4 false"},
		{"a service that nobody registers", edged(listening, fmt.Sprintf(routeToPay, "web", "pya"), nil), false, "entries/route.hcl:7 true"},
		{"a service of TCP", edged(listening, good, tcp), false, "entries/route.hcl:7 true"},
		{"a certificate that is not there", edged(strings.Replace(listening, "}", "TLS { Certificates = [\n{ Kind = \"file-system-certificate\", Name = \"cert\" }] } }", 1), good, nil), true, "entries/edge.hcl:5 false"},
		{"one that is", edged(strings.Replace(listening, "}", "TLS { Certificates = [\n{ Name = \"cert\" }] } }", 1), good, map[string]string{"entries/cert.hcl": "Kind = \"inline-certificate\"\nName = \"cert\"\nCertificate = \"x\"\n"}), true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := c.f.load(t).Graph
			var got []string
			for _, f := range g.Facts {
				if f.Kind == mesh.FactDanglingHost {
					p := f.Origin.Position()
					got = append(got, fmt.Sprintf("entries/%s:%d %v", path.Base(p.File), p.Line, f.Harm))
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("facts %q, want %q", got, c.want)
			}
			calls := slices.ContainsFunc(failover.Callers(g, g.Service("bank/one/default/pay")), func(x *mesh.Client) bool { return x.Kind == mesh.GatewayPod })
			if calls != c.calls {
				t.Errorf("calls pay: %v, want %v", calls, c.calls)
			}
		})
	}
}
