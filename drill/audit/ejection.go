package audit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/passmuster/muster/drill/imports/collect"
)

// ejectionsAllowed is how often one endpoint may be ejected in one fault: a longer one may eject it again when it comes back.
const ejectionsAllowed = 3

// ejections is D11 by what proxies held: an endpoint that is ejected and let in again, and again.
func (a *auditor) ejections(s *seen) {
	if a.others == nil {
		return
	}
	type host struct{ proxy, address string }
	question := collect.Question(s.id)
	out, times := map[host]bool{}, map[host]int{}
	states := slices.Clone(a.others.States)
	slices.SortStableFunc(states, func(x, y collect.State) int { return cmp.Compare(x.When, y.When) })
	for _, st := range states {
		if !st.Timed || st.When < s.fault.Inject.From || s.fault.Removed && st.When > s.fault.Remove.To || !slices.Contains(st.Cells, question) {
			continue
		}
		for _, h := range st.Hosts {
			at := host{st.Source + " " + st.Proxy, h.Address}
			if h.Ejected && !out[at] {
				times[at]++
			}
			out[at] = h.Ejected
		}
	}
	worst, most := host{}, ejectionsAllowed
	for at, n := range times {
		if n > most || n == most && most > ejectionsAllowed && at.address < worst.address {
			worst, most = at, n
		}
	}
	if most == ejectionsAllowed || s.has("D11") {
		return
	}
	s.drift("D11", Drift{
		Message:  fmt.Sprintf("%s flapped %s: endpoint %s was ejected %d times", s.who(), s.while(), worst.address, most),
		Expected: fmt.Sprintf("at most %d ejections", ejectionsAllowed), Observed: count(most, "ejection"),
	})
}
