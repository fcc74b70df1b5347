package imports

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// answer is one of Prometheus, with series as "labels|t=value t=value".
func answer(series ...string) string {
	var all []string
	for _, s := range series {
		bar := strings.LastIndexByte(s, '|')
		labels, points := s[:bar], s[bar+1:]
		var values []string
		for p := range strings.FieldsSeq(points) {
			at, v, _ := strings.Cut(p, "=")
			values = append(values, fmt.Sprintf(`[%s,"%s"]`, at, v))
		}
		all = append(all, fmt.Sprintf(`{"metric":{%s},"values":[%s]}`, labels, strings.Join(values, ",")))
	}
	return `{"status":"success","data":{"resultType":"matrix","result":[` + strings.Join(all, ",") + "]}}\n"
}

const istioOK = `"__name__":"istio_requests_total","instance":"10.1.0.7:15020","reporter":"source","source_workload":"web","source_workload_namespace":"shop","source_cluster":"west",` +
	`"destination_cluster":"east","destination_workload":"pay","destination_workload_namespace":"shop","destination_service":"pay.shop.svc.cluster.local",` +
	`"destination_service_name":"pay","destination_service_namespace":"shop","response_code":"200","response_flags":"-","connection_security_policy":"unknown","request_protocol":"http"`

// deltas are what counts say, as "from-to:delta", in seconds of 2026-11-20T09:00:00Z.
func deltas(g *gathered) string {
	base := time.Unix(1795165200, 0)
	var all []string
	for _, c := range g.counts {
		text := fmt.Sprintf("%g-%g:%g", c.From.Sub(base).Seconds(), c.To.Sub(base).Seconds(), c.Delta)
		if c.Reset {
			text += "!"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

const at0, at15, at30, at45, at60 = "1795165200", "1795165215", "1795165230", "1795165245", "1795165260"

func TestCountersAreDifferenced(t *testing.T) {
	// A target that is read at other times shows that the times are those of collections, which need no widening.
	other := `"__name__":"istio_requests_total","instance":"else"|1795165207=0 1795165222=0`
	for _, tc := range []struct{ name, points, want, note string }{
		{"gains", at0 + "=100 " + at15 + "=412 " + at30 + "=412 " + at45 + "=413", "0-15:312 30-45:1", ""},
		{"a reset", at0 + "=100 " + at15 + "=7 " + at30 + "=9", "0-15:7! 15-30:2", "began anew"},
		{"a gap", at0 + "=100 " + at45 + "=130", "0-45:30", ""},
		{"NaN and infinity are no values", at0 + "=100 " + at15 + "=NaN " + at30 + "=+Inf " + at45 + "=130 " + at60 + "=-Inf", "0-45:30", "NaN"},
		{"negative", at0 + "=100 " + at15 + "=-3 " + at30 + "=130", "0-30:30", "negative"},
		{"no number", at0 + "=100 " + at15 + "=0x10 " + at30 + "=130", "0-30:30", "no number"},
		{"points that come twice", at0 + "=100 " + at15 + "=110 " + at15 + "=110 " + at0 + "=100 " + at30 + "=112", "0-15:10 15-30:2", ""},
		{"begins above zero with the range", at0 + "=100", "", "gained anything"},
	} {
		g, _ := read(t, Prometheus, answer(istioOK+"|"+tc.points, other), Options{})
		if got := deltas(g); got != tc.want || tc.note == "" && len(g.notes) > 0 || !g.said(tc.note) && tc.note != "" {
			t.Errorf("%s: %s, want %s; notes %+v", tc.name, got, tc.want, g.notes)
		}
	}
}

// A failure that never happened before makes a new series: its first value is a gain, and the first errors of an outage are in it.
func TestCountersThatAreBornAreGains(t *testing.T) {
	failing := strings.NewReplacer(`"200"`, `"503"`, `"response_flags":"-"`, `"response_flags":"UH"`).Replace(istioOK)
	other := strings.ReplaceAll(istioOK, "10.1.0.7", "10.1.0.8")
	g, _ := read(t, Prometheus, answer(istioOK+"|"+at0+"=5 "+at15+"=5 "+at30+"=5", failing+"|"+at30+"=312 "+at45+"=320", other+"|"+at30+"=40 "+at45+"=41"), Options{Scrape: 15 * time.Second})
	if got, want := deltas(g), "0-30:312! 15-45:8 15-45:1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if g.counts[0].OK || g.counts[0].Err != record.ErrProxy || g.counts[0].Flags != "UH" {
		t.Errorf("%+v", g.counts[0])
	}
	if !g.said("not seen before") {
		t.Errorf("%+v", g.notes)
	}
}

// Prometheus answers with the last value before each step: a gain may be older than the step by one collection.
func TestStepsAreNoTimesOfCollection(t *testing.T) {
	for _, tc := range []struct{ name, points, want string }{
		{"collected at every step", at0 + "=1 " + at15 + "=2 " + at30 + "=3", "-15-15:1 0-30:1"},
		{"collected at every second step", at0 + "=1 " + at15 + "=1 " + at30 + "=3 " + at45 + "=3 " + at60 + "=5", "-15-30:2 15-60:2"},
	} {
		if g, _ := read(t, Prometheus, answer(istioOK+"|"+tc.points), Options{}); deltas(g) != tc.want || !g.said("last collection before each step") {
			t.Errorf("%s: %s, want %s", tc.name, deltas(g), tc.want)
		}
	}
	// Times of the collections themselves, as range selectors give them, are exact.
	g, _ := read(t, Prometheus, answer(istioOK+"|1795165200.111=1 1795165215.111=2", strings.ReplaceAll(istioOK, "0.7", "0.8")+"|1795165207.5=1 1795165222.5=3"), Options{})
	if got, want := deltas(g), "0.111-15.111:1 7.5-22.5:2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestRatesAreRefused(t *testing.T) {
	g, _ := read(t, Prometheus, answer(istioOK+"|"+at0+"=3.1 "+at15+"=2.9 "+at30+"=3.3 "+at45+"=2.7 "+at60+"=1 1795165275=2 1795165290=0.5"), Options{})
	if len(g.counts) != 0 || !g.said("no counter") {
		t.Errorf("%s, %+v", deltas(g), g.notes)
	}
	why := refused(t, Prometheus, `{"status":"success","data":{"resultType":"vector","result":[]}}`, Options{})
	if !strings.Contains(why, "not a matrix") {
		t.Error(why)
	}
	// A sum has lost its name: what it counts must be said, and that resets hide in it.
	unnamed := strings.Replace(istioOK, `"__name__":"istio_requests_total",`, "", 1)
	if g, _ := read(t, Prometheus, answer(unnamed+"|"+at0+"=1 "+at15+"=2"), Options{}); len(g.counts) != 0 || !g.said("resets hide in sums") {
		t.Errorf("%+v", g)
	}
	if g, _ := read(t, Prometheus, answer(unnamed+"|"+at0+"=1 "+at15+"=2"), Options{Metric: "istio_requests_total"}); len(g.counts) != 1 {
		t.Errorf("%+v", g)
	}
}

// Parts of one range stand behind each other in a file: the gain between them is not lost, and labels may be in another order.
func TestAnswersOfOneRangeAreJoined(t *testing.T) {
	turned := `"reporter":"source",` + strings.Replace(istioOK, `"reporter":"source",`, "", 1)
	g, _ := read(t, Prometheus, answer(istioOK+"|"+at0+"=1 "+at15+"=2")+answer(turned+"|"+at30+"=7"), Options{Scrape: 15 * time.Second})
	if got, want := deltas(g), "-15-15:1 0-30:5"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func one(t *testing.T, labels string) observe.Count {
	t.Helper()
	g, _ := read(t, Prometheus, answer(labels+"|"+at0+"=1 "+at15+"=2"), Options{
		Places: []Place{{Prefix: netipPrefix(t, "10.22.0.0/16"), Region: "us-east", Cluster: "east"}},
	})
	if len(g.counts) != 1 {
		t.Fatalf("%+v", g)
	}
	c := g.counts[0]
	c.From, c.To, c.Delta = time.Time{}, time.Time{}, 0
	return c
}

// Encryption is known to the destination alone: the source says unknown, or what it cannot know.
func TestIstioEncryptionIsTheDestinationsWord(t *testing.T) {
	pay := observe.Subject{Namespace: "shop", Service: "pay", Host: "pay.shop.svc.cluster.local", Source: "shop/web", SourceCluster: "west"}
	dest := record.Dest{Cluster: "east", Workload: "shop/pay"}
	if got, want := one(t, istioOK), (observe.Count{Subject: pay, OK: true, Code: 200, Dest: dest, TLS: record.TLSUnknown, Reporter: observe.ReporterSource}); got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if got := one(t, strings.Replace(istioOK, `"connection_security_policy":"unknown"`, `"connection_security_policy":"mutual_tls"`, 1)); got.TLS != record.TLSUnknown {
		t.Errorf("the source proves %s", got.TLS)
	}
	server := strings.Replace(istioOK, `"reporter":"source"`, `"reporter":"destination","source_principal":"spiffe://td/ns/shop/sa/web","destination_principal":"spiffe://td/ns/shop/sa/pay"`, 1)
	for said, want := range map[string]string{"mutual_tls": observe.TLSMutual, "none": record.TLSNone, "unknown": record.TLSUnknown} {
		got := one(t, strings.Replace(server, `"connection_security_policy":"unknown"`, `"connection_security_policy":"`+said+`"`, 1))
		if got.TLS != want || got.Dest.TLS != want || got.Reporter != observe.ReporterDestination || got.Peer != "spiffe://td/ns/shop/sa/pay" || got.Dest.Peer != "spiffe://td/ns/shop/sa/web" {
			t.Errorf("%s: %+v", said, got)
		}
	}
}

// What reaches no peer stands at the source only, with a destination that is unknown.
func TestIstioRequestsThatReachNobody(t *testing.T) {
	lost := strings.NewReplacer(`"destination_workload":"pay"`, `"destination_workload":"unknown"`, `"destination_workload_namespace":"shop"`, `"destination_workload_namespace":"unknown"`,
		`"destination_cluster":"east"`, `"destination_cluster":"unknown"`, `"200"`, `"503"`, `"response_flags":"-"`, `"response_flags":"UH"`).Replace(istioOK)
	if got := one(t, lost); got.OK || got.Err != record.ErrProxy || got.Dest != (record.Dest{}) || got.Service != "pay" {
		t.Errorf("%+v", got)
	}
	for labels, want := range map[string]record.ErrorClass{
		`"response_code":"0","response_flags":"DC"`:                                  record.ErrCanceled,
		`"response_code":"0","response_flags":"-"`:                                   record.ErrEOF,
		`"response_code":"200","grpc_response_status":"14","response_flags":"-"`:     record.ErrGRPC,
		`"response_code":"200","grpc_response_status":"0","response_flags":"-"`:      "",
		`"response_code":"503","response_flags":"FI","grpc_response_status":"14"`:    record.ErrProxy,
		`"response_code":"404","response_flags":"-","connection_security_policy":""`: "",
	} {
		got := one(t, `"__name__":"istio_requests_total","reporter":"source","destination_service":"pay.shop.svc.cluster.local",`+labels)
		if got.Err != want || got.OK != (want == "") || got.Injected != strings.Contains(labels, "FI") {
			t.Errorf("%s: %+v", labels, got)
		}
	}
}

const linkerdOK = `"__name__":"response_total","direction":"outbound","namespace":"shop","deployment":"web","pod":"web-1","authority":"pay.shop.svc.cluster.local:80","tls":"true",` +
	`"server_id":"pay.shop.serviceaccount.identity.linkerd.cluster.local","dst_namespace":"shop","dst_deployment":"pay","dst_zone":"b","target_ip":"10.22.1.6","status_code":"200","classification":"success"`

// The cluster of a destination is told for gateways only: elsewhere the plan says which addresses are whose.
func TestLinkerdDestinationsAreFoundByAddress(t *testing.T) {
	want := observe.Count{
		Subject: observe.Subject{Namespace: "shop", Service: "pay", Host: "pay.shop.svc.cluster.local", Port: 80, Source: "shop/web"}, OK: true, Code: 200,
		Dest: record.Dest{Region: "us-east", Zone: "b", Cluster: "east", Workload: "shop/pay", Address: "10.22.1.6"}, TLS: observe.TLSMutual,
		Peer: "pay.shop.serviceaccount.identity.linkerd.cluster.local", Reporter: observe.ReporterSource,
	}
	if got := one(t, linkerdOK); got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if got := one(t, linkerdOK+`,"dst_target_cluster":"mirror"`); got.Dest.Cluster != "mirror" {
		t.Errorf("%+v", got.Dest)
	}
	for said, want := range map[string]string{"no_identity": record.TLSNone, "disabled": record.TLSNone, "loopback": record.TLSUnknown} {
		if got := one(t, strings.Replace(linkerdOK, `"tls":"true"`, `"tls":"`+said+`"`, 1)); got.TLS != want {
			t.Errorf("%s: %s, want %s", said, got.TLS, want)
		}
	}
}

func TestLinkerdFailuresCanHaveStatus200(t *testing.T) {
	failed := strings.Replace(linkerdOK, `"classification":"success"`, `"classification":"failure","grpc_status_code":"14"`, 1)
	if got := one(t, failed); got.OK || got.Err != record.ErrGRPC || !got.GRPC || got.Code != 14 {
		t.Errorf("%+v", got)
	}
	if got := one(t, strings.Replace(linkerdOK, `"success"`, `"failure"`, 1)); got.OK || got.Err != record.ErrHTTP {
		t.Errorf("%+v", got)
	}
	for labels, note := range map[string]string{
		linkerdOK + `,"target_port":"4191"`:                                                     "4191",
		strings.Replace(linkerdOK, `"classification":"success"`, `"x":"y"`, 1):                  "classification",
		strings.Replace(linkerdOK, `"response_total"`, `"request_total"`, 1):                    "request_total",
		strings.Replace(linkerdOK, `"response_total"`, `"outbound_http_balancer_endpoints"`, 1): "outbound_http_balancer_endpoints",
	} {
		g, _ := read(t, Prometheus, answer(labels+"|"+at0+"=1 "+at15+"=2"), Options{})
		if len(g.counts) != 0 || !g.said(note) {
			t.Errorf("%s: %+v", note, g)
		}
	}
}

const consulOK = `"__name__":"envoy_cluster_upstream_rq_xx","consul_destination_service":"pay","consul_destination_namespace":"default","consul_destination_datacenter":"dc2",` +
	`"consul_source_service":"web","consul_source_datacenter":"dc1"`

func TestConsulTagsNameTheTarget(t *testing.T) {
	for class, want := range map[string]observe.Count{
		"2": {OK: true}, "3": {OK: true}, "4": {OK: true, Doubtful: true}, "5": {Err: record.ErrHTTP},
	} {
		want.Subject = observe.Subject{Namespace: "default", Service: "pay", Host: "pay", Source: "web", SourceCluster: "dc1"}
		want.Dest.Cluster, want.TLS, want.Reporter = "dc2", record.TLSUnknown, observe.ReporterSource
		if got := one(t, consulOK+`,"envoy_response_code_class":"`+class+`"`); got != want {
			t.Errorf("%s: %+v\nwant %+v", class, got, want)
		}
	}
	// Codes and their classes count the same requests.
	exact := strings.Replace(consulOK, "_rq_xx", "_rq", 1) + `,"envoy_response_code":"503"`
	g, _ := read(t, Prometheus, answer(consulOK+`,"envoy_response_code_class":"5"|`+at0+"=1 "+at15+"=2", exact+"|"+at0+"=1 "+at15+"=2"), Options{})
	if len(g.counts) != 1 || g.counts[0].Code != 503 || !g.said("count the same") {
		t.Errorf("%+v", g)
	}
	// Without tags, the name of the cluster tells.
	got := one(t, `"__name__":"envoy_cluster_upstream_rq_xx","envoy_cluster_name":"outbound|80||pay.shop.svc.cluster.local","envoy_response_code_class":"2"`)
	if got.Service != "pay" || got.Namespace != "shop" || got.Port != 80 {
		t.Errorf("%+v", got)
	}
}

func TestAnswersThatAreNoneAreErrorsAtTheirLine(t *testing.T) {
	many := make([]string, maxLabels+1)
	for i := range many {
		many[i] = fmt.Sprintf(`"l%d":"x"`, i)
	}
	for _, tc := range []struct{ text, want string }{
		{`{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries"}`, "file:1: the answer is an error: exceeded maximum resolution"},
		{answer(istioOK+"|"+at0+"=1") + "\n{", "file:3: this is no valid JSON"},
		{answer(strings.Join(many, ",") + "|" + at0 + "=1"), "file:1: a series has more than 128 labels"},
		{`{"status":"success"}`, "file:1: no answer of Prometheus"},
		{`{"status":"success","data":{"resultType":"matrix","result":[{"values":[]}]}}`, "file:1: a series has no metric"},
		{`[]`, "file:1: this is no valid JSON"},
	} {
		if why := refused(t, Prometheus, tc.text, Options{}); !strings.HasPrefix(why, tc.want) {
			t.Errorf("%s, want %s", why, tc.want)
		}
	}
}
