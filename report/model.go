// Package report renders what one scan found: one model, and one file per format.
package report

import (
	"encoding/json"
	"iter"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Schema names the version of the JSON contract; docs/schema/report.schema.json describes it.
const Schema = "muster.report/v1"

// Report is one scan in the terms of the JSON contract. Every format is rendered from it.
type Report struct {
	Tool     Tool
	Inputs   Inputs
	Services []Service
	Findings []Finding
	// Cells yields the survival matrix. A cell is made when it is asked for: most formats show
	// none, and there can be millions.
	Cells   iter.Seq[*Cell]
	Summary Summary
	// Verbose: the text lists what the record of inputs otherwise counts.
	Verbose bool
	// ShowSuppressed: the text shows findings that somebody accepted, too.
	ShowSuppressed bool

	unfinished error // why Cells ended before the last one, or nil
	survival   []survival
	promises   promises
	topology   *Topology
	// topologyOf makes the picture of the fleet when somebody asks for it; nil = it is there, or there is none.
	topologyOf func() *Topology
	// pattern adds what runs to the pattern of the i-th service; nil = it is there.
	pattern func(i int, p *Pattern)
}

// Tool is the program that wrote a report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Service is one service of the fleet, and what is expected of it. What it runs is added when it is
// written: that is inferred when it is asked for.
type Service struct {
	ID             string   `json:"id"`
	Hosts          []string `json:"hosts"`
	Mesh           string   `json:"mesh"`
	Clusters       []string `json:"clusters"`
	Pattern        Pattern  `json:"pattern"`
	Objective      bool     `json:"objective"` // one is declared
	DRIntent       bool     `json:"drIntent"`
	IntentEvidence []string `json:"intentEvidence"`
}

// Pattern is the deployment pattern that a service is declared to follow, and what it runs.
type Pattern struct {
	Declared string `json:"declared"` // "" where nobody declares one
	// Inferred is the pattern over localities if there is one, else the one over versions, else
	// "none" for a service with DR intent; "" where the inputs do not decide, or nobody asks.
	Inferred string     `json:"inferred"`
	Rollout  string     `json:"rollout"` // the pattern over versions, or ""
	Evidence []Evidence `json:"evidence"`
}

// Evidence is one thing that shows a pattern.
type Evidence struct {
	What     string   `json:"what"`
	Position Position `json:"position"`
}

// Finding is one broken promise or one thing that is wrong.
type Finding struct {
	Rule        string        `json:"rule"`
	Slug        string        `json:"slug"`
	Level       string        `json:"level"`
	Message     string        `json:"message"`
	Service     string        `json:"service"` // "" if it concerns none in particular
	Resource    mesh.Resource `json:"resource"`
	Position    Position      `json:"position"`
	Related     []Related     `json:"related"`
	Scenario    string        `json:"scenario"` // of the worst cell; "" if no failure is needed
	Fault       string        `json:"fault"`
	Cells       []string      `json:"cells"`
	Fingerprint string        `json:"fingerprint"`
	LineHash    string        `json:"lineHash"` // of the line of the position, see HashLines; "" if it was not read
	Suppressed  *Suppressed   `json:"suppressed"`

	spoils int // how many Cells there are, where they were only counted
}

// Related is another place that a finding is about.
type Related struct {
	Position Position `json:"position"`
	Message  string   `json:"message"`
}

// Suppressed tells who accepted a finding, why, and for how long.
type Suppressed struct {
	By       string   `json:"by"`
	Reason   string   `json:"reason"`
	Until    string   `json:"until"`
	Owner    string   `json:"owner"`
	Position Position `json:"position"`
}

// Cell is one prediction of the survival matrix.
type Cell struct {
	ID           string                 `json:"cell"`
	Service      string                 `json:"service"`
	Port         int                    `json:"port"`
	Subset       string                 `json:"subset"`
	Client       Client                 `json:"client"`
	Scenario     string                 `json:"scenario"`
	Fault        string                 `json:"fault"`
	Outcome      string                 `json:"outcome"`
	Reason       string                 `json:"reason"`
	FailingShare float64                `json:"failingShare"` // of the requests, 0 to 1
	Authorized   bool                   `json:"authorized"`
	Capacity     failover.Capacity      `json:"capacity"`
	Before       []failover.Destination `json:"before"`
	Destinations []failover.Destination `json:"destinations"`
	Recovery     Recovery               `json:"recovery"`
	Trace        []string               `json:"trace"`
	// Evidence is what drills have shown; nil = nothing, or nobody said where they are told of.
	Evidence *CellEvidence `json:"evidence,omitempty"`
}

// Client is a class of callers that get the same answers.
type Client struct {
	ID        string `json:"id"`
	Namespace string `json:"namespace"`
	Cluster   string `json:"cluster"`
	Locality  string `json:"locality"`
	Members   int    `json:"members"` // pods; 0 if unknown
}

// Recovery bounds the time from the fault until the outcome holds; durations as Go writes them.
type Recovery struct {
	Lower string `json:"lower"`
	Upper string `json:"upper"`
	Terms []Term `json:"terms"`
}

// Term is one part of a recovery bound.
type Term struct {
	Name     string   `json:"name"`
	Lower    string   `json:"lower"`
	Upper    string   `json:"upper"`
	Position Position `json:"position"`
}

// Summary counts findings by level, and cells by outcome.
type Summary struct {
	Error      int        `json:"error"`
	Warning    int        `json:"warning"`
	Note       int        `json:"note"`
	Suppressed int        `json:"suppressed"`
	Cells      CellCounts `json:"cells"`
	// Drills counts what drills have shown of promised cells; nil = nobody said where they are told of.
	Drills *DrillSummary `json:"drills,omitempty"`
}

// CellCounts counts cells by outcome.
type CellCounts struct{ failover.Outcomes }

// Position is a place of the inputs, or null where there is none (a default, a live object). That
// of a setting is looked up when it is written: that costs a second parse of the document, and most
// positions of a matrix are never shown. PositionAt makes one that is known.
type Position struct{ origin mesh.Origin }

// At returns the place, or the zero Position.
func (p Position) At() mesh.Position { return p.origin.Position() }

// MarshalJSON renders the place, or null.
func (p Position) MarshalJSON() ([]byte, error) {
	at := p.At()
	if at.IsZero() {
		return []byte("null"), nil
	}
	via := at.Via
	if via == nil {
		via = []mesh.Via{}
	}
	return json.Marshal(struct {
		File   string     `json:"file"`
		Line   int        `json:"line"`
		Column int        `json:"column"`
		Path   string     `json:"path"`
		Via    []mesh.Via `json:"via"`
	}{at.File, max(at.Line, 1), max(at.Column, 1), at.Path, via})
}
