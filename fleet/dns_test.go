package fleet

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// behindNames is two clusters with an ingress gateway each, which hands requests for pay.example to the service pay.
const behindNames = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes: [{name: prod, kind: istio, version: "1.31", clusters: [east, west]}]
clusters:
  - {name: east, region: us-east-1, sources: [{path: all}]}
  - {name: west, region: us-west-2, sources: [{path: all}]}
objectives: [{match: {service: pay.example}, survive: [region], rto: 5m}]
-- all/edge.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: istio-system}
spec: {type: LoadBalancer, selector: {istio: ingressgateway}, ports: [{name: https, port: 443, targetPort: 8443}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: istio-system}
spec:
  replicas: 3
  selector: {matchLabels: {istio: ingressgateway}}
  template:
    metadata: {labels: {istio: ingressgateway}, annotations: {inject.istio.io/templates: gateway}}
    spec:
      containers: [{name: istio-proxy, image: auto, readinessProbe: {httpGet: {path: /healthz/ready, port: 15021}}}]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: edge, namespace: istio-system}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 443, name: https, protocol: HTTPS}, hosts: [pay.example], tls: {mode: SIMPLE, credentialName: pay}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: pay, namespace: pay}
spec:
  hosts: [pay.example]
  gateways: [istio-system/edge]
  http: [{route: [{destination: {host: pay, port: {number: 8080}}}], timeout: 2s}]
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: pay}
spec: {selector: {app: pay}, ports: [{name: http, port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: pay}
spec:
  replicas: 3
  selector: {matchLabels: {app: pay}}
  template:
    metadata: {labels: {app: pay}}
    spec: {containers: [{name: c, image: x, readinessProbe: {httpGet: {path: /ready, port: 8080}}}]}
`

// balancer is the load balancer in front of a cluster's ingress gateway.
func balancer(cluster, region string) *mesh.Balancer {
	return &mesh.Balancer{ID: "prod/lb." + cluster, Name: cluster, Region: mesh.Of(region, mesh.Origin{}), Cluster: cluster, Namespace: "istio-system", Service: "edge",
		Checks: mesh.Of(&mesh.HealthCheck{By: "target group", Handler: "http", Interval: 10 * time.Second, Timeout: 5 * time.Second, Failure: 3}, mesh.Origin{})}
}

// asked is a health check of Route 53.
func asked(id string, asks ...string) mesh.Value[*mesh.RecordCheck] {
	return mesh.Of(&mesh.RecordCheck{ID: id, Asks: asks, HealthCheck: mesh.HealthCheck{By: "Route 53", Handler: "http", Interval: 30 * time.Second, Timeout: 6 * time.Second, Failure: 3}}, mesh.Origin{})
}

func ordered(members ...*mesh.Member) *mesh.Record {
	for i, m := range members {
		m.Rank = i
	}
	return &mesh.Record{ID: "prod/record", Kind: "Route 53 record", Host: "pay.example", Environment: "prod", Policy: mesh.Ordered, TTL: mesh.Of(time.Minute, mesh.Origin{}), Members: members}
}

// fallback makes the last answer that of a record of which none is healthy, as Cloudflare's fallback pool is.
func fallback(r *mesh.Record) *mesh.Record {
	r.Fallback = mesh.FallbackMember
	return r
}

func member(name string, b *mesh.Balancer, check mesh.Value[*mesh.RecordCheck]) *mesh.Member {
	return &mesh.Member{Name: name, Leads: b, Check: check}
}

// withRecords loads the clusters with records as they would come from Terraform.
func withRecords(t *testing.T, edit func(string) string, records ...*mesh.Record) *Fleet {
	t.Helper()
	text := behindNames
	if edit != nil {
		text = edit(text)
	}
	dir := unpack(t, text)
	cfg, err := config.Load(dir+"/muster.yaml", dir)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Config: cfg, Source: source.Options{Root: dir}}
	read, err := read(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	read.records = records
	return assemble(o, read)
}

func nameCell(t *testing.T, f *Fleet, scenario string, fault failover.Fault) *failover.Answer {
	t.Helper()
	return nameCellOf(t, f, "pay.example", scenario, fault)
}

func nameCellOf(t *testing.T, f *Fleet, host, scenario string, fault failover.Fault) *failover.Answer {
	t.Helper()
	sc, err := failover.ParseScenario(scenario)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(f.Graph.Services, func(s *mesh.Service) bool { return s.Mesh == dnsMesh && s.Name == host })
	c := slices.IndexFunc(f.Graph.Clients, func(c *mesh.Client) bool { return c.Mesh == dnsMesh })
	if i < 0 || c < 0 {
		t.Fatal("the record is no service")
	}
	a := failover.Evaluate(f.Graph, failover.Question{Service: f.Graph.Services[i], Port: 443, Client: f.Graph.Clients[c]}, failover.NewBlast(f.Graph, sc), fault)
	if a == nil {
		t.Fatalf("%s under %s: no answer", scenario, fault)
	}
	return a
}

func TestNamesLeadElsewhere(t *testing.T) {
	east, west := balancer("east", "us-east-1"), balancer("west", "us-west-2")
	nobody := mesh.Value[*mesh.RecordCheck]{}
	spare := balancer("east", "us-east-1")
	spare.ID = "prod/lb.spare"
	// handed is what the alias of a member that leads to b knows, beside other checks or alone.
	handed := func(b *mesh.Balancer, beside ...*mesh.RecordCheck) mesh.Value[*mesh.RecordCheck] {
		own := &mesh.RecordCheck{ID: "target " + b.ID, Follows: true, HealthCheck: *b.Checks.V}
		if len(beside) == 0 {
			return mesh.Of(own, mesh.Origin{})
		}
		parts := slices.Concat(beside, []*mesh.RecordCheck{own})
		return mesh.Of(&mesh.RecordCheck{ID: "all of " + b.ID, Parts: parts, Needs: mesh.Of(len(parts), mesh.Origin{})}, mesh.Origin{})
	}
	blind := func(m *mesh.Member) *mesh.Member {
		m.Blind = true
		return m
	}
	shared := asked("check", east.ID)
	own := asked("name")
	own.V.Watches = mesh.Of("PAY.example.", mesh.Origin{})
	off := asked("off", east.ID)
	off.V.Disabled = mesh.Of(true, mesh.Origin{})
	tcp := asked("tcp", east.ID)
	tcp.V.HealthCheck.Handler = "tcp"
	manual := mesh.Of(&mesh.RecordCheck{ID: "control", Manual: true}, mesh.Origin{})
	for _, c := range []struct {
		name    string
		record  *mesh.Record
		fault   failover.Fault
		outcome failover.Outcome
		share   float64
		cause   failover.CauseKind
		bound   time.Duration // upper
	}{
		{"checked", ordered(member("primary", east, asked("e", east.ID)), member("secondary", west, nobody)), failover.Hang, failover.Survives, 0, "", 156 * time.Second},
		{"an alias that follows its load balancer", ordered(member("primary", east, handed(east)), member("secondary", west, nobody)), failover.Crash, failover.Survives, 0, "", 95 * time.Second},
		{"an alias that does not look", ordered(blind(member("primary", east, nobody)), blind(member("secondary", west, nobody))), failover.Crash, failover.Lost, 1, failover.CauseBlindAlias, 0},
		{"an alias that knows better than its check", ordered(member("primary", east, handed(east, asked("x", west.ID).V)), member("secondary", west, nobody)), failover.Crash, failover.Survives, 0, "", 0},
		{"one check for two aliases that look", ordered(member("primary", east, handed(east, shared.V)), member("secondary", west, handed(west, shared.V))), failover.Crash, failover.Lost, 1, failover.CauseSharedCheck, 0},
		{"unchecked", ordered(member("primary", east, nobody), member("secondary", west, asked("w", west.ID))), failover.Crash, failover.Lost, 1, failover.CauseUnchecked, 0},
		{"a check that is off", ordered(member("primary", east, off), member("secondary", west, nobody)), failover.Crash, failover.Lost, 1, failover.CauseUnchecked, 0},
		{"one check for both", ordered(member("primary", east, shared), member("secondary", west, shared)), failover.Crash, failover.Lost, 1, failover.CauseSharedCheck, 0},
		{"one check for both, and a last answer that is given whatever its health", fallback(ordered(member("primary", east, shared), member("secondary", west, shared))), failover.Crash, failover.Survives, 0, "", 0},
		{"its own name", ordered(member("primary", east, own), member("secondary", west, nobody)), failover.Crash, failover.Degraded, 0.5, failover.CauseAstray, 0},
		{"the other side", ordered(member("primary", east, asked("x", west.ID)), member("secondary", west, nobody)), failover.Crash, failover.Lost, 1, failover.CauseAstray, 0},
		{"a connection is made by a program that hangs", ordered(member("primary", east, tcp), member("secondary", west, nobody)), failover.Hang, failover.Lost, 1, failover.CauseUnseen, 0},
		{"by hand", ordered(member("primary", east, manual), member("secondary", west, nobody)), failover.Crash, failover.Lost, 1, failover.CauseNotSwitched, 0},
		{"no standby", ordered(member("primary", east, asked("e", east.ID))), failover.Crash, failover.Lost, 1, failover.CauseNoStandby, 0},
		{"one region", ordered(member("primary", east, asked("e", east.ID)), member("secondary", spare, nobody)), failover.Crash, failover.Lost, 1, failover.CauseOneRegion, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := nameCell(t, withRecords(t, nil, c.record), "region=us-east-1", c.fault)
			if a.Outcome != c.outcome || a.FailingShare != c.share {
				t.Fatalf("%s, %.2f fail (%s); want %s and %.2f\n%s", a.Outcome, a.FailingShare, a.Reason, c.outcome, c.share, strings.Join(a.Trace, "\n"))
			}
			if c.cause != "" && (len(a.Causes) == 0 || a.Causes[0].Kind != c.cause) {
				t.Errorf("causes %v, want %s first", a.Causes, c.cause)
			}
			if c.bound > 0 && a.Recovery.Upper != c.bound {
				t.Errorf("the bound is %s (%v), want %s", a.Recovery.Upper, a.Recovery.Terms, c.bound)
			}
			if c.outcome == failover.Survives && (len(a.Destinations) != 1 || a.Destinations[0].Cluster != "west") {
				t.Errorf("callers go to %v, want west", a.Destinations)
			}
		})
	}
}

// What nobody knows makes cells unknown, and never a pass.
func TestNamesThatAreNotKnown(t *testing.T) {
	east, west := balancer("east", "us-east-1"), balancer("west", "us-west-2")
	unknownCheck := mesh.UnknownOf[*mesh.RecordCheck]("variable check has no value", mesh.Origin{})
	nowhere := balancer("east", "")
	nowhere.Region, nowhere.Cluster = mesh.UnknownOf[string]("variable region has no value", mesh.Origin{}), ""
	open := ordered(member("primary", east, asked("e", east.ID)))
	open.Open = "for_each depends on var.sites"
	for name, r := range map[string]*mesh.Record{
		"check":  ordered(member("primary", east, unknownCheck), member("secondary", west, mesh.Value[*mesh.RecordCheck]{})),
		"region": ordered(member("primary", nowhere, mesh.Value[*mesh.RecordCheck]{}), member("secondary", west, mesh.Value[*mesh.RecordCheck]{})),
		"count":  open,
	} {
		t.Run(name, func(t *testing.T) {
			cells := namedCells(t, withRecords(t, nil, r))
			if len(cells) == 0 {
				t.Error("no cells")
			}
			for _, c := range cells {
				lacks := len(c.Causes) == 1 && c.Causes[0].Kind == failover.CauseDependency // whatever the record does
				if c.Outcome != failover.Unknown && !(lacks && c.Outcome == failover.Degraded) {
					t.Errorf("%s under %s: %s (%s), want unknown", c.Scenario, c.Fault, c.Outcome, c.Reason)
				}
			}
		})
	}
}

// The gateways behind a name need what they send requests to.
func TestNamesNeedWhatIsBehind(t *testing.T) {
	east, west := balancer("east", "us-east-1"), balancer("west", "us-west-2")
	r := ordered(member("primary", east, asked("e", east.ID)), member("secondary", west, mesh.Value[*mesh.RecordCheck]{}))
	onlyEast := func(text string) string {
		parts := strings.SplitAfter(text, "---\n")
		pay := slices.IndexFunc(parts, func(p string) bool {
			return strings.Contains(p, "name: pay") && strings.Contains(p, "kind: Deployment")
		})
		moved := parts[pay]
		parts[pay] = ""
		text = strings.TrimSuffix(strings.TrimSpace(strings.Join(parts, "")), "---") + "\n-- east/pay.yaml --\n" + moved
		return strings.Replace(text, "region: us-east-1, sources: [{path: all}]", "region: us-east-1, sources: [{path: all}, {path: east}]", 1)
	}
	f := withRecords(t, onlyEast, r)
	var found *mesh.Dependency
	for _, d := range f.Graph.Dependencies {
		if d.From == r.Service {
			found = d
		}
	}
	if found == nil || found.To.Host() != "pay.pay.svc.cluster.local" || !strings.HasSuffix(found.Origin.Position().Path, "/destination/host") {
		t.Fatalf("dependencies %v, want one on pay", found)
	}
	for _, c := range namedCells(t, f) {
		if c.Scenario.String() == "region=us-east-1" && c.Fault == failover.Crash {
			if c.Outcome != failover.Lost || !slices.ContainsFunc(c.Causes, func(c failover.Cause) bool { return c.Kind == failover.CauseDependency }) {
				t.Errorf("%s because of %v, want lost with pay", c.Outcome, c.Causes)
			}
			return
		}
	}
	t.Error("the region has no cell")
}

// namedCells are the cells of records.
func namedCells(t *testing.T, f *Fleet) (out []*failover.Cell) {
	t.Helper()
	m, err := failover.Compute(context.Background(), f.Graph, failover.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Cells {
		if c.Service.Mesh == dnsMesh {
			out = append(out, c)
		}
	}
	return out
}

// The primary may stand in one root module, and the standby in another.
func TestNamesOfTwoEnvironments(t *testing.T) {
	primary := ordered(member("primary", balancer("east", "us-east-1"), asked("e", "prod/lb.east")))
	standby := ordered(member("secondary", balancer("west", "us-west-2"), mesh.Value[*mesh.RecordCheck]{}))
	standby.Environment, standby.Members[0].Rank = "west", 1
	f := withRecords(t, nil, primary, standby)
	if len(f.Graph.Records) != 1 || len(f.Graph.Records[0].Members) != 2 {
		t.Fatalf("%d records", len(f.Graph.Records))
	}
	if a := nameCell(t, f, "region=us-east-1", failover.Crash); a.Outcome != failover.Survives {
		t.Errorf("%s (%s), want survives", a.Outcome, a.Reason)
	}
}

// nestedRecords is a latency record over two failover records, whose checks see what their load balancers see. Look tells whether the outer
// members follow what is below.
func nestedRecords(look bool, edit func(inner []*mesh.Record)) []*mesh.Record {
	east, west := balancer("east", "us-east-1"), balancer("west", "us-west-2")
	inner := []*mesh.Record{
		ordered(member("primary", east, asked("e", east.ID)), member("secondary", west, asked("w", west.ID))),
		ordered(member("primary", west, asked("w", west.ID)), member("secondary", east, asked("e", east.ID))),
	}
	outer := ordered(member("east", nil, mesh.Value[*mesh.RecordCheck]{}), member("west", nil, mesh.Value[*mesh.RecordCheck]{}))
	outer.Policy = mesh.Nearest
	for i, r := range inner {
		r.ID, r.Host = r.ID+outer.Members[i].Name, outer.Members[i].Name+".pay.example"
		m := outer.Members[i]
		if m.Rank, m.Next = 0, r; look {
			m.Check = mesh.Of(&mesh.RecordCheck{ID: "target of " + m.Name, Follows: true, HealthCheck: mesh.HealthCheck{By: "Route 53", Handler: "alias"},
				Notices: mesh.UnknownOf[time.Duration]("what the alias leads to decides", mesh.Origin{})}, mesh.Origin{})
		}
	}
	if edit != nil {
		edit(inner)
	}
	return append([]*mesh.Record{outer}, inner...)
}

// A record that leads to records leaves it to them which of their members answers.
func TestNamesThatLeadToNames(t *testing.T) {
	unchecked := func(i ...int) func([]*mesh.Record) {
		return func(inner []*mesh.Record) {
			for _, n := range i {
				inner[n/2].Members[n%2].Check = mesh.Value[*mesh.RecordCheck]{}
			}
		}
	}
	for name, c := range map[string]struct {
		records  []*mesh.Record
		scenario string
		outcome  failover.Outcome
		share    float64
		bound    time.Duration
		to       string // clusters that answer, on the day of the fault
	}{
		"each falls back inside":                      {nestedRecords(true, nil), "region=us-east-1", failover.Survives, 0, 156 * time.Second, "west"},
		"the other region":                            {nestedRecords(true, nil), "region=us-west-2", failover.Survives, 0, 156 * time.Second, "east"},
		"nobody looks at what is below, and need not": {nestedRecords(false, nil), "region=us-east-1", failover.Survives, 0, 156 * time.Second, "west"},
		"a primary that nothing checks":               {nestedRecords(true, unchecked(0)), "region=us-east-1", failover.Degraded, 0.5, 0, ""},
		"a primary that nothing checks, other region": {nestedRecords(true, unchecked(0)), "region=us-west-2", failover.Survives, 0, 156 * time.Second, "east"},
		"below, callers keep answers longer": {nestedRecords(true, func(inner []*mesh.Record) { inner[0].TTL = mesh.Of(5*time.Minute, mesh.Origin{}) }), "region=us-east-1",
			failover.Survives, 0, 396 * time.Second, "west"},
	} {
		t.Run(name, func(t *testing.T) {
			f := withRecords(t, nil, c.records...)
			a := nameCell(t, f, c.scenario, failover.Hang)
			if a.Outcome != c.outcome || a.FailingShare != c.share {
				t.Fatalf("%s, %.2f fail (%s); want %s and %.2f\n%s", a.Outcome, a.FailingShare, a.Reason, c.outcome, c.share, strings.Join(a.Trace, "\n"))
			}
			if c.bound > 0 && a.Recovery.Upper != c.bound {
				t.Errorf("the bound is %s (%v), want %s", a.Recovery.Upper, a.Recovery.Terms, c.bound)
			}
			for _, d := range a.Destinations {
				if c.to != "" && d.Cluster != c.to {
					t.Errorf("callers go to %v, want %s", a.Destinations, c.to)
				}
			}
		})
	}
}

// What is not known of a record below is not known of those that lead to it.
func TestNamesBelowThatAreNotKnown(t *testing.T) {
	f := withRecords(t, nil, nestedRecords(false, func(inner []*mesh.Record) {
		inner[0].Members[0].Check = mesh.UnknownOf[*mesh.RecordCheck]("variable check has no value", mesh.Origin{})
	})...)
	outer := 0
	for _, c := range namedCells(t, f) {
		if c.Service.Name != "pay.example" {
			continue
		}
		outer++
		if c.Outcome == failover.Survives || c.Outcome == failover.Lost {
			t.Errorf("%s under %s: %s (%s), want unknown", c.Scenario, c.Fault, c.Outcome, c.Reason)
		}
	}
	if outer == 0 {
		t.Error("no cells")
	}
}

// On a normal day only the first rank of each record below answers, and each in its own share.
func TestNamesBelowKeepTheirOrder(t *testing.T) {
	f := withRecords(t, nil, nestedRecords(true, func(inner []*mesh.Record) {
		inner[1].Members[0], inner[1].Members[1] = member("a", inner[0].Members[0].Leads, inner[0].Members[0].Check), inner[1].Members[0]
	})...)
	for _, s := range f.Graph.Services {
		if s.Name != "pay.example" {
			continue
		}
		targets := f.Graph.Compilers[dnsMesh].View(s, nil).Pools[0].Targets
		var got []string
		for _, x := range targets {
			got = append(got, fmt.Sprintf("%s rank %d above %v out with %v", x.Name, x.Rank, x.Above, x.OutWith))
		}
		want := []string{"east primary rank 0 above [{0 0 1 true}] out with [0]", "east secondary rank 1 above [{0 0 1 true}] out with [1]",
			"west a rank 0 above [{1 0 1 true}] out with [2]", "west primary rank 0 above [{1 0 1 true}] out with [3]"}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		return
	}
	t.Error("the record is no service")
}
