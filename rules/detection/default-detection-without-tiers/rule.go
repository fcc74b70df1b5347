// Package defaultdetectionwithouttiers speaks for failover lists that rely on the mesh's default outlier detection: it
// ejects endpoints, and makes none of the tiers that a list puts in order.
package defaultdetectionwithouttiers

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{
	Causes: []failover.CauseKind{failover.CauseMeshDefault},
	Run:    run,
}

func run(p *analyzer.Pass) {
	for _, u := range p.Model.FindUntiered() {
		p.Report(analyzer.Finding{Level: analyzer.Warning, Service: u.Service, Origin: u.Tiers.Origin, Message: message(u),
			Related: []mesh.Evidence{{What: "the mesh's default", Origin: u.Default}}})
	}
}

func message(u *failover.Untiered) string {
	list := "failover"
	if len(u.Tiers.Failover) == 0 {
		list = "failoverPriority"
	}
	from := ""
	if place := u.Client.Locality.String(); place != "" {
		from = " from " + place
	}
	over := "all its endpoints on every day, and in no order if some of these fail"
	if last := len(u.Places) - 1; last > 0 {
		over = fmt.Sprintf("%s and %s on every day, and in no order if one of these fails", strings.Join(u.Places[:last], ", "), u.Places[last])
	}
	return fmt.Sprintf("Requests to %s:%d%s spread over %s: %s orders nothing, because the only outlier detection is the mesh's default, which ejects endpoints but makes no tiers.",
		u.Service.Name, u.Pool.Port, from, over, list)
}
