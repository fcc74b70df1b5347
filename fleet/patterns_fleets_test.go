package fleet_test

import (
	"cmp"
	"maps"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
)

// What the example fleets run, read off their manifests: where pods stand, who may call, and what the
// rules in effect say. Services that are not listed run no pattern.
func TestWhatTheExampleFleetsRun(t *testing.T) {
	shop := map[string]string{
		"catalog/catalog": "active-active", "catalog/search": "active-active", "storefront/cart": "active-active", "platform/feature-flags": "active-active",
		"storefront/frontend": "active-active, blue-green", // blue 100, green 0, in every region
		"checkout/checkout":   "active-active, canary",     // v1 90, v2 10; Europe has frontends and no checkout
		"checkout/shipping":   "active-active", "payments/fraud": "active-active", "payments/ledger": "active-active", "payments/payments": "active-active",
		"checkout/orders": "active-passive", // everybody prefers the cluster us-east
	}
	broken := map[string]string{
		// Only the console in eu calls these, and they run in us-east and us-west.
		"fulfilment/manifests": "active-passive", "fulfilment/quotes": "active-passive", "fulfilment/routing": "active-passive",
		"fulfilment/parcels": "active-passive", // distribute sends all of it to us-east
		"support/surveys":    "active-passive", // v1 80; v3 does not exist, so this is neither canary nor blue-green
		"kiosk/receipts":     "active-passive",
		// No rule with detection is in effect for these.
		"fulfilment/carriers": "active-active", "fulfilment/returns": "active-active", "fulfilment/stock": "active-active", "loyalty/points": "active-active",
		"support/tickets":   "active-active", // the list names a region without endpoints
		"support/knowledge": "active-active", // tickets, in both regions, calls it as well
		// support/chat and kiosk/playlists look like a pair, and their callers reach one copy alone.
	}
	maps.Copy(broken, shop)
	alt := map[string]string{
		// Only the portal in syd calls most of these, and they run in fra and sto.
		"booking/availability": "active-passive", "fares/baggage": "active-passive", "rail/connections": "active-passive", "rail/tickets": "active-passive",
		"fares/calendar":                  "active-passive", // the header leads to a subset that nothing defines
		"seating/seatmap.voyage.internal": "active-passive",
		"booking/waitlist":                "active-passive", // distribute
		"fares/surcharges":                "active-passive, canary",
		"booking/refunds":                 "active-active", // the list names a region without endpoints
		"support/lostfound":               "active-active", // pods of its namespace may call it, and stand in both regions
		"identity/login":                  "active-active", // one of three regions calls, and no list prefers one
		"booking/holds":                   "active-active",
		"booking/seats":                   "active-active",
		"booking/itineraries":             "active-active",
		"crew/rosters":                    "active-active",
		"fares/pricing":                   "active-active",
		"fares/taxes":                     "active-active",
		"support/faq":                     "active-active",
	}
	for tree, want := range map[string]map[string]string{
		"shop": shop, "shop-broken": broken, "shop-alt": alt, "demo-boutique": {},
		"demo-books": {"default/critiques": "canary"}, // v1 80, v3 20, and editors see v2
	} {
		t.Run(tree, func(t *testing.T) {
			f, _, _ := audit(t, filepath.Join("..", "testdata", "fleets", tree))
			patterns := pattern.New(failover.NewModel(f.Graph))
			found := 0
			for _, s := range f.Graph.Services {
				name, got := s.Namespace+"/"+s.Name, tellPattern(patterns.Of(s), false)
				expected, listed := want[name]
				if listed {
					found++
				}
				if got != cmp.Or(expected, "none") {
					t.Errorf("%s: %s, want %s", name, got, cmp.Or(expected, "none"))
				}
			}
			if found != len(want) {
				t.Errorf("%d of %d services are there", found, len(want))
			}
		})
	}
}
