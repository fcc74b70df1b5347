package config

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "30s": 30 * time.Second, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute,
		"250ms": 250 * time.Millisecond, "1d": 24 * time.Hour, "2w1d": 15 * 24 * time.Hour, "0.5d": 12 * time.Hour,
		"15250w": 15250 * 7 * 24 * time.Hour,
	} {
		if got, err := duration(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"30", "-5s", "5 m", "s", "1h-5m", "soon", "1y", "15251w", "15250w2d", "99999999999999999999h", "1e3s", ".5s"} {
		if got, err := duration(text); err == nil {
			t.Errorf("%s: got %v, want an error", text, got)
		}
	}
}

func TestFailuresHaveTheFormOfScenarios(t *testing.T) {
	for _, text := range []string{
		"zone", "region", "cluster", "datacenter", "service", "gateway", "release", "region=us-east-1", "zone=us-east-1/us-east-1a",
		"workload=east/pay/Deployment/api", "endpoint=10.0.0.1:8080", "service=prod/prod/pay/api.pay.svc.cluster.local",
		"release=checkout@v2", "region=a+gateway=east/edge", "service=a%2Bb",
	} {
		if _, err := failure(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"none":                 `unknown failure "none", want one of zone, region, cluster, datacenter, service, gateway, release, or one by name such as region=us-east-1; did you mean zone?`,
		"Region":               `unknown failure "Region", want one of zone, region, cluster, datacenter, service, gateway, release, or one by name such as region=us-east-1; did you mean region?`,
		"endpoint":             "endpoint alone would mean every single one, name it: endpoint=…",
		"region=":              `"region=" names nothing after the =`,
		"a=b":                  `unknown failure "a", want one of zone, region, cluster, datacenter, service, gateway, release, workload, endpoint`,
		"region=a+":            `"" does not say which one, want a failure and its name such as region=us-east-1`,
		"region=a+zone":        `"zone" does not say which one, want a failure and its name such as region=us-east-1`,
		"region=a=b":           `"a=b" is no name, write spaces and the characters % + = | as %20 %25 %2B %3D %7C`,
		"region=a%2":           `"a%2" is no name, write spaces and the characters % + = | as %20 %25 %2B %3D %7C`,
		"zone=us-east-1a":      "a zone is named with its region, want zone=REGION/ZONE, such as zone=us-east-1/us-east-1a",
		"release=checkout":     "a release is named with its service, want release=SERVICE@REVISION",
		"release=checkout-v2@": "a release is named with its service, want release=SERVICE@REVISION",
	} {
		if _, err := failure(text); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
}

func TestNearestWord(t *testing.T) {
	for _, tc := range []struct {
		got   string
		words []string
		want  string
	}{
		{"regoin", failures, "region"},
		{"zones", failures, "zone"},
		{"trustdomain", []string{"version", "trustDomain"}, "trustDomain"},
		{"wset", []string{"east", "west"}, "west"},
		{"warning", []string{"error", "warn"}, "warn"},
		{"dc1", []string{"east", "west"}, ""},
		{"x", []string{"a", "b"}, ""},
		{"", failures, ""},
	} {
		if got := nearest(tc.got, tc.words); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.got, got, tc.want)
		}
	}
}
