package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/passmuster/muster/drill/record"
)

// Cell is the id of a cell of the matrix, taken apart.
type Cell struct {
	Service, Subset, Client, Scenario, Fault string
	Port                                     int
}

// ParseCell takes an id apart: service|port|subset|client|scenario|fault.
func ParseCell(id string) (Cell, error) {
	parts := strings.Split(id, "|")
	if len(parts) != 6 {
		return Cell{}, fmt.Errorf("%q is no cell, as service|port|subset|client|scenario|fault is", id)
	}
	port, err := strconv.Atoi(parts[1])
	if err != nil || port < 0 || port > 65535 {
		return Cell{}, fmt.Errorf("the port of cell %q is no number", id)
	}
	return Cell{Service: parts[0], Port: port, Subset: parts[2], Client: parts[3], Scenario: parts[4], Fault: parts[5]}, nil
}

// String is the id.
func (c Cell) String() string {
	return strings.Join([]string{c.Service, strconv.Itoa(c.Port), c.Subset, c.Client, c.Scenario, c.Fault}, "|")
}

// NormalDay is the same question on a day without a fault, as the null round of a drill asks it.
func (c Cell) NormalDay() Cell {
	c.Scenario, c.Fault = "none", "crash"
	return c
}

// Place names the destination of an answer as Before, During and After do; empty = the answer does not tell.
func (e *Expectation) Place(d record.Dest) string {
	switch e.By {
	case "region":
		return d.Region
	case "zone":
		if d.Region != "" && d.Zone != "" && !strings.HasPrefix(d.Zone, d.Region) {
			return d.Region + "/" + d.Zone
		}
		return d.Zone
	case "cluster":
		return d.Cluster
	default:
		return d.Workload
	}
}
