package fleet_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// queried is a fleet of which web calls what a prepared query answers, in the datacenters of each.
func queried(query string, more map[string]string) string {
	files := map[string]string{
		"one/web.hcl":  strings.Replace(registered("web", "one", httpCheck, "", "ask", 1), "destination_name", "destination_type = \"prepared_query\", destination_name", 1),
		"one/ask.json": query,
	}
	maps.Copy(files, more)
	return datacenters(files)
}

const asking = `{"Name": "ask", "Service": {"Service": "pay", "OnlyPassing": true, "Connect": true, "Failover": {"Datacenters": ["two"]}}}`

// What an upstream with a prepared query gets: its own datacenter first, then the others in their order, whatever entries say. The http
// check sees a crash within 10 s and its timeout of 2 s, and the agent asks again within 30 s.
func TestPreparedQueries(t *testing.T) {
	for _, c := range []struct {
		name, tree string
		targets    string // of the pool: each with its endpoints
		intent     string
		crash      string // of pay in one: the cell
	}{
		{"another datacenter follows", queried(asking, nil), "pay.one 2, pay.two 2", "failover pay.one -> pay.two, endpoints in 2 regions", "survives 42s"},
		{"a list of the API", queried("["+asking+"]", nil), "pay.one 2, pay.two 2", "failover pay.one -> pay.two, endpoints in 2 regions", "survives 42s"},
		{"targets", queried(strings.Replace(asking, `"Datacenters": ["two"]`, `"Targets": [{"Datacenter": "two"}]`, 1), nil), "pay.one 2, pay.two 2", "failover pay.one -> pay.two, endpoints in 2 regions", "survives 42s"},
		{"to itself", queried(strings.Replace(asking, "two", "one", 1), nil), "pay.one 2", "failover of pay.one", "lost"},
		{"no failover", queried(strings.Replace(asking, `, "Failover": {"Datacenters": ["two"]}`, "", 1), nil), "pay.one 2", "", "lost"},
		{"entries do not count", queried(strings.Replace(asking, `, "Failover": {"Datacenters": ["two"]}`, "", 1), map[string]string{
			"entries/pay.hcl": entry("service-resolver", "pay", `Failover { "*" = { Datacenters = ["two"] } }`)}), "pay.one 2", "", "lost"},
		{"the nearest are not known", queried(strings.Replace(asking, `"Datacenters"`, `"NearestN": 1, "Datacenters"`, 1), nil), "pay.one 2, pay.two 2", "failover pay.one -> pay.two, endpoints in 2 regions", "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := loaded(t, unpack(t, c.tree))
			s := f.Graph.Service("bank/one/default/ask.query")
			if s == nil {
				t.Fatal("the query is no service")
			}
			var targets, intents []string
			for _, caller := range failover.Callers(f.Graph, s) {
				p := f.Graph.View(s, caller).Pools[0]
				for _, x := range p.Targets {
					targets = append(targets, fmt.Sprintf("%s %d", x.Name, len(x.Endpoints)))
				}
				scenario, err := failover.ParseScenario("workload=one/default/ConsulService/pay")
				if err != nil {
					t.Fatal(err)
				}
				a := failover.Evaluate(f.Graph, failover.Question{Service: s, Port: p.Port, Client: caller}, failover.NewBlast(f.Graph, scenario), failover.Crash)
				got := string(a.Outcome)
				switch {
				case s.Gap != nil:
					got = "unknown"
				case a.Outcome == failover.Survives:
					got += " " + a.Recovery.Upper.String()
				}
				if got != c.crash {
					t.Errorf("a crash: %s, want %s", got, c.crash)
				}
			}
			for _, e := range s.Intent.Evidence {
				intents = append(intents, e.What)
			}
			if got := strings.Join(targets, ", "); got != c.targets {
				t.Errorf("targets %s, want %s", got, c.targets)
			}
			if got := strings.Join(intents, ", "); got != c.intent {
				t.Errorf("intent %q, want %q", got, c.intent)
			}
		})
	}
}

// A query lives in one datacenter. Callers of another one, who name it, are told; where no file has it, nobody knows.
func TestPreparedQueryOfAnotherDatacenter(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int
	}{
		{"in the callers' own", nil, 0},
		{"in the other one alone", map[string]string{"one/ask.json": "", "two/ask.json": asking}, 1},
		{"in both", map[string]string{"two/ask.json": asking}, 0},
		{"in none that is known", map[string]string{"one/ask.json": ""}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := 0
			for _, fact := range loaded(t, unpack(t, queried(asking, c.files))).Graph.Facts {
				if fact.Kind == mesh.FactDanglingHost && strings.Contains(fact.Message, "prepared query ask, which is written in two and not in one") && strings.HasPrefix(fact.Origin.Position().Short(), "web.hcl") {
					found++
				}
			}
			if found != c.want {
				t.Errorf("told %d times, want %d", found, c.want)
			}
		})
	}
}
