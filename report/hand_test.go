package report

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/mesh"
)

// The fleet of these tests is built by hand: two regions of two zones, called from both.
//
//	catalog  meets its objective: copies in both regions, and outlier detection on line 6
//	ledger   has copies in both regions and nothing that takes dead ones out
//	mail     has one copy, and no intent

// manifest is a document that stands in testdata/fleet.yaml.
type manifest struct {
	resource mesh.Resource
	lines    map[string]int // by JSON pointer
}

func (m *manifest) Resource() mesh.Resource { return m.resource }

func (m *manifest) Locate(path string) mesh.Position {
	at := mesh.Position{File: "testdata/fleet.yaml", Line: m.lines[path], Column: 5, Path: path}
	if path == "/survive" {
		at.Via = []mesh.Via{{File: "overlays/east/kustomization.yaml", Line: 4, Column: 5, What: "resource of the overlay"}}
	}
	return at
}

func handService(name string, line int, places ...string) *mesh.Service {
	host := name + ".shop.svc.cluster.local"
	doc := &manifest{mesh.Resource{Kind: "Service", Namespace: "shop", Name: name}, map[string]int{"/spec": line}}
	s := &mesh.Service{
		ID: mesh.NewServiceID("prod", "prod", "shop", host), Mesh: "prod", Namespace: "shop", Name: name, Hosts: []string{host},
		Ports:    []mesh.Port{{Number: 8080, Protocol: mesh.HTTP}, {Number: 9090, Protocol: mesh.TCP}},
		Clusters: []string{"east", "west"}, Origin: mesh.At(doc, "/spec"),
	}
	for i, place := range places {
		l := mesh.ParseLocality(place)
		cluster := strings.TrimPrefix(l.Region, "us-")
		s.Endpoints = append(s.Endpoints, &mesh.Endpoint{
			Name: name, Address: cluster + string(rune('a'+i)) + ":8080", Port: 8080, Locality: l, Cluster: cluster,
			Security: mesh.MeshMTLS, MeshAble: true,
		})
	}
	return s
}

func (f *hand) pools(s *mesh.Service, d mesh.Detection, tiered bool) {
	view := &mesh.View{}
	for _, p := range s.Ports {
		view.Pools = append(view.Pools, &mesh.Pool{
			Service: s, Host: s.ID.Host(), Port: p.Number, Protocol: p.Protocol, Discovery: mesh.EDS, SendsUnhealthy: true,
			ConnectTimeout: mesh.Of(2*time.Second, mesh.At(f.rule, "/spec/trafficPolicy/connectionPool")),
			Targets:        []mesh.Target{{Endpoints: s.Endpoints, Detection: d}},
			Tiering:        &mesh.LocalityTiers{On: tiered},
		})
	}
	s.Fix(view)
}

// hand is the fleet and its parts that tests look at.
type hand struct {
	graph *mesh.Graph
	rule  *manifest
}

func handFleet() *hand {
	f := &hand{rule: &manifest{mesh.Resource{Kind: "DestinationRule", Namespace: "shop", Name: "catalog"}, map[string]int{
		"/spec/trafficPolicy/connectionPool": 4, "/spec/trafficPolicy/outlierDetection": 6, "/survive": 12,
	}}}
	both := []string{"us-east/a", "us-east/b", "us-west/a", "us-west/b"}
	catalog, ledger, mail := handService("catalog", 8, both...), handService("ledger", 9, both...), handService("mail", 10, "us-east/a")
	outlier := &mesh.OutlierDetection{
		Consecutive5xx: mesh.Of(5, mesh.At(f.rule, "/spec/trafficPolicy/outlierDetection")), Interval: mesh.Of(10*time.Second, mesh.Default("Istio")),
		BaseEjection: mesh.Of(30*time.Second, mesh.Default("Istio")), MaxEjectionPercent: mesh.Of(100, mesh.Origin{}),
		Origin: mesh.At(f.rule, "/spec/trafficPolicy/outlierDetection"),
	}
	f.pools(catalog, mesh.Detection{Outlier: outlier}, true)
	f.pools(ledger, mesh.Detection{}, false)
	f.pools(mail, mesh.Detection{}, false)
	for _, s := range []*mesh.Service{catalog, ledger} {
		s.Objective = &mesh.Objective{Survive: []string{"region"}, Faults: []string{"crash"}, Pattern: mesh.ActiveActive, Origin: mesh.At(f.rule, "/survive")}
	}
	catalog.Intent = mesh.Intent{Evidence: []mesh.Evidence{{What: "endpoints in 2 regions", Origin: catalog.Origin}}}
	f.graph = &mesh.Graph{
		Meshes:       []*mesh.Mesh{{Name: "prod", Kind: mesh.Istio, Version: "1.31", Clusters: []string{"east", "west"}}},
		Services:     []*mesh.Service{catalog, ledger, mail},
		Dependencies: []*mesh.Dependency{{From: catalog.ID, To: mail.ID, Evidence: mesh.Evidence{What: "MAIL_URL", Origin: catalog.Origin}}},
	}
	for _, cluster := range []string{"east", "west"} {
		region := "us-" + cluster
		f.graph.Clusters = append(f.graph.Clusters, &mesh.Cluster{Name: cluster, Mesh: "prod", Region: region, Zones: []string{"a", "b"}, ConfigCluster: cluster})
		f.graph.Clients = append(f.graph.Clients, &mesh.Client{
			ID: cluster, Mesh: "prod", Cluster: cluster, Namespace: "shop", Kind: mesh.Sidecar, Members: 3,
			Locality: mesh.Locality{Region: region, Zone: "a"},
		})
	}
	f.graph.Index()
	return f
}

