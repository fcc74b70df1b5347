package run

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/drill/plan"
)

func TestEachProbeAsksOneQuestionAndNoTwoTheSame(t *testing.T) {
	expect := func(cells ...string) (all []plan.Expectation) {
		for _, c := range cells {
			all = append(all, plan.Expectation{Cell: c})
		}
		return all
	}
	pay := func(port, client, fault string) string {
		return shop + "|" + port + "||" + client + "|region=eu-west|" + fault
	}
	cart := "cluster.local/shop/cart|80||web|region=eu-west|hang"
	type pr = plan.Probe
	for _, tc := range []struct {
		name     string
		expect   []plan.Expectation
		probes   []plan.Probe
		asked    string // probe=cell under hang, in the plan's order
		unprobed string
		err      string
	}{
		{"one each", expect(pay("80", "web", "hang"), cart), []pr{{Name: "a", Service: shop}, {Name: "b", Service: "cluster.local/shop/cart"}},
			"a=" + pay("80", "web", "hang") + " b=" + cart, "", ""},
		{"modes of one cell", expect(pay("80", "web", "crash"), pay("80", "web", "hang")), []pr{{Name: "a", Service: shop}}, "a=" + pay("80", "web", "hang"), "", ""},
		{"two classes of clients", expect(pay("80", "web", "hang"), pay("80", "app", "hang"), pay("80", "app", "crash")), []pr{{Name: "a", Service: shop}},
			"a=" + pay("80", "web", "hang"), pay("80", "app", "hang") + " " + pay("80", "app", "crash"), ""},
		{"who can ask the fewest chooses first", expect(pay("80", "web", "hang"), pay("80", "app", "hang")), []pr{{Name: "any", Service: shop}, {Name: "web", Service: shop, Client: "web"}},
			"any=" + pay("80", "app", "hang") + " web=" + pay("80", "web", "hang"), "", ""},
		{"by port", expect(pay("80", "web", "hang"), pay("81", "web", "hang")), []pr{{Name: "a", Service: shop, Port: 81}}, "a=" + pay("81", "web", "hang"), pay("80", "web", "hang"), ""},
		{"a mode of which nothing is expected", expect(pay("80", "web", "crash")), []pr{{Name: "a", Service: shop}}, "a=", "", ""},
		{"another prober's", expect(pay("80", "web", "hang"), cart), []pr{{Name: "a", Service: shop, From: "p2"}, {Name: "b", Service: "cluster.local/shop/cart", From: "p1"}}, "b=" + cart, pay("80", "web", "hang"), ""},
		{"two for one", expect(pay("80", "web", "hang")), []pr{{Name: "a", Service: shop}, {Name: "b", Service: shop}}, "", "", "probe b: every cell that it could speak of is asked by another"},
		{"of no cell", expect(cart), []pr{{Name: "a", Service: shop}}, "", "", "probe a: no expected cell"},
		{"twice the same", expect(cart, cart), nil, "", "", "is expected twice"},
		{"no cell", expect("pay"), nil, "", "", "is no cell"},
	} {
		asked, unprobed, err := questions(&plan.Plan{Expect: tc.expect, Probes: tc.probes}, "p1")
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s: error %v, want %q", tc.name, err, tc.err)
			}
			continue
		}
		var got, not []string
		for i := range asked {
			got = append(got, asked[i].probe.Name+"="+asked[i].cell(&Round{Mode: "hang"}))
		}
		for _, u := range unprobed {
			not = append(not, u.Cell)
		}
		if err != nil || strings.Join(got, " ") != tc.asked || strings.Join(not, " ") != tc.unprobed {
			t.Errorf("%s: asked %v, unprobed %v, %v; want %q, %q", tc.name, got, not, err, tc.asked, tc.unprobed)
		}
	}
}
