package run

import (
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

func TestTheOffsetOfAClockLiesWithinItsBound(t *testing.T) {
	anchor := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for _, tc := range []struct {
		name              string
		ahead             time.Duration // this prober's clock
		there, held, back time.Duration // on the way, at the reference, on the way
		offset, bound     time.Duration
	}{
		{"equal ways", ms(700), ms(10), ms(1), ms(10), ms(700), ms(10)},
		{"all of the way there", ms(700), ms(20), 0, 0, ms(690), ms(10)},
		{"all of the way back", ms(-700), 0, ms(5), ms(20), ms(-690), ms(10)},
		{"no way at all", 0, 0, 0, 0, 0, 0},
	} {
		from := ms(5000)
		received := anchor.Add(from - tc.ahead + tc.there)
		sent := received.Add(tc.held)
		got := compared(anchor, from, from+tc.there+tc.held+tc.back, received.UnixNano(), sent.UnixNano())
		if got.Offset != record.Millis(tc.offset) || got.Bound != record.Millis(tc.bound) {
			t.Errorf("%s: %s ± %s, want %s ± %s", tc.name, got.Offset.Duration(), got.Bound.Duration(), tc.offset, tc.bound)
		}
		if off := (got.Offset.Duration() - tc.ahead).Abs(); off > got.Bound.Duration() {
			t.Errorf("%s: off by %s, which is more than the bound", tc.name, off)
		}
	}
}
