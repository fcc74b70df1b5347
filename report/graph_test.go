package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// drawn adds to the hand-made fleet what a drawing shows besides services.
func drawn() *Graph {
	f := handFleet()
	web := &mesh.Workload{ID: "east/shop/Deployment/catalog", Cluster: "east", Namespace: "shop", Kind: "Deployment", Name: "catalog",
		Replicas: mesh.Of(2, mesh.Origin{}), Meshed: mesh.UnknownOf[bool]("no namespace", mesh.Origin{})}
	f.graph.Workloads = []*mesh.Workload{web}
	f.graph.Services[0].Endpoints[0].Workload = web
	f.graph.Gateways = []*mesh.Gateway{{ID: "east/istio-system/eastwest", Cluster: "east", Role: mesh.EastWest, Network: "east-net"}}
	f.graph.Services[2].External = true
	f.graph.Dependencies = append(f.graph.Dependencies, &mesh.Dependency{From: f.graph.Services[0].ID, To: f.graph.Services[1].ID,
		Strong: true, Evidence: mesh.Evidence{What: `declared "twice" <b>`, Origin: f.graph.Services[0].Origin}})
	east := &mesh.Balancer{ID: "prod/aws_lb.east", Kind: "network load balancer", Name: "east", Region: mesh.Of("us-east-1", mesh.Origin{}), Cluster: "east", Namespace: "shop", Service: "web"}
	f.graph.Balancers = []*mesh.Balancer{east}
	f.graph.Records = []*mesh.Record{{ID: "prod/aws_route53_record.shop", Kind: "Route 53 record", Host: "shop.example", Environment: "prod", Policy: mesh.Ordered,
		TTL: mesh.Of(90*time.Second, mesh.Origin{}), Members: []*mesh.Member{
			{Name: "east", Leads: east, Region: east.Region, Check: mesh.Of(&mesh.RecordCheck{}, mesh.Origin{})},
			{Name: "west", Rank: 1, Region: mesh.UnknownOf[string]("computed", mesh.Origin{}), Check: mesh.UnknownOf[*mesh.RecordCheck]("computed", mesh.Origin{})}}}}
	f.graph.Stores = []*mesh.DataStore{{ID: "prod/aws_db_instance.main", Kind: "RDS instance", Class: "database", Environment: "prod", Region: east.Region,
		Copies: []mesh.Copy{{Kind: mesh.Backup, Region: mesh.UnknownOf[string]("computed", mesh.Origin{})}}}}
	f.graph.Environments = []*mesh.Environment{{Name: "prod", Folder: "infra", Clusters: []string{"east"}, State: &mesh.StateStore{Backend: "s3"}, Attributes: 9, Unknown: 2}}
	return GraphOf(f.graph, f.patterns)
}

func TestGraphGolden(t *testing.T) {
	g := drawn()
	for name, write := range map[string]func(*bytes.Buffer) error{
		"graph.json": func(b *bytes.Buffer) error { return g.JSON(b, "v1.2.3") },
		"graph.txt":  func(b *bytes.Buffer) error { return g.Text(b, Terminal{}) },
		"graph.dot":  func(b *bytes.Buffer) error { return g.DOT(b) },
		"graph.mmd":  func(b *bytes.Buffer) error { return g.Mermaid(b) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.String())
	}
}

func TestGraphJSONHasNoNullList(t *testing.T) {
	var out bytes.Buffer
	if err := GraphOf(&mesh.Graph{}, nil).JSON(&out, ""); err != nil {
		t.Fatal(err)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &top); err != nil {
		t.Fatal(err)
	}
	for name, v := range top {
		if string(v) == "null" {
			t.Errorf("%s is null", name)
		}
	}
}

// A label may hold anything; it must not end the string that it stands in.
func TestDrawingsEscapeLabels(t *testing.T) {
	g := drawn()
	g.Clusters[0].Name = `a"] --> b; \`
	var dot, mermaid bytes.Buffer
	if err := g.DOT(&dot); err != nil {
		t.Fatal(err)
	}
	if err := g.Mermaid(&mermaid); err != nil {
		t.Fatal(err)
	}
	if want := `label="a\"] --> b; \\, us-east"`; !strings.Contains(dot.String(), want) {
		t.Errorf("no %s in\n%s", want, dot.String())
	}
	if want := `subgraph c0["a#quot;] --#gt; b; \, us-east"]`; !strings.Contains(mermaid.String(), want) {
		t.Errorf("no %s in\n%s", want, mermaid.String())
	}
}
