package mesh

import (
	"cmp"
	"strconv"
	"strings"
)

// Size is what a workload can answer requests with: its pods, up to the maximum of its autoscaler, and
// what each of them asks for and may use. CPU is in cores and memory in bytes, summed over containers;
// absent where some container does not say, unknown where what it says cannot be read.
type Size struct {
	Pods                Value[int]
	CPU, CPULimit       Value[float64]
	Memory, MemoryLimit Value[float64]
}

// Size works out how large the workload is.
func (w *Workload) Size() Size {
	s := Size{Pods: w.Replicas}
	if a := w.Autoscale; a != nil {
		s.Pods = Of(a.Max, cmp.Or(a.MaxOrigin, a.Origin))
	}
	containers := w.Spec().Containers
	s.CPU = sum(containers, func(c *Container) Value[string] { return c.CPU.Request })
	s.CPULimit = sum(containers, func(c *Container) Value[string] { return c.CPU.Limit })
	s.Memory = sum(containers, func(c *Container) Value[string] { return c.Memory.Request })
	s.MemoryLimit = sum(containers, func(c *Container) Value[string] { return c.Memory.Limit })
	return s
}

// sum adds up one amount of all containers; its Origin is the first one's.
func sum(containers []Container, of func(*Container) Value[string]) Value[float64] {
	var total Value[float64]
	for i := range containers {
		v := of(&containers[i])
		if i == 0 {
			total.Origin = v.Origin
		}
		if !v.IsKnown() {
			return Value[float64]{State: v.State, Origin: v.Origin, Cause: v.Cause}
		}
		n, ok := Quantity(v.V)
		if !ok {
			return UnknownOf[float64](strconv.Quote(v.V)+" is no quantity", v.Origin)
		}
		total.V, total.State = total.V+n, Known
	}
	return total
}

// suffixes of quantities. Kubernetes: apimachinery resource.Quantity.
var suffixes = []struct {
	text   string
	factor float64
}{
	{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"Ti", 1 << 40}, {"Pi", 1 << 50}, {"Ei", 1 << 60},
	{"n", 1e-9}, {"u", 1e-6}, {"m", 1e-3}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"P", 1e15}, {"E", 1e18},
}

// Quantity reads an amount as Kubernetes writes it ("500m", "1.5Gi", "2e3"), or returns false.
func Quantity(text string) (float64, bool) {
	number, factor := text, 1.0
	for _, s := range suffixes {
		if rest, ok := strings.CutSuffix(text, s.text); ok {
			number, factor = rest, s.factor
			break
		}
	}
	if number == "" || strings.Trim(number, "0123456789.eE+-") != "" {
		return 0, false // neither hexadecimal numbers nor infinity
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	return n * factor, true
}
