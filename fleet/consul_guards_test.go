package fleet_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// Copies at home and at a peer are compared by whom their intentions certainly admit and certainly refuse.
func TestConsulIntentionsOfAPeer(t *testing.T) {
	intentions := func(sources string) string {
		return "Kind = \"service-intentions\"\nName = \"pay\"\nSources = [" + sources + "]\n"
	}
	const web, nobody = `{ Name = "web", Action = "allow" }`, `{ Name = "*", Action = "deny" }`
	for _, c := range []struct {
		name, own, theirs string
		want              []string // "callers elsewhere refused"
	}{
		{"the same callers", web + ", " + nobody, `{ Name = "web", Peer = "us", Action = "allow" }, ` + nobody, nil},
		{"everybody gets in there", web + ", " + nobody, `{ Name = "*", Peer = "us", Action = "allow" }`, []string{"[batch] frankfurt false"}},
		{"the caller is refused there", web + ", " + nobody, `{ Name = "web", Peer = "us", Action = "deny" }, ` + nobody, []string{"[web] frankfurt true"}},
		{"whoever does not call is not missed", `{ Name = "*", Action = "allow" }`, `{ Name = "web", Peer = "us", Action = "allow" }, { Name = "batch", Peer = "us", Action = "deny" }`, nil},
		{"nobody wrote anything there", web + ", " + nobody, "", nil},
		{"it depends on the request there", web + ", " + nobody, `{ Name = "batch", Peer = "us", Permissions = [{ Action = "allow", HTTP { PathPrefix = "/" } }] }`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			theirs := intentions(c.theirs)
			if c.theirs == "" {
				theirs = ""
			}
			g := federation{failover: `Targets = [{ Peer = "eu" }]`, more: map[string]string{
				"one/batch.hcl": registered("batch", "one", httpCheck, "", "", 1), "entries/i.hcl": intentions(c.own), "frankfurt/i.hcl": theirs, "frankfurt/proxy.hcl": "Kind = \"proxy-defaults\"\nName = \"global\"\nConfig { protocol = \"http\" }\n"}}.load(t).Graph
			s := g.Service("bank/one/default/pay")
			var got []string
			for _, copies := range s.Copies() {
				for _, v := range mesh.OtherVerdicts(g, s, mesh.GuardedCopies(s, copies)) {
					got = append(got, fmt.Sprint(v.Callers, " ", v.Elsewhere.Workload.Cluster, " ", v.Refused))
					if v.Origin.In == nil {
						t.Error("no line decides")
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
