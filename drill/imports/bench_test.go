package imports

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/observe"
)

// count is a sink that only counts.
type count struct{ requests, bad int }

func (c *count) Request(r observe.Request) error {
	c.requests++
	if !r.OK {
		c.bad++
	}
	return nil
}
func (*count) Count(observe.Count) error   { return nil }
func (*count) State(observe.State) error   { return nil }
func (*count) Event(observe.Event) error   { return nil }
func (*count) Missed(observe.Missed) error { return nil }
func (*count) Note(observe.Note) error     { return nil }

// logLine writes the i-th line of an access log: 100 requests a second, of which those of one second in ten go wrong.
func logLine(w *bytes.Buffer, f Format, i int) {
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).Add(time.Duration(i) * 10 * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
	code, flags, details, host := 200, "-", "via_upstream", fmt.Sprintf("10.22.%d.%d:8080", i%4, i%100)
	if i/100%10 == 9 {
		code, flags, details, host = 503, "UH", "no_healthy_upstream", "-"
	}
	id := fmt.Sprintf("7c1d0c2e-33aa-4f0b-9c5e-%012x", i)
	switch f {
	case EnvoyJSON:
		fmt.Fprintf(w, `{"start_time":"%s","method":"GET","path":"/pay/%d","protocol":"HTTP/1.1","response_code":%d,"response_flags":"%s",`+
			`"response_code_details":"%s","connection_termination_details":null,"upstream_transport_failure_reason":null,"bytes_received":0,`+
			`"bytes_sent":312,"duration":%d,"upstream_service_time":"4","x_forwarded_for":null,"user_agent":"web/2.1 (shop)","request_id":"%s",`+
			`"authority":"pay.shop:80","upstream_host":"%s","upstream_cluster":"outbound|80||pay.shop.svc.cluster.local",`+
			`"upstream_local_address":"10.1.0.7:%d","downstream_local_address":"172.20.4.1:80","downstream_remote_address":"10.1.0.7:%d",`+
			`"requested_server_name":null,"route_name":"default"}`+"\n", start, i, code, flags, details, i%40, id, host, 30000+i%20000, 30000+i%20000)
	case IstioText:
		fmt.Fprintf(w, `[%s] "GET /pay/%d HTTP/1.1" %d %s %s - "-" 0 312 %d 4 "-" "web/2.1 (shop)" "%s" "pay.shop:80" "%s" `+
			`outbound|80||pay.shop.svc.cluster.local 10.1.0.7:%d 172.20.4.1:80 10.1.0.7:%d - default`+"\n", start, i, code, flags, details, i%40, id, host,
			30000+i%20000, 30000+i%20000)
	default:
		fmt.Fprintf(w, `[%s] "GET /pay/%d HTTP/1.1" %d %s 0 312 %d 4 "-" "web/2.1 (shop)" "%s" "pay.shop:80" "%s"`+"\n", start, i, code, flags, i%40, id, host)
	}
}

func BenchmarkAccessLog(b *testing.B) {
	for _, f := range []Format{EnvoyJSON, IstioText, EnvoyText} {
		var text bytes.Buffer
		for i := range 50_000 {
			logLine(&text, f, i)
		}
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", f, workers), func(b *testing.B) {
				b.SetBytes(int64(text.Len()))
				b.ReportAllocs()
				for b.Loop() {
					var c count
					if _, err := Read(context.Background(), "file", bytes.NewReader(text.Bytes()), f, Options{Workers: workers}, &c); err != nil || c.requests != 50_000 || c.bad != 5000 {
						b.Fatal(err, c)
					}
				}
			})
		}
	}
}
