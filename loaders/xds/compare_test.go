package xds

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

func parsed(t *testing.T, file, text string) *Content {
	t.Helper()
	c, diags := Parse(file, []byte(text), source.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return c
}

func TestCompareTellsWhatAProxyHoldsOtherwise(t *testing.T) {
	scanned := parsed(t, "scanned.json", twoRegions(true, mutual, ""))
	same := Compare(scanned, parsed(t, "live.json", strings.ReplaceAll(twoRegions(true, mutual, ""), `"base_ejection_time"`, `"baseEjectionTime"`)))
	if len(same.Differences) > 0 || same.Scanned != same.Live || len(same.Missing)+len(same.Extra) > 0 {
		t.Errorf("the same in another spelling differs: %+v", same)
	}
	for _, tc := range []struct{ name, live, what, at string }{
		{"outlier detection is gone", twoRegions(false, mutual, ""), "outlier detection", "scanned.json:"},
		{"its interval is longer", strings.Replace(twoRegions(true, mutual, ""), `"0.5s"`, `"10s"`, 1), "outlier detection", "scanned.json:"},
		{"the panic threshold is another", twoRegions(true, mutual+`"common_lb_config": {"healthy_panic_threshold": {"value": 0}},`, ""), "panic threshold", "scanned.json:"},
		{"plaintext", twoRegions(true, "", ""), "TLS", "scanned.json:"},
		{"other names are accepted", strings.Replace(twoRegions(true, mutual, ""), "spiffe://pay/", "spiffe://", 1), "TLS", "scanned.json:"},
		{"the standby has the priority of the first", strings.Replace(twoRegions(true, mutual, ""), `"priority": 1`, `"priority": 0`, 1), "priorities and localities", "scanned.json:"},
		{"another address", strings.Replace(twoRegions(true, mutual, ""), "10.0.0.3", "10.0.0.9", 1), "endpoints", "scanned.json:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Compare(scanned, parsed(t, "live.json", tc.live))
			found := false
			for _, d := range got.Differences {
				if d.What == tc.what {
					found = d.Scanned != d.Live && strings.HasPrefix(d.At.String(), tc.at) && strings.HasPrefix(d.LiveAt.String(), "live.json:")
				}
			}
			if !found || got.Scanned == got.Live {
				t.Errorf("told %+v, want %s with both lines, and other digests", got.Differences, tc.what)
			}
		})
	}
}

func TestCompareStatusTellsOfHosts(t *testing.T) {
	scanned := parsed(t, "scanned.json", twoRegions(true, mutual, ""))
	host := func(address, more string) string {
		return `{"address": {"socket_address": {"address": "` + address + `", "port_value": 8443}}, ` + more + `}`
	}
	west := host("10.0.0.2", `"health_status": {"eds_health_status": "HEALTHY"}, "locality": {"region": "eu-west"}`)
	north := host("10.0.0.3", `"priority": 1, "locality": {"region": "eu-north"}`)
	for _, tc := range []struct{ name, hosts, want string }{
		{"as announced", west + "," + north, ""},
		{"ejected", host("10.0.0.2", `"health_status": {"failed_outlier_check": true}, "locality": {"region": "eu-west"}`) + "," + north, "use of 10.0.0.2:8443: in use, ejected by outlier detection"},
		{"one is missing", west, "endpoint 10.0.0.3:8443: priority 1 in eu-north, none"},
		{"one is unknown", west + "," + north + "," + host("10.0.0.4", `"priority": 2`), "endpoint 10.0.0.4:8443: none, priority 2 in "},
		{"another priority", west + "," + host("10.0.0.3", `"locality": {"region": "eu-north"}`), "priority of 10.0.0.3:8443: 1, 0"},
		{"another place", host("10.0.0.2", `"locality": {"region": "us-east"}`) + "," + north, "place of 10.0.0.2:8443: eu-west, us-east"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			live := parsed(t, "live.json", `{"cluster_statuses": [{"name": "pay", "host_statuses": [`+tc.hosts+`]}, {"name": "other", "host_statuses": []}]}`)
			var told []string
			for _, d := range CompareStatus(scanned, live) {
				told = append(told, d.What+": "+d.Scanned+", "+d.Live)
			}
			if got := strings.Join(told, "\n"); got != tc.want {
				t.Errorf("told %q, want %q", got, tc.want)
			}
		})
	}
}
