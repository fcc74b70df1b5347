package measure

import (
	"math"
	"time"
)

// MissProbability is the probability that a prober which asks every interval, at a moment that has nothing to do
// with the outage, sees nothing of it: max(0, 1 − D/Δ).
func MissProbability(outage, every time.Duration) float64 {
	if every <= 0 {
		return 0
	}
	return max(0, 1-float64(outage)/float64(every))
}

// ZeroBound is the largest probability of an event, at 95 % confidence, that did not happen in n independent trials:
// 1 − 0.05^(1/n), about 3/n. For drills, n is the number of drills and never that of requests.
func ZeroBound(n int) float64 {
	if n <= 0 {
		return 1
	}
	return 1 - math.Pow(0.05, 1/float64(n))
}

// z95 is the quantile of the normal distribution for a confidence of 95 % on two sides.
const z95 = 1.959963984540054

// Wilson is the 95 % confidence interval of a share of which k in n were seen. It takes trials for independent:
// requests of one drill are not, so it is the least that must be doubted.
func Wilson(k, n int) (low, high float64) {
	if n <= 0 {
		return 0, 1
	}
	p, m := float64(k)/float64(n), float64(n)
	scale := 1 + z95*z95/m
	middle := p + z95*z95/(2*m)
	width := z95 * math.Sqrt(p*(1-p)/m+z95*z95/(4*m*m))
	low, high = (middle-width)/scale, (middle+width)/scale
	// At the ends the formula is exact, and the arithmetic is not.
	if k == 0 {
		low = 0
	}
	if k == n {
		high = 1
	}
	return low, high
}

// percentile of sorted durations, by nearest rank: at least p in a hundred are not longer. 0 of none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*p+99)/100-1]
}
