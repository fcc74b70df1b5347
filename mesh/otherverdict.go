package mesh

import (
	"fmt"
	"slices"
)

// OtherVerdict is callers whom the copy of a service where they are at home answers otherwise than one in another mesh does, to which
// their requests fail over.
type OtherVerdict struct {
	Callers   []string // names of their workloads, else identities
	Home      *GuardedCopy
	Elsewhere *GuardedCopy
	Refused   bool   // elsewhere; they are admitted at home. Otherwise it is the other way round
	Origin    Origin // of the refusal, else of the admission
	Related   Origin // of the other one
}

// OtherVerdicts compares what the policies of copies in different meshes say of the callers of a service's own mesh: those who are
// certainly admitted by one, and certainly refused by the other. Policies that decide by identity alone can be compared so, whatever
// they are called; what depends on the request is nobody's difference.
func OtherVerdicts(g *Graph, s *Service, copies []*GuardedCopy) []OtherVerdict {
	foreign := func(c *GuardedCopy) bool {
		at := g.Cluster(c.Workload.Cluster)
		return at == nil || at.Mesh != s.Mesh
	}
	own := slices.IndexFunc(copies, func(c *GuardedCopy) bool { return !foreign(c) })
	if own < 0 {
		return nil
	}
	home := copies[own]
	isCopy := func(client *Client) bool { // the service itself, in whichever cluster
		return slices.ContainsFunc(client.Workloads, func(w *Workload) bool { return w.Name == home.Workload.Name && w.Namespace == home.Workload.Namespace })
	}
	var out []OtherVerdict
	for _, c := range copies {
		if !foreign(c) || home.Authorization == nil || c.Authorization == nil {
			continue // where nobody wrote anything, nobody tells what holds
		}
		seen := map[string]bool{}
		for _, client := range g.Clients {
			if client.Mesh != s.Mesh || len(client.Principals) != 1 || seen[client.Principals[0]] || isCopy(client) {
				continue
			}
			id := client.Principals[0]
			seen[id] = true
			here, hereAt := home.Authorization.Decide(Caller{Principal: id, Namespace: client.Namespace, Port: home.port()})
			there, thereAt := c.Authorization.Decide(Caller{Principal: id, Namespace: client.Namespace, Port: c.port()})
			if here == there || here == VerdictUnknown || there == VerdictUnknown || there == Denied && g.Class(s, client) == "-" {
				continue // whoever does not call is not missed
			}
			v := OtherVerdict{Callers: []string{nameOf(client)}, Home: home, Elsewhere: c, Refused: there == Denied, Origin: hereAt, Related: thereAt}
			if v.Refused {
				v.Origin, v.Related = thereAt, hereAt
			}
			if v.Origin.In == nil {
				v.Origin, v.Related = v.Related, v.Origin
			}
			if i := slices.IndexFunc(out, func(o OtherVerdict) bool {
				return o.Elsewhere == c && o.Refused == v.Refused && o.Origin == v.Origin && o.Related == v.Related
			}); i >= 0 {
				if !slices.Contains(out[i].Callers, v.Callers[0]) {
					out[i].Callers = append(out[i].Callers, v.Callers[0])
				}
				continue
			}
			out = append(out, v)
		}
	}
	return out
}

// Consequence is what it means for the callers, in a clause.
func (v OtherVerdict) Consequence(service string) string {
	who, one := v.Callers[0], true
	if more := len(v.Callers) - 1; more > 0 {
		who, one = fmt.Sprintf("%s and %d more", who, more), false
	}
	verb, says := "get in", "refuse"
	switch {
	case v.Refused && one:
		verb, says = "is refused", "admit"
	case v.Refused:
		verb, says = "are refused", "admit"
	case one:
		verb = "gets in"
	}
	return fmt.Sprintf("%s %s there, whom the intentions for %s in %s %s", who, verb, service, v.Home.Workload.Cluster, says)
}

// Evidence is where the other copy's answer is written, if it is.
func (v OtherVerdict) Evidence() []Evidence {
	if v.Related.In == nil {
		return nil
	}
	return []Evidence{{What: "what decides in the other copy", Origin: v.Related}}
}

// nameOf names a class of callers for people.
func nameOf(c *Client) string {
	if len(c.Workloads) > 0 {
		return c.Workloads[0].Name
	}
	return c.Principals[0]
}

// port is the lowest port of a copy.
func (c *GuardedCopy) port() int {
	lowest := 0
	for p := range c.MTLS {
		if lowest == 0 || p < lowest {
			lowest = p
		}
	}
	return lowest
}
