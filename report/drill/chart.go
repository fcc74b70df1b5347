package drillreport

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/plan"
)

// mostPlaces is how many places are drawn apart; what is left is one.
const mostPlaces = 5

// others is what the rest of the places is called.
const others = "other places"

// chartOf is what is drawn of a cell.
func chartOf(r *audit.Report, c *audit.Cell) chart {
	out := chart{Faults: []audit.Fault{}, Windows: append([]audit.Window{}, c.Windows...), Places: placesOf(c), Summary: outage(c)}
	out.Buckets = bucketsOf(c, out.Places)
	if len(c.Timeline) == 0 {
		return out
	}
	last := c.Timeline[len(c.Timeline)-1]
	from, to := c.Timeline[0].At, last.At+last.Length
	for _, f := range r.Faults {
		if f.Scenario != c.Scenario || f.Mode != c.Fault || f.Inject.From > to || f.Remove != nil && f.Remove.To < from {
			continue
		}
		f.ID = cut(f.ID)
		out.Faults = append(out.Faults, f)
	}
	if len(out.Faults) == 0 {
		return out
	}
	inject := out.Faults[0].Inject
	if b := c.Expected.Recovery; b != nil {
		out.Predicted = &[2]float64{inject.From + millis(b.Lower), inject.To + millis(b.Upper)}
	}
	if r.Plan != nil && r.Plan.Objectives.RTO > 0 {
		at := inject.To + millis(r.Plan.Objectives.RTO)
		out.RTO, out.RTOText = &at, "RTO "+lasting(r.Plan.Objectives.RTO)
	}
	return out
}

func millis(d plan.Duration) float64 { return float64(d.Std()) / float64(time.Millisecond) }

// placesOf are the places that answered, those that were expected first, then the busiest.
func placesOf(c *audit.Cell) []string {
	answers := map[string]int{}
	for _, b := range c.Timeline {
		for place, n := range b.Places {
			answers[cut(place)] += n
		}
	}
	rank := func(place string) int {
		switch {
		case c.Expected.Before[place] > 0:
			return 0
		case c.Expected.During[place] > 0:
			return 1
		}
		return 2
	}
	places := slices.SortedFunc(maps.Keys(answers), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(answers[b], answers[a]), cmp.Compare(a, b))
	})
	if len(places) > mostPlaces {
		places = append(places[:mostPlaces-1], others)
	}
	return append([]string{}, places...)
}

// bucketsOf are the buckets as rows of numbers: at, length, good, bad, unknown, p50, p99, and the answers of each place that is drawn.
func bucketsOf(c *audit.Cell, places []string) [][]float64 {
	at := make(map[string]int, len(places))
	for i, place := range places {
		at[place] = i
	}
	out := make([][]float64, len(c.Timeline))
	for i, b := range c.Timeline {
		row := make([]float64, placeColumn+len(places))
		copy(row, []float64{b.At, b.Length, float64(b.Good), float64(b.Bad), float64(b.Unknown), tenth(b.P50), tenth(b.P99)})
		for place, n := range b.Places {
			k, ok := at[cut(place)]
			if !ok {
				k = len(places) - 1 // others
			}
			row[placeColumn+k] += float64(n)
		}
		out[i] = row
	}
	return out
}

// placeColumn is where the answers of places begin in a row.
const placeColumn = 7

func tenth(x float64) float64 { return math.Round(x*10) / 10 }

// promises are the objectives of a plan in words.
func promises(p *plan.Plan) [][2]string {
	list := [][2]string{}
	o := p.Objectives
	add := func(name, value string, given bool) {
		if given {
			list = append(list, [2]string{name, value})
		}
	}
	add("recovery time (RTO)", lasting(o.RTO), o.RTO > 0)
	if o.RPO != nil {
		add("loss of data (RPO)", lasting(*o.RPO), true)
	}
	add("detection", lasting(o.Detect), o.Detect > 0)
	add("failback", lasting(o.Failback), o.Failback > 0)
	add("latency of a good answer", lasting(o.Latency), o.Latency > 0)
	add("p99 while the fault lasts", lasting(o.P99During), o.P99During > 0)
	add("encryption", cut(o.Encryption), o.Encryption != "")
	add("attempts per request", fmt.Sprint(o.MaxAttempts), o.MaxAttempts > 0)
	add("error budget used", percent(o.MaxBudgetBurn), o.MaxBudgetBurn > 0)
	return list
}
