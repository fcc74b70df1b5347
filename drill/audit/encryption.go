package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// hops is what is known of the way of a request: from the prober, and into its destination.
type hops struct {
	Encryption
	// plain says where answers came without TLS, by place; normal whether they did on a normal day, too.
	plain  map[string]int
	normal bool
	// strangers are peers that were not expected.
	strangers []Peer
}

// promised reports whether the plan says that the way is encrypted.
func (s *seen) promised() bool { return s.expect.Encryption == "mtls" || s.expect.Encryption == "tls" }

// answered reports whether somebody answered, well or not.
func answered(k *record.Sample) bool { return k.OK || k.Code > 0 }

func version(tls string) bool { return tls != "" && tls != record.TLSNone && tls != record.TLSUnknown }

// local reports whether the prober's own hop has no TLS on purpose, as one to the proxy beside it: then only the destination
// can tell. The plan's probe says so, or else the normal day does.
func (s *seen) local() bool {
	if !s.native && s.reporter != observe.ReporterUnknown {
		return false // a proxy's own hop is the one that matters
	}
	if p := s.probe; p != nil {
		return p.TLS == nil && !strings.HasPrefix(p.Target, "https://") && p.Protocol != "tls"
	}
	for _, g := range s.null.Groups {
		if version(s.nullKinds[g.Kind].TLS) {
			return false
		}
	}
	return true
}

// plaintext reports whether an answer came without TLS on a hop that should have it.
func plaintext(k *record.Sample, local bool) bool {
	return answered(k) && (k.Dest.TLS == record.TLSNone || k.TLS == record.TLSNone && !local)
}

// encryption works out what is proven.
func (s *seen) encryption() hops {
	h := hops{Encryption: Encryption{Proof: Unproven, Versions: map[string]int{}, Peers: []Peer{}}, plain: map[string]int{}}
	r, local := &s.result, s.local()
	for _, g := range s.null.Groups {
		h.normal = h.normal || plaintext(&s.nullKinds[g.Kind], local)
	}
	s.groups(func(k *record.Sample, g measure.Group) {
		if plaintext(k, local) {
			h.Plaintext += g.Requests()
			h.plain[cmp.Or(s.expect.Place(k.Dest), "somebody")] += g.Requests()
		}
	}, &r.During, &r.Edge, &r.After)
	answers, why := 0, ""
	s.groups(func(k *record.Sample, g measure.Group) {
		// A refusal may come from any proxy on the way, and shows nothing of the destination.
		if !k.OK {
			return
		}
		answers += g.Requests()
		h.Versions[cmp.Or(k.Dest.TLS, k.TLS, record.TLSUnknown)] += g.Requests()
		why = cmp.Or(why, s.doubtful(k, local))
	}, &r.During)
	s.peers(&h)
	switch {
	case h.Plaintext > 0 || len(h.strangers) > 0:
		h.Proof = Violated
		if h.Plaintext > 0 && h.normal && !s.promised() {
			h.Why = "answers come without TLS on a normal day, too, and nothing else was predicted"
		}
	case answers == 0:
		h.Why = "no request was answered while the fault lasted"
	case why != "":
		h.Why = why
	default:
		h.Proof = Proven
	}
	return h
}

// doubtful says why the way of an answer is not proven to be encrypted; empty = it is.
func (s *seen) doubtful(k *record.Sample, local bool) string {
	mutual := s.expect.Encryption != "tls"
	far, own := version(k.Dest.TLS), version(k.TLS)
	// The prober's own connection ends at the destination itself if that showed one of the identities expected there.
	direct := own && (k.Identity.Root != "" || k.Origin != "") && s.isExpected(k.Identity.SPIFFE, s.expect.Place(k.Dest))
	switch {
	case !far && !direct:
		return "no answer tells how the request reached its destination"
	case !own && !local:
		return "it is not known whether the prober's own hop was encrypted"
	case mutual && k.Dest.Peer == "" && k.TLS != observe.TLSMutual && k.Dest.TLS != observe.TLSMutual:
		return "no answer tells whom the destination took for its client, so nothing shows that both sides were verified"
	}
	return ""
}

// isExpected reports whether an identity is one of those that the plan names for a place.
func (s *seen) isExpected(id, place string) bool {
	return id != "" && slices.ContainsFunc(s.expect.Peers[place], func(want string) bool { return covers(want, id) })
}

