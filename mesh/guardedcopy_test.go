package mesh

import (
	"strings"
	"testing"
)

// copyOf is a copy with policies such as "ALLOW/a", and "DENY/b!" for one without rules.
func copyOf(cluster, policies string) *Endpoint {
	a := &Authorization{}
	for text := range strings.FieldsSeq(policies) {
		action, name, _ := strings.Cut(text, "/")
		p := AuthzPolicy{Name: strings.TrimSuffix(name, "!")}
		if !strings.HasSuffix(name, "!") {
			p.Rules = []AuthzRule{{}}
		}
		switch action {
		case "ALLOW":
			a.Allow = append(a.Allow, p)
		case "DENY":
			a.Deny = append(a.Deny, p)
		default:
			a.Custom = append(a.Custom, p)
		}
	}
	w := &Workload{ID: cluster, Cluster: cluster, Meshed: Of(true, Origin{})}
	return &Endpoint{Port: 8080, Workload: w, MeshAble: true, Inbound: &Inbound{Ports: []InboundPort{{Mode: Strict}}, Authorization: a}}
}

func TestPoliciesThatACopyLacks(t *testing.T) {
	tests := []struct{ name, east, eu, west, want string }{
		{"the same policies", "ALLOW/a DENY/b", "ALLOW/a DENY/b", "DENY/b ALLOW/a", ""},
		{"one copy lacks its only policy", "ALLOW/a", "ALLOW/a", "", "ALLOW a: east eu | west"},
		{"one copy lacks one of two", "ALLOW/a ALLOW/b", "ALLOW/a ALLOW/b", "ALLOW/b", "ALLOW a: east eu | west +"},
		{"a policy on one copy only", "", "", "DENY/b", "DENY b: west | east eu"},
		{"another name in each region", "ALLOW/a-east", "ALLOW/a-eu", "ALLOW/a-west", ""},
		{"another name, and one more that is missing", "ALLOW/a-east DENY/d", "ALLOW/a-eu DENY/d", "ALLOW/a-west", "DENY d: east eu | west"},
		{"another action under the same name", "DENY/a", "DENY/a", "ALLOW/a", "DENY a: east eu | west; ALLOW a: west | east eu"},
		{"a policy that matches nothing, beside one that does", "ALLOW/a ALLOW/none!", "ALLOW/a", "ALLOW/a", ""},
		{"a policy that matches nothing, and so refuses all", "ALLOW/none!", "ALLOW/none!", "", "ALLOW none: east eu | west"},
		{"a refusal without rules refuses nobody", "DENY/none!", "", "", ""},
	}
	for _, test := range tests {
		s := &Service{Endpoints: []*Endpoint{copyOf("east", test.east), copyOf("eu", test.eu), copyOf("west", test.west)}}
		var got []string
		names := func(list []*GuardedCopy) string {
			var out []string
			for _, c := range list {
				out = append(out, c.Workload.Cluster)
			}
			return strings.Join(out, " ")
		}
		for _, d := range MissingGuards(GuardedCopies(s, s.Workloads())) {
			text := d.Guard.Action + " " + d.Guard.Name + ": " + names(d.With) + " | " + names(d.Without)
			if d.Others {
				text += " +"
			}
			got = append(got, text)
		}
		if text := strings.Join(got, "; "); text != test.want {
			t.Errorf("%s: got %q, want %q", test.name, text, test.want)
		}
	}
}

func TestCopiesThatTakeMTLSDifferently(t *testing.T) {
	modes := func(cluster string, ports ...InboundPort) *GuardedCopy {
		c := &GuardedCopy{Workload: &Workload{Cluster: cluster}, MTLS: map[int]InboundPort{}}
		for _, p := range ports {
			c.MTLS[p.Port] = p
		}
		return c
	}
	strict, lax, other := InboundPort{Port: 80, Mode: Strict}, InboundPort{Port: 80, Mode: Permissive}, InboundPort{Port: 90, Mode: DisableMTLS}
	if a, _, _ := OtherMTLS([]*GuardedCopy{modes("east", strict), modes("west", strict, other)}); a != nil {
		t.Error("a port that one copy has alone is no difference")
	}
	if a, b, port := OtherMTLS([]*GuardedCopy{modes("east", strict), modes("eu", strict), modes("west", lax)}); a == nil || a.Workload.Cluster != "east" || b.Workload.Cluster != "west" || port != 80 {
		t.Errorf("got %v and %v on %d, want east and west on 80", a, b, port)
	}
	if a, _, _ := OtherMTLS(nil); a != nil {
		t.Error("no copies, no difference")
	}
}
