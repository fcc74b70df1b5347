package report

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
)

// promises count what a scan had to hold services against.
type promises struct {
	services, declared, inferred, asked int
	kinds, faults                       []string
}

func promisesOf(services []Service, t *tally) promises {
	p := promises{services: len(services), asked: len(t.survival)}
	for _, s := range services {
		switch {
		case s.Objective:
			p.declared++
		case s.DRIntent:
			p.inferred++
		}
	}
	for k := range kinds {
		if t.asked[k] {
			p.kinds = append(p.kinds, phrase(k))
		}
	}
	for _, f := range failover.Faults {
		if t.faults[f] {
			p.faults = append(p.faults, string(f))
		}
	}
	return p
}

// phrase names a kind in a sentence.
func phrase(k kind) string {
	if k == kindCopy {
		return "regional copy of a service"
	}
	return k.String()
}

// clean says that there is nothing to say, and what that rests on.
func (p *printer) clean() {
	p.space()
	n := p.report.promises
	mark, color := p.t.mark(failover.Survives)
	p.line(p.t.paint(color, mark) + " " + p.t.paint(bold, "No findings"+besides(p.report.Summary.Suppressed)+"."))
	switch {
	case n.services == 0:
		p.paragraph("  ", "There is no service in the inputs.")
	case n.declared+n.inferred == 0:
		p.paragraph("  ", fmt.Sprintf("None of the %s declares an objective or shows an intent to survive a failure, so there was no promise to hold it to. "+
			"Declare objectives in muster.yaml, or see what would happen with muster matrix --all-services.", count(n.services, "service")))
	default:
		text := fmt.Sprintf("Of %s, %s", count(n.services, "service"), verb(n.declared, "declares an objective", "declare objectives"))
		if n.inferred > 0 {
			text += fmt.Sprintf(" and %s", verb(n.inferred, "shows intent by its configuration", "show intent by their configuration"))
		}
		text += "."
		if len(n.kinds) > 0 {
			text += fmt.Sprintf(" Asked of %d: the loss of any one %s, by %s.", n.asked, either(n.kinds), either(n.faults))
		}
		if c := p.report.Summary.Cells; c.Survives < c.Total() {
			text += fmt.Sprintf(" No promise speaks of the %s that %s not survive.", count(c.Total()-c.Survives, "cell"), plural(c.Total()-c.Survives, "does", "do"))
		}
		p.paragraph("  ", text)
	}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func verb(n int, one, many string) string { return fmt.Sprintf("%d %s", n, plural(n, one, many)) }

func either(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
