// Package diff compares two states of a fleet: which cells of the survival matrix became worse, are no longer proven or
// became better, which findings are new or gone, and which services and dependencies were added or removed. Both states
// are judged by the same rules; who judges by what is decided by those who make the sides.
package diff

import (
	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Side is one state of a fleet, judged.
type Side struct {
	Graph    *mesh.Graph
	Model    *failover.Model
	Findings []*analyzer.Finding // those that somebody accepted included
}

// Change says what became of a cell or of several.
type Change string

// The changes, in the order in which they are told.
const (
	// Unproven: it survived or was degraded, and now the inputs do not decide.
	Unproven Change = "unproven"
	// Worse: a worse outcome, a larger failing share, less protection on the way, or an unknown cell that is known to fail now.
	Worse Change = "worse"
	// Slower: the same outcome, but the recovery bound rose by a tenth and a second or more.
	Slower Change = "slower"
	// Fails: a cell that the base did not have (a new service, caller or place), and that does not survive.
	Fails Change = "fails"
	// Better: the opposite of the first three.
	Better Change = "better"
)

// Changes lists all changes in the order in which they are told.
var Changes = [...]Change{Unproven, Worse, Slower, Fails, Better}

// Pair is one cell in both states. Both answer the same question; a cell that a scenario does not touch in one state is
// evaluated there all the same. Base is nil for Fails only.
type Pair struct {
	ID         string // of the cell, in the head if it is there
	Base, Head *failover.Cell
}

// Group is the cells of one service that changed in the same way for the same reason: one sentence to a reader.
type Group struct {
	Change  Change
	Level   analyzer.Level // of the worst promise that it breaks; note where nobody promises anything
	Service *mesh.Service  // of the head, else of the base
	Ports   []int
	Cells   []Pair // the most telling first; at least one. Those beyond Explain's limit are in More
	More    int    // further cells of which only the outcomes are known
	// Cause is why the worst cell of the head fails, or for Better why that of the base did; its Kind is "" where nothing is named.
	Cause failover.Cause
	// Lost is the line of the base that helped and that the head has no more, and what it said; zero where there is none.
	Lost mesh.Evidence
}

// Edge is a dependency of one service on another.
type Edge struct {
	From, To mesh.ServiceID // From may be "": a workload that no service selects
	Strong   bool
	mesh.Evidence
}

// Raised is a finding of both states that is more severe in the head.
type Raised struct{ Base, Head *analyzer.Finding }

// Counts counts cells by what became of them; Same are those that did not change.
type Counts struct {
	Unproven, Worse, Slower, Fails, Better, Same int
}

// Result is what changed. Lists are sorted: groups by change, level and how much they fail, findings as in a report.
type Result struct {
	Groups []*Group
	Cells  Counts

	ServicesAdded, ServicesRemoved []*mesh.Service
	EdgesAdded, EdgesRemoved       []Edge

	New, Gone []*analyzer.Finding
	Raised    []Raised
	// Unchanged are findings of both states, as the head has them.
	Unchanged []*analyzer.Finding
}
