package collect

import (
	"runtime"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/observe"
)

// A request takes 16 bytes, and a few more for the last block.
func TestRequestsAreKeptSmall(t *testing.T) {
	c := collector(t, Config{Cells: []string{pay}})
	r := observe.Request{Subject: observe.Subject{Host: "pay.shop", Port: 80}, OK: true, Code: 200}
	const n = 200_000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range n {
		r.Start = anchor.Add(time.Duration(i) * time.Millisecond)
		r.End = r.Start.Add(3 * time.Millisecond)
		if err := c.Request(r); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if each := float64(after.TotalAlloc-before.TotalAlloc) / n; each > 18 {
		t.Errorf("%.1f bytes a request", each)
	}
}

func TestKindsAreBounded(t *testing.T) {
	k := kinds{at: map[Kind]uint32{}}
	for i := range 3 * maxKinds {
		kind := Kind{OK: true}
		kind.Dest.Address = time.Duration(i).String()
		if _, err := k.of(kind); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(k.all); n != maxKinds/2+1 {
		t.Errorf("%d kinds: addresses are left out where there are too many", n)
	}
	var err error
	for i := 0; i < 3*maxKinds && err == nil; i++ {
		_, err = k.of(Kind{Code: i})
	}
	if err == nil {
		t.Error("kinds without end")
	}
}
