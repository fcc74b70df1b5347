package imports

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/passmuster/muster/drill/observe"
)

// A few bytes of a file must not become hundreds in memory, and no file may take more than its length deserves.
func TestHostileSourcesTakeBoundedMemory(t *testing.T) {
	nulls := "[" + strings.Repeat("null,", 200_000) + "null]"
	var series strings.Builder
	for i := range maxSeries + 1 {
		fmt.Fprintf(&series, `,{"metric":{"__name__":"istio_requests_total","a":"%d"},"values":[]}`, i)
	}
	for _, tc := range []struct {
		name   string
		format Format
		text   string
		want   string
	}{
		{"activities", ChaosToolkit, `{"status":"completed","start":"2026-11-20T09:00:00Z","run":` + nulls + "}", "more than 10000 elements"},
		{"rollbacks", ChaosToolkit, `{"status":"completed","start":"2026-11-20T09:00:00Z","rollbacks":` + nulls + "}", "more than 10000 elements"},
		{"clusters", EnvoyClusters, `{"cluster_statuses":` + nulls + "}", "a cluster is no object"},
		{"hosts", EnvoyClusters, `{"cluster_statuses":[{"name":"outbound|80||a","host_statuses":` + nulls + "}]}", "more than 10000 elements"},
		{"hosts of many clusters", EnvoyClusters, `{"cluster_statuses":[` + strings.Repeat(`{"name":"outbound|80||a","host_statuses":[`+strings.Repeat("{},", 9_000)+"{}]},", 3) + "{}]}", "more than 20000 endpoints"},
		{"items", Litmus, `{"kind":"List","items":` + nulls + "}", "more than 10000 elements"},
		{"items in YAML", Litmus, "kind: List\nitems:\n" + strings.Repeat("-\n", 50_000), "more than 10000 elements"},
		{"documents", Litmus, strings.Repeat("kind: ChaosResult\n---\n", 11_000), "more than 10000 elements"},
		{"long YAML", Litmus, strings.Repeat("# x\n", MaxYAML), "YAML larger than 2 MiB"},
		{"deep YAML", Litmus, "kind: " + strings.Repeat("- ", 400_000), ""},
		{"series", Prometheus, `{"status":"success","data":{"resultType":"matrix","result":[` + series.String()[1:] + "]}}", "more than 100000 series"},
		{"bad points", Prometheus, `{"status":"success","data":{"resultType":"matrix","result":[` + strings.Repeat(`{"metric":{"__name__":"istio_requests_total"},"values":[[1,"NaN"]]},`, 20_000) +
			`{"metric":{},"values":[]}]}}`, "-"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(context.Background(), "file", strings.NewReader(tc.text), tc.format, Options{}, &gathered{})
		runtime.ReadMemStats(&after)
		switch {
		case tc.want == "-":
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
		case err == nil || !strings.Contains(err.Error(), tc.want):
			t.Errorf("%s: %v, want %s", tc.name, err, tc.want)
		}
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 400 {
			t.Errorf("%s: %d bytes took %d MiB", tc.name, len(tc.text), took)
		}
	}
}

// A document that is too long is not kept.
func TestDocumentsAreBounded(t *testing.T) {
	for _, f := range []Format{Prometheus, ChaosToolkit, Litmus, EnvoyClusters} {
		_, err := Read(context.Background(), "file", io.LimitReader(spaces{}, MaxDocument+2), f, Options{}, &gathered{})
		if err == nil || !strings.Contains(err.Error(), "larger than") {
			t.Errorf("%s: %v", f, err)
		}
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A file of a million lines makes no garbage: what a line says has been seen before.
func TestLinesMakeNoGarbage(t *testing.T) {
	text := `[2026-11-20T09:00:31.020Z] "GET /pay HTTP/1.1" 503 UH no_healthy_upstream - "-" 0 19 12 - "-" "curl/8.5" "5e0b" "pay.shop:80" "10.22.1.6:8080" ` +
		`outbound|80||pay.shop.svc.cluster.local - 172.20.4.1:80 10.1.0.7:41822 - default`
	for name, tc := range map[string]struct {
		p    lineParser
		line string
	}{
		"JSON": {newJSONLog(&Options{}), jsonEntry(`"response_code":503,"response_flags":"UF,URX","upstream_transport_failure_reason":"delayed connect error: 111"`)},
		"text": {newTextLog(&Options{}, &istioLayout), text},
	} {
		var r observe.Request
		line := []byte(tc.line)
		if n := testing.AllocsPerRun(100, func() {
			if v, why := tc.p.line(line, &r); v != taken || why != "" {
				t.Fatal(v, why)
			}
		}); n > 0 {
			t.Errorf("%s: %g allocations a line", name, n)
		}
	}
}
