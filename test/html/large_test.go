//go:build unix

package html

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/report/html"
)

var largeOnce struct {
	sync.Once
	err error
}

// large is the page of 1,500 services in three clusters with 200 cells each and a finding for every tenth.
func large(t *testing.T) string {
	t.Helper()
	needBrowser(t)
	file := filepath.Join(shared.dir, "large.html")
	largeOnce.Do(func() {
		out, err := os.Create(file)
		if err == nil {
			err = html.Write(out, largeReport(1500, 200), html.Options{})
		}
		if err == nil {
			err = out.Close()
		}
		largeOnce.err = err
	})
	if largeOnce.err != nil {
		t.Fatal(largeOnce.err)
	}
	return file
}

func largeReport(services, cells int) *report.Report {
	clusters := []string{"east", "west", "north"}
	r := &report.Report{Tool: report.ToolOf("test")}
	for i := range services {
		id := fmt.Sprintf("prod/prod/team-%02d/app%d.team-%02d.svc.cluster.local", i%20, i, i%20)
		r.Services = append(r.Services, report.Service{ID: id, Hosts: []string{fmt.Sprintf("app%d", i)}, Mesh: "prod", Clusters: clusters, Pattern: report.Pattern{Evidence: []report.Evidence{}}})
		if i%10 == 0 {
			r.Findings = append(r.Findings, report.Finding{
				Rule: "DR103", Slug: "failover-inert", Level: "error", Message: "Requests fail.", Service: id, Related: []report.Related{},
				Position: report.PositionAt(mesh.Position{File: "a.yaml", Line: i + 1}), Cells: []string{id + "|80||east/web@r-east/a|region=r-east|hang"},
			})
		}
	}
	r.Cells = func(yield func(*report.Cell) bool) {
		for i := range r.Services {
			for k := range cells {
				if !yield(largeCell(r.Services[i].ID, clusters, i, k)) {
					return
				}
			}
		}
	}
	return r
}

func largeCell(id string, clusters []string, i, k int) *report.Cell {
	from := clusters[k/12%3]
	to := func(share float64, cluster string) failover.Destination {
		return failover.Destination{Locality: "r-" + cluster + "/a", Cluster: cluster, Service: id, Share: share, Encryption: "mtls"}
	}
	return &report.Cell{
		Service: id, Port: 80 + k/36, Client: report.Client{ID: from + "/web@r-" + from + "/a", Cluster: from, Locality: "r-" + from + "/a", Members: 2},
		Scenario: "region=r-" + clusters[k/4%3], Fault: string(failover.Faults[k%4]), Outcome: []string{"survives", "degraded", "lost"}[(i+k)%3],
		FailingShare: 0.5, Before: []failover.Destination{to(1, from)}, Destinations: []failover.Destination{to(0.5, clusters[(k+1)%3])},
		Recovery: report.Recovery{Lower: "0s", Upper: "10s", Terms: []report.Term{{Name: "detect", Lower: "0s", Upper: "10s"}}}, Trace: []string{id + " step"},
	}
}

// 1,500 services with 300,000 cells: a small file, few elements, and everything within reach.
func TestALargeFleetStaysLight(t *testing.T) {
	file := large(t)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 15<<20 {
		t.Errorf("the page has %d bytes, want at most 15 MiB", info.Size())
	}
	p := open(t, file)
	if got := eval[int](p, `document.querySelectorAll('*').length`); got > 5000 {
		t.Errorf("the document has %d elements when it opens, want at most 5,000", got)
	}
	t.Logf("%d bytes, %v ms until it is drawn", info.Size(), eval[float64](p, `performance.getEntriesByName('muster-ready')[0].startTime`))
	eval[bool](p, `(() => { const i = document.querySelector('[name=matrix-text]'); i.value = 'app1499'; i.dispatchEvent(new Event('input')); return true; })()`)
	p.click(`.cell[data-column="0"]`)
	p.wait(`!document.getElementById('panel').hidden`)
	p.says("#panel-title", "app1499")
	p.says("#panel .trace", "app1499.team-19.svc.cluster.local step")
	p.click("#panel .panel-bar button")
	p.choose("scenario", "0")
	p.wait(`document.querySelectorAll('.arc.flow').length > 0 && document.querySelectorAll('.tile[data-namespace]').length > 0`)
	eval[bool](p, `document.querySelector('.tile[data-namespace="team-03"]').dispatchEvent(new Event('click', {bubbles: true})) || true`)
	p.says("#matrix-count", "75 services") // of the namespace: the search that would hide them is over
}
