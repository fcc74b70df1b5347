package measure

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Comparison holds the places that answered against the shares that were expected of them.
type Comparison struct {
	// TV is the total-variation distance, 0 to 1, and Low to High its 95 % interval: by a bootstrap of blocks, as requests
	// that follow each other are not independent.
	TV, Low, High float64
	// G is the statistic of the likelihood-ratio test over the places of which something is expected, and P how likely one as
	// large is by chance. It takes requests for independent: with many of them P alone says little.
	G, P float64
	N    int
}

// replicates is how often the bootstrap draws.
const replicates = 400

// Compare compares answers, by place in the order of sending, with expected shares. block is the least number of answers that
// are drawn together, as those of a second; the same input and name give the same intervals.
func Compare(expected map[string]float64, answers []string, block int, name string) Comparison {
	c := Comparison{N: len(answers), P: 1, High: 1}
	if len(answers) == 0 || len(expected) == 0 {
		return c
	}
	places := map[string]int{}
	var want []float64
	total := 0.0
	for _, share := range expected {
		total += share
	}
	if total <= 0 {
		return c
	}
	for _, place := range sortedKeys(expected) {
		places[place] = len(want)
		want = append(want, expected[place]/total)
	}
	order := make([]int, len(answers))
	for i, place := range answers {
		at, known := places[place]
		if !known {
			at = len(want)
			places[place], want = at, append(want, 0)
		}
		order[i] = at
	}
	counts := make([]int, len(want))
	for _, at := range order {
		counts[at]++
	}
	c.TV = distance(counts, len(order), want)
	c.Low, c.High = bootstrap(order, want, block, name)
	c.G, c.P = likelihood(counts, want)
	return c
}

func sortedKeys(m map[string]float64) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// distance is half the sum of the differences of shares.
func distance(counts []int, n int, want []float64) float64 {
	sum := 0.0
	for i, k := range counts {
		sum += math.Abs(float64(k)/float64(n) - want[i])
	}
	return sum / 2
}

// likelihood is the G-test over the places of which something is expected.
func likelihood(counts []int, want []float64) (g, p float64) {
	n, cells := 0, 0
	for i, w := range want {
		if w > 0 {
			n += counts[i]
			cells++
		}
	}
	if cells < 2 || n == 0 {
		return 0, 1
	}
	for i, w := range want {
		if w > 0 && counts[i] > 0 {
			g += 2 * float64(counts[i]) * math.Log(float64(counts[i])/(float64(n)*w))
		}
	}
	g = max(0, g)
	return g, distuv.ChiSquared{K: float64(cells - 1)}.Survival(g)
}

// bootstrap draws blocks of neighbours, with replacement and wherever they begin, until as many answers are together as there
// were, and gives the middle 95 % of the distances.
func bootstrap(order []int, want []float64, block int, name string) (low, high float64) {
	n, k := len(order), len(want)
	block = min(n, max(1, block, int(math.Cbrt(float64(n)))))
	// Sums up to each position, by place, so that a block is counted in k steps.
	sums := make([]int32, (n+1)*k)
	for i, at := range order {
		copy(sums[(i+1)*k:], sums[i*k:(i+1)*k])
		sums[(i+1)*k+at]++
	}
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(name)) // never fails
	rng := rand.New(rand.NewPCG(seed.Sum64(), uint64(n)))
	all := make([]float64, replicates)
	counts := make([]int, k)
	for r := range all {
		clear(counts)
		for drawn := 0; drawn < n; drawn += block {
			length := min(block, n-drawn)
			from := rng.IntN(n - length + 1)
			for place := range counts {
				counts[place] += int(sums[(from+length)*k+place] - sums[from*k+place])
			}
		}
		all[r] = distance(counts, n, want)
	}
	slices.Sort(all)
	return all[replicates*25/1000], all[replicates-1-replicates*25/1000]
}

// Holm corrects the probabilities of several tests, so that the chance of any false alarm among them stays what was asked for.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	all, most := make([]float64, len(p)), 0.0
	for rank, i := range order {
		most = max(most, min(1, p[i]*float64(len(p)-rank)))
		all[i] = most
	}
	return all
}

// FailureBound is the largest probability of failure, at 95 % confidence, with which k of n independent drills fail or fewer:
// Clopper and Pearson, one-sided. Without failures it is ZeroBound.
func FailureBound(k, n int) float64 {
	switch {
	case n <= 0 || k >= n:
		return 1
	case k <= 0:
		return ZeroBound(n)
	}
	return distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(0.95)
}
