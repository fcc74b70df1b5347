package failover

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// gapOf is what is missing of the configuration of a service that is asked about, or of one that its
// routes lead to; nil if nothing is.
func (e *evaluator) gapOf(q *asked) *mesh.Gap {
	if gap := e.graph.Gap(q.Service); gap != nil {
		return gap
	}
	for _, r := range q.rules {
		for i := range r.To {
			to := r.To[i].Service
			if to == nil || to == q.Service || r.To[i].Weight == 0 {
				continue
			}
			if gap := e.graph.Gap(to); gap != nil {
				return gap
			}
		}
	}
	return nil
}

func gapReason(gap *mesh.Gap) string {
	if gap.Value {
		return gap.What + ", and may change this"
	}
	return fmt.Sprintf("%s is not in the inputs, and may change this", gap.What)
}
