package measure

import (
	"math"
	"testing"
	"time"
)

func TestIntervals(t *testing.T) {
	i := Interval{sec, 3 * sec}
	for bound, want := range map[time.Duration]Verdict{sec - 1: Fail, sec: Inconclusive, 2 * sec: Inconclusive, 3*sec - 1: Inconclusive, 3 * sec: Pass} {
		if got := i.Within(bound); got != want {
			t.Errorf("%s within %s: %s, want %s", i, bound, got, want)
		}
	}
	if got := (Interval{sec, Unbounded}).Within(Unbounded); got != Inconclusive {
		t.Errorf("what did not end is %s", got)
	}
	if got := Worst(i, Interval{2 * sec, 2500 * time.Millisecond}); got != (Interval{2 * sec, 3 * sec}) {
		t.Errorf("worst %s", got)
	}
	if got, ok := Same(i, Interval{2 * sec, Unbounded}); !ok || got != (Interval{2 * sec, 3 * sec}) {
		t.Errorf("same %s, %v", got, ok)
	}
	if _, ok := Same(i, Interval{4 * sec, 5 * sec}); ok {
		t.Error("two lengths that differ are one")
	}
	if s := (Interval{sec, Unbounded}).String(); s != "[1s, ∞)" {
		t.Error(s)
	}
}

func TestStatistics(t *testing.T) {
	for n, want := range map[int]float64{1: 0.95, 3: 0.63, 10: 0.26, 29: 0.098, 59: 0.05} {
		if got := ZeroBound(n); math.Abs(got-want) > 0.005 {
			t.Errorf("0 of %d: %.3f, want %.3f", n, got, want)
		}
	}
	// Newcombe 1998, table I: 81 of 263 and 15 of 148, Wilson's method without continuity correction.
	for _, tc := range []struct {
		k, n      int
		low, high float64
	}{{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}, {20, 20, 0.8389, 1}, {0, 0, 0, 1}} {
		if low, high := Wilson(tc.k, tc.n); math.Abs(low-tc.low) > 5e-5 || math.Abs(high-tc.high) > 5e-5 {
			t.Errorf("%d of %d: [%.4f, %.4f], want [%.4f, %.4f]", tc.k, tc.n, low, high, tc.low, tc.high)
		}
	}
	// The 24 outages of the reference drills: 8 of 1.34 s, 8 of 2.66 s and 8 of 2.68 s (medians).
	for every, want := range map[time.Duration]float64{2 * sec: 0.11, 5 * sec: 0.58, 15 * sec: 0.86, 30 * sec: 0.93} {
		mean := (MissProbability(1340*time.Millisecond, every) + MissProbability(2660*time.Millisecond, every) + MissProbability(2680*time.Millisecond, every)) / 3
		if math.Abs(mean-want) > 0.03 {
			t.Errorf("every %s: %.3f are missed, measured were %.2f", every, mean, want)
		}
	}
	if got := MissProbability(3*sec, 2*sec); got != 0 {
		t.Errorf("%f", got)
	}
}
