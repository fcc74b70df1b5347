package consul_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
)

const bankDir = "../../testdata/fleets/bank"

// bank reads a tree as its muster.yaml says: entries and east are the primary's sources, frankfurt
// is the peer. Prepared queries are no entries and are left out: see TestBankQueries.
func bank(t *testing.T, dir string) consul.Input {
	t.Helper()
	in := consul.Input{
		Primary: "east", Datacenters: []string{"east", "west"}, Services: map[string][]*consul.Registration{},
		Peerings: []consul.Peering{{Name: "partner", KnownThereAs: "bank", Folder: "frankfurt"}},
	}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		top, rest, _ := strings.Cut(name, "/")
		if err != nil || d.IsDir() || rest == "" || strings.HasPrefix(rest, "queries/") {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		content, diags := consul.Parse(name, data, source.Options{})
		for _, d := range diags {
			t.Errorf("unreadable: %s", d)
		}
		if len(content.Entries)+len(content.Services) == 0 {
			t.Errorf("%s holds nothing of Consul", name)
		}
		switch top {
		case "frankfurt":
			p := &in.Peerings[0]
			p.Entries, p.Services = append(p.Entries, content.Entries...), append(p.Services, content.Services...)
		case "west":
			if len(content.Entries) > 0 {
				t.Errorf("%s: entries are written in the primary", name)
			}
			fallthrough
		default:
			in.Entries = append(in.Entries, content.Entries...)
			in.Services[top] = append(in.Services[top], content.Services...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// seen is what callers in a datacenter get for a name: of each leg of its chain the targets in
// their order, those without a healthy endpoint in parentheses.
func seen(t *testing.T, f *consul.Fleet, service, datacenter string, down ...string) string {
	t.Helper()
	faults := consul.Faults{Down: map[string]bool{}}
	for _, id := range down {
		faults.Down[id] = true
	}
	a, err := f.Answer(consul.Query{Service: service, Datacenter: datacenter, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	nodes := []string{a.Start}
	if len(a.Routes) > 0 {
		nodes = []string{a.Routes[0].Next}
	}
	if s := a.Splitters[nodes[0]]; s != nil {
		nodes = nil
		for _, leg := range s.Legs {
			nodes = append(nodes, leg.Next)
		}
	}
	var legs []string
	for _, n := range nodes {
		var ids []string
		for _, target := range a.Resolvers[n].Targets {
			id := target.ID
			if !a.Endpoints[id].Usable() {
				id = "(" + id + ")"
			}
			ids = append(ids, id)
		}
		legs = append(legs, strings.Join(ids, " "))
	}
	return strings.Join(legs, "; ")
}

func TestBankIsAccepted(t *testing.T) {
	in := bank(t, bankDir)
	f := consul.Build(in)
	for _, r := range f.Rejected() {
		t.Errorf("%s %s: %s", r.Entry.Kind, r.Entry.Name, r.Message)
	}
	if len(f.Unchecked()) > 0 {
		t.Errorf("unchecked: %v", f.Unchecked())
	}
	for _, e := range slices.Concat(in.Entries, in.Peerings[0].Entries) {
		if e.Problem != nil {
			t.Errorf("%s: %v", e.Origin, e.Problem)
		}
	}
	places := map[string][]*consul.Registration{"frankfurt": in.Peerings[0].Services}
	for dc, list := range in.Services {
		places[dc] = list
	}
	ids := map[string]bool{}
	for dc, list := range places {
		count := map[string]int{}
		for _, r := range list {
			count[r.Name]++
			if ids[r.ID] || len(r.Checks) == 0 {
				t.Errorf("%s: an ID that is taken, or no check", r.Origin)
			}
			ids[r.ID] = true
		}
		for name, n := range count {
			if n < 2 {
				t.Errorf("%s in %s: %d instances", name, dc, n)
			}
		}
		if want := map[string]int{"east": 2, "west": 2, "frankfurt": 2, "entries": 0}[dc]; count["mesh-gateway"] != want {
			t.Errorf("%s: %d mesh gateways", dc, count["mesh-gateway"])
		}
	}
}

// The chains are as the comments in the tree and its README tell them. west is asked for what only
// west calls.
func TestBankChains(t *testing.T) {
	f := consul.Build(bank(t, bankDir))
	for _, c := range []struct{ service, datacenter, want string }{
		{"payments", "east", "payments.east payments.west"},
		{"payments", "west", "payments.west payments.east"},
		{"auth", "east", "auth.east auth.west"},
		{"auth", "west", "auth.west auth.east"},
		{"accounts", "east", "green.accounts.east green.accounts.west"},
		{"accounts", "west", "green.accounts.west green.accounts.east"},
		{"cards", "west", "v1.card-auth.east v1.card-auth.west; v2.card-auth.east v2.card-auth.west"},
		{"ledger", "west", "ledger-core.east ledger-core.west"},
		{"ledger", "east", "ledger-core.east ledger-core.west"},
		{"settlement", "west", "settlement-engine.east settlement-engine.west"},
		{"limits", "west", "(limits.west) limits.east limits-replica.west"},
		{"limits", "east", "limits.east limits-replica.west"},
		{"hsm", "west", "(hsm.west) hsm.east hsm-reserve.west"},
		{"tokens", "west", "tokens.west tokens-reserve.east"},
		{"scoring", "west", "(scoring.west) scoring.east risk-scoring@partner"},
		{"disputes", "west", "disputes.west disputes.east"},
		{"rates", "west", "live.rates.west rates@partner"},
		{"fraud", "east", "fraud.east fraud-screening@partner"},
		{"sanctions", "east", "sanctions.east"},
	} {
		if got := seen(t, f, c.service, c.datacenter); got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.service, c.datacenter, got, c.want)
		}
	}
	for _, c := range []struct{ service, datacenter, down, want string }{
		{"auth", "east", "auth-east-1,auth-east-2", "(auth.east) auth.west"},
		{"accounts", "east", "accounts-east-1,accounts-east-2", "(green.accounts.east) green.accounts.west"},
		{"hsm", "west", "hsm-east-1,hsm-east-2", "(hsm.west) (hsm.east) hsm-reserve.west"},
		{"rates", "west", "rates-west-1,rates-west-2", "(live.rates.west) rates@partner"},
		{"cards", "west", "card-auth-east-3,card-auth-east-4", "v1.card-auth.east v1.card-auth.west; (v2.card-auth.east) v2.card-auth.west"},
	} {
		if got := seen(t, f, c.service, c.datacenter, strings.Split(c.down, ",")...); got != c.want {
			t.Errorf("%s in %s without %s: %s, want %s", c.service, c.datacenter, c.down, got, c.want)
		}
	}
}

// A prepared query lives in one datacenter and is not replicated: both have it, and each names the
// other.
func TestBankQueries(t *testing.T) {
	for _, tree := range []string{bankDir, bankDir + "-broken"} {
		for dc, other := range map[string]string{"east": "west", "west": "east"} {
			data, err := os.ReadFile(path.Join(tree, dc, "queries/sanctions.json"))
			if err != nil {
				t.Fatal(err)
			}
			var q struct {
				Name    string
				Service struct {
					Service  string
					Failover struct{ Datacenters []string }
				}
			}
			if err := json.Unmarshal(data, &q); err != nil || q.Name != "sanctions" || q.Service.Service != "sanctions" || !slices.Equal(q.Service.Failover.Datacenters, []string{other}) {
				t.Errorf("%s: %+v, %v", dc, q, err)
			}
		}
	}
}

// The times that the objectives' comments add up. A connection must be given up before the request
// that waits for it is, or its failure counts for no endpoint.
func TestBankTimeouts(t *testing.T) {
	f := consul.Build(bank(t, bankDir))
	for service, want := range map[string]string{
		"payments": "1s 2s 6s", "cards": "1s 3s", "ledger": "2s 5s", "settlement": "2s 4s", "limits": "1s 2s", "hsm": "2s 0s",
	} {
		c, err := f.Chain(service, "west")
		if err != nil {
			t.Fatal(err)
		}
		for id, r := range c.Resolvers {
			got := r.ConnectTimeout.String()
			if len(c.Routes) == 0 {
				got += " " + r.RequestTimeout.String()
			}
			for _, route := range c.Routes[:max(len(c.Routes)-1, 0)] { // without the catch-all
				got += " " + route.Destination.RequestTimeout.String()
			}
			if got != want {
				t.Errorf("%s, %s: %s, want %s", service, id, got, want)
			}
		}
	}
}
