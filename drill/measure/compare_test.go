package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func row(place string, n int) []string { return slices.Repeat([]string{place}, n) }

// mixed answers come from b with a probability, independently.
func mixed(n int, share float64, seed uint64) []string {
	rng := rand.New(rand.NewPCG(seed, 1))
	all := row("a", n)
	for i := range all {
		if rng.Float64() < share {
			all[i] = "b"
		}
	}
	return all
}

func TestCompare(t *testing.T) {
	half := map[string]float64{"a": 0.5, "b": 0.5}
	for name, tc := range map[string]struct {
		expected map[string]float64
		answers  []string
		tv       float64
		drift    bool // beyond 0.05, surely
	}{
		"as expected":         {map[string]float64{"b": 1}, row("b", 400), 0, false},
		"all elsewhere":       {map[string]float64{"b": 1}, row("a", 400), 1, true},
		"halves":              {half, slices.Concat(row("a", 200), row("b", 200)), 0, false},
		"by chance":           {half, mixed(1000, 0.5, 3), 0.02, false},
		"a third":             {half, mixed(3000, 0.3, 4), 0.2, true},
		"a few in long rows":  {half, slices.Concat(row("a", 150), row("b", 100)), 0.1, false},
		"shares need no norm": {map[string]float64{"a": 3, "b": 3}, slices.Concat(row("a", 200), row("b", 200)), 0, false},
	} {
		c := Compare(tc.expected, tc.answers, 50, name)
		if math.Abs(c.TV-tc.tv) > 0.02 || (c.Low > 0.05) != tc.drift || c.Low > c.High {
			t.Errorf("%s: %+v", name, c)
		}
		if again := Compare(tc.expected, tc.answers, 50, name); again != c {
			t.Errorf("%s: %+v, and again %+v", name, c, again)
		}
	}
	if c := Compare(half, nil, 1, "none"); c.P != 1 || c.Low != 0 || c.High != 1 {
		t.Errorf("without answers: %+v", c)
	}
}

func TestTheGTestIsThatOfTheTables(t *testing.T) {
	// 60 of 100 where a half is expected: G = 2(60 ln 1.2 + 40 ln 0.8) = 4.027, p = 0.0448.
	c := Compare(map[string]float64{"a": 0.5, "b": 0.5}, slices.Concat(row("a", 60), row("b", 40)), 1, "x")
	if math.Abs(c.G-4.0271) > 0.001 || math.Abs(c.P-0.0448) > 0.0005 {
		t.Errorf("%+v", c)
	}
}

func TestTheBootstrapHoldsTheTruth(t *testing.T) {
	// Of 100 samples of a distribution that is 0.2 away, about 95 intervals hold 0.2.
	held := 0
	for seed := range uint64(100) {
		c := Compare(map[string]float64{"a": 0.5, "b": 0.5}, mixed(2000, 0.3, 100+seed), 1, "x")
		if c.Low <= 0.2 && 0.2 <= c.High {
			held++
		}
	}
	if held < 88 {
		t.Errorf("%d of 100", held)
	}
}

func TestHolm(t *testing.T) {
	got := Holm([]float64{0.01, 0.04, 0.03, 0.005})
	for i, want := range []float64{0.03, 0.06, 0.06, 0.02} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("%d: %v, want %v", i, got[i], want)
		}
	}
}

func TestFailureBound(t *testing.T) {
	for _, tc := range []struct {
		k, n int
		want float64
	}{{0, 1, 0.95}, {0, 3, 0.6316}, {0, 59, 0.0495}, {1, 1, 1}, {0, 0, 1}, {1, 10, 0.3942}, {2, 20, 0.2826}} {
		if got := FailureBound(tc.k, tc.n); math.Abs(got-tc.want) > 0.0005 {
			t.Errorf("%d of %d: %.4f, want %.4f", tc.k, tc.n, got, tc.want)
		}
	}
}
