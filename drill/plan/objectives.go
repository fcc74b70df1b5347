package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// objectivesOf is what the owners of the services promise; all of them have to promise the same.
func objectivesOf(cells []*failover.Cell) (Objectives, error) {
	var first Objectives
	var of *mesh.Service
	for _, s := range servicesOf(cells) {
		o := objectiveOf(s)
		switch {
		case of == nil:
			first, of = o, s
		case o.text() != first.text():
			return first, fmt.Errorf("%s and %s have different objectives (%s; %s), and a plan judges all its cells by one: make one for each, with --service",
				nameOf(of), nameOf(s), first.text(), o.text())
		}
	}
	return first, nil
}

func objectiveOf(s *mesh.Service) (out Objectives) {
	o := s.Objective
	if o == nil {
		return out
	}
	of := func(v mesh.Value[time.Duration]) Duration { return Duration(v.Or(0)) }
	out = Objectives{RTO: of(o.RTO), Failback: of(o.Failback), Latency: of(o.Latency)}
	if rpo, ok := o.RPO.Get(); ok {
		out.RPO = new(Duration)
		*out.RPO = Duration(rpo)
	}
	if o.Encryption == "mtls" || o.Encryption == "tls" {
		out.Encryption = o.Encryption
	}
	return out
}

// text tells objectives for people.
func (o Objectives) text() string {
	var parts []string
	add := func(name string, d Duration) {
		if d != 0 {
			parts = append(parts, name+" "+d.String())
		}
	}
	add("rto", o.RTO)
	if o.RPO != nil {
		parts = append(parts, "rpo "+o.RPO.String())
	}
	add("failback", o.Failback)
	add("latency", o.Latency)
	if o.Encryption != "" {
		parts = append(parts, "encryption "+o.Encryption)
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
