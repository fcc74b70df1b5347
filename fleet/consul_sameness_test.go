package fleet_test

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// enterprise is the federation in the Enterprise edition, with a sameness group; pay has the resolver that is given, or none.
func enterprise(group, resolver string, more map[string]string) federation {
	f := federation{more: map[string]string{"entries/group.hcl": "Kind = \"sameness-group\"\nName = \"all\"\n" + group + "\n", "entries/pay.hcl": resolver}}
	for name, text := range more {
		f.more[name] = text
	}
	f.more["muster.yaml"] = strings.ReplaceAll(federation{}.files()["muster.yaml"], "edition: community", "edition: enterprise")
	return f
}

// A sameness group stands for its members, in their order, wherever it is named.
func TestConsulSamenessGroups(t *testing.T) {
	const members, local = "Members = [{ Partition = \"default\" }, { Peer = \"eu\" }]", "IncludeLocal = true\nMembers = [{ Peer = \"eu\" }]"
	const named = "Kind = \"service-resolver\"\nName = \"pay\"\nFailover { \"*\" = { SamenessGroup = \"all\" } }\n"
	const pay = "workload=one/default/ConsulService/pay"
	byDefault := func(m string) string { return "DefaultForFailover = true\n" + m }
	exported := func(consumer string) map[string]string {
		return map[string]string{"frankfurt/exp.hcl": "Kind = \"exported-services\"\nName = \"default\"\nServices = [{ Name = \"pay\", Consumers = [{ " + consumer + " }] }]\n"}
	}
	theirs := exported(`SamenessGroup = "ours"`)
	theirs["frankfurt/group.hcl"] = "Kind = \"sameness-group\"\nName = \"ours\"\nMembers = [{ Partition = \"default\" }, { Peer = \"us\" }]\n"
	for _, c := range []struct {
		name    string
		f       federation
		outcome failover.Outcome
		to      string
	}{
		{"named by a resolver", enterprise(members, named, nil), failover.Survives, "frankfurt"},
		{"with the own partition first", enterprise(local, named, nil), failover.Survives, "frankfurt"},
		{"a group that nobody names", enterprise(members, "", nil), failover.Lost, ""},
		{"for every service without a failover", enterprise(byDefault(members), "", nil), failover.Survives, "frankfurt"},
		{"a failover of its own comes before", enterprise(byDefault(members), "Kind = \"service-resolver\"\nName = \"pay\"\nFailover { \"*\" = { Datacenters = [\"two\"] } }\n", nil), failover.Survives, "two"},
		{"a peer that does not export it is no default", enterprise(byDefault(members), "", exported(`Peer = "them"`)), failover.Lost, ""},
		{"exported to a group", enterprise(members, named, theirs), failover.Survives, "frankfurt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := ask(t, c.f.load(t).Graph, "one", pay, failover.Crash)
			if a.Outcome != c.outcome || c.to != "" && (len(a.Destinations) != 1 || a.Destinations[0].Cluster != c.to) {
				t.Errorf("%s to %v, want %s to %s: %s\n%s", a.Outcome, a.Destinations, c.outcome, c.to, a.Reason, strings.Join(a.Trace, "\n"))
			}
		})
	}
}

// A group that admits stands for each of its members.
func TestConsulSamenessGroupsInIntentions(t *testing.T) {
	f := enterprise("Members = [{ Partition = \"default\" }, { Peer = \"eu\" }]", "", map[string]string{
		"entries/i.hcl": "Kind = \"service-intentions\"\nName = \"pay\"\nSources = [{ Name = \"web\", SamenessGroup = \"all\", Action = \"allow\" }]\n", "one/agent.hcl": "acl { enabled = true, default_policy = \"deny\" }\n"})
	s := f.load(t).Graph.Service("bank/one/default/pay")
	for who, want := range map[string]mesh.Verdict{"dc/one/svc/web": mesh.Allowed, "dc/frankfurt/svc/web": mesh.Allowed, "dc/one/svc/other": mesh.Denied} {
		if got, at := s.Endpoints[0].Inbound.Authorization.Decide(mesh.Caller{Principal: "consul/ns/default/" + who, Namespace: "default", Port: 8080}); got != want {
			t.Errorf("%s: %d, want %d (%s)", who, got, want, at)
		}
	}
}

// What a group comes to is not told where its members are partitions, nor what is tried first where the own cluster is not. The
// Community edition refuses groups.
func TestConsulSamenessGaps(t *testing.T) {
	const named = "Kind = \"service-resolver\"\nName = \"pay\"\nFailover { \"*\" = { SamenessGroup = \"all\" } }\n"
	community := enterprise("Members = [{ Peer = \"eu\" }]", named, nil)
	community.more["muster.yaml"] = federation{}.files()["muster.yaml"]
	for _, c := range []struct {
		name string
		f    federation
		gap  bool
	}{
		{"peers", enterprise("Members = [{ Peer = \"eu\" }]", named, nil), false},
		{"a partition", enterprise("Members = [{ Partition = \"north\" }, { Peer = \"eu\" }]", named, nil), true},
		{"a group that nobody defines", enterprise("Members = []", strings.Replace(named, "\"all\"", "\"none\"", 1), nil), true},
		{"by default, and the own cluster is not first", enterprise("DefaultForFailover = true\nMembers = [{ Peer = \"eu\" }]", "", nil), true},
		{"the Community edition", community, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := c.f.load(t)
			if s := f.Graph.Service("bank/one/default/pay"); (s.Gap != nil) != c.gap {
				t.Errorf("gap %v, want one: %v", s.Gap, c.gap)
			}
			refused := false
			for _, fact := range f.Graph.Facts {
				refused = refused || fact.Kind == mesh.FactInvalid && fact.Resource.Kind == "sameness-group"
			}
			if refused != (c.name == "the Community edition") {
				t.Errorf("refused: %v", refused)
			}
		})
	}
}
