package html

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// payload is the data of a report's page. assets/data.js reads it.
type payload struct {
	Kind       string             `json:"kind"` // report
	Tool       report.Tool        `json:"tool"`
	Inputs     report.Inputs      `json:"inputs"`
	Summary    report.Summary     `json:"summary"`
	Outcomes   []failover.Outcome `json:"outcomes"`
	Faults     []failover.Fault   `json:"faults"`
	Services   []service          `json:"services"`
	Columns    []column           `json:"columns"`
	Scenarios  []scenario         `json:"scenarios"`
	Heat       [][]int            `json:"heat"`  // by service: column, fault, and a count for each outcome, over and over
	Cells      []json.RawMessage  `json:"cells"` // by service: see encoder.list
	Clients    [][5]any           `json:"clients"`
	Subsets    []string           `json:"subsets"`
	Reasons    []string           `json:"reasons"`
	Answers    []answer           `json:"answers"`
	Dests      [][]destination    `json:"destinations"`
	Recoveries []recovery         `json:"recoveries"`
	Terms      []term             `json:"terms"`
	Traces     [][]int            `json:"traces"`
	Lines      []string           `json:"lines"`
	Findings   []finding          `json:"findings"`
	Snippets   []snippet          `json:"snippets"`
	Topology   *report.Topology   `json:"topology"` // null where the report has none
	Left       leftOut            `json:"left"`
}

// service is a service with the names that texts abbreviate.
type service struct {
	report.Service
	Name      string    `json:"name"`
	Namespace string    `json:"namespace"`
	Names     [3]string `json:"names"` // that stand for hostMark, pathMark and nameMark
}

// finding is a finding whose cells are places of the matrix.
type finding struct {
	Rule       string             `json:"rule"`
	Slug       string             `json:"slug"`
	Level      string             `json:"level"`
	Message    string             `json:"message"`
	Service    int                `json:"service"` // -1 = none
	Resource   mesh.Resource      `json:"resource"`
	Position   report.Position    `json:"position"`
	Related    []report.Related   `json:"related"`
	Scenario   string             `json:"scenario"`
	Fault      string             `json:"fault"`
	Cells      int                `json:"cells"` // how many
	Spots      []int              `json:"spots"` // service, column and faults (a bit each) of the cells, over and over
	Suppressed *report.Suppressed `json:"suppressed"`
}

func (e *encoder) payload(r *report.Report) *payload {
	p := &payload{
		Kind: "report", Tool: r.Tool, Inputs: r.Inputs, Summary: r.Summary, Outcomes: outcomes, Faults: faults,
		Services: []service{}, Heat: make([][]int, len(e.heat)), Cells: make([]json.RawMessage, len(e.rows)), Findings: []finding{}, Topology: r.Topology(),
	}
	ids := make([]string, 0, len(r.Services))
	for _, s := range r.Services {
		ids = append(ids, s.ID)
	}
	name := report.ShortNames(ids)
	for s := range r.EachService() {
		p.Services = append(p.Services, serviceOf(s, name(s.ID)))
		for _, ev := range s.Pattern.Evidence {
			e.snippets.add(ev.Position)
		}
	}
	for i := range r.Findings {
		p.Findings = append(p.Findings, e.finding(&r.Findings[i]))
	}
	for i, spots := range e.heat {
		p.Heat[i] = heatOf(spots)
		p.Cells[i] = append(append(json.RawMessage{'['}, e.rows[i]...), ']')
	}
	p.Columns, p.Scenarios, p.Clients, p.Subsets = e.columns.list, e.scenarios.list, e.clients.list, e.subsets.list
	p.Reasons, p.Answers, p.Dests, p.Recoveries = e.reasons.list, e.answers.list, e.dests.list, e.recoveries.list
	p.Terms, p.Traces, p.Lines = e.terms.list, e.traces.list, e.lines.list
	p.Snippets, p.Left = e.snippets.list(), e.left
	return p
}

func serviceOf(s report.Service, name string) service {
	host, path, short := namesIn(&s)
	parts := strings.Split(s.ID, "/")
	namespace := ""
	if len(parts) >= 4 {
		namespace = parts[len(parts)-2]
	}
	return service{Service: s, Name: name, Namespace: namespace, Names: [3]string{host, path, short}}
}

func heatOf(spots map[spot]*tally) []int {
	keys := slices.SortedFunc(maps.Keys(spots), func(a, b spot) int {
		return cmp.Or(cmp.Compare(a.column, b.column), cmp.Compare(a.fault, b.fault))
	})
	out := make([]int, 0, 6*len(keys))
	for _, k := range keys {
		out = append(append(out, k.column, k.fault), spots[k][:]...)
	}
	return out
}

func (e *encoder) finding(f *report.Finding) finding {
	out := finding{
		Rule: f.Rule, Slug: f.Slug, Level: f.Level, Message: f.Message, Service: -1, Resource: f.Resource, Position: f.Position,
		Related: f.Related, Scenario: f.Scenario, Fault: f.Fault, Cells: len(f.Cells), Suppressed: f.Suppressed,
	}
	if i, ok := e.services[f.Service]; ok {
		out.Service = i
	}
	e.snippets.add(f.Position)
	for _, r := range f.Related {
		e.snippets.add(r.Position)
	}
	out.Spots = e.spotsOf(f.Cells)
	return out
}

// spotsOf says where the cells with these ids are in the heat map, in the order in which they come.
func (e *encoder) spotsOf(cells []string) []int {
	type place struct{ service, column int }
	at := map[place]int{}
	out := []int{}
	for _, id := range cells {
		c, ok := parseCell(id)
		if !ok {
			continue
		}
		s, known := e.services[c.service]
		if !known {
			continue
		}
		_, column := e.scenario(c.scenario)
		p := place{s, column}
		i, seen := at[p]
		if !seen {
			i = len(out)
			at[p] = i
			out = append(out, s, column, 0)
		}
		out[i+2] |= 1 << slices.Index(faults, c.fault)
	}
	return out
}

// cellID is the identity of a cell in its parts.
type cellID struct {
	service  string
	port     int
	subset   string
	client   string
	scenario string
	fault    failover.Fault
}

// parseCell reads "service|port|subset|client|scenario|fault".
func parseCell(id string) (cellID, bool) {
	parts := strings.Split(id, "|")
	if len(parts) != 6 {
		return cellID{}, false
	}
	port, err := strconv.Atoi(parts[1])
	if err != nil {
		return cellID{}, false
	}
	fault, err := failover.ParseFault(parts[5])
	if err != nil {
		return cellID{}, false
	}
	return cellID{parts[0], port, parts[2], parts[3], parts[4], fault}, true
}
