package html

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// hand is a report of two services in two clusters, with one finding. name may hold anything.
func hand(name string) *report.Report {
	id := "prod/prod/shop/" + name + ".shop.svc.cluster.local"
	other := "prod/prod/shop/mail.shop.svc.cluster.local"
	var cells []*report.Cell
	for _, service := range []string{id, other} {
		for _, scenario := range []string{"region=us-east", "workload=east/shop/Deployment/pay+workload=west/shop/Deployment/pay"} {
			for i, fault := range failover.Faults {
				cells = append(cells, handCell(service, scenario, string(fault), []string{"survives", "degraded", "lost", "unknown"}[i]))
			}
		}
	}
	at := report.PositionAt(mesh.Position{File: "mesh/" + name + ".yaml", Line: 3, Column: 5, Path: "/spec"})
	r := &report.Report{
		Tool: report.ToolOf("v1.2.3"),
		Services: []report.Service{
			{ID: id, Hosts: []string{name + ".shop"}, Mesh: "prod", Clusters: []string{"east", "west"}, Pattern: report.Pattern{Evidence: []report.Evidence{{What: name, Position: at}}}},
			{ID: other, Hosts: []string{}, Mesh: "prod", Clusters: []string{"east"}, Pattern: report.Pattern{Evidence: []report.Evidence{}}},
		},
		Findings: []report.Finding{{
			Rule: "DR103", Slug: "failover-inert", Level: "error", Message: "Requests to " + name + " fail.", Service: id, Position: at, Related: []report.Related{},
			Scenario: "region=us-east", Fault: "hang", Cells: []string{cells[1].ID, cells[2].ID, "nonsense", "a|b|c|d|e|f"},
		}},
		Cells: slices.Values(cells),
	}
	r.Inputs.Unreadable = []report.Unreadable{{File: name, Message: "no"}}
	return r
}

func handCell(service, scenario, fault, outcome string) *report.Cell {
	host := service[strings.LastIndexByte(service, '/')+1:]
	d := failover.Destination{Locality: "us-east/a", Cluster: "east", Service: service, Share: 0.3333, Encryption: "mtls"}
	away := failover.Destination{Locality: "us-west/a", Cluster: "west", Service: "prod/prod/other", Share: 0.6667, Encryption: "plaintext"}
	return &report.Cell{
		ID: service + "|8080|v1|east/shop/web@us-east/a|" + scenario + "|" + fault, Service: service, Port: 8080, Subset: "v1",
		Client:   report.Client{ID: "east/shop/web@us-east/a", Namespace: "shop", Cluster: "east", Locality: "us-east/a", Members: 3},
		Scenario: scenario, Fault: fault, Outcome: outcome, Reason: "detection is off for " + host, FailingShare: 0.25, Authorized: true,
		Capacity: failover.Capacity{Needed: 2, Available: 3}, Before: []failover.Destination{d, away}, Destinations: []failover.Destination{away},
		Recovery: report.Recovery{Lower: "1.5s", Upper: "1m0.5s", Terms: []report.Term{{Name: "detect", Lower: "1.5s", Upper: "1m0.5s"}}},
		Trace:    []string{host + ":8080 from us-east/a", "ends"},
	}
}

// many is a report of n services with cells each, in which cells of different services say the same.
func many(n, cells int) *report.Report {
	r := &report.Report{Tool: report.ToolOf("test")}
	for i := range n {
		id := fmt.Sprintf("prod/prod/ns%d/app%d.ns%d.svc.cluster.local", i%20, i, i%20)
		r.Services = append(r.Services, report.Service{ID: id, Hosts: []string{}, Mesh: "prod", Clusters: []string{"east", "west"}, Pattern: report.Pattern{Evidence: []report.Evidence{}}})
	}
	r.Cells = func(yield func(*report.Cell) bool) {
		for i := range r.Services {
			for k := range cells {
				c := handCell(r.Services[i].ID, fmt.Sprintf("region=r%d", k/4%12), string(failover.Faults[k%4]), []string{"survives", "degraded", "lost"}[(i+k)%3])
				c.Client.ID = fmt.Sprintf("east/ns%d/web@us-east/a", k/48)
				if !yield(c) {
					return
				}
			}
		}
	}
	return r
}

func rendered(t *testing.T, r *report.Report, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var (
	element = regexp.MustCompile(`(?s)<(script|style)([^>]*)>(.*?)</(?:script|style)>`)
	dataOf  = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)
)

// data reads a page's data as the page does.
func data[T any](t *testing.T, page string) (out T) {
	t.Helper()
	m := dataOf.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("the page has no data")
	}
	text := []byte(m[1])
	var packed struct{ Gzip string }
	if err := json.Unmarshal(text, &packed); err != nil {
		t.Fatal(err)
	}
	if packed.Gzip != "" {
		z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(packed.Gzip)))
		if err != nil {
			t.Fatal(err)
		}
		if text, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// eachRow walks the list of cells of a service as assets/cells.js does.
func eachRow(list []int) iter.Seq2[[3]int, [3]int] {
	return func(yield func([3]int, [3]int) bool) {
		var head [3]int
		for i := 0; i < len(list); {
			if list[i] == -1 {
				head = [3]int(list[i+1 : i+4])
				i += 4
				continue
			}
			if !yield(head, [3]int(list[i:i+3])) {
				return
			}
			i += 3
		}
	}
}
