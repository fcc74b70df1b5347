package plan

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// typeOf is the kind of a scenario.
func typeOf(sc failover.Scenario) string {
	kinds := map[failover.Target]string{
		failover.Region: "region-loss", failover.Zone: "zone-loss", failover.Cluster: "cluster-loss", failover.Datacenter: "cluster-loss",
		failover.Gateway: "gateway-loss", failover.Service: "service-loss", failover.Release: "bad-release",
		failover.Workload: "service-loss", failover.Endpoint: "service-loss",
	}
	kind := ""
	for _, p := range sc.Parts {
		if kind != "" && kinds[p.Target] != kind {
			return "combined"
		}
		kind = kinds[p.Target]
	}
	if len(sc.Parts) > 1 && kind != "service-loss" { // several workloads are the copy of one service
		return "combined"
	}
	return kind
}

// thingsOf name what fails, for people.
func thingsOf(sc failover.Scenario) []string {
	const most = 3
	var list []string
	for _, p := range sc.Parts {
		list = append(list, string(p.Target)+" "+p.Value)
	}
	if len(list) > most {
		list = append(list[:most], fmt.Sprintf("%d more", len(list)-most))
	}
	return list
}

func lossOf(sc failover.Scenario) string { return "loss of " + strings.Join(thingsOf(sc), " and ") }

// nameOf is namespace/name, as people call a service.
func nameOf(s *mesh.Service) string {
	if s.Namespace == "" {
		return s.Name
	}
	return s.Namespace + "/" + s.Name
}

// subject names the services of a drill: one by its name, several by what they have in common.
func subject(services []*mesh.Service) string {
	if len(services) == 1 {
		return nameOf(services[0])
	}
	for _, s := range services {
		if s.Namespace != services[0].Namespace {
			return strconv.Itoa(len(services)) + " services"
		}
	}
	return services[0].Namespace
}

// slug makes an id of a text: lower-case letters, digits and hyphens, at most 100 of them.
func slug(text string) string {
	const most = 100
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
		if b.Len() >= most {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// promise is what the drill is to show.
func promise(services []*mesh.Service, sc failover.Scenario, p *Plan) string {
	text := subject(services) + " survives the " + lossOf(sc) + " (" + strings.Join(p.Scenario.FaultModes, ", ") + ")"
	if rto := p.Objectives.RTO; rto != 0 {
		text += " within " + rto.String()
	}
	if p.Objectives.Encryption != "" {
		text += ", encrypted (" + p.Objectives.Encryption + ")"
	}
	return text + ", and returns"
}

// mostSaid bounds a hypothesis: the expectations tell everything.
const mostSaid = 6

// hypothesis is what is predicted, in sentences. Expectations that say the same of a service are told once, with all their faults.
func hypothesis(sc failover.Scenario, expect []Expectation) string {
	type group struct {
		who, says string
		faults    []string
		slowest   time.Duration
	}
	var groups []*group
	for i := range expect {
		e := &expect[i]
		cell, err := ParseCell(e.Cell)
		if err != nil {
			continue
		}
		who, says := shortCell(cell), e.says()
		at := slices.IndexFunc(groups, func(g *group) bool { return g.who == who && g.says == says })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &group{who: who, says: says})
		}
		g := groups[at]
		if !slices.Contains(g.faults, cell.Fault) {
			g.faults = append(g.faults, cell.Fault)
		}
		if e.Recovery != nil {
			g.slowest = max(g.slowest, time.Duration(e.Recovery.Upper))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "After the %s, ", lossOf(sc))
	for i, g := range groups {
		if i == mostSaid {
			fmt.Fprintf(&b, "; and %d more cases", len(groups)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s %s (%s", g.who, g.says, strings.Join(g.faults, ", "))
		if g.slowest > 0 {
			fmt.Fprintf(&b, "; within %s", Duration(g.slowest))
		}
		b.WriteString(")")
	}
	return b.String() + "."
}

func shortCell(c Cell) string {
	parts := strings.Split(c.Service, "/")
	host, namespace := parts[len(parts)-1], ""
	if len(parts) > 1 {
		namespace = parts[len(parts)-2]
	}
	if name, _, ok := strings.Cut(host, "."+namespace+"."); ok && namespace != "" {
		host = name
	}
	if namespace != "" {
		host = namespace + "/" + host
	}
	return host + ":" + strconv.Itoa(c.Port)
}

// says tells an expectation, without its bound.
func (e *Expectation) says() string {
	switch e.Outcome {
	case "lost":
		return "loses all requests: " + e.Reason
	case "unknown":
		return "does what is not known: " + e.Reason
	}
	text := "is answered by " + sharesText(e.During)
	if e.Outcome == "degraded" {
		text = "loses " + percent(e.FailingShare) + " of the requests, the others are answered by " + sharesText(e.During)
		if e.FailingShare == 0 {
			text = "is short of capacity, and answered by " + sharesText(e.During)
		}
	}
	if e.Encryption != "" {
		text += ", " + e.Encryption
	}
	return text
}

func sharesText(shares map[string]float64) string {
	var list []string
	for _, place := range slices.Sorted(maps.Keys(shares)) {
		list = append(list, place+" ("+percent(shares[place])+")")
	}
	if len(list) == 0 {
		return "nobody"
	}
	return strings.Join(list, " and ")
}

func percent(x float64) string {
	return strconv.FormatFloat(math.Round(x*1000)/10, 'f', -1, 64) + " %"
}
