package mesh

import "fmt"

// Shortfall is one thing of which the workloads that are left have less than those that are lost.
type Shortfall struct {
	What       string  // "pods", "CPU requests", "memory limits", …
	Lost, Left float64 // of all pods together: pods, cores or bytes
	Origin     Origin  // of it in the first that is left
}

// Shortfalls compares workloads that are lost with those that take over from them: the number of
// pods, and what all of them together ask for and may use. Differences below a share (0.1 = 10 %) are
// none, and neither is what one side does not say. Fewer pods that ask for as much CPU are no less.
func Shortfalls(lost, left []*Workload, share float64) []Shortfall {
	var out []Shortfall
	was, is := totals(lost), totals(left)
	less := func(i int) bool { return was[i].IsKnown() && is[i].IsKnown() && is[i].V < (1-share)*was[i].V }
	known := func(i int) bool { return was[i].IsKnown() && is[i].IsKnown() }
	if less(0) && (!known(1) || less(1)) {
		out = append(out, Shortfall{amounts[0], was[0].V, is[0].V, is[0].Origin})
	}
	for i := 1; i < len(amounts); i++ {
		// As much a pod is no difference of its own.
		if less(i) && is[i].V/is[0].V < (1-share)*was[i].V/was[0].V {
			out = append(out, Shortfall{amounts[i], was[i].V, is[i].V, is[i].Origin})
		}
	}
	return out
}

// amounts are what is compared, in this order.
var amounts = [...]string{"pods", "CPU requests", "CPU limits", "memory requests", "memory limits"}

// totals adds up the amounts of all pods. One is known if every workload says it.
func totals(list []*Workload) (sums [len(amounts)]Value[float64]) {
	for i, w := range list {
		s := w.Size()
		for j, v := range [...]Value[float64]{{V: 1, State: Known, Origin: s.Pods.Origin}, s.CPU, s.CPULimit, s.Memory, s.MemoryLimit} {
			total := Value[float64]{V: sums[j].V + v.V*float64(s.Pods.V), State: v.State, Origin: v.Origin}
			if i > 0 {
				total.Origin = sums[j].Origin
			}
			if s.Pods.State != Known || s.Pods.V == 0 || i > 0 && sums[j].State != Known {
				total.State = Unknown
			}
			sums[j] = total
		}
	}
	return sums
}

// String says what is left instead of what: "4 pods instead of 6 (33 % less)".
func (s Shortfall) String() string {
	text := ""
	switch s.What {
	case "pods":
		text = fmt.Sprintf("%g pods instead of %g", s.Left, s.Lost)
	case "CPU requests", "CPU limits":
		text = fmt.Sprintf("%s of %.4g cores instead of %.4g", s.What, s.Left, s.Lost)
	default:
		text = fmt.Sprintf("%s of %.4g GiB instead of %.4g", s.What, s.Left/(1<<30), s.Lost/(1<<30))
	}
	return fmt.Sprintf("%s (%.0f %% less)", text, 100*(1-s.Left/s.Lost))
}
