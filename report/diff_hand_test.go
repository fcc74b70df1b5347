package report

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// revision is a commit that a side may have.
const revision = "0123456789abcdef0123456789abcdef01234567"

// became changes a copy of the answer of a cell.
func became(c *failover.Cell, change func(*failover.Answer)) *failover.Cell {
	a := *c.Answer
	change(&a)
	out := *c
	out.Answer = &a
	return &out
}

// handDiff has a group of every kind and level, findings of every fate, and changes of all else. The line of the base
// that ejected after three errors is line 7; the head ejects after five.
func handDiff(t *testing.T) DiffInput {
	t.Helper()
	f := handFleet()
	catalog, ledger, mail := f.graph.Services[0], f.graph.Services[1], f.graph.Services[2]
	payments, legacy := handService("payments", 9, "us-east/a"), handService("legacy", 10, "us-east/a")
	outlier := mesh.At(f.rule, "/spec/trafficPolicy/outlierDetection")
	west, own := failover.One(failover.Region, "us-west"), failover.One(failover.Zone, "us-west/a")
	pair := func(s *mesh.Service, port int, sc failover.Scenario, fault failover.Fault, base, head failover.Outcome, change func(*failover.Answer)) diff.Pair {
		p := diff.Pair{Head: f.cell(s, port, sc, fault, head)}
		if change != nil {
			p.Head = became(p.Head, change)
		}
		p.ID = p.Head.ID()
		if base != "" {
			p.Base = f.cell(s, port, sc, fault, base)
		}
		return p
	}
	noDetection := failover.Cause{Kind: failover.CauseNoDetection, Origin: outlier, Detail: "no outlier detection is in effect"}
	groups := []*diff.Group{
		{Change: diff.Unproven, Level: analyzer.Warning, Service: catalog, Ports: []int{8080}, Cells: []diff.Pair{
			pair(catalog, 8080, west, failover.Partition, failover.Survives, failover.Unknown, nil)}},
		{Change: diff.Worse, Level: analyzer.Error, Service: ledger, Ports: []int{8080, 9090}, More: 2, Cause: noDetection,
			Lost: mesh.Evidence{What: "outlierDetection of ledger", Origin: outlier}, Cells: []diff.Pair{
				pair(ledger, 9090, west, failover.Hang, failover.Survives, failover.Lost, func(a *failover.Answer) { a.Causes = []failover.Cause{noDetection} }),
				pair(ledger, 8080, west, failover.Hang, failover.Survives, failover.Degraded, nil)}},
		{Change: diff.Worse, Level: analyzer.Warning, Service: mail, Ports: []int{8080}, Cells: []diff.Pair{
			pair(mail, 8080, own, failover.Crash, failover.Survives, failover.Survives, func(a *failover.Answer) {
				a.Destinations = []failover.Destination{{Locality: "us-east/a", Cluster: "east", Service: string(mail.ID), Share: 1, Encryption: "plaintext"}}
			})}, Cause: failover.Cause{Kind: failover.CauseExposed, Origin: mail.Origin, Detail: "the caller's TLS mode is DISABLE"}},
		{Change: diff.Worse, Level: analyzer.Note, Service: catalog, Ports: []int{9090}, Cells: []diff.Pair{
			pair(catalog, 9090, own, failover.Error, failover.Survives, failover.Survives, func(a *failover.Answer) {
				a.Outcome, a.Capacity.Available, a.Reason = failover.Degraded, 1, "1 replicas are left where 2 are needed"
			})}, Lost: mesh.Evidence{What: "replicas 4", Origin: mesh.At(f.rule, "/survive")}},
		{Change: diff.Slower, Level: analyzer.Note, Service: catalog, Ports: []int{8080}, Cells: []diff.Pair{
			pair(catalog, 8080, west, failover.Crash, failover.Survives, failover.Survives, func(a *failover.Answer) {
				a.Recovery = failover.Recovery{Lower: 2 * time.Second, Upper: 14500 * time.Millisecond, Terms: []failover.Term{{Name: "detect", Lower: 2 * time.Second, Upper: 12500 * time.Millisecond, Origin: outlier}}}
			})}},
		{Change: diff.Fails, Level: analyzer.Note, Service: payments, Ports: []int{8080}, Cells: []diff.Pair{
			pair(payments, 8080, failover.One(failover.Region, "us-east"), failover.Crash, "", failover.Lost, nil)}},
		{Change: diff.Better, Level: analyzer.Error, Service: mail, Ports: []int{8080}, Cells: []diff.Pair{
			pair(mail, 8080, west, failover.Hang, failover.Degraded, failover.Survives, nil)}, Cause: noDetection},
	}
	rule := &analyzer.Rule{ID: "DR103", Slug: "failover-inert"}
	found := f.findings(f.matrix())
	told := &analyzer.Finding{Rule: rule, Level: analyzer.Error, Service: ledger, Resource: f.rule.resource, Origin: outlier, Scenario: "region=us-west", Fault: "hang",
		Message: "If us-west hangs, every request to ledger:9090 from us-east/a fails until someone acts: no outlier detection is in effect."}
	accepted := &analyzer.Finding{Rule: rule, Level: analyzer.Error, Service: mail, Origin: mail.Origin, Message: "Somebody accepts this.",
		Suppressed: &mesh.Suppression{By: "comment", Reason: "known"}}
	return DiffInput{
		Version: "v1.2.3",
		Base:    DiffState{Name: "main", Revision: revision, Inputs: Inputs{Files: 2, Resources: 9}, Services: []*mesh.Service{catalog, ledger, mail, legacy}, Findings: found[:2], Cells: CellCounts{failover.Outcomes{Survives: 40, Lost: 2}}},
		Head: DiffState{Name: "HEAD", Inputs: Inputs{Files: 2, Resources: 9, Unreadable: []Unreadable{{File: "west/broken.yaml", Line: 7, Column: 3, Message: "mapping values are not allowed here"}}},
			Services: []*mesh.Service{catalog, ledger, mail, payments}, Findings: append(found, told, accepted), Cells: CellCounts{failover.Outcomes{Survives: 36, Lost: 6}}},
		Result: &diff.Result{
			Groups: groups, Cells: diff.Counts{Unproven: 1, Worse: 6, Slower: 1, Fails: 1, Better: 1, Same: 33},
			ServicesAdded: []*mesh.Service{payments}, ServicesRemoved: []*mesh.Service{legacy},
			EdgesAdded:   []diff.Edge{{From: catalog.ID, To: payments.ID, Strong: true, Evidence: mesh.Evidence{What: "PAYMENTS_URL", Origin: catalog.Origin}}},
			EdgesRemoved: []diff.Edge{{To: legacy.ID, Evidence: mesh.Evidence{What: "LEGACY_URL"}}},
			New:          []*analyzer.Finding{told, found[2], accepted}, Raised: []diff.Raised{{Base: found[3], Head: found[1]}},
			Gone: []*analyzer.Finding{found[0]}, Unchanged: []*analyzer.Finding{found[3]},
		},
		Config: []ConfigChange{
			{Kind: "suppression", Change: "added", What: "A suppression accepts findings of DR103 about mail.", Weakens: true, Head: PositionAt(mesh.Position{File: "muster.yaml", Line: 3, Column: 5})},
			{Kind: "mesh", Change: "changed", What: "The version of prod is 1.31 instead of 1.30.", Base: PositionAt(mesh.Position{File: "muster.yaml", Line: 1, Column: 1}), Head: PositionAt(mesh.Position{File: "muster.yaml", Line: 1, Column: 1})},
		},
		HeadLine: snippets, BaseFile: baseFile, HeadFile: headFile,
	}
}

func headFile(file string) ([]byte, bool) {
	data, err := os.ReadFile(file)
	return data, err == nil
}

func baseFile(file string) ([]byte, bool) {
	data, ok := headFile(file)
	return []byte(strings.Replace(string(data), "consecutive5xxErrors: 5", "consecutive5xxErrors: 3", 1)), ok
}

// quiet is a comparison in which nothing changed.
func quiet(t *testing.T) DiffInput {
	t.Helper()
	in := handDiff(t)
	in.Result = &diff.Result{Cells: diff.Counts{Same: 42}}
	in.Config = nil
	in.Head = in.Base
	in.Head.Name, in.Head.Revision = "HEAD", ""
	return in
}
