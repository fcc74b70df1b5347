package imports

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

func netipPrefix(t *testing.T, text string) netip.Prefix {
	t.Helper()
	p, err := netip.ParsePrefix(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const proxyState = `{"cluster_statuses":[
 {"name":"outbound|80||pay.shop.svc.cluster.local","host_statuses":[
  {"address":{"socket_address":{"address":"10.22.1.6","port_value":8080}},"health_status":{"eds_health_status":"HEALTHY","failed_outlier_check":true},"weight":1,"locality":{"region":"eu-west"}},
  {"address":{"socket_address":{"address":"10.23.0.4","port_value":8080}},"health_status":{"eds_health_status":"HEALTHY"},"priority":1,"locality":{"region":"eu-north","zone":"a"}},
  {"address":{"socket_address":{"address":"10.24.0.4","port_value":8080}},"health_status":{"eds_health_status":"DRAINING","failed_active_health_check":true},"priority":1}]},
 {"name":"outbound|80||empty.shop.svc.cluster.local"},
 {"name":"inbound|8080||","host_statuses":[]}, {"name":"prometheus_stats"}]}`

// Zero and false are left out of the answer: no priority is priority 0, and a host is not ejected unless it says so.
func TestProxyStateTellsPrioritiesAndEjections(t *testing.T) {
	g, _ := read(t, EnvoyClusters, proxyState, Options{
		At: at(t, "2026-11-20T09:01:00Z"), Proxy: "web-1.shop", Source: "shop/web",
		Places: []Place{{Prefix: netipPrefix(t, "10.24.0.0/16"), Region: "eu-south"}},
	})
	want := []observe.Host{
		{Address: "10.22.1.6:8080", Region: "eu-west", Weight: 1, Ejected: true, DiscoverState: "HEALTHY"},
		{Address: "10.23.0.4:8080", Region: "eu-north", Zone: "a", Priority: 1, Healthy: true, DiscoverState: "HEALTHY"},
		{Address: "10.24.0.4:8080", Region: "eu-south", Priority: 1, FailedActive: true, Draining: true, DiscoverState: "DRAINING"},
	}
	if len(g.states) != 2 || len(g.states[0].Hosts) != 3 || len(g.notes) != 0 {
		t.Fatalf("%+v", g)
	}
	for i, h := range g.states[0].Hosts {
		if h != want[i] {
			t.Errorf("%+v\nwant %+v", h, want[i])
		}
	}
	s := g.states[0]
	if s.Service != "pay" || s.Port != 80 || s.Proxy != "web-1.shop" || s.Source != "shop/web" || !s.At.Equal(at(t, "2026-11-20T09:01:00Z")) {
		t.Errorf("%+v", s)
	}
	if empty := g.states[1]; empty.Service != "empty" || len(empty.Hosts) != 0 {
		t.Errorf("a cluster without endpoints is a state too: %+v", empty)
	}
}

func TestProxyStateHasNoTimeOfItsOwn(t *testing.T) {
	g, _ := read(t, EnvoyClusters, proxyState, Options{})
	if !g.states[0].At.IsZero() || !g.said("does not tell when") {
		t.Errorf("%+v, %+v", g.states[0].At, g.notes)
	}
	if why := refused(t, EnvoyClusters, `{"stats":[]}`, Options{}); !strings.Contains(why, "format=json") {
		t.Error(why)
	}
}

// The timestamp is when a request was sent, the latency is in seconds, and the detail of a failure is its text.
func TestFortioTimestampsAreBegins(t *testing.T) {
	g, _ := read(t, Fortio, `{"latency":0.002431,"timestamp":1795165200389059331,"thread":0,"iter":0,"ok":true,"details":"200"}
{"latency":1.5,"timestamp":1795165201000000000,"thread":0,"iter":1,"ok":false,"details":"503"}
{"latency":3,"timestamp":1795165203000000000,"thread":0,"iter":2,"ok":false,"details":"dial tcp 10.0.0.1:80: connect: connection refused"}
`, Options{Namespace: "shop", Service: "pay", Port: 80})
	r := g.requests[0]
	if want := time.Unix(0, 1795165200389059331).UTC(); !r.Start.Equal(want) || r.End.Sub(r.Start) != 2431*time.Microsecond || !r.OK || r.Code != 200 || r.Service != "pay" {
		t.Errorf("%+v", r)
	}
	if r := g.requests[1]; r.OK || r.Err != record.ErrHTTP || r.Code != 503 {
		t.Errorf("%+v", r)
	}
	if r := g.requests[2]; r.OK || r.Err != record.ErrRefused || r.Code != 0 || r.Detail == "" {
		t.Errorf("%+v", r)
	}
	if why := refused(t, Fortio, `{"RunType":"HTTP","RequestedQPS":"50","ActualQPS":49.9,"RetCodes":{"200":148}}`, Options{}); !strings.HasPrefix(why, "file:1: a result of fortio has no times") {
		t.Error(why)
	}
}

func TestVegetaHeadersNameTheDestination(t *testing.T) {
	headers := base64.StdEncoding.EncodeToString([]byte("Content-Type: text/plain\r\nX-Region: r2\r\nx-zone: b\r\n"))
	for _, tc := range []struct {
		f    Format
		text string
	}{
		{VegetaJSON, `{"attack":"pay","seq":7,"code":200,"timestamp":"2026-11-20T09:00:00.14Z","latency":2400000,"bytes_out":0,"bytes_in":3,"error":"","body":"b2sK","method":"GET","url":"http://pay.shop:8080/","headers":{"X-Region":["r2"],"X-Zone":["b","c"]}}
{"attack":"pay","seq":8,"code":0,"timestamp":"2026-11-20T09:00:01Z","latency":1000000000,"bytes_out":0,"bytes_in":0,"error":"Get \"http://pay.shop:8080/\": dial tcp: lookup pay.shop: no such host","body":"","method":"GET","url":"http://pay.shop:8080/","headers":null}`},
		{VegetaCSV, `1795165200140000000,200,2400000,0,3,,b2sK,pay,7,GET,http://pay.shop:8080/,` + headers + `
1795165201000000000,0,1000000000,0,0,"Get ""http://pay.shop:8080/"": dial tcp: lookup pay.shop: no such host, again",,pay,8,GET,http://pay.shop:8080/,`},
	} {
		g, _ := read(t, tc.f, tc.text, Options{})
		r := g.requests[0]
		if !r.OK || !r.Start.Equal(at(t, "2026-11-20T09:00:00.14Z")) || r.End.Sub(r.Start) != 2400*time.Microsecond || r.Dest != (record.Dest{Region: "r2", Zone: "b"}) ||
			r.Host != "pay.shop" || r.Port != 8080 {
			t.Errorf("%s: %+v", tc.f, r)
		}
		if r := g.requests[1]; r.OK || r.Err != record.ErrDNS || !strings.Contains(r.Detail, "no such host") || r.End.Sub(r.Start) != time.Second {
			t.Errorf("%s: %+v", tc.f, r)
		}
	}
	for _, bad := range []string{"1,2,3", `1795165200140000000,200,2400000,0,3,"open,b2sK,pay,7,GET,u,h`, `1795165200140000000,200,2400000,0,3,,b2sK,pay,7,GET,u,h,more`, "now,200,1,0,0,,,a,1,GET,u,"} {
		refused(t, VegetaCSV, bad, Options{})
	}
}
