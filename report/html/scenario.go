package html

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/report"
)

// column is one column of the heat map: scenarios that ask the same question of different services stand in one.
type column struct {
	Kind  string `json:"kind"`  // as report.KindOf has it
	Label string `json:"label"` // "us-east-1"
	// Target is what fails where it is one place: "region=us-east-1"; "" elsewhere.
	Target string `json:"target"`
}

// scenario is one scenario as the contract writes it, and its column.
type scenario struct {
	text   string
	column int
}

// MarshalJSON writes a list.
func (s scenario) MarshalJSON() ([]byte, error) { return compact(s.text, s.column) }

// scenario is the place of a scenario and of its column.
func (e *encoder) scenario(text string) (at, in int) {
	at = e.scenarios.of([]byte(text), func() scenario {
		c := e.columnOf(text)
		return scenario{text, e.columns.of(key(c.Kind, c.Label), func() column { return c })}
	})
	return at, e.scenarios.list[at].column
}

// columnOf sorts a scenario into a column. A report does not say in which region each workload and endpoint is; that of its
// cluster, where the topology knows it, is the best answer there is.
func (e *encoder) columnOf(text string) column {
	s, err := failover.ParseScenario(text)
	if err != nil {
		return column{Kind: "several", Label: text}
	}
	kind := report.KindOf(s)
	switch kind {
	case "today":
		return column{kind, "no failure", ""}
	case "copy":
		return column{kind, e.placesOf(s), ""}
	case "release":
		return column{kind, "new version", ""}
	case "service":
		return column{kind, "another service", ""}
	case "several":
		return column{kind, "several at once", ""}
	}
	return column{kind, s.Parts[0].Value, text}
}

// placesOf are the regions (else the clusters) of the workloads of a scenario.
func (e *encoder) placesOf(s failover.Scenario) string {
	var places []string
	for _, p := range s.Parts {
		place := "outside"
		if p.Target == failover.Workload {
			cluster, _, _ := strings.Cut(p.Value, "/")
			if place = e.regions[cluster]; place == "" {
				place = cluster
			}
		}
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	slices.Sort(places)
	return strings.Join(places, " + ")
}
