package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Expect is what the prediction says about a cell, which has to be an explained one.
func Expect(g *mesh.Graph, c *failover.Cell) Expectation {
	e := predicted(c)
	e.MaxAttempts, e.Flags = attemptsOf(g, c), flagsOf(g, c)
	e.Peers = peersOf(g, slices.Concat(c.Before, during(c)), coarsest(c.Before, during(c)))
	return e
}

// predicted is the part of it that the cell alone tells, with its digest.
func predicted(c *failover.Cell) Expectation {
	during := during(c)
	by := coarsest(c.Before, during)
	e := Expectation{
		Cell: c.ID(), Outcome: string(c.Outcome), FailingShare: c.FailingShare, Reason: c.Reason, ToleranceTV: 0.05,
		By: by.name, Before: sharesBy(c.Before, by), During: sharesBy(during, by),
	}
	e.After = maps.Clone(e.Before) // when the fault is gone, it is a normal day
	if len(during) > 0 {
		e.Encryption = failover.Weakest(during)
	}
	if c.Outcome == failover.Survives || c.Outcome == failover.Degraded {
		e.Recovery = boundOf(&c.Recovery)
	}
	e.Prediction = e.Digest()
	return e
}

// during are the destinations that answer while the fault lasts, if that is known.
func during(c *failover.Cell) []failover.Destination {
	if c.Outcome == failover.Unknown || c.Outcome == failover.Lost {
		return nil
	}
	return c.Destinations
}

