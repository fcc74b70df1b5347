package mesh

import "time"

// Priorities are the tiers that a control plane announces by xDS: a priority gets requests once those before it have no endpoint left
// (gRPC), or too few (Envoy). A pool has one target for each of its tiers, or one target for all: whoever may be taken out is counted by target.
type Priorities struct {
	Tiers []Tier
	// Overprovisioning is Envoy's factor: a tier keeps all load until its healthy share times the factor falls below 1. 0 = a tier
	// keeps all load while any of its endpoints is left.
	// gRFC A56.
	Overprovisioning float64
	// Weighted: the localities of a tier share its load by weight.
	Weighted bool
}

// Arrange gives the tiers as they are announced, the same for every client.
func (t *Priorities) Arrange(_ *Client, p *Pool) Arrangement {
	return Arrangement{Tiers: t.Tiers, Weighted: t.Weighted, Localized: true, Apart: len(p.Targets) > 1}
}

// FailurePercentage ejects an endpoint of which more than Threshold percent of the requests failed in one interval.
// Envoy: outlier_detection.failure_percentage_*; gRFC A50. Requests that the caller gives up on count where gRPC counts.
type FailurePercentage struct {
	Threshold Value[int]
	// MinimumHosts are how many endpoints of the target need Volume requests in the interval, so that any is ejected.
	MinimumHosts Value[int]
	Volume       Value[int]
	Origin       Origin
}

// Detects is how long FailurePercentage takes from the first failure, given requests to the endpoint at a rate per second and how many
// endpoints of its target get as many: the interval in which it came may hold answers from before, and the next one does not. It
// returns a clause where it never ejects (false), or nobody knows.
func (o *OutlierDetection) Detects(rate float64, hosts int) (time.Duration, string, bool) {
	f := o.FailurePercentage
	switch {
	case f.Threshold.Or(0) >= 100:
		return 0, "failure_percentage_threshold is 100, and no share of failures is above that", false
	case hosts < f.MinimumHosts.Or(0):
		return 0, "fewer endpoints get requests than failure_percentage_minimum_hosts asks for", false
	case rate*o.Interval.Or(0).Seconds() < float64(f.Volume.Or(0)):
		return 0, "whether an endpoint gets as many requests in an interval as failure_percentage_request_volume asks for is not known", true
	}
	return 2 * o.Interval.Or(0), "", true
}