// covers reports whether a wanted identity is the one, or what it is below.
func covers(want, id string) bool {
	return want == id || strings.HasSuffix(want, "/") && strings.HasPrefix(id, want)
}

// peers lists who showed a certificate at each place.
func (s *seen) peers(h *hops) {
	type key struct{ place, id, root string }
	counts := map[key]int{}
	at := map[string]map[string]bool{} // places by identity
	r := &s.result
	s.groups(func(k *record.Sample, g measure.Group) {
		if id := k.Identity.SPIFFE; id != "" && answered(k) {
			place := s.expect.Place(k.Dest)
			counts[key{place, id, k.Identity.Root}] += g.Requests()
			if at[id] == nil {
				at[id] = map[string]bool{}
			}
			at[id][place] = true
		}
	}, &r.Before, &r.During, &r.Edge, &r.After)
	for k, n := range counts {
		p := Peer{Place: k.place, ID: k.id, Root: k.root, Answers: n, Expected: s.tolerated(k.id, k.place, len(at[k.id]))}
		h.Peers = append(h.Peers, p)
		if !p.Expected {
			h.strangers = append(h.strangers, p)
		}
	}
	byPlace := func(x, y Peer) int {
		return cmp.Or(cmp.Compare(x.Place, y.Place), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Root, y.Root))
	}
	slices.SortFunc(h.Peers, byPlace)
	slices.SortFunc(h.strangers, byPlace)
}

// tolerated reports whether nothing speaks against an identity at a place. Where the plan names none nothing does, and a
// gateway on the way shows the same identity whatever place answers behind it.
func (s *seen) tolerated(id, place string, places int) bool {
	if place == "" || len(s.expect.Peers[place]) == 0 || s.isExpected(id, place) {
		return true
	}
	for other := range s.expect.Peers {
		if s.isExpected(id, other) {
			return false
		}
	}
	if places > 1 {
		return true
	}
	return s.probe != nil && s.probe.TLS != nil && slices.ContainsFunc(s.probe.TLS.Peers, func(want string) bool { return covers(want, id) })
}

// D06 and D07.
func (s *seen) security() {
	h := &s.hops
	if h.Plaintext > 0 && (s.promised() || !h.normal) {
		where := []string{}
		for place, n := range h.plain {
			where = append(where, fmt.Sprintf("%d from %s", n, place))
		}
		slices.Sort(where)
		day := ""
		if h.normal {
			day = ", as on the normal day before it"
		}
		local := s.local()
		s.drift("D06", Drift{
			Message:  fmt.Sprintf("%s was answered in plaintext %s: %s came without TLS (%s)%s", s.who(), s.while(), count(h.Plaintext, "answer"), strings.Join(where, ", "), day),
			Expected: cmp.Or(s.expect.Encryption, unknown), Observed: count(h.Plaintext, "answer") + " without TLS",
			Evidence: s.reference(func(k *record.Sample) bool { return plaintext(k, local) }, &s.result.During, &s.result.Edge, &s.result.After),
		})
	}
	for _, p := range h.strangers {
		s.drift("D07", Drift{
			Message: fmt.Sprintf("%s was answered at %s by %s %s, which is none of the identities expected there (%s)",
				s.who(), p.Place, p.ID, s.while(), strings.Join(s.expect.Peers[p.Place], ", ")),
			Expected: strings.Join(s.expect.Peers[p.Place], ", "), Observed: p.ID,
			Evidence: s.reference(func(k *record.Sample) bool {
				return k.Identity.SPIFFE == p.ID && k.Identity.Root == p.Root && answered(k) && s.expect.Place(k.Dest) == p.Place
			}, &s.result.Before, &s.result.During, &s.result.Edge, &s.result.After),
		})
	}
}

// unproven is D08. It waits for all sources: one may have seen what another could not.
func (s *seen) unproven() {
	if !s.promised() || s.hops.Proof != Unproven || s.result.During.Good+s.result.During.Slow == 0 {
		return
	}
	s.drift("D08", Drift{
		Message:  fmt.Sprintf("nothing shows that %s was encrypted up to its destination %s: %s", s.who(), s.while(), s.hops.Why),
		Expected: s.expect.Encryption, Observed: "unproven",
		Evidence: s.reference(answered, &s.result.During),
	})
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