// compute predicts the fleet for real.
func (f *hand) compute(t *testing.T, o failover.Options) *failover.Matrix {
	t.Helper()
	m, err := failover.Compute(context.Background(), f.graph, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// matrix is written by hand, so that what reports look like does not change with predictions. It
// has a cell of every kind and outcome: catalog survives all but the loss of its own pods, ledger
// survives only crashes, and mail is lost with what it needs.
func (f *hand) matrix() *failover.Matrix {
	catalog, ledger, mail := f.graph.Services[0], f.graph.Services[1], f.graph.Services[2]
	own := failover.Scenario{Parts: []failover.Part{{Target: failover.Endpoint, Value: "easta:8080"}, {Target: failover.Endpoint, Value: "eastb:8080"}}}
	m := &failover.Matrix{}
	for _, port := range []int{8080, 9090} {
		for _, s := range []failover.Scenario{
			failover.One(failover.Zone, "us-east/a"), failover.One(failover.Zone, "us-west/a"), failover.One(failover.Region, "us-west"),
			failover.One(failover.Cluster, "west"), own,
		} {
			for _, fault := range failover.Faults {
				o := failover.Survives
				if s.String() == own.String() {
					o = map[failover.Fault]failover.Outcome{failover.Hang: failover.Lost, failover.Partition: failover.Unknown}[fault]
				}
				m.Cells = append(m.Cells, f.cell(catalog, port, s, fault, o))
			}
		}
	}
	for _, port := range []int{8080, 9090} {
		if port == 9090 {
			m.Cells = append(m.Cells, f.cell(ledger, port, failover.None, failover.Crash, failover.Degraded))
		}
		for _, fault := range failover.Faults {
			o := failover.Degraded
			if fault == failover.Crash && port == 8080 {
				o = failover.Survives
			}
			m.Cells = append(m.Cells, f.cell(ledger, port, failover.One(failover.Region, "us-west"), fault, o))
		}
	}
	m.Cells = append(m.Cells, f.cell(mail, 8080, failover.One(failover.Service, string(ledger.ID)), failover.Crash, failover.Lost))
	return m
}

// cell fills in all that an outcome comes with.
func (f *hand) cell(s *mesh.Service, port int, sc failover.Scenario, fault failover.Fault, o failover.Outcome) *failover.Cell {
	if o == "" {
		o = failover.Survives
	}
	id := string(s.ID)
	east := failover.Destination{Locality: "us-east/a", Cluster: "east", Service: id, Share: 0.33336, Encryption: "mtls"}
	west := failover.Destination{Locality: "us-west/a", Cluster: "west", Service: id, Share: 0.66664, Encryption: "tls"}
	a := &failover.Answer{
		Outcome: o, Authorized: true, Capacity: failover.Capacity{Needed: 2, Available: 4},
		Before: []failover.Destination{west, east}, Trace: []string{"one tier, of four hosts"},
	}
	whole := east
	whole.Share = 1
	outlier := mesh.At(f.rule, "/spec/trafficPolicy/outlierDetection")
	switch o {
	case failover.Survives:
		a.Destinations = []failover.Destination{whole}
		a.Recovery = failover.Recovery{Lower: 2 * time.Second, Upper: 4500 * time.Millisecond, Terms: []failover.Term{
			{Name: "detect", Lower: 2 * time.Second, Upper: 2500 * time.Millisecond, Origin: outlier},
			{Name: "retry", Upper: 2 * time.Second, Origin: mesh.Default("Istio (2 retries on connect-failure)")},
		}}
	case failover.Degraded:
		a.FailingShare, a.Reason, a.Destinations = 0.66664, "no outlier detection is in effect", []failover.Destination{east}
		a.Causes = []failover.Cause{{Kind: failover.CauseNoDetection, Origin: s.Origin, Detail: a.Reason,
			Related: []mesh.Evidence{{What: "the rule that has one", Origin: outlier}}}}
	case failover.Lost:
		a.FailingShare, a.Reason, a.Authorized = 1, "nobody is left", false
	case failover.Unknown:
		a.Reason = "where the endpoints run is not known"
	}
	return &failover.Cell{Service: s, Port: port, Client: f.graph.Clients[0], Scenario: sc, Fault: fault, Answer: a}
}

// findings have their members filled in all the ways that there are.
func (f *hand) findings(m *failover.Matrix) []*analyzer.Finding {
	rule := &analyzer.Rule{ID: "DR103", Slug: "failover-inert"}
	catalog, ledger := f.graph.Services[0], f.graph.Services[1]
	var spoilt []string
	for _, c := range m.Cells {
		if c.Service == ledger && c.Outcome == failover.Degraded {
			spoilt = append(spoilt, c.ID())
		}
	}
	return []*analyzer.Finding{
		{
			Rule: rule, Level: analyzer.Error, Service: ledger, Resource: f.rule.resource, Origin: mesh.At(f.rule, "/spec/trafficPolicy/outlierDetection"),
			Message:  "If us-west crashes, 67 % of the requests to ledger:9090 from us-east/a fail until someone acts, and 67 % leave the region already today: no outlier detection is in effect.",
			Scenario: "region=us-west", Fault: "crash", Cells: analyzer.SpoilsIDs(spoilt...),
			Related: []mesh.Evidence{
				{What: "the rule is written for another port", Origin: mesh.At(f.rule, "/survive")},
				{What: "nobody wrote the interval", Origin: mesh.Default("Istio 1.31")},
			},
		},
		{Rule: rule, Level: analyzer.Warning, Message: "The objective of catalog is not proven.", Service: catalog, Origin: mesh.At(f.rule, "/survive"), Cells: analyzer.SpoilsIDs(spoilt[:1]...)},
		{Rule: rule, Level: analyzer.Warning, Message: "A rule <b> & \"c\" \x1b[31m is unused.", Resource: mesh.Resource{Kind: "Sidecar", Namespace: "a", Name: "b", Cluster: "east"}},
		{Rule: rule, Level: analyzer.Note, Message: "There is advice, too.", Service: ledger, Origin: ledger.Origin},
	}
}

func (f *hand) report() *Report {
	m := f.matrix()
	return New(Scan{
		Version: "v1.2.3", Services: f.graph.Services, Matrix: m, Findings: f.findings(m), Patterns: f.patterns,
		Topology: func() *Topology { return TopologyOf(f.graph, failover.NewModel(f.graph)) },
		Inputs: Inputs{Files: 2, Documents: 5, Resources: 4, Ignored: 1, Unreadable: []Unreadable{
			{"west/broken.yaml", 7, 3, "mapping values are not allowed here"},
			{"east/locked.yaml", 0, 0, "cannot be read: permission denied"},
		}, Rendered: []Rendered{
			{Kind: "helm", Dir: "charts/pay", Cluster: "west", Objects: 7},
			{Kind: "helm", Dir: "charts/pay", Cluster: "east", Objects: 7},
			{Kind: "kustomize", Dir: "apps/base", Cluster: "east", Objects: 1},
		}, Missing: []Missing{
			{PositionAt(mesh.Position{File: "charts/cart/Chart.yaml", Line: 9, Column: 3}), "the chart cart needs redis, which is not in its charts folder", "run helm dependency build"},
		}, Skipped: []Skipped{
			SkippedOf("kinds that muster does not model", "Secret", strings.Fields("east/a.yaml:3 east/a.yaml:9 east/b.yaml:1 east/b.yaml:2 w:1 w:2 w:3 w:4")),
			SkippedOf("kinds that muster does not model", "Certificate.cert-manager.io", strings.Fields("c:1 c:2 c:3 c:4")),
			SkippedOf("Ansible playbook", "", strings.Fields("ops/a.yml:1 ops/b.yml:1 ops/c.yml:1")),
		}, NotUnderstood: []NotUnderstood{
			NotUnderstoodOf("EnvoyFilter", "EnvoyFilter shop/lua: it rewrites what Envoy is told", f.graph.Services[0].Origin),
		}},
	})
}

// patterns are written by hand too: catalog runs two, and of ledger it is not known.
func (f *hand) patterns(s *mesh.Service) pattern.Inferred {
	switch s {
	case f.graph.Services[0]:
		return pattern.Inferred{Places: mesh.ActiveActive, Versions: mesh.Canary, Evidence: []mesh.Evidence{
			{What: "us-east and us-west answer requests on a normal day", Origin: mesh.At(f.rule, "/spec/trafficPolicy/outlierDetection")},
			{What: "v2 gets 10 of 100 requests"},
		}}
	case f.graph.Services[1]:
		return pattern.Inferred{Unknown: "remote base is not in the inputs, and may change this"}
	}
	return pattern.Inferred{}
}

// golden compares a document with testdata/NAME; go test -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update rewrites it):\n%s", path, got)
	}
}

// snippets reads lines of the hand-made fleet.
func snippets(file string, line int) (string, bool) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", false
	}
	lines := strings.Split(string(data), "\n")
	if line > len(lines) {
		return "", false
	}
	return lines[line-1], true
}
