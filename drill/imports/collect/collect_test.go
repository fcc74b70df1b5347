package collect

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/imports"
	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

var anchor = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

const (
	pay   = "prod/prod/shop/pay.shop.svc.cluster.local|80||east|region=us-west|crash"
	payUp = "prod/prod/shop/pay.shop.svc.cluster.local|80||east|region=us-west|hang"
	grpc  = "prod/prod/shop/pay.shop.svc.cluster.local|9090||east|region=us-west|crash"
	cart  = "prod/prod/shop/cart.shop.svc.cluster.local|8080||eu/shop@eu-west-1/eu-west-1a|region=us-east-1|hang"
	dc1   = "mesh/dc1/default/pay|0||dc1|region=eu|crash"
)

func collector(t testing.TB, c Config) *Collector {
	t.Helper()
	c.Anchor = anchor
	all, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSubjectsFindTheCellsOfTheirService(t *testing.T) {
	host := "pay.shop.svc.cluster.local"
	for _, tc := range []struct {
		name    string
		cells   []string
		subject observe.Subject
		want    []string // cells
		shared  bool
	}{
		{"host and port", []string{pay, grpc, cart}, observe.Subject{Host: host, Port: 80}, []string{pay}, false},
		{"host alone may be any port", []string{pay, grpc, cart}, observe.Subject{Host: host}, []string{pay, grpc}, true},
		{"another port", []string{pay}, observe.Subject{Host: host, Port: 443}, nil, false},
		{"cells of two faults", []string{pay, payUp}, observe.Subject{Host: host, Port: 80}, []string{pay, payUp}, false},
		{"name and namespace", []string{pay}, observe.Subject{Service: "pay", Namespace: "shop", Port: 80}, []string{pay}, false},
		{"another namespace", []string{pay}, observe.Subject{Service: "pay", Namespace: "test", Port: 80}, nil, false},
		{"short host", []string{pay}, observe.Subject{Host: "pay.shop", Port: 80}, []string{pay}, false},
		{"host with svc, in capitals, with a dot", []string{pay}, observe.Subject{Host: "Pay.shop.SVC.", Port: 80}, []string{pay}, false},
		{"bare host of a caller in the namespace", []string{pay}, observe.Subject{Host: "pay", Source: "shop/web", Port: 80}, []string{pay}, false},
		{"bare host of a caller elsewhere", []string{pay}, observe.Subject{Host: "pay", Source: "test/web", Port: 80}, nil, false},
		{"bare host of nobody", []string{pay}, observe.Subject{Host: "pay", Port: 80}, nil, false},
		{"callers of the cluster", []string{pay}, observe.Subject{Host: host, SourceCluster: "east"}, []string{pay}, false},
		{"callers of a cluster that the plan does not know", []string{pay}, observe.Subject{Host: host, SourceCluster: "Kubernetes"}, []string{pay}, false},
		{"callers of another namespace", []string{cart}, observe.Subject{Host: "cart.shop", Source: "billing/web"}, nil, false},
		{"callers of the namespace", []string{cart}, observe.Subject{Host: "cart.shop", Source: "shop/web"}, []string{cart}, false},
		{"consul", []string{dc1}, observe.Subject{Host: "pay", Service: "pay", Namespace: "default"}, []string{dc1}, false},
		{"consul, another namespace", []string{dc1}, observe.Subject{Host: "pay", Service: "pay", Namespace: "billing"}, nil, false},
		{"a host of nobody", []string{pay, dc1}, observe.Subject{Host: "api.example.com"}, nil, false},
		{"nothing at all", []string{pay, dc1}, observe.Subject{}, nil, false},
	} {
		c := collector(t, Config{Cells: tc.cells})
		if err := c.Request(observe.Request{Subject: tc.subject, Start: anchor, End: anchor, OK: true}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, cell := range tc.cells {
			for _, s := range c.Series(cell) {
				got = append(got, cell)
				if s.Shared != tc.shared {
					t.Errorf("%s: shared %t", tc.name, s.Shared)
				}
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestOnlyTheTimeThatIsLookedAtIsKept(t *testing.T) {
	c := collector(t, Config{Cells: []string{pay}, From: time.Minute, To: 2 * time.Minute})
	for _, s := range []struct{ from, to time.Duration }{
		{-time.Second, 90 * time.Second}, // began before the run
		{0, 59 * time.Second},
		{time.Second, time.Minute}, // reaches into it
		{90 * time.Second, 91 * time.Second},
		{2 * time.Minute, 3 * time.Minute},
	} {
		if err := c.Request(observe.Request{Subject: observe.Subject{Host: "pay.shop"}, Start: anchor.Add(s.from), End: anchor.Add(s.to), OK: true}); err != nil {
			t.Fatal(err)
		}
	}
	series := c.Series(pay)
	if len(series) != 1 || series[0].Tally(0, time.Hour).Requests != 2 || c.Sources()[0].Outside != 3 {
		t.Errorf("%+v, %+v", series, c.Sources())
	}
}

func TestViewHoldsWhatWasSeenInTheOrderOfItsBegins(t *testing.T) {
	c := collector(t, Config{Cells: []string{pay}})
	c.Begin("gateway.log", "access-log")
	dest := record.Dest{Region: "us-east", Address: "10.0.0.1:80"}
	ask := func(ms int, change func(*observe.Request)) {
		r := observe.Request{
			Subject: observe.Subject{Host: "pay.shop", Source: "shop/web"}, Start: anchor.Add(time.Duration(ms) * time.Millisecond), OK: true, Code: 200, Dest: dest,
			TLS: "1.3", Peer: "spiffe://td/ns/shop/sa/pay", Attempts: 2, Flags: "URX",
		}
		r.End = r.Start.Add(5*time.Millisecond + 1)
		if change != nil {
			change(&r)
		}
		if err := c.Request(r); err != nil {
			t.Fatal(err)
		}
	}
	ask(20, nil)
	ask(10, func(r *observe.Request) {
		r.OK, r.Code, r.Err, r.Detail = false, 503, record.ErrProxy, "no_healthy_upstream"
	})
	ask(30, func(r *observe.Request) { r.Doubtful, r.Code = true, 403 })
	ask(40, func(r *observe.Request) { r.OK, r.Injected, r.Err = false, true, record.ErrProxy })
	ask(50, func(r *observe.Request) { r.Injected = true }) // delayed, and answered
	s := c.Series(pay)[0]
	if got, want := s.Tally(0, time.Second), (Tally{5, 1, 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	v, err := s.View(0, time.Hour, 10)
	if err != nil || len(v.Requests) != 3 || v.Prober != "gateway.log" || v.Cell != pay {
		t.Fatalf("%+v, %v", v, err)
	}
	first, second := v.Sample(0), v.Sample(1)
	if first.OK || first.Sched != record.Millis(10*time.Millisecond) || first.Err != record.ErrProxy || first.Detail != "no_healthy_upstream" {
		t.Errorf("%+v", first)
	}
	want := record.Sample{
		Tick: 1, Sched: record.Millis(20 * time.Millisecond), End: record.Millis(25*time.Millisecond + time.Microsecond), Cell: pay, Source: "shop/web", OK: true, Code: 200,
		Dest: dest, TLS: "1.3", Identity: record.Identity{SPIFFE: "spiffe://td/ns/shop/sa/pay"}, Attempts: 2, Flags: "URX", Origin: "access-log", Prober: "gateway.log",
	}
	if fmt.Sprint(second) != fmt.Sprint(want) {
		t.Errorf("%+v\nwant %+v", second, want)
	}
	if _, err := s.View(0, time.Hour, 2); err == nil {
		t.Error("a view of more samples than were allowed")
	}
}

func TestWhatWasNeverSentIsDroppedAndNotAbsent(t *testing.T) {
	c := collector(t, Config{Cells: []string{pay, cart}})
	c.Begin("k6", "k6")
	r := observe.Request{Subject: observe.Subject{Host: "pay.shop"}, Start: anchor, End: anchor, OK: true, Reporter: observe.ReporterSource}
	if err := c.Request(r); err != nil {
		t.Fatal(err)
	}
	for _, m := range []observe.Missed{
		{At: anchor.Add(time.Second), Count: 3}, // of nobody knows what
		{Subject: observe.Subject{Host: "cart.shop"}, At: anchor.Add(time.Second), Count: 4},
	} {
		if err := c.Missed(m); err != nil {
			t.Fatal(err)
		}
	}
	v, err := c.Series(pay)[0].View(0, time.Minute, 10)
	if err != nil || len(v.Drops) != 1 || v.Drops[0].Count != 3 || v.Drops[0].Why != record.DropLimit {
		t.Errorf("%+v, %v", v.Drops, err)
	}
	if v, _ := c.Series(cart)[0].View(0, time.Minute, 10); len(v.Drops) != 2 || len(v.Requests) != 0 {
		t.Errorf("%+v", v)
	}
}

func TestSourcesAndReportersAreNotMixed(t *testing.T) {
	c := collector(t, Config{Cells: []string{pay}})
	for _, name := range []string{"east", "west"} {
		c.Begin(name, "access-log")
		for _, end := range []observe.Reporter{observe.ReporterSource, observe.ReporterDestination} {
			r := observe.Request{Subject: observe.Subject{Host: "pay.shop"}, Start: anchor, End: anchor, OK: true, Reporter: end}
			if err := c.Request(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	var got []string
	for _, s := range c.Series(pay) {
		got = append(got, fmt.Sprint(s.Prober, " ", s.Reporter, " ", s.Tally(0, time.Hour).Requests))
	}
	if want := []string{"east source 1", "east destination 1", "west source 1", "west destination 1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestCountsStatesAndEventsStandOnTheAxis(t *testing.T) {
	c := collector(t, Config{Cells: []string{pay}, To: time.Hour})
	c.Begin("prom", "prometheus")
	about := observe.Subject{Host: "pay.shop"}
	for _, n := range []observe.Count{
		{Subject: about, From: anchor.Add(-time.Second), To: anchor.Add(14 * time.Second), OK: true, Delta: 7, Reset: true},
		{Subject: about, From: anchor.Add(-time.Minute), To: anchor.Add(-time.Second), OK: true, Delta: 9},
		{Subject: observe.Subject{Host: "other.shop"}, From: anchor, To: anchor.Add(time.Second), Delta: 9},
	} {
		if err := c.Count(n); err != nil {
			t.Fatal(err)
		}
	}
	var counted []Counted
	for n := range c.Series(pay)[0].Counts(0, time.Hour) {
		counted = append(counted, n)
	}
	if len(counted) != 1 || counted[0].Delta != 7 || !counted[0].Reset || counted[0].From != -time.Second || counted[0].To != 14*time.Second || !counted[0].OK {
		t.Errorf("%+v", counted)
	}
	if got := c.Sources()[0]; got.Outside != 1 || got.Strangers["other.shop"] != 1 {
		t.Errorf("%+v", got)
	}
	for _, at := range []time.Time{{}, anchor.Add(time.Minute), anchor.Add(-time.Minute)} {
		if err := c.State(observe.State{Subject: about, At: at, Hosts: []observe.Host{{Address: "a"}}}); err != nil {
			t.Fatal(err)
		}
		if err := c.Event(observe.Event{Kind: observe.Injected, From: at, To: at}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.States) != 2 || c.States[0].Timed || !c.States[1].Timed || c.States[1].When != time.Minute || len(c.States[1].Cells) != 1 {
		t.Errorf("%+v", c.States)
	}
	if len(c.Events) != 3 || c.Events[0].Timed || c.Events[1].Began != time.Minute || c.Events[2].Ended != -time.Minute {
		t.Errorf("%+v", c.Events)
	}
}

func TestMoreRequestsThanFitAreAnError(t *testing.T) {
	c := collector(t, Config{Cells: []string{pay}, Requests: 2})
	r := observe.Request{Subject: observe.Subject{Host: "pay.shop"}, Start: anchor, End: anchor, OK: true}
	for i := range 3 {
		if err := c.Request(r); (err != nil) != (i == 2) {
			t.Errorf("request %d: %v", i, err)
		}
	}
}

func TestWithoutAnAxisThereIsNoCollector(t *testing.T) {
	for _, c := range []Config{{}, {Anchor: anchor, Cells: []string{"pay"}}, {Anchor: anchor, From: 2, To: 1}, {Anchor: anchor, From: -1}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

// Whatever the order of a log, points come out sorted and complete.
func TestPointsComeOutInOrder(t *testing.T) {
	c := collector(t, Config{Cells: []string{pay}})
	const n = 3*blockPoints + 17
	for i := range n {
		at := anchor.Add(time.Duration((i*7919)%n) * time.Millisecond)
		if err := c.Request(observe.Request{Subject: observe.Subject{Host: "pay.shop"}, Start: at, End: at, OK: true}); err != nil {
			t.Fatal(err)
		}
	}
	next := time.Duration(0)
	for at := range c.Series(pay)[0].Points(0, time.Hour) {
		if at.From != next {
			t.Fatalf("%s, want %s", at.From, next)
		}
		next += time.Millisecond
	}
	if next != n*time.Millisecond {
		t.Errorf("%s", next)
	}
}

// BenchmarkCollect reads an access log into a collector, as an audit does. With MUSTER_LOG it reads that file once, and says how much
// memory that took.
func BenchmarkCollect(b *testing.B) {
	open := func() (*bytes.Reader, *os.File) {
		if path := os.Getenv("MUSTER_LOG"); path != "" {
			f, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			return nil, f
		}
		var text bytes.Buffer
		for i := range 50_000 {
			at := anchor.Add(time.Duration(i) * 10 * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
			fmt.Fprintf(&text, `{"start_time":"%s","response_code":200,"response_flags":"-","duration":%d,"method":"GET","upstream_host":"10.22.1.%d:8080",`+
				`"upstream_cluster":"outbound|80||pay.shop.svc.cluster.local"}`+"\n", at, i%40, i%100)
		}
		return bytes.NewReader(text.Bytes()), nil
	}
	text, file := open()
	b.ReportAllocs()
	for b.Loop() {
		c := collector(b, Config{Cells: []string{pay}})
		var sum imports.Summary
		var err error
		if file != nil {
			first := make([]byte, imports.DetectBytes)
			n, _ := file.ReadAt(first, 0)
			format, _ := imports.Detect(first[:n])
			_, _ = file.Seek(0, 0)
			sum, err = imports.Read(context.Background(), "file", file, format, imports.Options{}, c)
		} else {
			_, _ = text.Seek(0, 0)
			sum, err = imports.Read(context.Background(), "file", text, imports.EnvoyJSON, imports.Options{}, c)
		}
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(sum.Bytes)
		s := c.Series(pay)[0]
		if got := s.Tally(0, 1000*time.Hour).Requests; int64(got) != sum.Requests {
			b.Fatalf("%d of %d requests", got, sum.Requests)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys)/(1<<20), "MB-from-OS")
	}
}
