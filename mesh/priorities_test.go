package mesh

import (
	"testing"
	"time"
)

func TestEjectableBelowBound(t *testing.T) {
	for _, tc := range []struct {
		below         bool
		percent, n    int
		want          int
		said, because string
	}{
		{false, 10, 1, 0, "Envoy", "one of one is more than 10 %"},
		{false, 100, 3, 3, "Envoy", "all may go"},
		{true, 10, 1, 1, "gRPC", "0 % is below 10 %"},
		{true, 0, 5, 0, "gRPC", "nothing is below 0 %"},
		{true, 50, 3, 2, "gRPC", "one of three is below half"},
		{true, 100, 4, 4, "gRPC", "all may go"},
	} {
		o := OutlierDetection{BelowBound: tc.below, MaxEjectionPercent: Of(tc.percent, Origin{})}
		if got := o.Ejectable(tc.n); got != tc.want {
			t.Errorf("%s: %d of %d at %d %%, want %d: %s", tc.said, got, tc.n, tc.percent, tc.want, tc.because)
		}
	}
}

func TestDetectsByShares(t *testing.T) {
	o := OutlierDetection{Interval: Of(500*time.Millisecond, Origin{}), FailurePercentage: &FailurePercentage{
		Threshold: Of(50, Origin{}), MinimumHosts: Of(2, Origin{}), Volume: Of(5, Origin{})}}
	for _, tc := range []struct {
		name  string
		rate  float64
		hosts int
		took  time.Duration
		can   bool
	}{
		{"as many requests as are needed", 10, 2, time.Second, true},
		{"too few to know", 9, 2, 0, true},
		{"too few hosts", 10, 1, 0, false},
	} {
		if took, why, can := o.Detects(tc.rate, tc.hosts); took != tc.took || can != tc.can || (took == 0) != (why != "") {
			t.Errorf("%s: %s, %q, %v", tc.name, took, why, can)
		}
	}
	o.FailurePercentage.Threshold.V = 100
	if _, why, can := o.Detects(100, 5); can || why == "" {
		t.Error("no share is above 100 %")
	}
}

func TestPrioritiesAreTheSameForAll(t *testing.T) {
	west, north := []*Endpoint{{Address: "a"}}, []*Endpoint{{Address: "b"}}
	p := &Priorities{Tiers: []Tier{{Groups: []Group{{Endpoints: west}}}, {Groups: []Group{{Endpoints: north}}}}, Weighted: true}
	for targets, apart := range map[int]bool{1: false, 2: true} {
		a := p.Arrange(&Client{Locality: Locality{Region: "north"}}, &Pool{Targets: make([]Target, targets)})
		if len(a.Tiers) != 2 || a.Tiers[0].Groups[0].Endpoints[0].Address != "a" || a.Apart != apart || !a.Weighted || !a.Localized {
			t.Errorf("%d targets: %+v", targets, a)
		}
	}
}