// Digest sums up what is predicted and the settings that decide it, without the lines where they stand and in no order:
// outcome, shares, encryption, and the recovery bound with its terms.
func (e *Expectation) Digest() string {
	type term struct {
		Name         string
		Lower, Upper Duration
	}
	says := struct {
		Outcome, By           string
		Failing               float64
		Before, During, After map[string]float64
		Encryption            string
		Recovers              bool
		Lower, Upper          Duration
		Terms                 []term
	}{Outcome: e.Outcome, By: e.By, Failing: e.FailingShare, Before: e.Before, During: e.During, After: e.After, Encryption: e.Encryption}
	if e.Recovery != nil {
		says.Recovers, says.Lower, says.Upper = true, e.Recovery.Lower, e.Recovery.Upper
		for _, t := range e.Recovery.Terms {
			says.Terms = append(says.Terms, term{t.Name, t.Lower, t.Upper})
		}
		slices.SortFunc(says.Terms, func(a, b term) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Lower, b.Lower), cmp.Compare(a.Upper, b.Upper))
		})
	}
	data, err := json.Marshal(says)
	if err != nil {
		return "" // a share that is no number, which no reader lets through
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func boundOf(r *failover.Recovery) *Bound {
	b := &Bound{Lower: Duration(r.Lower), Upper: Duration(r.Upper)}
	for i := range r.Terms {
		t := &r.Terms[i]
		b.Terms = append(b.Terms, Term{Name: t.Name, Lower: Duration(t.Lower), Upper: Duration(t.Upper), At: at(t.Origin.Position())})
	}
	return b
}

// naming is a way to name the place of a destination; "" = it is not known.
type naming struct {
	name string
	of   func(*failover.Destination) string
}

var namings = []naming{
	{"region", func(d *failover.Destination) string { return mesh.ParseLocality(d.Locality).Region }},
	{"zone", func(d *failover.Destination) string { return zoneOf(mesh.ParseLocality(d.Locality)) }},
	{"cluster", func(d *failover.Destination) string { return d.Cluster }},
}

// zoneOf names a zone as Place does.
func zoneOf(l mesh.Locality) string {
	if l.Region != "" && l.Zone != "" && !strings.HasPrefix(l.Zone, l.Region) {
		return l.Region + "/" + l.Zone
	}
	return l.Zone
}

// coarsest is the first naming by which the destinations differ; where none tells them apart, the first that names them all.
func coarsest(before, during []failover.Destination) naming {
	all := slices.Concat(before, during)
	var known []naming
	for _, n := range namings {
		if !slices.ContainsFunc(all, func(d failover.Destination) bool { return n.of(&d) == "" }) {
			known = append(known, n)
		}
	}
	for _, n := range known {
		if !maps.Equal(sharesBy(before, n), sharesBy(during, n)) {
			return n
		}
	}
	if len(known) > 0 {
		return known[0]
	}
	return namings[2]
}

// sharesBy are the shares of the places in what is answered, with four decimals; nil = nothing is.
func sharesBy(list []failover.Destination, n naming) map[string]float64 {
	sum := 0.0
	shares := map[string]float64{}
	for i := range list {
		if place := n.of(&list[i]); place != "" {
			shares[place] += list[i].Share
			sum += list[i].Share
		}
	}
	if sum <= 0 {
		return nil
	}
	for place := range shares {
		shares[place] = math.Round(shares[place]/sum*10000) / 10000
	}
	return shares
}

// peersOf are the SPIFFE ids of those who may answer at each place. A place at which anybody's identity is not known, or is
// none of SPIFFE's form, is left out.
func peersOf(g *mesh.Graph, list []failover.Destination, n naming) map[string][]string {
	peers, open := map[string][]string{}, map[string]bool{}
	for i := range list {
		d := &list[i]
		place := n.of(d)
		if place == "" {
			continue
		}
		ids := identities(g, d)
		if d.Encryption != "mtls" || len(ids) == 0 {
			open[place] = true
		}
		for _, id := range ids {
			if !slices.Contains(peers[place], id) {
				peers[place] = append(peers[place], id)
			}
		}
	}
	for place := range open {
		delete(peers, place)
	}
	if len(peers) == 0 {
		return nil
	}
	for _, ids := range peers {
		slices.Sort(ids)
	}
	return peers
}

// standIn is the trust domain of Consul's identities where nobody declares one. The real one is made up by Consul itself (a
// UUID before ".consul"), and in none of the inputs.
const standIn = "consul"

// identities are those of the endpoints that a destination stands for; nil if one is not known.
func identities(g *mesh.Graph, d *failover.Destination) (ids []string) {
	s := g.Service(mesh.ServiceID(d.Service))
	if s == nil {
		return nil
	}
	at := mesh.ParseLocality(d.Locality)
	m := g.Mesh(s.Mesh)
	for _, e := range s.Endpoints {
		if e.Cluster != d.Cluster || e.Locality.Region != at.Region || e.Locality.Zone != at.Zone && at.Zone != "" {
			continue
		}
		if e.Workload == nil || !strings.Contains(e.Workload.Identity, "/") {
			return nil
		}
		if domain, _ := mesh.SplitIdentity(e.Workload.Identity); m != nil && m.Kind == mesh.Consul && domain == standIn {
			return nil
		}
		if id := "spiffe://" + e.Workload.Identity; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// attemptsOf is how often a request may be tried by the callers' proxies; 0 = nobody knows.
func attemptsOf(g *mesh.Graph, c *failover.Cell) int {
	if i := slices.IndexFunc(c.Service.Ports, func(p mesh.Port) bool { return p.Number == c.Port }); i < 0 || !c.Service.Ports[i].Protocol.IsHTTP() {
		return 0
	}
	v := g.View(c.Service, c.Client)
	if v == nil {
		return 0
	}
	r := v.Route(c.Port)
	if r == nil {
		return 0
	}
	most := 0
	for _, rule := range r.Rules {
		most = max(most, rule.Retries.Attempts+1)
	}
	return most
}

// flagsOf are Envoy's response flags that failing requests may carry while the fault lasts, recovery included; nil = any.
// Connections that are refused or break give UF and UC, silence gives UF (connect) and UT (answer), an empty pool UH, and
// tries that were of no use URX. "-" is an answer of the service itself. DC is the caller's own patience.
func flagsOf(g *mesh.Graph, c *failover.Cell) []string {
	m := g.Mesh(c.Service.Mesh)
	if m == nil || m.Kind != mesh.Istio && m.Kind != mesh.Consul || c.Outcome == failover.Unknown || !c.Authorized {
		return nil
	}
	flags := map[failover.Fault][]string{
		failover.Crash:     {"UC", "UF", "UH", "UR", "URX"},
		failover.Hang:      {"DC", "UC", "UF", "UH", "URX", "UT"},
		failover.Partition: {"DC", "UC", "UF", "UH", "URX", "UT"},
		failover.Error:     {"-", "UH", "URX"},
	}[c.Fault]
	for _, cause := range c.Causes {
		switch cause.Kind {
		case failover.CauseMissing:
			flags = append(flags, "NC", "NR")
		case failover.CauseShortOf:
			flags = append(flags, "OM", "RL", "UO")
		case failover.CauseDependency, failover.CauseTLSMismatch:
			return nil // whoever is in between decides
		}
	}
	slices.Sort(flags)
	return slices.Compact(flags)
}
