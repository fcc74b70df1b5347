package html

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/report"
)

// encoder gathers what the page shows of cells while they stream by: counts of all of them, and a compact list.
type encoder struct {
	services map[string]int // place by id
	names    []naming
	heat     []map[spot]*tally // by service
	rows     [][]byte          // by service: the list of its cells, as JSON without brackets
	last     []row             // by service: what the list is at

	columns   table[column]
	scenarios table[scenario]
	clients   table[[5]any]
	subsets   table[string]
	reasons   table[string]
	answers   table[answer]
	dests     table[[]destination]

	recoveries table[recovery]
	terms      table[term]
	traces     table[[]int]
	lines      table[string]

	regions  map[string]string // by cluster
	snippets *snippets
	naming   naming // of the service whose cell is encoded
	listed   int
	traced   int
	most     int
	left     leftOut
}

// leftOut counts what the page does not hold.
type leftOut struct {
	Cells  int `json:"cells"`  // not listed, though counted in the heat map
	Traces int `json:"traces"` // cells without the steps of their prediction
	Orphan int `json:"orphan"` // cells of services that the report does not name
}

// spot is a column of the heat map under one fault.
type spot struct{ column, fault int }

// tally counts cells by outcome.
type tally [4]int

// row is what the cells of one list have in common until they say otherwise.
type row struct{ port, subset, client int }

// outcomes and faults in the order in which the page numbers them.
var (
	outcomes = []failover.Outcome{failover.Survives, failover.Degraded, failover.Lost, failover.Unknown}
	faults   = failover.Faults[:]
)

func newEncoder(r *report.Report, o Options) *encoder {
	e := &encoder{
		services: make(map[string]int, len(r.Services)), snippets: newSnippets(o.Line), most: o.MostCells, regions: map[string]string{},
		columns: newTable[column](), scenarios: newTable[scenario](), clients: newTable[[5]any](), subsets: newTable[string](),
		reasons: newTable[string](), answers: newTable[answer](), dests: newTable[[]destination](), recoveries: newTable[recovery](),
		terms: newTable[term](), traces: newTable[[]int](), lines: newTable[string](),
	}
	if e.most == 0 {
		e.most = DefaultCells
	}
	n := len(r.Services)
	e.heat, e.rows, e.last, e.names = make([]map[spot]*tally, n), make([][]byte, n), make([]row, n), make([]naming, n)
	for i, s := range r.Services {
		e.services[s.ID] = i
		e.last[i] = row{-1, -1, -1}
		host, path, name := namesIn(&s)
		e.names[i] = namingOf(host, path, name)
	}
	if t := r.Topology(); t != nil {
		for _, c := range t.Clusters {
			e.regions[c.Name] = c.Region
		}
	}
	return e
}

// namesIn are the names by which texts call a service: host, namespace/name and name.
func namesIn(s *report.Service) (host, path, name string) {
	host = s.ID[strings.LastIndexByte(s.ID, '/')+1:]
	name, rest, _ := strings.Cut(host, ".")
	if ns, _, _ := strings.Cut(rest, "."); ns != "" {
		path = ns + "/" + name
	}
	return host, path, name
}

// cell takes one cell.
func (e *encoder) cell(c *report.Cell) {
	s, ok := e.services[c.Service]
	if !ok {
		e.left.Orphan++
		return
	}
	sc, at := e.scenario(c.Scenario)
	fault, outcome := slices.Index(faults, failover.Fault(c.Fault)), slices.Index(outcomes, failover.Outcome(c.Outcome))
	if e.heat[s] == nil {
		e.heat[s] = map[spot]*tally{}
	}
	t := e.heat[s][spot{at, fault}]
	if t == nil {
		t = &tally{}
		e.heat[s][spot{at, fault}] = t
	}
	t[outcome]++
	if most := e.most; e.listed >= most || outcome == 0 && e.listed >= most/4*3 {
		e.left.Cells++ // room is kept for those that do not survive
		return
	}
	e.list(s, c, sc, fault, outcome)
}

// list adds a cell to the list of its service: "-1, port, subset, client" wherever these change, then scenario, fault, answer.
func (e *encoder) list(s int, c *report.Cell, scenario, fault, outcome int) {
	e.listed++
	e.naming = e.names[s]
	subset := texts(&e.subsets, c.Subset)
	cl := c.Client
	client := e.clients.of(key(cl.ID, cl.Cluster, cl.Namespace, cl.Locality, strconv.Itoa(cl.Members)), func() [5]any {
		return [5]any{cl.ID, cl.Namespace, cl.Cluster, cl.Locality, cl.Members}
	})
	if at := (row{c.Port, subset, client}); e.last[s] != at {
		e.last[s] = at
		e.append(s, -1, c.Port, subset, client)
	}
	a := answer{
		outcome, texts(&e.reasons, e.naming.template(c.Reason)), perTenThousand(c.FailingShare), 0,
		c.Capacity.Needed, c.Capacity.Available, e.destinations(c.Service, c.Before), e.destinations(c.Service, c.Destinations),
		e.recovery(&c.Recovery), e.trace(c.Trace),
	}
	if c.Authorized {
		a[3] = 1
	}
	e.append(s, scenario, fault, e.answers.of(numbers(a[:]), func() answer { return a }))
}

func (e *encoder) append(s int, list ...int) {
	for _, n := range list {
		if len(e.rows[s]) > 0 {
			e.rows[s] = append(e.rows[s], ',')
		}
		e.rows[s] = strconv.AppendInt(e.rows[s], int64(n), 10)
	}
}

// perTenThousand is a share as the contract rounds it, as a whole number.
func perTenThousand(share float64) int { return int(math.Round(share * 10000)) }

// milliseconds of a duration as Go writes it; what is none is 0.
func milliseconds(text string) float64 {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return float64(d) / float64(time.Millisecond)
}

// compact is a list as JSON.
func compact(list ...any) ([]byte, error) { return json.Marshal(list) }
